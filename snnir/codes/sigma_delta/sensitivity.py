"""How much the outputs of a network change with each of its units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from snnir.analysis.units import find_layers
from snnir.codes.exact.slopes import fixed_size, slopes
from snnir.ir import Graph
from snnir.types import Array

POINTS = 128
"""Enough of them for a root mean square."""


def sensitivities(ann: Graph, points: Mapping[str, Array]) -> dict[str, Array]:
    """Return for each layer, by its activation's name, the root mean square of ``du / da_i`` over points and outputs.

    Args:
        ann: Canonical.
        points: By input name.
    """
    total = {layer.a: np.zeros(layer.width) for layer in find_layers(ann)}
    for name, output, columns, slope in slopes(ann, _few(ann, points), tuple(total)):
        part = (columns.stop - columns.start) / fixed_size(ann.types[output].shape)
        mean = np.mean(np.square(slope), axis=tuple(range(slope.ndim - 1)))
        total[name] += part * mean.reshape(-1, len(total[name])).sum(axis=0)
    return {name: np.sqrt(square) for name, square in total.items()}


def _few(ann: Graph, points: Mapping[str, Array]) -> dict[str, Array]:
    """Return some of the points, the same in every call: `POINTS` of them, along several axes together.

    By chance: every 32nd point of a Sobol sequence has nearly the same first coordinate.
    """
    axes = {dim for value in ann.inputs for dim in value.type.shape if isinstance(dim, str)}
    most = max(2, round(POINTS ** (2 / (1 + len(axes)))))
    few: dict[str, Array] = {}
    for value in ann.inputs:
        array = points[value.name]
        for axis, dim in enumerate(value.type.shape):
            if isinstance(dim, str) and array.shape[axis] > most:
                rows = np.random.default_rng(0).permutation(array.shape[axis])[:most]
                array = np.take(array, np.sort(rows), axis)
        few[value.name] = array
    return few
