"""``snnir compile``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from snnir.cli.codes import code_options, named_codes, options_by_name
from snnir.cli.energy import energy_model_option
from snnir.cli.host import show_lines
from snnir.cli.output import as_json, echo, files_table, show
from snnir.cli.places import Collector, check_places, write_results
from snnir.cli.progress import progress
from snnir.cli.request import ARCHIVE, REPORT, Request, command_for
from snnir.compiler import HOST, Compiled, Options, OutOfReachError, load, orphaned
from snnir.compiler import compile as compile_graph
from snnir.data.domain import Domain, parse_domain
from snnir.data.points import read_points
from snnir.errors import UsageError
from snnir.io.files import read_bytes
from snnir.ir import Graph
from snnir.metrics import Called, Table
from snnir.registry import backend_for

PAGE = ".html"
"""Of a report for people."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to be written.

    Attributes:
        target: Whose it is.
        suffix: Which of its artifacts; `REPORT` or `PAGE` for the report.
        path: Where it goes.
        option: What the user named it with.
    """

    target: str
    suffix: str
    path: Path
    option: str = "--output"


@click.command("compile", context_settings={"show_default": True})
@click.argument("model", type=click.Path(path_type=Path), metavar="MODEL.onnx")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    help="FILE.snnir; FILE.nir or FILE.py, as the target has it, with the archive beside it; or a folder.",
)
@click.option("--target", multiple=True, default=("nir",), metavar="NAME", help="One of `snnir targets`; repeatable.")
@click.option(
    "--reader",
    metavar="NAME",
    help="Program that will load the file, as in `snnir targets`; calibration compensates its neuron semantics.",
)
@click.option(
    "--form",
    default="portable",
    metavar="NAME",
    help="Of the file: portable, or exact (reset by subtraction encoded in NIR primitives).",
)
@click.option("--legacy", is_flag=True, help="Write the file for nir 1.0.5 and older.")
@click.option(
    "--code",
    default="",
    show_default=False,
    metavar="NAME",
    help=f"How values travel as spikes: {named_codes()}; or auto, the cheapest that reaches the error, of "
    "all but those for streams: the default.",
)
@code_options
@click.option(
    "--steps",
    type=int,
    metavar="T",
    help="Time steps of one inference, in the radix code of every layer; searched for if not given.",
)
@click.option("--prefer", default="energy", metavar="NAME", help="What counts among settings: energy or latency.")
@click.option(
    "--time-limit",
    type=float,
    default=60.0,
    metavar="SECONDS",
    help="Processor time for choosing code, neurons per unit and steps.",
)
@energy_model_option
@click.option(
    "--error",
    type=float,
    metavar="EPS",
    help="Conversion error to reach, or fail; 1e-2, or nearest to it, if not given. See --error-of.",
)
@click.option(
    "--error-of",
    default="both",
    metavar="NAME",
    help="What --error is of: both (the larger of relative L2 and of error over variation, every column of the outputs "
    "against its own standard deviation) or norm (relative L2 over all outputs).",
)
@click.option(
    "--calibration", default="least-squares", metavar="NAME", help="One of none, light, advanced, least-squares."
)
@click.option("--domain", metavar='"x=-1:1,t=0:1"', help="Draw points from intervals, by input column or input name.")
@click.option(
    "--samples", type=click.Path(path_type=Path), metavar="POINTS.npy|.npz|.csv", help="Take points from a file."
)
@click.option("--seed", default=0, metavar="N", help="The same seed gives the same bytes.")
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="REPORT.json|.html", help="Write the report here, too."
)
def command(**given: Any) -> None:
    """Turn an ONNX network into a spiking one and measure it.

    Error and cost are measured on points that calibration did not see. The points come from --domain or
    --samples; the sigma-delta code takes lines through the domain, or samples in their order. Files are written whole
    or not at all.
    """
    names = given.keys() & options_by_name().keys()
    request = Request(
        **{name: value for name, value in given.items() if name not in names},
        code_options={name: given[name] for name in names},
    )
    folder = Path(request.output) if request.is_folder else None
    wanted, domain = _check(request, folder)
    with progress("read") as report:
        graph = load(request.model)
        samples = None if request.samples is None else read_points(request.samples, graph.inputs)
        results = [
            _compiled(graph, request, target=target, domain=domain, samples=samples, progress=report)
            for target in dict.fromkeys(request.target)
        ]
        contents = _contents(wanted, results, request)
        write_results(contents, folder)
    asked = request.error is not None
    called = _called(request)
    tables = [table for each in results for table in _tables(each, asked=asked, called=called)]
    archive = next(each.path for each in wanted if each.suffix == ARCHIVE)
    show([*tables, files_table(contents, [note for each in results for note in each.host_files.notes])])
    around = {compiled.target for compiled in results if any(compiled.report.host.nodes)}
    for each in wanted:
        if each.target in around and each.suffix not in {ARCHIVE, REPORT, PAGE}:
            show_lines(each.path)
    echo("")
    show([_next(archive, results[0])])


def _compiled(graph: Graph, request: Request, **points: Any) -> Compiled:
    """Compile; an error that is out of reach names the commands that reach it."""
    try:
        return compile_graph(graph, **points, **request.choices)
    except OutOfReachError as error:
        raise error.with_ways(error.ways, request.error_of, _called(request)) from None


def _tables(compiled: Compiled, *, asked: bool, called: Called) -> Iterator[Table]:
    return compiled.report.tables(compiled.graph.name, _ends(compiled.ann), asked=asked, called=called)


def _page(compiled: Compiled) -> bytes:
    return compiled.report.to_html(compiled.graph.name, _ends(compiled.ann)).encode()


def _ends(graph: Graph) -> Iterator[tuple[str, str]]:
    yield "inputs", ", ".join(f"{value.name}: {value.type}" for value in graph.inputs)
    yield "outputs", ", ".join(f"{name}: {graph.types[name]}" for name in graph.outputs)


def _kind(path: Path) -> str:
    """Return what a report is written as, by the ending of its name: a page, else JSON."""
    return PAGE if path.suffix.lower() in {".html", ".htm"} else REPORT


def _called(request: Request) -> Called:
    """Return what gives the command that goes another way to the error."""
    return lambda way: command_for(request, way.arguments, command.params)


def _check(request: Request, folder: Path | None) -> tuple[tuple[Wanted, ...], Domain | None]:
    """Return which files are wanted, and the domain.

    Raises:
        UsageError: Everything that can be found wrong without reading the model.
    """
    collector = Collector()
    wanted: list[Wanted] = []
    domain: Domain | None = None
    if not request.model.is_file():
        with collector.collecting():
            read_bytes(request.model)
    for target in dict.fromkeys(request.target):
        with collector.collecting():
            Options(target, **request.settings, code_options=request.code_options)
        with collector.collecting():
            wanted += _wanted(request, target, folder, collector)
        collector.found += orphaned([each.path for each in wanted if each.target == target], target)
    _check_together(request, folder, collector)
    if request.domain is not None:
        with collector.collecting():
            domain = parse_domain(request.domain)
    if request.samples is not None and not request.samples.is_file():
        with collector.collecting():
            read_bytes(request.samples)
    inputs = [path for path in (request.model, request.samples) if path is not None]
    collector.found += check_places(((each.option, each.path) for each in wanted), inputs, folder)
    if collector.found and (request.domain is None) == (request.samples is None):
        # Where this is all that is wrong, the compiler has the better message: with the model's inputs.
        collector.add("no-points", "give a domain or a file of samples, one of them", "--domain, --samples")
    collector.finish()
    return tuple(wanted), domain


def _check_together(request: Request, folder: Path | None, collector: Collector) -> None:
    """Find what does not go with several targets."""
    if len(set(request.target)) < 2:
        return
    if folder is None:
        collector.add(
            "folder-needed", "several targets need a folder", f"--output {request.output}", "end it in a slash"
        )
    if request.report is not None:
        hint = "leave it out: the folder gets a report for each target"
        collector.add("folder-needed", "one file cannot take several reports", f"--report {request.report}", hint)


def _wanted(request: Request, target: str, folder: Path | None, collector: Collector) -> list[Wanted]:
    """Return the files that a target is to give.

    Raises:
        UsageError: There is no such target.
    """
    made = (ARCHIVE, *backend_for(target).target.artifacts)
    stem, output = request.model.stem, Path(request.output)
    report = [] if request.report is None else [Wanted(target, _kind(request.report), request.report, "--report")]
    if folder is not None:
        return [Wanted(target, suffix, folder / f"{stem}-{target}{suffix}") for suffix in (*made, REPORT)] + report
    if output.suffix not in made:
        message = f"target {target!r} writes no {output.suffix!r} file"
        hint = f"end it in {' or '.join(made)}, or name a folder"
        collector.add("unknown-ending", message, f"--output {request.output}", hint)
        return report
    suffixes = (ARCHIVE,) if output.suffix == ARCHIVE else dict.fromkeys((output.suffix, *made))
    return [Wanted(target, suffix, output.with_suffix(suffix)) for suffix in suffixes] + report


def _contents(wanted: tuple[Wanted, ...], results: list[Compiled], request: Request) -> Mapping[Path, bytes]:
    """Return all files by their places: those that are wanted, and beside them what their hosts run.

    Raises:
        UsageError: The host's files cannot be written.
    """
    contents: dict[Path, bytes] = {}
    beside: list[Path] = []
    for compiled in results:
        made = {**compiled.artifacts(), REPORT: as_json(compiled.report.to_json()), PAGE: _page(compiled)}
        mine = [each for each in wanted if each.target == compiled.target]
        contents |= {each.path: made[each.suffix] for each in mine}
        emitted = next((each.path for each in mine if each.suffix not in {ARCHIVE, REPORT, PAGE}), None)
        if emitted is not None:
            hosts = {ending: content for ending, content in made.items() if ending.endswith(HOST)}
            placed = {emitted.with_name(f"{emitted.stem}{ending}"): content for ending, content in hosts.items()}
            contents |= placed
            beside += placed
    read = [path for path in (request.model, request.samples) if path is not None]
    folder = Path(request.output) if request.is_folder else None
    found = check_places((("--output", path) for path in beside), read, folder)
    if found:
        raise UsageError(found)
    return contents


def _next(archive: Path, compiled: Compiled) -> Table:
    from shlex import quote

    points = ".npz" if len(compiled.graph.inputs) > 1 else ".npy"
    values = ".npz" if len(compiled.graph.outputs) > 1 else ".npy"
    return Table(f"next: snnir run {quote(str(archive))} --inputs POINTS{points} --output VALUES{values}")
