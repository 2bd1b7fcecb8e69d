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
    """Return evenly chosen points: `POINTS` of them, along several axes together."""
    axes = {dim for value in ann.inputs for dim in value.type.shape if isinstance(dim, str)}
    most = max(2, round(POINTS ** (2 / (1 + len(axes)))))
    few: dict[str, Array] = {}
    for value in ann.inputs:
        sizes = zip(value.type.shape, points[value.name].shape, strict=True)
        cut = tuple(slice(None, None, max(1, size // most) if isinstance(dim, str) else None) for dim, size in sizes)
        few[value.name] = points[value.name][cut]
    return few
