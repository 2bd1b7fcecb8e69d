"""Derivatives: how far central differences of a spiking network are from those of the analog network.

Spikes are whole, so what a spiking network computes is rough: an error of u that changes from point to point is a
multiple of itself in ``u_x``, and more in ``u_xx``, the larger the smaller the step. Residuals of differential
equations are made of these. They are taken here as on a grid: ``(u(x + h) - u(x - h)) / 2 h`` and ``(u(x + h) -
2 u(x) + u(x - h)) / h^2``, of both networks on the same points, h a fiftieth of the interval; as they are, and smoothed
by `snnir.data.smoothing`.

Where the points are depends on the inputs:

* up to two columns drawn together, up to three in all (axes of separable networks): a ``grid`` of 51 points along each,
  smoothed along all of them as ``snnir run --smooth`` does;
* more columns: ``lines`` of 51 points from end to end of the domain, along each of the first 8 columns, through random
  points;
* samples in place of a domain: ``segments``, lines of 11 points with the same step around some of the samples, since a
  line through the whole box may leave the region where they lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from snnir.analysis import differences
from snnir.analysis.accuracy import norm
from snnir.data.points import Points
from snnir.data.smoothing import choose, filtered
from snnir.data.stencils import AROUND, POINTS, Family, Kind, along_lines, columns_of, is_grid, on_grid
from snnir.ir import Graph
from snnir.metrics.derivative import Derivatives, Row, Useless, derivative_name
from snnir.semantics import Semantics, evaluate
from snnir.types import Array

MAX_INPUTS = 8
"""Columns that lines are taken along: the first ones."""
MAX_FIELDS = 8
"""Numbers that an output holds at a point and that are compared: the first ones."""
ROUNDING = 16
"""Differences below so many roundings of the output are those of its arithmetic: the derivative vanishes."""


def derivative_errors(
    graph: Graph,
    ann: Graph,
    semantics: Semantics,
    box: Mapping[str, Array],
    labels: Mapping[str, tuple[str, ...]],
    *,
    samples: Points | None = None,
    seed: int = 0,
) -> Derivatives:
    """Return the errors of derivatives of a spiking network against those of the analog one.

    Args:
        graph: The spiking network.
        ann: The analog network.
        semantics: How the target's neurons behave.
        box: Ends of every column, see `snnir.data.box.box_of`.
        labels: What columns are called, see `snnir.data.box.labels_of`.
        samples: Points to stay close to; None where all of the box is the domain.
        seed: Of the lines through a domain of many columns.
    """
    omitted: list[str] = []
    columns = tuple(columns_of(graph, box, labels, omitted))
    if len(columns) > MAX_INPUTS:
        left = columns[MAX_INPUTS:]
        omitted.append(f"inputs {left[0].label} to {left[-1].label}: the first {MAX_INPUTS} stand for all")
        columns = columns[:MAX_INPUTS]
    kind: Kind = "lines" if samples is None else "segments"
    families = tuple(along_lines(graph, columns, box, samples, seed))
    if samples is None and is_grid(graph, ann, columns):
        kind, families = "grid", (on_grid(graph, columns),)
    rows = [row for family in families for row in _rows(graph, ann, semantics, family, omitted)]
    steps = {column.label: column.step for column in columns}
    return Derivatives(
        kind=kind,
        description=_described(kind, families),
        labels=labels,
        step=steps,
        rows=tuple(rows),
        useless=tuple(Useless(row.output, row.input, row.order) for row in rows if row.useless),
        omitted=tuple(dict.fromkeys(omitted)),
    )


def difference(field: Array, axis: int, order: int) -> Array:
    """Return central differences of evenly spaced values along an axis, without the factor of the step.

    Args:
        field: ``[..., points, ...]``.
        axis: Along it.
        order: 1 or 2.

    Returns:
        Differences at all points but the first and the last one, in float64.
    """
    lines = np.moveaxis(field.astype(np.float64), axis, 0)
    apart: Array = lines[2:] - lines[:-2] if order == 1 else lines[2:] - 2 * lines[1:-1] + lines[:-2]
    return apart


def _rows(graph: Graph, ann: Graph, semantics: Semantics, family: Family, omitted: list[str]) -> Iterator[Row]:
    """Yield the errors along all columns of a family."""
    with np.errstate(all="ignore"):  # the ends of a domain may be where a network is not defined: log(0)
        spiking = evaluate(graph, family.points, semantics=semantics)
        analog = evaluate(ann, family.points)
    for name in graph.outputs:
        dims = graph.types[name].shape
        if analog[name].dtype.kind != "f":
            omitted.append(f"output {name}: it is {analog[name].dtype}, which has no derivative")
            continue
        pairs = zip(family.fields(name, dims, spiking[name]), family.fields(name, dims, analog[name]), strict=True)
        for (column, made, axis), (_, wanted, _) in pairs:
            count = len(made)
            if count > MAX_FIELDS:
                omitted.append(f"output {name}: the first {MAX_FIELDS} of its {count:,} numbers stand for all")
            # Of lines, only the axis along them is one to smooth along: they lie anywhere beside each other.
            smooth = range(made.ndim - 1) if family.grid is not None else (axis - 1,)
            for index in range(min(count, MAX_FIELDS)):
                label = name if count == 1 else f"{name}[{index}]"
                field = _Field(label, made[index], wanted[index], axis - 1, tuple(smooth))
                yield from field.rows(column.label, omitted)


@dataclass(frozen=True)
class _Field:
    """Numbers of both networks on evenly spaced lines.

    Attributes:
        label: What they are called.
        made: Of the spiking network, ``[axes...]``.
        wanted: Of the analog one.
        axis: Which of the axes runs along the input.
        smooth: Which of them are evenly spaced, so that there can be smoothed along them.
    """

    label: str
    made: Array
    wanted: Array
    axis: int
    smooth: tuple[int, ...]

    def rows(self, along: str, omitted: list[str]) -> Iterator[Row]:
        """Yield the errors of the first and the second difference, unless the derivative vanishes."""
        if not (np.all(np.isfinite(self.made)) and np.all(np.isfinite(self.wanted))):
            omitted.append(f"output {self.label}: it is not finite everywhere on these points")
            return
        smooth = filtered(self.made, tuple(s if i in self.smooth else 0.0 for i, s in enumerate(choose(self.made))))
        value = differences({"": self.made}, {"": self.wanted}).rel_l2
        rounding = ROUNDING * float(np.finfo(self.wanted.dtype).eps) * norm({"": self.wanted})
        for order in (1, 2):
            right = {"": difference(self.wanted, self.axis, order)}
            if norm(right) <= rounding:
                omitted.append(f"{derivative_name(self.label, along, order)}: it vanishes up to rounding")
                continue
            made = ({"": difference(each, self.axis, order)} for each in (self.made, smooth))
            yield Row(self.label, along, order, value, *(differences(each, right).rel_l2 for each in made))


def _described(kind: Kind, families: tuple[Family, ...]) -> str:
    if kind == "grid":
        return f"a grid of {' x '.join([str(POINTS)] * len(families[0].columns))} points"
    count = sum(family.lines for family in families)
    where = f"of {POINTS} points through the domain" if kind == "lines" else f"of {AROUND} points around samples"
    return f"{count} line{'' if count == 1 else 's'} {where}"


__all__ = ["derivative_errors", "difference"]
