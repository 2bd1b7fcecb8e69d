"""The table of the conversion error: of every output, and of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from snnir.metrics.energy import nanojoule
from snnir.metrics.error import (
    UNEXPLAINED,
    Errors,
    OutputErrors,
    PointErrors,
    QuantisedErrors,
    largest_over_variation,
)
from snnir.metrics.record import Record
from snnir.metrics.setting import OVER
from snnir.metrics.table import Table, plural, small

MAX_COLUMNS = 8
"""Columns of an output that have a row, at most."""
HEADER = ("output", "rel L2", OVER, "median", "99 %", "max")


@dataclass(frozen=True, kw_only=True, eq=False)
class Stream(Record):
    """The points of a network for streams.

    Attributes:
        points: In order, of all lines together.
        lines: How many there are.
    """

    points: int
    lines: int


def conversion_table(
    total: PointErrors, outputs: Sequence[OutputErrors], stream: Stream | None, quantised: QuantisedErrors | None
) -> Table:
    """Return the errors against the analog network.

    Args:
        total: Over all outputs.
        outputs: Of each.
        stream: What points were, where their order counts.
        quantised: Of the analog network in few bits, to compare with.
    """
    rows = [row for output in outputs for row in _rows(output)]
    if len(outputs) > 1:
        rows.append(("together", *_errors(total)))
    title = f"conversion error against the ANN, on {total.points:,} points that calibration did not see"
    if stream is not None:
        title += f": a stream of {stream.points:,} points in order, {plural(stream.lines, 'line')}"
    return Table(title, tuple(rows), HEADER, tuple(_notes(total, outputs, quantised)))


def _rows(output: OutputErrors) -> Iterator[tuple[str, ...]]:
    """Yield the row of an output, and those of its columns where there are several."""
    yield output.name, *_errors(output)
    for column in largest_over_variation(output.columns or (), MAX_COLUMNS):
        yield f"{output.name}[{column.column}]", *_errors(column)


def _errors(row: Errors) -> tuple[str, ...]:
    return tuple(map(small, (row.rel_l2, row.over_variation, row.median, row.p99, row.max_abs)))


def _notes(total: PointErrors, outputs: Sequence[OutputErrors], quantised: QuantisedErrors | None) -> Iterator[str]:
    for output in outputs:
        if output.width > MAX_COLUMNS:
            shown = f"the {MAX_COLUMNS} with the largest error over variation"
            yield f"Of the {output.width} columns of {output.name}, {shown}."
    if total.over_variation > UNEXPLAINED:
        yield "Less than half of the variation is explained: of a column, the error is nearly as large as what varies."
    if quantised is not None:
        bits = plural(quantised.bits, "bit")
        energy = f" at {nanojoule(quantised.energy_pj)} ({quantised.energy_model})" if quantised.energy_model else ""
        yield f"For comparison, the ANN with its activations in {bits}: rel L2 {small(quantised.rel_l2)}{energy}."
