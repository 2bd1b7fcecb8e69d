"""``snnir opt``."""

from __future__ import annotations

from pathlib import Path

import click

from snnir.cli.output import echo
from snnir.cli.places import check_places, write_results
from snnir.compiler import load
from snnir.data.domain import parse_domain
from snnir.data.points import read_points
from snnir.data.sampling import sample, split
from snnir.errors import UsageError, usage_error
from snnir.io.files import read_bytes
from snnir.ir import Graph
from snnir.passes import Context, Pass
from snnir.passes.sequence import run_chosen
from snnir.passes.specification import parse_passes, passes_text
from snnir.registry import backend_for
from snnir.text import parse_graph, print_graph, read_archive
from snnir.types import Array

EVERYTHING = 1 << 62
"""Elements of a tensor that is written out, at most."""


@click.command("opt", context_settings={"show_default": True})
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "-p",
    "--passes",
    default="",
    show_default=False,
    metavar="'fold,canonicalise,...'",
    help="Passes in the order of running, with options as in normalise{amplitudes=true}.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="GRAPH.snn", help="Write the graph here.")
@click.option("--print-after", multiple=True, metavar="NAME", help="Show the graph after a pass, or after all.")
@click.option("--inline", type=int, metavar="N", help="Write out tensors of up to N elements; all if not given.")
@click.option("--domain", metavar='"x=-1:1,t=0:1"', help="Draw points from intervals, for passes that read points.")
@click.option("--samples", type=click.Path(path_type=Path), metavar="POINTS.npy|.npz|.csv", help="Or from a file.")
@click.option("--target", default="numpy", metavar="NAME", help="Whose neurons passes calibrate for.")
@click.option("--steps", default=32, metavar="T", help="Time steps of one inference.")
@click.option("--seed", default=0, metavar="N", help="Of everything random.")
def command(
    *,
    file: Path,
    passes: str,
    output: Path | None,
    print_after: tuple[str, ...],
    inline: int | None,
    domain: str | None,
    samples: Path | None,
    target: str,
    steps: int,
    seed: int,
) -> None:
    """Run passes on a graph and print it.

    FILE is a network (.onnx), a graph in text form (.snn), or a compiled network (.snnir). What is printed can be read
    again, and graphs that --print-after shows go to the standard error.
    """
    chosen = parse_passes(passes) if passes.strip() else ()
    if steps < 1:
        raise usage_error("bad-steps", f"{steps} time steps are not possible", "--steps", "choose 1 or more, e.g. 32")
    found = [] if output is None else check_places([("--output", output)], [file])
    if found:
        raise UsageError(found)
    semantics = backend_for(target).target.semantics
    graph = _read(file)
    points = _points(graph, domain, samples, seed)
    limit = EVERYTHING if inline is None else inline

    def between(last: Pass | None, made: Graph, _: Pass | None) -> None:
        if last is not None and {last.name, "all"} & set(print_after):
            click.echo(f"# after {passes_text([last])}\n{print_graph(made, inline_limit=limit)}", err=True, nl=False)

    context = Context(points, semantics, steps, seed, bounded=domain is not None)
    text = print_graph(run_chosen(graph, chosen, context, between), inline_limit=limit)
    if output is None:
        echo(text.rstrip("\n"))
    else:
        write_results({output: text.encode()})


def _read(file: Path) -> Graph:
    """Return the graph in a file.

    Raises:
        UsageError: There is no such file, or nothing reads its kind.
        ModelError: It cannot be read.
    """
    ending = file.suffix.lower()
    if ending == ".snnir":
        return read_archive(file).graph
    if ending == ".snn":
        return parse_graph(read_bytes(file).decode(errors="replace"), source=file.name)
    return load(file)


def _points(graph: Graph, domain: str | None, samples: Path | None, seed: int) -> dict[str, Array]:
    """Return calibration points; none where none were given."""
    if domain is not None and samples is not None:
        raise usage_error("no-points", "give a domain or samples, not both", "--domain, --samples", "leave one out")
    if domain is not None:
        return dict(sample(graph, parse_domain(domain), seed).calibration)
    if samples is not None:
        return dict(split(graph, read_points(samples, graph.inputs), seed).calibration)
    return {}
