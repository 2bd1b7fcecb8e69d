"""Points along every input of a network, evenly spaced, so that differences of its outputs can be taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Literal, TypeAlias

import numpy as np

from snnir.analysis import merges_before_units
from snnir.data.box import as_points, as_rows, axis_of, width_of
from snnir.data.grids import Grid, find_grid
from snnir.data.points import Points
from snnir.ir import Graph, Value
from snnir.types import Array, Dim

Kind: TypeAlias = Literal["grid", "lines", "segments"]

POINTS = 51
"""Along a line, from one end of the domain to the other."""
AROUND = 11
"""Of a segment around a sample; the step is that of a whole line."""
LINES = 48
"""In all, shared by the columns of the inputs that they run along; each gets `MIN_LINES` to `MAX_LINES`."""
MIN_LINES, MAX_LINES = 4, 24
BESIDE = 4
"""Points of every other axis, where a network has several and they are too many for a grid."""
MAX_TOGETHER, MAX_COLUMNS = 2, 3
"""Columns of a grid that are drawn together, and in all; where layers of units lie behind the product of several axes,
each of its points is simulated, and `MAX_TOGETHER` holds for all."""
RESOLVED = 64
"""Roundings of a coordinate that a step must have at least."""


@dataclass(frozen=True)
class Column:
    """A column of an input that lines run along.

    Attributes:
        label: What it is called.
        value: The input.
        index: Of the column.
        low: Lower end.
        high: Upper end.
    """

    label: str
    value: Value
    index: int
    low: float
    high: float

    @property
    def step(self) -> float:
        """h, the distance of neighbouring points."""
        return (self.high - self.low) / (POINTS - 1)


@dataclass(frozen=True)
class Family:
    """Points along some columns, with what order they are in.

    Attributes:
        points: By input name.
        columns: Those that they run along; in `grid`, all.
        size: Points along a line.
        lines: How many, along all columns together.
        grid: Where the points are in a grid; None for lines, one after the other, column by column.
    """

    points: Points
    columns: tuple[Column, ...]
    size: int
    lines: int
    grid: Grid | None = None

    def fields(self, name: str, dims: tuple[Dim, ...], values: Array) -> Iterator[tuple[Column, Array, int]]:
        """Yield for every column that an output depends on its values, and which axis of them runs along the column.

        Args:
            name: Of the output.
            dims: Its shape in the graph.
            values: In that shape, on the points.

        Yields:
            A column; ``[fields, axes...]``, a field for each number that the output holds at a point, on lines
            ``[fields, lines, points]``; and the axis, from 1.
        """
        if self.grid is not None:
            arranged = self.grid.arranged(name, values)
            free = [dim for dim in dims if isinstance(dim, str)]
            ordered = [column for dim in free for column in self.columns if axis_of(column.value) == dim]
            yield from ((column, arranged, axis) for axis, column in enumerate(ordered, start=1))
            return
        own = axis_of(self.columns[0].value)
        if own not in dims:
            return
        fixed = [axis for axis, dim in enumerate(dims) if not isinstance(dim, str)]
        others = [axis for axis, dim in enumerate(dims) if isinstance(dim, str) and dim != own]
        turned = np.transpose(values, (*fixed, *others, dims.index(own)))
        shape = (prod(values.shape[axis] for axis in fixed), -1, len(self.columns), values.shape[dims.index(own)])
        by_column = turned.reshape(*shape[:3], shape[3] // len(self.columns))
        for index, column in enumerate(self.columns):
            yield column, by_column[:, :, index].reshape(shape[0], -1, self.size), 2


def columns_of(
    graph: Graph, box: Mapping[str, Array], labels: Mapping[str, tuple[str, ...]], omitted: list[str]
) -> Iterator[Column]:
    """Yield the columns that lines can run along, and note why they cannot along others."""
    for value in graph.inputs:
        for index, label in enumerate(labels[value.name]):
            low, high = (float(end) for end in box[value.name][:, index])
            problem = _problem(value, low, high)
            if problem:
                omitted.append(f"input {label}: {problem}")
            else:
                yield Column(label, value, index, low, high)


def _problem(value: Value, low: float, high: float) -> str:
    """Return why no line can run along a column; empty where one can."""
    kind = np.dtype(value.type.dtype)
    if kind.kind != "f":
        return f"it is {kind}, which has no small steps"
    if not axis_of(value):
        return "it is one for all points"
    if low == high:
        return "it does not vary"
    resolved = RESOLVED * float(np.finfo(kind).eps) * max(abs(low), abs(high))
    return "" if (high - low) / (POINTS - 1) > resolved else f"{kind} cannot resolve {POINTS} points in its range"


def is_grid(graph: Graph, ann: Graph, columns: tuple[Column, ...]) -> bool:
    """Whether a grid along all inputs has few enough points, and all outputs are on it."""
    sizes = [sum(axis_of(column.value) == axis for column in columns) for axis in _axes(graph)]
    every = sum(map(width_of, graph.inputs)) == len(columns)
    known = all(
        dim in _axes(graph) for name in graph.outputs for dim in graph.types[name].shape if isinstance(dim, str)
    )
    most = MAX_TOGETHER if merges_before_units(ann) else MAX_COLUMNS
    return every and known and max(sizes, default=0) <= MAX_TOGETHER and 0 < sum(sizes) <= most


def on_grid(graph: Graph, columns: tuple[Column, ...]) -> Family:
    """Return all points of a grid over the whole domain, the last column of an axis fastest."""
    points: dict[str, Array] = {}
    for axis in _axes(graph):
        own = [column for column in columns if axis_of(column.value) == axis]
        ends = (np.linspace(column.low, column.high, POINTS) for column in own)
        mesh = np.stack([each.ravel() for each in np.meshgrid(*ends, indexing="ij")], axis=1)
        for value in {column.value.name: column.value for column in own}.values():
            rows = mesh[:, [place for place, column in enumerate(own) if column.value is value]]
            points[value.name] = as_points(value, rows)
    return Family(points, columns, POINTS, len(columns) * POINTS ** (len(columns) - 1), find_grid(graph, points))


def along_lines(
    graph: Graph, columns: tuple[Column, ...], box: Mapping[str, Array], samples: Points | None, seed: int
) -> Iterator[Family]:
    """Yield lines along some columns, for the inputs that share an axis together.

    Without samples they run through random points of the box, from end to end; else they are centred at samples.
    """
    for axis in _axes(graph):
        own = tuple(column for column in columns if axis_of(column.value) == axis)
        if not own:
            continue
        width = sum(width_of(value) for value in graph.inputs if axis_of(value) == axis)
        count = 1 if samples is None and width == 1 else min(max(LINES // len(own), MIN_LINES), MAX_LINES)
        size = POINTS if samples is None else AROUND
        points: dict[str, Array] = {}
        for index, value in enumerate(graph.inputs):
            many = count if axis_of(value) == axis else BESIDE if axis_of(value) else 1
            base = _base(value, box[value.name], None if samples is None else samples[value.name], many, [seed, index])
            rows = _lines(value, base, own, size, whole=samples is None) if axis_of(value) == axis else base
            points[value.name] = as_points(value, rows)
        yield Family(points, own, size, len(own) * count)


def _base(value: Value, ends: Array, samples: Array | None, count: int, seed: list[int]) -> Array:
    """Return points that lines run through, ``[count, columns]``."""
    if samples is not None:
        rows = as_rows(value, samples)
        return rows[np.linspace(0, len(rows) - 1, count).astype(np.intp)].astype(np.float64)
    low, high = ends.astype(np.float64)
    drawn: Array = low + (high - low) * np.random.default_rng(seed).random((count, len(low)))
    return drawn


def _lines(value: Value, base: Array, columns: tuple[Column, ...], size: int, *, whole: bool) -> Array:
    """Return the points of an input on all lines, ``[columns * lines * points, columns]``."""
    blocks: list[Array] = []
    for column in columns:
        block = np.repeat(base[:, np.newaxis], size, axis=1)
        if column.value is value:
            first = base[:, column.index] - size // 2 * column.step
            start = column.low if whole else np.clip(first, column.low, column.high - (size - 1) * column.step)
            block[..., column.index] = np.reshape(start, (-1, 1)) + column.step * np.arange(size)
        blocks.append(block.reshape(-1, base.shape[1]))
    return np.concatenate(blocks)


def _axes(graph: Graph) -> tuple[str, ...]:
    """Return the sizes that count points, of all inputs."""
    return tuple(dict.fromkeys(axis for value in graph.inputs if (axis := axis_of(value))))
