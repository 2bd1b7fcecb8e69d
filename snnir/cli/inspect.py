"""``snnir inspect``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import click

from snnir.cli.host import show_lines
from snnir.cli.output import echo, show
from snnir.compiler import load, load_stepwise, read_report
from snnir.errors import ModelError, UsageError, model_error, usage_error
from snnir.ir import Graph
from snnir.metrics.host import host_rows
from snnir.metrics.table import Table, visible
from snnir.registry import frontend_for
from snnir.stepwise import Hosted
from snnir.text import FORMATS, Archive, Format, read_archive, render

ARCHIVE = ".snnir"


@click.command("inspect", context_settings={"show_default": True})
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="summary", help="text is exact, and can be parsed."
)
@click.option("--reader", metavar="NAME", help="For .nir: the program whose behaviour counts.")
@click.option("--dt", type=float, help="For .nir: the time step, in the unit of the file's time constants.")
def command(file: Path, format_: str, reader: str | None, dt: float | None) -> None:
    """Show the graph in a file.

    FILE is a network (.onnx), a compiled one (.snnir, shown with its measurements), or a NIR file (.nir): the graph
    that snnir wrote it from; or, for files of others and with --reader or --dt, what each node does in a time step.
    """
    kind = cast("Format", format_)
    if file.suffix.lower() != ARCHIVE:
        graph, notes, hosted = _load(file, reader, dt)
        echo(render(graph, kind).rstrip("\n"))
        for note in notes:
            click.echo(f"note: {visible(note)}", err=True)
        if hosted is not None and kind == "summary":
            _show_host(file, hosted)
        return
    if (reader, dt) != (None, None):
        hint = "leave them out: an archive has its own semantics"
        raise usage_error("bad-option", "--reader and --dt are for .nir files", file.name, hint)
    archive = read_archive(file)
    echo(render(archive.graph, kind).rstrip("\n"))
    if kind == "summary":
        echo("")
        _show_report(archive, file)


def _show_host(file: Path, hosted: Hosted) -> None:
    """Print what the ports of a file of ours are, where that is not plain, and what it leaves to the host."""
    ports = tuple(
        (name, f"{what} {value}", str(hosted.host.types[value]))
        for part in hosted.parts
        for what, names in (("takes", part.inputs), ("gives", part.outputs))
        for name, value in names.items()
    )
    if len(ports) == 2 and not hosted.host.nodes:
        return
    host = [Table("on the host", tuple(host_rows(hosted.places)))] if hosted.host.nodes else []
    echo("")
    show([Table("ports of the file", ports), *host])
    show_lines(file, hosted)


def _load(file: Path, reader: str | None, dt: float | None) -> tuple[Graph, tuple[str, ...], Hosted | None]:
    """Return the graph in a file, remarks on it, and the network around its spiking parts."""
    try:
        if frontend_for(file).in_time or (reader, dt) != (None, None):
            network = load_stepwise(file, reader=reader, dt=dt)
            if network.original is not None:
                return network.original, (), network.hosted
            return network.graph, network.notes, network.hosted
        graph = load(file)
    except UsageError as error:
        # The frontends do not list archives, which are read here.
        raise UsageError(
            replace(each, hint=f"{each.hint}, {ARCHIVE}") if each.code == "unknown-format" else each
            for each in error.diagnostics
        ) from None
    return graph, () if graph.source is None else graph.source.notes, None


def _show_report(archive: Archive, file: Path) -> None:
    try:
        report = read_report(archive.report, file.name)
    except ModelError:
        hint = "another program wrote this archive; --format text still shows its graph"
        raise model_error("foreign-report", "its report is not one of snnir", file.name, hint) from None
    show(report.measured_tables())
