"""What is printed: tables for people, drawn on a terminal, aligned text anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import wrap

import click

from snnir.errors import usage_error

WIDTH = 110
"""Of the lines of a paragraph, in characters."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title.

    Attributes:
        title: Above it.
        rows: Cells; all rows are equally long.
        header: Names of the columns; without it, the first column names the rows.
        notes: Sentences below it.
    """

    title: str
    rows: tuple[tuple[str, ...], ...] = ()
    header: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Command(str):
    """A note to be copied: it stays on one line, however long."""

    __slots__ = ()


def small(number: float) -> str:
    """Return an error with three digits."""
    return f"{number:.2e}"


def paragraph(text: str) -> tuple[str, ...]:
    """Return a long sentence in lines."""
    return tuple(wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False))


def show(tables: Iterable[Table]) -> None:
    """Print tables to the standard output."""
    draw = _drawn if sys.stdout.isatty() else _plain
    echo("\n\n".join(draw(table) for table in tables))


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


def visible(text: str) -> str:
    """Return text with everything that does not print escaped: names in a file must not steer a terminal."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def _cell(text: str) -> str:
    return visible(text).replace("\n", " ")


def _numeric(table: Table) -> tuple[bool, ...]:
    """Return which columns hold numbers only, and so stand on the right."""
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.header)
    return tuple(
        bool(table.header) and all(cell[:1].isdigit() or cell[:1] in {"-", ""} for cell in column) for column in columns
    )


def _plain(table: Table) -> str:
    rows = [tuple(map(_cell, row)) for row in (*((table.header,) if table.header else ()), *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numeric = _numeric(table)
    lines = [_cell(table.title)] if table.title else []
    for row in rows:
        cells = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numeric, strict=True)
        )
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return "\n".join([*lines, *(f"  {visible(note)}" for note in table.notes)])


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
    numeric = _numeric(table)
    for number, name in zip(numeric, table.header or ("",) * len(numeric), strict=True):
        grid.add_column(Text(_cell(name)), justify="right" if number else "left", overflow="fold")
    for row in table.rows:
        cells = [Text(_cell(cell)) for cell in row]
        if not table.header:
            cells[0].stylize("dim")
        grid.add_row(*cells)
    with console.capture() as capture:
        if table.title:
            console.print(Text(_cell(table.title), style="bold"))
        if table.rows:
            console.print(Padding(grid, (0, 0, 0, 2)))
        for note in table.notes:
            if isinstance(note, Command):
                console.print(Text(f"  {visible(note)}"), soft_wrap=True)
            else:
                console.print(Padding(Text(visible(note)), (0, 0, 0, 2)))
    return capture.get().rstrip("\n")
