"""How far outputs are from others."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod, sqrt
from typing import Any

import numpy as np

from snnir.ir import Graph
from snnir.types import Array, Dim


def differences(values: Mapping[str, Array], expected: Mapping[str, Array]) -> dict[str, float]:
    """Return the errors over all arrays together: ``rel_l2``, ``rms`` and ``max_abs``.

    Where zero is expected everywhere, the relative error is the absolute one. Numbers that are not finite make errors
    that are none.

    Args:
        values: By name; may hold more.
        expected: By name.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        apart = {name: values[name].astype(np.float64) - array for name, array in expected.items()}
        error, size = norm(apart), norm(expected)
    return {
        "rel_l2": error / size if size > 0 else error,
        "rms": error / sqrt(sum(each.size for each in apart.values())),
        "max_abs": max(float(np.max(np.abs(each))) for each in apart.values()),
    }


def conversion_errors(ann: Graph, values: Mapping[str, Array], expected: Mapping[str, Array]) -> dict[str, Any]:
    """Return the errors against the analog network as plain JSON.

    `differences` over all outputs, ``points``, how many there were, and ``outputs``: the same of each, with its
    ``name``.

    Args:
        ann: The analog network.
        values: Of the other one, by output name; may hold more.
        expected: Outputs of the analog one by name.
    """
    each = [{"name": name, **differences(values, {name: array})} for name, array in expected.items()]
    return {**differences(values, expected), "points": point_count(ann, expected), "outputs": each}


def norm(arrays: Mapping[str, Array]) -> float:
    """Return the Euclidean norm over all arrays."""
    return sqrt(sum(float(np.sum(np.square(array, dtype=np.float64))) for array in arrays.values()))


def point_count(graph: Graph, arrays: Mapping[str, Array]) -> int:
    """Return how many points values of a graph are for, by name.

    A value has as many as its free sizes make together, as the axes of a separable network multiply; of several
    values, the one with the most counts.
    """
    return max(_points(array.shape, graph.types[name].shape) for name, array in arrays.items())


def _points(sizes: tuple[int, ...], shape: tuple[Dim, ...]) -> int:
    return prod(size for size, dim in zip(sizes, shape, strict=True) if isinstance(dim, str))
