"""Tables of numbers as text: ``.csv`` files."""

from __future__ import annotations

import csv
from io import StringIO

import numpy as np

from snnir.errors import usage_error
from snnir.types import Array

HINT = "write numbers separated by commas, a point in each line, and names of the columns in the first or none at all"
SEPARATORS = ",;\t"


def read_table(data: bytes, name: str) -> dict[str, Array]:
    """Return the columns of a table by the names in its first line; or all of it, ``[lines, columns]``, under no name.

    Columns are separated by commas, or by semicolons or tabs; empty lines and those that begin with ``#`` do not count.

    Args:
        data: Content of the file.
        name: What messages call it.

    Raises:
        UsageError: It is no such table; code ``bad-points``.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise usage_error("bad-points", "not a file of points: it is not text in UTF-8", name, HINT) from None
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if _counts(line)]
    if not lines:
        raise usage_error("bad-points", "there is nothing in it", name, HINT)
    separator = max(SEPARATORS, key=lines[0][1].count)
    rows = [(number, next(csv.reader(StringIO(line), delimiter=separator))) for number, line in lines]
    header = None if _numbers(rows[0][1]) else [cell.strip() for cell in rows.pop(0)[1]]
    width = len(rows[0][1] if header is None else header) if rows else 0
    found: list[list[float]] = []
    for number, row in rows:
        numbers = _numbers(row)
        if numbers is None or len(numbers) != width:
            what = f"has {len(row)} columns, not {width}" if len(row) != width else "holds something that is no number"
            raise usage_error("bad-points", f"line {number} {what}", name, HINT)
        found.append(numbers)
    if header is None:
        return {"": np.array(found)}
    return _named(header, np.array(found).reshape(len(found), len(header)), name)


def _named(header: list[str], table: Array, name: str) -> dict[str, Array]:
    twice = sorted({each for each in header if header.count(each) > 1})
    if twice or not len(table):
        what = f"several columns are called {twice[0]!r}" if twice else "there are no lines of numbers in it"
        raise usage_error("bad-points", what, name, HINT)
    return {each: table[:, index] for index, each in enumerate(header)}


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _numbers(row: list[str]) -> list[float] | None:
    """Return the numbers in a line; None where something else is in it."""
    try:
        return [float(cell) for cell in row]
    except ValueError:
        return None
