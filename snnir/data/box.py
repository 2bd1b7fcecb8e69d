"""The box that a network was calibrated in: the smallest and the largest number in every column of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from snnir.data.domain import Domain
from snnir.data.points import Points
from snnir.ir import Graph, Value
from snnir.types import Array


def box_of(graph: Graph, points: Points, domain: Domain | None = None) -> dict[str, Array]:
    """Return lower and upper ends, ``[2, columns]`` in each input's type, by input name.

    Args:
        graph: Its inputs define the points.
        points: The calibration points.
        domain: What they were drawn from, as `snnir.data.sampling.sample` takes it; None if they were given, then the
            ends are those of the points.
    """
    return {
        value.name: _ends(value, points[value.name]) if domain is None else _given(graph, value, domain)
        for value in graph.inputs
    }


def as_numbers(box: Mapping[str, Array]) -> dict[str, tuple[tuple[float, ...], ...]]:
    """Return a box as plain numbers: ``((low, ...), (high, ...))`` by input."""
    return {name: tuple(map(tuple, ends.astype(np.float64).tolist())) for name, ends in box.items()}


def axis_of(value: Value) -> str:
    """Return the size that counts the points of an input; empty where all sizes are fixed."""
    return next((dim for dim in value.type.shape if isinstance(dim, str)), "")


def width_of(value: Value) -> int:
    """Return how many numbers make one point of an input."""
    return prod(dim for dim in value.type.shape if isinstance(dim, int))


def as_rows(value: Value, points: Array) -> Array:
    """Return the points of an input as ``[points, columns]``: its free axis first, all others as columns."""
    axis = axis_of(value)
    place = value.type.shape.index(axis) if axis else 0
    return np.moveaxis(points, place, 0).reshape(-1, width_of(value))


def as_points(value: Value, rows: Array) -> Array:
    """Return rows ``[points, columns]`` in the shape and type of an input: what `as_rows` did, undone."""
    axis, shape = axis_of(value), list(value.type.shape)
    place = shape.index(axis) if axis else 0
    fixed = [dim if isinstance(dim, int) else 1 for dim in (*shape[:place], *shape[place + bool(axis) :])]
    turned = np.moveaxis(rows.reshape(len(rows), *fixed), 0, place) if axis else rows.reshape(fixed)
    return turned.astype(value.type.dtype)


def labels_of(graph: Graph, domain: Domain | None = None) -> dict[str, tuple[str, ...]]:
    """Return what to call the columns of every input, by input name.

    Names of a domain's intervals where they stand for the columns of the only input; else the input's name, with the
    column behind it where there are several: ``points[0]``.
    """
    found: dict[str, tuple[str, ...]] = {}
    for value in graph.inputs:
        columns = width_of(value)
        numbered = tuple(f"{value.name}[{index}]" for index in range(columns))
        named = tuple(domain or ()) if len(graph.inputs) == 1 else ()
        found[value.name] = named if len(named) == columns else numbered if columns > 1 else (value.name,)
    return found


def _ends(value: Value, points: Array) -> Array:
    rows = as_rows(value, points)
    return np.array([rows.min(axis=0), rows.max(axis=0)])


def _given(graph: Graph, value: Value, domain: Domain) -> Array:
    """Return the intervals of an input: by position where it is the only one, whatever they are called."""
    columns = width_of(value)
    intervals = list(domain.values()) if len(graph.inputs) == 1 else [domain[value.name]]
    ends = np.array(intervals if len(intervals) == columns else intervals * columns, dtype=np.float64)
    return ends.T.astype(value.type.dtype)


__all__ = ["as_numbers", "as_points", "as_rows", "axis_of", "box_of", "labels_of", "width_of"]
