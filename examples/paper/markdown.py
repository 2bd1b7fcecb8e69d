"""Tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, the columns after the first aligned to the right."""
    marks = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, marks, *rows))


def small(number: float) -> str:
    """An error with three digits."""
    return f"{number:.2e}"


def times(number: float) -> str:
    """A factor with two or three digits."""
    return f"{number:.2f}" if number < 10 else f"{number:.0f}"
