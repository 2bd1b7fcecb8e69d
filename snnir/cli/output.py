"""What is printed: tables for people, drawn on a terminal, aligned text anywhere else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from snnir.errors import usage_error
from snnir.metrics.record import Record
from snnir.metrics.table import Command, Table, as_text, cell, visible


def show(tables: Iterable[Table]) -> None:
    """Print tables to the standard output."""
    draw = _drawn if sys.stdout.isatty() else as_text
    echo("\n\n".join(draw(table) for table in tables))


def files_table(contents: Mapping[Path, bytes], notes: Iterable[str] = ()) -> Table:
    """Return the files that were written, with their sizes, and what there is to say on others."""
    rows = tuple((str(path), f"{len(content):,} bytes") for path, content in contents.items())
    return Table("files", rows, notes=tuple(notes))


def as_json(content: object) -> bytes:
    """Return the content of a file of plain JSON."""
    return f"{json.dumps(content, indent=2, allow_nan=False)}\n".encode()


def finite_json(report: Record) -> bytes:
    """Return a report as JSON, with null for numbers that are none: points may lie where a network overflows."""
    return as_json(json.loads(json.dumps(report.to_json()), parse_constant=lambda _: None))


def echo(text: str) -> None:
    """Print text to the standard output, whatever characters it has.

    Raises:
        UsageError: It cannot be written, e.g. to a full disk; code ``cannot-write``.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding))
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise usage_error("cannot-write", f"the result cannot be printed: {reason}", "standard output") from None


def _drawn(table: Table) -> str:
    # Imported here: rich takes time to load, and is of no use without a terminal.
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table as Grid
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    box = SIMPLE_HEAD if table.header else None
    grid = Grid(
        box=box, show_header=bool(table.header), pad_edge=False, show_edge=False, header_style="dim", padding=(0, 1)
    )
    numeric = table.numeric
    for number, name in zip(numeric, table.header or ("",) * len(numeric), strict=True):
        grid.add_column(Text(cell(name)), justify="right" if number else "left", overflow="fold")
    for row in table.rows:
        cells = [Text(cell(each)) for each in row]
        if not table.header:
            cells[0].stylize("dim")
        grid.add_row(*cells)
    with console.capture() as capture:
        if table.title:
            console.print(Text(cell(table.title), style="bold"))
        if table.rows:
            console.print(Padding(grid, (0, 0, 0, 2)))
        for note in table.notes:
            if isinstance(note, Command):
                console.print(Text(f"  {visible(note)}"), soft_wrap=True)
            else:
                console.print(Padding(Text(visible(note)), (0, 0, 0, 2)))
    return capture.get().rstrip("\n")
