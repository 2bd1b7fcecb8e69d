"""How much the outputs of a network change with each of its units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from snnir.analysis.units import Layer, find_layers
from snnir.ir import Graph
from snnir.semantics import evaluate
from snnir.types import Array, Dim

POINTS = 128
"""Enough of them for a root mean square."""
STEP = 1e-2
"""Of differences, in units of the layer's root mean square."""


def sensitivities(ann: Graph, points: Mapping[str, Array]) -> dict[str, Array]:
    """Return for each layer, by its activation's name, the root mean square of ``du / da_i`` over points and outputs.

    One evaluation per layer: its points are repeated, once for every unit, and in each copy one unit is moved.

    Args:
        ann: Canonical.
        points: By input name.
    """
    few = _few(ann, points)
    found: dict[str, Array] = {}
    for layer in find_layers(ann):
        axis = next(dim for dim in ann.types[layer.a].shape if isinstance(dim, str))
        found[layer.a] = _of_layer(ann, few, layer, axis)
    return found


def _of_layer(ann: Graph, points: Mapping[str, Array], layer: Layer, axis: str) -> Array:
    """Return the sensitivities of a layer whose points lie along an axis, ``[units]``."""
    shapes = {name: kind.shape for name, kind in ann.types.items()}
    at_rest = evaluate(ann, points, outputs=[layer.a, *ann.outputs])
    activation = at_rest[layer.a]
    step = STEP * float(np.sqrt(np.mean(np.square(activation, dtype=np.float64)))) or STEP
    repeated = {name: _repeated(array, shapes[name], axis, layer.width) for name, array in points.items()}
    moved = _repeated(activation, shapes[layer.a], axis, layer.width)
    unit = np.repeat(np.eye(layer.width, dtype=moved.dtype), activation.shape[shapes[layer.a].index(axis)], axis=0)
    place = shapes[layer.a].index(axis)
    moved += step * np.expand_dims(unit, tuple(range(1, moved.ndim - place - 1)))
    changed = evaluate(ann, {**repeated, layer.a: moved})
    total = np.zeros(layer.width)
    for name in ann.outputs:
        if axis in shapes[name]:
            before = _repeated(at_rest[name], shapes[name], axis, layer.width)
            change = np.moveaxis(changed[name].astype(np.float64) - before, shapes[name].index(axis), 0)
            total += np.mean(np.square(change.reshape(layer.width, -1)), axis=1)
    return np.sqrt(total) / step


def _repeated(array: Array, shape: tuple[Dim, ...], axis: str, times: int) -> Array:
    """Return an array with its points along an axis repeated as a whole, where it has that axis."""
    if axis not in shape:
        return array
    copies: Array = np.concatenate([array] * times, axis=shape.index(axis))
    return copies


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
