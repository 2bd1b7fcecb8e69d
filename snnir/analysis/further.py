"""Points further out than the ones at hand, for what few points show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from snnir.analysis.units import find_layers
from snnir.ir import Graph
from snnir.semantics import evaluate
from snnir.types import Array, Dim

STRETCH = 1.5
"""How much further from their middle than the points at hand others may lie: a quarter of the range on either side."""


def with_further_points(ann: Graph, points: Mapping[str, Array], *, bounded: bool) -> dict[str, Array]:
    """Return points and, behind each of them, the same one `STRETCH` times as far from the middle of its input.

    A finite sample of a law shows no extreme values. A unit that is off on nearly all of it may be fully on elsewhere,
    with everything behind it; ranges and weights that rest on the sample alone are wrong there. The network itself is
    the reference at any point. Points that come from a domain do not go beyond it: there, the ones further out lie on
    its faces and corners. Where the network is not finite further out, the points stay as they are.

    Args:
        ann: Canonical.
        points: By input name.
        bounded: They come from a domain.
    """
    both = {value.name: _with_further(points[value.name], value.type.shape, bounded) for value in ann.inputs}
    names = {name for layer in find_layers(ann) for name in (layer.z, layer.a)}
    values = evaluate(ann, both, outputs=names.union(ann.outputs))
    finite = all(bool(np.all(np.isfinite(array))) for array in values.values())
    return both if finite else dict(points)


def _with_further(array: Array, shape: tuple[Dim, ...], bounded: bool) -> Array:
    """Return each point and the one further out, next to each other along the first free axis."""
    free = tuple(axis for axis, dim in enumerate(shape) if isinstance(dim, str))
    if not free or not array.size:
        return array
    further = array
    if np.issubdtype(array.dtype, np.floating):
        low, high = array.min(axis=free, keepdims=True), array.max(axis=free, keepdims=True)
        middle = (low + high) / 2
        further = middle + STRETCH * (array - middle)
        further = np.clip(further, low, high) if bounded else further
    place = free[0]
    paired = np.stack([array, further.astype(array.dtype)], axis=place + 1)
    merged: Array = paired.reshape(*array.shape[:place], 2 * array.shape[place], *array.shape[place + 1 :])
    return merged
