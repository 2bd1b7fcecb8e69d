"""The box that a network was calibrated in: the smallest and the largest number in every column of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from snnir.ir import Graph, Value
from snnir.points import Domain, Points
from snnir.types import Array


def box_of(graph: Graph, points: Points, domain: Domain | None = None) -> dict[str, Array]:
    """Return lower and upper ends, ``[2, columns]`` in each input's type, by input name.

    Args:
        graph: Its inputs say what the points are.
        points: The calibration points.
        domain: What they were drawn from, as `snnir.points.sample` takes it; None if they were given, then the ends
            are those of the points.
    """
    return {
        value.name: _ends(value, points[value.name]) if domain is None else _given(graph, value, domain)
        for value in graph.inputs
    }


def as_lists(box: Mapping[str, Array]) -> dict[str, list[list[float]]]:
    """Return a box as plain JSON: ``{input: [[low, ...], [high, ...]]}``."""
    return {name: ends.astype(np.float64).tolist() for name, ends in box.items()}


def as_rows(value: Value, points: Array) -> Array:
    """Return the points of an input as ``[points, columns]``: its free axis first, all others as columns."""
    free = [axis for axis, dim in enumerate(value.type.shape) if isinstance(dim, str)]
    columns = prod(dim for dim in value.type.shape if isinstance(dim, int))
    return np.moveaxis(points, free[:1], [0] * len(free[:1])).reshape(-1, columns)


def _ends(value: Value, points: Array) -> Array:
    rows = as_rows(value, points)
    return np.array([rows.min(axis=0), rows.max(axis=0)])


def _given(graph: Graph, value: Value, domain: Domain) -> Array:
    """Return the intervals of an input: by position where it is the only one, whatever they are called."""
    columns = prod(dim for dim in value.type.shape if isinstance(dim, int))
    intervals = list(domain.values()) if len(graph.inputs) == 1 else [domain[value.name]]
    ends = np.array(intervals if len(intervals) == columns else intervals * columns, dtype=np.float64)
    return ends.T.astype(value.type.dtype)


__all__ = ["as_lists", "as_rows", "box_of"]
