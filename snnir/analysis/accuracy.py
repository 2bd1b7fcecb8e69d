"""How far outputs are from others: relative to their norm, and relative to the variation of every column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod, sqrt

import numpy as np

from snnir.ir import Graph
from snnir.metrics.error import ColumnErrors, ConversionErrors, Errors, OutputErrors
from snnir.types import Array, Dim

MAX_LISTED_COLUMNS = 64
"""Columns of an output that are listed: those with the largest error over variation."""
OF_MAGNITUDE = 1e-6
"""A column that varies by less than this part of its largest magnitude counts as constant."""
OF_LARGEST = 1e-4
"""So does one that varies by less than this part of the column that varies most, of all outputs."""


def differences(
    values: Mapping[str, Array],
    expected: Mapping[str, Array],
    shapes: Mapping[str, Sequence[Dim]] | None = None,
) -> Errors:
    """Return the errors over all arrays together.

    ``rel_l2`` is the norm of the error over the norm of what is expected, ``rms`` and ``max_abs`` are of the error
    itself, ``median`` and ``p99`` are quantiles of its magnitude over points and columns. ``over_variation`` is the
    largest, over all columns, of the root mean square of the error over the standard deviation of what is expected:
    an offset does not make it smaller, and a column has no part in the scale of another. 1 is what the best constant
    has; ``1 - over_variation^2`` of the variation is explained. Points are the free axes of an array, all of them
    together, columns the fixed ones.

    A column counts as constant where its standard deviation is below `OF_MAGNITUDE` of its largest magnitude, or below
    `OF_LARGEST` of the largest standard deviation of all columns; that largest one stands for it then, so that a
    boundary value of nearly zero is as exact as the field is. Where no column varies by `OF_MAGNITUDE`, the root mean
    square of everything that is expected stands for all; where zero is expected everywhere, relative errors are
    absolute ones. Numbers that are not finite make errors that are none.

    Args:
        values: By name; may hold more.
        expected: By name.
        shapes: Of the expected arrays, with names for free axes. If None, the last axis of two or more is fixed.
    """
    return Errors(**_together(_parts(values, expected, shapes or {})))


def conversion_errors(ann: Graph, values: Mapping[str, Array], expected: Mapping[str, Array]) -> ConversionErrors:
    """Return the errors against the analog network.

    `differences` over all outputs, ``points``, how many there were, and ``outputs``: the same of each, with its
    ``name`` and ``width``, the number of its columns. Where there are several, ``columns`` has the same of each, with
    its index ``column``; of more than `MAX_LISTED_COLUMNS` these are the ones with the largest ``over_variation``.

    Args:
        ann: The analog network.
        values: Of the other one, by output name; may hold more.
        expected: Outputs of the analog one by name.
    """
    parts = _parts(values, expected, shapes_of(ann))
    outputs = tuple(
        OutputErrors(name=part.name, width=part.width, columns=_by_column(part), **_together([part])) for part in parts
    )
    return ConversionErrors(points=point_count(ann, expected), outputs=outputs, **_together(parts))


def variation(expected: Mapping[str, Array], shapes: Mapping[str, Sequence[Dim]]) -> float:
    """Return by how much the columns of arrays vary: the root mean square of what ``over_variation`` divides by."""
    scales = _scales([_columns(array, shapes[name]) for name, array in expected.items()])
    return sqrt(float(np.mean(np.square(np.concatenate(scales)))))


def shapes_of(graph: Graph) -> dict[str, tuple[Dim, ...]]:
    """Return the shapes of the outputs of a graph, with names for free axes."""
    return {name: graph.types[name].shape for name in graph.outputs}


def norm(arrays: Mapping[str, Array]) -> float:
    """Return the Euclidean norm over all arrays."""
    return sqrt(sum(float(np.sum(np.square(array, dtype=np.float64))) for array in arrays.values()))


def point_count(graph: Graph, arrays: Mapping[str, Array]) -> int:
    """Return how many points values of a graph are for, by name.

    A value has as many as its free sizes make together, as the axes of a separable network multiply; of several
    values, the one with the most counts.
    """
    return max(_points(array.shape, graph.types[name].shape) for name, array in arrays.items())


def _points(sizes: tuple[int, ...], shape: Sequence[Dim]) -> int:
    return prod(size for size, dim in zip(sizes, shape, strict=True) if isinstance(dim, str))


@dataclass(frozen=True)
class _Part:
    """One array, its points and its columns apart.

    Attributes:
        name: Of the array.
        apart: The error, ``[points, columns]``.
        expected: The same shape.
        scale: What the root mean square of the error of a column is divided by, ``[columns]``.
    """

    name: str
    apart: Array
    expected: Array
    scale: Array

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.scale)

    @property
    def over_variation(self) -> Array:
        """Of each column."""
        over: Array = np.sqrt(np.mean(np.square(self.apart), axis=0)) / self.scale
        return over


@np.errstate(all="ignore")
def _parts(
    values: Mapping[str, Array], expected: Mapping[str, Array], shapes: Mapping[str, Sequence[Dim]]
) -> list[_Part]:
    """Return the arrays with their points and columns apart."""
    known = {name: shapes.get(name, _usual(array)) for name, array in expected.items()}
    wanted = [_columns(array, known[name]) for name, array in expected.items()]
    apart = [_columns(values[name], shape) - array for (name, shape), array in zip(known.items(), wanted, strict=True)]
    return [_Part(*each) for each in zip(expected, apart, wanted, _scales(wanted), strict=True)]


def _usual(array: Array) -> tuple[Dim, ...]:
    """Return the shape of an array of which nothing is known: the last axis of two or more holds columns."""
    return (*("N",) * (array.ndim - 1), array.shape[-1]) if array.ndim > 1 else ("N",) * array.ndim


def _columns(array: Array, shape: Sequence[Dim]) -> Array:
    """Return an array as ``[points, columns]``, in double precision."""
    free = [axis for axis, dim in enumerate(shape) if isinstance(dim, str)]
    fixed = [axis for axis, dim in enumerate(shape) if not isinstance(dim, str)]
    points = prod(array.shape[axis] for axis in free)
    columns: Array = array.transpose(*free, *fixed).reshape(points, array.size // max(points, 1))
    return columns.astype(np.float64)


def _scales(expected: Sequence[Array]) -> list[Array]:
    """Return what the errors of columns are divided by, see `differences`, for arrays ``[points, columns]``."""
    deviations = [np.std(array, axis=0) for array in expected]
    least = [OF_MAGNITUDE * np.max(np.abs(array), axis=0) for array in expected]
    largest = max(float(np.max(each)) for each in deviations)
    if not any(np.any((each >= low) & (each > 0)) for each, low in zip(deviations, least, strict=True)):
        size = sqrt(sum(float(np.sum(np.square(array))) for array in expected) / sum(array.size for array in expected))
        return [np.full_like(each, size or 1.0) for each in deviations]
    floors = [np.maximum(low, OF_LARGEST * largest) for low in least]
    whole = [np.maximum(low, largest) for low in least]
    return [np.where(each >= floor, each, size) for each, floor, size in zip(deviations, floors, whole, strict=True)]


@np.errstate(all="ignore")
def _together(parts: Sequence[_Part]) -> dict[str, float]:
    """Return the errors over some arrays."""
    error, size = norm({part.name: part.apart for part in parts}), norm({part.name: part.expected for part in parts})
    magnitudes = np.concatenate([np.abs(part.apart).ravel() for part in parts])
    median, most = np.quantile(magnitudes, (0.5, 0.99))
    return {
        "rel_l2": error / size if size > 0 else error,
        "over_variation": float(np.max(np.concatenate([part.over_variation for part in parts]))),
        "rms": error / sqrt(magnitudes.size),
        "median": float(median),
        "p99": float(most),
        "max_abs": float(np.max(magnitudes)),
    }


def _by_column(part: _Part) -> tuple[ColumnErrors, ...] | None:
    """Return the errors of the columns of an output, in their order; None where there is one."""
    if part.width == 1:
        return None
    worst = sorted(np.argsort(-part.over_variation, kind="stable")[:MAX_LISTED_COLUMNS].tolist())
    return tuple(ColumnErrors(column=index, **_together([_one_column(part, index)])) for index in worst)


def _one_column(part: _Part, index: int) -> _Part:
    one = slice(index, index + 1)
    return _Part(part.name, part.apart[:, one], part.expected[:, one], part.scale[one])
