"""Whether the ways to an error that a compile prints lead there: its commands are run, as printed.

    python -m benchmarks.ways [NETWORK]...

Networks are those of `benchmarks.networks`. Each is compiled for target `nir` by default; every command that the text
then names is run by a shell in the same folder. Prints Markdown; the exit status is 1 where one fails or has a larger
error than 1e-2 over the outputs' variation or in relative L2.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from snnir.metrics.search import DEFAULT_ERROR

from .models import show
from .networks import NETWORKS, Made

HEADER = ("network", "command", "rel. L2", "over variation", "energy / ANN", "")
COMMAND = re.compile(r"snnir compile .+")


def printed(command: str, folder: str) -> str:
    """Run a command of `snnir` in a folder and return what it prints, findings included."""
    places = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(  # noqa: S602 - as a user runs what is printed
        command, shell=True, cwd=folder, env={**os.environ, **places}, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def rows(made: Made) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield a row for every command that a compile of a network names, and whether it reaches the goal."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "net.onnx").write_bytes(made.build().SerializeToString())
        domain = ",".join(f"{column}={low:g}:{high:g}" for column, (low, high) in made.domain.items())
        text = printed(f'snnir compile net.onnx -o net.nir --domain "{domain}"', folder)
        for command in dict.fromkeys(COMMAND.findall(text)):
            report = Path(folder) / "report.json"
            report.unlink(missing_ok=True)
            output = printed(f"{command} --report report.json", folder)
            if not report.exists():
                yield (made.title, f"`{command}`", "", "", "", f"FAILS: {' '.join(output.split())[-200:]}"), False
                continue
            found = json.loads(report.read_text(encoding="utf-8"))
            errors = found["conversion"]["rel_l2"], found["conversion"]["over_variation"]
            energy = found["energy_pj"]["snn"] / found["energy_pj"]["ann"]
            reached = max(errors) <= DEFAULT_ERROR
            verdict = "reached" if reached else "MISSED"
            yield (made.title, f"`{command}`", *(f"{each:.2e}" for each in errors), f"{energy:.2f}", verdict), reached


def main() -> None:
    """Print a row for every command of every network that is named."""
    parser = argparse.ArgumentParser(description="Run the commands that a compile prints.")
    parser.add_argument("names", nargs="*", metavar="NETWORK", help=f"all by default: {', '.join(NETWORKS)}")
    names = parser.parse_args().names or list(NETWORKS)
    unknown = [name for name in names if name not in NETWORKS]
    if unknown:
        parser.error(f"there is no network {unknown[0]!r}; there are {', '.join(NETWORKS)}")
    failed: list[str] = []

    def cells() -> Iterator[tuple[str, ...]]:
        for name in names:
            for row, reached in rows(NETWORKS[name]):
                failed.extend([] if reached else [name])
                yield row

    show(HEADER, cells())
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
