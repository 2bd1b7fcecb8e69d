"""Fewer points, where their product along several axes is too large."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from snnir.analysis.units import find_layers
from snnir.ir import Graph
from snnir.types import Array

MAX_MERGED = 1 << 20
"""Points of a product of axes that an error is measured on, at most."""

MAX_MERGED_UNITS = 1 << 14
"""The same where layers of units lie behind the merge: every one of these points is simulated."""


def merges_before_units(ann: Graph) -> bool:
    """Whether layers of units lie behind a product of axes, so that points multiply before they are simulated."""
    shapes = (ann.types[layer.z].shape for layer in find_layers(ann))
    return any(sum(isinstance(dim, str) for dim in shape) > 1 for shape in shapes)


def thinned(ann: Graph, points: Mapping[str, Array], most: int = MAX_MERGED) -> Mapping[str, Array]:
    """Return fewer points per axis where their product would be too many to merge, or to run layers of units on."""
    sizes = {
        dim: size
        for value in ann.inputs
        for dim, size in zip(value.type.shape, points[value.name].shape, strict=True)
        if isinstance(dim, str)
    }
    most = min(most, MAX_MERGED_UNITS) if merges_before_units(ann) else most
    if len(sizes) < 2 or prod(sizes.values()) <= most:
        return points
    each = int(most ** (1 / len(sizes)))
    thin: dict[str, Array] = {}
    for value in ann.inputs:
        cut = tuple(slice(each) if isinstance(dim, str) else slice(None) for dim in value.type.shape)
        thin[value.name] = points[value.name][cut]
    return thin
