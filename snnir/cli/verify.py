"""``snnir verify``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from snnir.cli.host import show_lines
from snnir.cli.output import files_table, finite_json, show
from snnir.cli.places import Collector, check_places, write_results
from snnir.cli.progress import progress
from snnir.compiler import LIMIT, ROUNDING, SECONDS, verify_file
from snnir.errors import ModelError
from snnir.io.files import read_bytes

USUAL_SPIKES = f"{LIMIT:g}; of integers 0"
USUAL_OUTPUT = f"{LIMIT:g}; of integers 0, or {ROUNDING:g} where a host follows"


@click.command("verify", context_settings={"show_default": True})
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--reader", metavar="NAME", help="Program to run it in; if not given, the one that it was compiled for.")
@click.option("--python", metavar="INTERPRETER", help="Python in which that is installed; if not given, this one.")
@click.option(
    "--points",
    type=int,
    metavar="N",
    help="How many of the archive's points; if not given, all, or fewer where the program is slow (Lava, SANA-FE).",
)
@click.option(
    "--spike-limit",
    type=float,
    show_default=USUAL_SPIKES,
    metavar="SHARE",
    help="Spikes that may differ, of those that are sent.",
)
@click.option(
    "--output-limit",
    type=float,
    show_default=USUAL_OUTPUT,
    metavar="EPS",
    help="Relative L2 difference that outputs may have.",
)
@click.option("--time-limit", type=float, default=SECONDS, metavar="SECONDS", help="That the program may take.")
@click.option(
    "--architecture",
    type=click.Path(path_type=Path),
    metavar="CHIP.yaml",
    help="Description of the chip, where a simulator of chips runs the file (sana-fe); its own if not given.",
)
@click.option("--report", type=click.Path(path_type=Path), metavar="REPORT.json", help="Write the numbers here, too.")
def command(**given: Any) -> None:
    """Compare an emitted file's spikes and outputs with the simulator.

    FILE is a NIR file, which the installed reader runs, or a program for Lava or SANA-FE. It is run on points in the
    archive beside it (FILE.snnir), and its spikes and outputs are compared with those of the reference simulator. The
    exit code is 1 where they drift apart, where the file is not what it was, or where it cannot be run.
    """
    request = _Request(**given)
    _check(request)
    with progress("verify") as report:
        result = verify_file(
            request.file,
            reader=request.reader,
            python=request.python,
            points=request.points,
            spike_limit=request.spike_limit,
            output_limit=request.output_limit,
            seconds=request.time_limit,
            architecture=request.architecture,
            progress=report,
        )
    files: dict[Path, bytes] = {}
    if request.report is not None:
        files[request.report] = finite_json(result.report)
        write_results(files)
    show([*result.report.tables(), *([files_table(files)] if files else [])])
    if any(result.report.host.nodes):
        show_lines(request.file)
    if result.findings:
        raise ModelError(result.findings)


@dataclass(frozen=True)
class _Request:
    """Parsed command-line options."""

    file: Path
    reader: str | None
    python: str | None
    points: int | None
    spike_limit: float | None
    output_limit: float | None
    time_limit: float
    architecture: Path | None
    report: Path | None


def _check(request: _Request) -> None:
    """Raise with everything that is wrong and can be found without reading."""
    collector = Collector()
    archive = request.file.with_suffix(".snnir")
    if request.file.suffix == archive.suffix:
        hint = "name the file that was written with it, e.g. the .nir or .py file"
        collector.add("unknown-ending", "this is the archive, which no reader loads", str(request.file), hint)
    for path in (request.file, archive):
        if not path.is_file():
            with collector.collecting():
                read_bytes(path)
    for option, limit in (("--spike-limit", request.spike_limit), ("--output-limit", request.output_limit)):
        if limit is not None and not 0 <= limit <= 1:
            collector.add("bad-limit", f"{limit:g} is no limit", option, "give a part between 0 and 1, e.g. 1e-4")
    if not request.time_limit > 0:
        collector.add("bad-limit", f"{request.time_limit:g} is no time to run in", "--time-limit", "give seconds")
    places = [] if request.report is None else [("--report", request.report)]
    collector.found += check_places(places, (request.file, archive))
    collector.finish()
