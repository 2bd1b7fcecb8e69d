"""``python -m snnir.cli`` is ``snnir``."""

from snnir.cli.app import main

main()
