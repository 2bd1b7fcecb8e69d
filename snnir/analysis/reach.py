"""What the activations of a network can reach: their ranges on points, and on others further out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from snnir.analysis.units import find_layers
from snnir.ir import Graph
from snnir.semantics import evaluate
from snnir.types import Array, Dim

STRETCH = 1.5
"""How much further from their middle than the points at hand others may lie: a quarter of the range on either side."""


@dataclass(frozen=True)
class Reach:
    """The range of every unit of a layer.

    Attributes:
        low: ``[units]``.
        high: ``[units]``.
    """

    low: Array
    high: Array

    @property
    def middle(self) -> Array:
        """Of every range, ``[units]``."""
        middle: Array = (self.low + self.high) / 2
        return middle


def further_points(ann: Graph, points: Mapping[str, Array], *, bounded: bool) -> dict[str, Array]:
    """Return the same points `STRETCH` times as far from the middle of each input.

    A finite sample of a law shows no extreme values. Points that fill a domain do not go beyond it: there, the ones
    further out lie on its faces and corners.

    Args:
        ann: Canonical.
        points: By input name.
        bounded: The points fill a domain.
    """
    return {value.name: _further(points[value.name], value.type.shape, bounded) for value in ann.inputs}


def activation_reach(ann: Graph, points: Mapping[str, Array], *, bounded: bool) -> dict[str, Reach]:
    """Return the ranges of all activations, by name.

    A unit that is off on nearly all points may be fully on elsewhere, with everything behind it. So ranges are taken on
    the points and on the `further_points`; values that are not finite so far out do not count.

    Args:
        ann: Canonical.
        points: By input name.
        bounded: The points fill a domain.
    """
    layers = find_layers(ann)
    found: dict[str, Reach] = {}
    everywhere = (points, further_points(ann, points, bounded=bounded))
    near, far = (evaluate(ann, each, outputs=[layer.a for layer in layers]) for each in everywhere)
    for layer in layers:
        rows = np.concatenate([each[layer.a].reshape(-1, layer.width) for each in (near, far)]).astype(np.float64)
        finite = np.isfinite(rows)
        low, high = (
            choose(rows, axis=0, where=finite, initial=start) for choose, start in ((np.min, np.inf), (np.max, -np.inf))
        )
        found[layer.a] = Reach(low, high)
    return found


def _further(array: Array, shape: tuple[Dim, ...], bounded: bool) -> Array:
    """Return points stretched away from the middle of their range; the same middle for all points of an axis."""
    if not np.issubdtype(array.dtype, np.floating) or not array.size:
        return array
    axes = tuple(axis for axis, dim in enumerate(shape) if isinstance(dim, str))
    low, high = array.min(axis=axes, keepdims=True), array.max(axis=axes, keepdims=True)
    middle = (low + high) / 2
    stretched = middle + STRETCH * (array - middle)
    further: Array = np.clip(stretched, low, high) if bounded else stretched
    return further.astype(array.dtype)
