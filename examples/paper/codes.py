"""Everything that the codes promise, one table after the other: `python -m examples.paper.codes`.

Populations with either reset, radix beside the rate code and the paper, sweeps with sigma-delta, other activations and
structures, and the errors that are asked for. Each table is printed by a module of its own, which describes it.
"""

from __future__ import annotations

import subprocess
import sys

import click

TABLES = (
    ("populations, soft and hard reset", ("examples.paper.population",)),
    ("radix and population beside the rate code and the paper", ("examples.paper.equations",)),
    ("sweeps with sigma-delta", ("examples.paper.streams",)),
    ("activations, gates and operators", ("examples.fits.table",)),
    ("errors asked for", ("examples.paper.goals",)),
)


@click.command()
def main() -> None:
    """Print all tables; takes about ten minutes on two cores."""
    for title, arguments in TABLES:
        click.echo(f"\n{title}: `python -m {' '.join(arguments)}`\n")
        subprocess.run([sys.executable, "-m", *arguments], check=True)  # noqa: S603 - modules of ours


if __name__ == "__main__":
    main()
