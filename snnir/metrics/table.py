"""Tables as data, and as aligned text and HTML: what people are shown of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from textwrap import wrap

WIDTH = 110
"""Of the lines of a paragraph, in characters."""
STYLE = (
    "body{font:15px/1.45 sans-serif;margin:2em auto;max-width:70em;padding:0 1em}"
    "h2{font-size:1.05em;margin:1.6em 0 .4em}table{border-collapse:collapse}"
    "th,td{padding:.15em .8em .15em 0;text-align:left;vertical-align:top}th{font-weight:normal;color:#666}"
    ".number{text-align:right;font-variant-numeric:tabular-nums}p{margin:.2em 0;color:#444}"
)
"""Of a page of tables; nothing is loaded from elsewhere."""


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

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns hold numbers only, and so stand on the right."""
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.header)
        return tuple(
            bool(self.header) and all(cell[:1].isdigit() or cell[:1] in {"-", ""} for cell in column)
            for column in columns
        )


class Command(str):
    """A note to be copied: it stays on one line, however long."""

    __slots__ = ()


def small(number: float) -> str:
    """Return an error with three digits."""
    return f"{number:.2e}"


def plural(count: int, word: str) -> str:
    """Return a count with its word, e.g. ``1 step`` or ``2 steps``."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def paragraph(text: str) -> tuple[str, ...]:
    """Return a long sentence in lines."""
    return tuple(wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False))


def visible(text: str) -> str:
    """Return text with everything that does not print escaped: names in a file must not steer a terminal."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def cell(text: str) -> str:
    """Return text as one line of characters that print."""
    return visible(text).replace("\n", " ")


def as_text(table: Table) -> str:
    """Return a table as aligned lines."""
    rows = [tuple(map(cell, row)) for row in (*((table.header,) if table.header else ()), *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numeric = table.numeric
    lines = [cell(table.title)] if table.title else []
    for row in rows:
        cells = (
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(row, widths, numeric, strict=True)
        )
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return "\n".join([*lines, *(f"  {visible(note)}" for note in table.notes)])


def as_html(table: Table) -> str:
    """Return a table as a part of a page."""
    lines = [f"<h2>{escape(cell(table.title))}</h2>"] if table.title else []
    if table.rows or table.header:
        head = [_row(table, table.header, "th")] if table.header else []
        lines += ["<table>", *head, *(_row(table, row, "td") for row in table.rows), "</table>"]
    notes = [
        f"<pre>{escape(visible(note))}</pre>" if isinstance(note, Command) else f"<p>{escape(visible(note))}</p>"
        for note in table.notes
    ]
    return "\n".join([*lines, *notes])


def page(title: str, tables: Iterable[Table]) -> str:
    """Return tables as a whole page of HTML, which needs no other file."""
    body = "\n".join(map(as_html, tables))
    head = f'<meta charset="utf-8">\n<title>{escape(cell(title))}</title>\n<style>{STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def _row(table: Table, cells: tuple[str, ...], tag: str) -> str:
    """Return a row; without a header, its first cell is one."""
    made = [
        _cell(text, "th" if index == 0 and not table.header else tag, numeric=number)
        for index, (text, number) in enumerate(zip(cells, table.numeric, strict=True))
    ]
    return f"<tr>{''.join(made)}</tr>"


def _cell(text: str, tag: str, *, numeric: bool) -> str:
    kind = ' class="number"' if numeric else ""
    return f"<{tag}{kind}>{escape(cell(text))}</{tag}>"
