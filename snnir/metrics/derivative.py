"""The errors of derivatives, beside those of the value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from snnir.metrics.record import Record
from snnir.metrics.table import Table, paragraph, small

USELESS = 0.5
"""Error, over the norm of the derivative, beyond which it is called useless: terms of an equation that are off by half
of their size cannot be seen to cancel, however well the network solves it."""
MAX_SHOWN = 6
"""Rows, and names of derivatives that are useless."""


@dataclass(frozen=True, eq=False)
class Row(Record):
    """The error of one derivative, relative L2 over all points.

    Attributes:
        output: Name of the output; with the column, ``u[1]``, where it has several.
        input: Label of the column that it is taken along.
        order: 1 or 2.
        value: Error of the output itself on these points.
        rel_l2: Error of the differences.
        smoothed: The same after smoothing the output.
    """

    output: str
    input: str
    order: int
    value: float
    rel_l2: float
    smoothed: float

    @property
    def useless(self) -> bool:
        """Whether the smaller of both errors is beyond `USELESS`."""
        return min(self.rel_l2, self.smoothed) > USELESS


@dataclass(frozen=True, eq=False)
class Useless(Record):
    """Names a derivative: its output, its column and its order, as of `Row`."""

    output: str
    input: str
    order: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Derivatives(Record):
    """The errors of first and second central differences along every input.

    Attributes:
        kind: Of the points: ``grid``, ``lines`` or ``segments``.
        description: Of the points, in words.
        labels: What columns of the inputs are called, by input name.
        step: h by label.
        rows: By output, input and order.
        useless: Names the rows that are.
        omitted: What was left out and why, in words.
    """

    kind: Literal["grid", "lines", "segments"]
    description: str
    labels: Mapping[str, tuple[str, ...]]
    step: Mapping[str, float]
    rows: tuple[Row, ...]
    useless: tuple[Useless, ...]
    omitted: tuple[str, ...]

    @property
    def table(self) -> Table:
        """The errors of first and second differences beside that of the value, a row for each output and input."""
        pairs: dict[tuple[str, str], dict[int, Row]] = {}
        for row in self.rows:
            pairs.setdefault((row.output, row.input), {})[row.order] = row
        rows = tuple(
            (output, along, small(next(iter(orders.values())).value), *_both(orders.get(1)), *_both(orders.get(2)))
            for (output, along), orders in list(pairs.items())[:MAX_SHOWN]
        )
        more = [f"The first {MAX_SHOWN} of {len(pairs)}; the report has all."] if len(pairs) > MAX_SHOWN else []
        header = ("output", "along", "value", "first", "smoothed", "second", "smoothed")
        return Table(self._title(), rows, header, (*more, *self._useless()))

    def _title(self) -> str:
        steps = dict.fromkeys(f"{step:.3g}" for step in self.step.values())
        shown = ", ".join(f"{name} {step:.3g}" for name, step in self.step.items())
        title = f"derivatives by central differences, rel L2, on {self.description}, "
        return title + (f"steps of {next(iter(steps))}" if len(steps) == 1 else f"steps {shown}")

    def _useless(self) -> tuple[str, ...]:
        names = [derivative_name(each.output, each.input, each.order) for each in self.useless]
        if not names:
            return ()
        more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
        verb = "is" if len(names) == 1 else "are"
        which = (
            f"{', '.join(names[:MAX_SHOWN])}{more} {verb} useless: an error above {USELESS:g} of the derivative's norm"
        )
        return paragraph(f"{which}, smoothed or not.")


def derivative_name(output: str, label: str, order: int) -> str:
    """Return a derivative as it is written: ``du/dx``, ``d2u/dx2``, ``d2u/d(x[0])2``."""
    label = label if label.isidentifier() else f"({label})"
    return f"d{output}/d{label}" if order == 1 else f"d{order}{output}/d{label}{order}"


def _both(row: Row | None) -> tuple[str, str]:
    """Return the error of a derivative as it is and smoothed; nothing where the derivative vanishes."""
    return ("", "") if row is None else (small(row.rel_l2), small(row.smoothed))
