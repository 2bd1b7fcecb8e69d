"""``snnir inspect``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import click

from snnir.cli.output import echo, show
from snnir.cli.tables import report_tables
from snnir.compiler import load
from snnir.errors import UsageError, model_error
from snnir.ir import Graph
from snnir.text import FORMATS, Archive, Format, read_archive, render

ARCHIVE = ".snnir"


@click.command("inspect", context_settings={"show_default": True})
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="summary", help="text is exact, and can be parsed."
)
def command(file: Path, format_: str) -> None:
    """Show the graph in a file.

    FILE is a network (.onnx), a compiled one (.snnir, shown with its measurements), or an emitted one (.nir).
    """
    kind = cast("Format", format_)
    if file.suffix.lower() != ARCHIVE:
        echo(render(_load(file), kind).rstrip("\n"))
        return
    archive = read_archive(file)
    echo(render(archive.graph, kind).rstrip("\n"))
    if kind == "summary":
        echo("")
        _show_report(archive, file)


def _load(file: Path) -> Graph:
    try:
        return load(file)
    except UsageError as error:
        # The frontends cannot know that archives are read here.
        raise UsageError(
            replace(each, hint=f"{each.hint}, {ARCHIVE}") if each.code == "unknown-format" else each
            for each in error.diagnostics
        ) from None


def _show_report(archive: Archive, file: Path) -> None:
    try:
        tables = list(report_tables(archive.report))
    except (LookupError, TypeError, ValueError, AttributeError):
        hint = "another program wrote this archive; --format text still shows its graph"
        raise model_error("foreign-report", "its report is not one of snnir", file.name, hint) from None
    show(tables)
