"""Grids: whether points are all those of an evenly spaced grid, and where each of them is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from snnir.errors import Diagnostic, UsageError
from snnir.ir import Graph, Value
from snnir.types import Array, Dim

TOLERANCE = 8 * float(np.finfo(np.float32).eps)
"""Coordinates that differ by this part of the largest are one, and spacing may be uneven by as much."""

HINT = "smoothing needs all points of an evenly spaced grid, once each, in any order"
SHOWN = 4
"""Axes of a grid that a message names."""


@dataclass(frozen=True)
class Lattice:
    """Rows that are all points of a grid, in any order.

    Attributes:
        shape: How many coordinates each column has.
        place: Where in the grid each row is, the last column fastest: ``[points]``.
    """

    shape: tuple[int, ...]
    place: Array


@dataclass(frozen=True)
class Grid:
    """What the free sizes of a network's outputs stand for.

    Attributes:
        lattices: By free size: the points that it counts.
        outputs: Shapes of the outputs by name.
    """

    lattices: Mapping[str, Lattice]
    outputs: Mapping[str, tuple[Dim, ...]]

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the axes of the grid that an output is computed on."""
        return tuple(size for lattice in self._lattices(name) for size in lattice.shape)

    def fits(self, name: str, values: Array) -> bool:
        """Whether values are numbers in the shape that an output has on this grid."""
        dims = self.outputs[name]
        sizes = tuple(self.lattices[dim].place.size if isinstance(dim, str) else dim for dim in dims)
        return values.shape == sizes and values.dtype.kind == "f"

    def arranged(self, name: str, values: Array) -> Array:
        """Return an output as fields on the grid, ``[fields, axes...]``: one for each number at a point.

        Args:
            name: Of the output.
            values: In its shape, the points as given.
        """
        lattices = self._lattices(name)
        rows = self._rows(name, values)
        for axis, lattice in enumerate(lattices, start=1):
            rows = np.take(rows, np.argsort(lattice.place), axis=axis)
        return rows.reshape(len(rows), *self.shape(name))

    def restored(self, name: str, fields: Array, shape: tuple[int, ...]) -> Array:
        """Return fields as an output of a shape: what `arranged` did, undone."""
        lattices = self._lattices(name)
        rows = fields.reshape(len(fields), *(lattice.place.size for lattice in lattices))
        for axis, lattice in enumerate(lattices, start=1):
            rows = np.take(rows, lattice.place, axis=axis)
        free, fixed = self._axes(name)
        rows = rows.reshape(*(shape[axis] for axis in (*fixed, *free)))
        return np.transpose(rows, np.argsort((*fixed, *free)))

    def _rows(self, name: str, values: Array) -> Array:
        """Return an output with its fixed sizes in front, as one: ``[fields, points, ...]``."""
        free, fixed = self._axes(name)
        turned = np.transpose(values, (*fixed, *free))
        return turned.reshape(prod(values.shape[axis] for axis in fixed), *(values.shape[axis] for axis in free))

    def _axes(self, name: str) -> tuple[list[int], list[int]]:
        """Return the axes of an output whose sizes are free, and the others."""
        dims = self.outputs[name]
        free = [axis for axis, dim in enumerate(dims) if isinstance(dim, str)]
        return free, [axis for axis in range(len(dims)) if axis not in free]

    def _lattices(self, name: str) -> list[Lattice]:
        return [self.lattices[dim] for dim in self.outputs[name] if isinstance(dim, str)]


def find_grid(graph: Graph, points: Mapping[str, Array], where: str = "points") -> Grid:
    """Return the grid that points are.

    Inputs that share a free size form the columns of one grid: a single input ``[N, d]`` is a grid of d axes,
    and of a separable network each input ``[N_i, 1]`` is an axis of its own.

    Args:
        graph: A network.
        points: As `snnir.data.points.check_points` returns them.
        where: Names the points in messages.

    Raises:
        UsageError: They are none; code ``not-a-grid``, all findings at once.
    """
    findings: list[str] = []
    lattices: dict[str, Lattice] = {}
    for size, inputs in _by_size(graph, findings).items():
        labels, columns = zip(*(column for value in inputs for column in _columns(value, points)), strict=True)
        axes = [_coordinates(column) for column in columns]
        problems = list(_problems(_named(inputs), labels, axes))
        findings += problems
        if not problems:
            lattices[size] = _lattice(axes)
    outputs = {name: graph.types[name].shape for name in graph.outputs}
    if not findings:
        findings += [
            f"output {name!r} has {dim} rows, a size that no input has"
            for name, shape in outputs.items()
            for dim in shape
            if isinstance(dim, str) and dim not in lattices
        ]
    if findings:
        raise UsageError(Diagnostic("not-a-grid", text, where, HINT) for text in findings)
    return Grid(lattices, outputs)


def _by_size(graph: Graph, findings: list[str]) -> dict[str, list[Value]]:
    """Return the inputs by their free size, and note what has none or several."""
    groups: dict[str, list[Value]] = {}
    for value in graph.inputs:
        free = [dim for dim in value.type.shape if isinstance(dim, str)]
        if len(free) > 1:
            findings.append(f"input {value.name!r} has several free sizes, so its rows are no points: {value.type}")
        elif free:
            groups.setdefault(free[0], []).append(value)
    if not groups and not findings:
        findings.append("the network takes one point at a time, which is no grid")
    return groups


def _columns(value: Value, points: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Yield the columns of an input, ``[points]``, with what to call them."""
    place = next(axis for axis, dim in enumerate(value.type.shape) if isinstance(dim, str))
    rows = np.moveaxis(points[value.name], place, 0)
    flat = rows.reshape(len(rows), -1)
    for index, column in enumerate(flat.T):
        yield f"input {value.name!r}{'' if flat.shape[1] == 1 else f', column [:, {index}]'}", column


@dataclass(frozen=True)
class _Axis:
    """The coordinates in a column, in order, and which of them each row has, ``[points]``; `room` is rounding."""

    coordinates: Array
    index: Array
    room: float


def _coordinates(column: Array) -> _Axis:
    order = np.argsort(column, kind="stable")
    ordered = column[order].astype(np.float64)
    room = TOLERANCE * float(np.max(np.abs(ordered)))
    new = np.diff(ordered, prepend=-np.inf) > room
    index = np.empty(column.size, np.intp)
    index[order] = np.cumsum(new) - 1
    return _Axis(ordered[new], index, room)


def _problems(name: str, labels: Iterable[str], axes: list[_Axis]) -> Iterator[str]:
    """Yield why rows are no grid: some are missing or there twice; else, how the spacing is uneven."""
    rows = axes[0].index.size
    sizes = [axis.coordinates.size for axis in axes]
    shown = " x ".join([*(f"{size:,}" for size in sizes[:SHOWN]), *(["..."] if len(sizes) > SHOWN else [])])
    text = f"{name}: {rows:,} rows are not the {shown} points of a grid, once each"
    if prod(sizes) != rows:
        yield text
        return
    place = _lattice(axes).place
    order = np.argsort(place, kind="stable")
    same = np.flatnonzero(np.diff(place[order]) == 0)
    if same.size:
        one, other = order[same[0] : same[0] + 2]
        yield f"{text}: rows [{one}] and [{other}] are the same point"
        return
    for label, axis in zip(labels, axes, strict=True):
        given = axis.coordinates
        even: Array = np.linspace(float(given[0]), float(given[-1]), given.size)
        if float(np.max(np.abs(given - even))) > axis.room:
            steps = np.diff(given)
            yield f"{label}: not evenly spaced, its steps go from {steps.min():.6g} to {steps.max():.6g}"


def _lattice(axes: list[_Axis]) -> Lattice:
    shape = tuple(axis.coordinates.size for axis in axes)
    return Lattice(shape, np.ravel_multi_index([axis.index for axis in axes], shape))


def _named(inputs: list[Value]) -> str:
    names = ", ".join(repr(value.name) for value in inputs)
    return f"input {names}" if len(inputs) == 1 else f"inputs {names}"
