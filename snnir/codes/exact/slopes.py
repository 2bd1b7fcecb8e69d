"""How the outputs of a network change with values inside it, at every point: one backward pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

import numpy as np

from snnir.analysis.units import constants, downstream
from snnir.ir import Graph, Node
from snnir.ops import Cast, Dense
from snnir.semantics import KERNELS, evaluate
from snnir.types import Array, Dim

STEP = 1e-6
"""Of central differences, in units of the operand: what is cut off stays near 1e-10."""
MIN_STEP = 1e-9
"""For operands near 0."""
COLUMNS = 16
"""Of an output, differentiated at once: all of them may take too much memory."""


def flattened(array: Array, shape: tuple[Dim, ...], dims: tuple[str, ...]) -> Array:
    """Return an array with one axis for each of `dims`, of size 1 where it has none, and one for all fixed axes."""
    free = [shape.index(dim) for dim in dims if dim in shape]
    fixed = [axis for axis, dim in enumerate(shape) if not isinstance(dim, str)]
    sizes = [array.shape[shape.index(dim)] if dim in shape else 1 for dim in dims]
    flat: Array = array.transpose(*free, *fixed).reshape(*sizes, -1)
    return flat


def free_sizes(shape: tuple[Dim, ...]) -> tuple[str, ...]:
    """Return the free sizes of a shape, in order."""
    return tuple(dim for dim in shape if isinstance(dim, str))


def fixed_size(shape: tuple[Dim, ...]) -> int:
    """Return the product of the fixed axes of a shape."""
    return prod(dim for dim in shape if isinstance(dim, int))


def slopes(
    graph: Graph, points: Mapping[str, Array], wanted: tuple[str, ...]
) -> Iterator[tuple[str, str, slice, Array]]:
    """Yield derivatives of outputs for values, by reverse-mode differentiation.

    No op mixes points, so an element of an output depends on each value at one point only, and one backward pass per
    column of an output gives its slopes for all units. Synapses are transposed; any other op is differentiated by
    central differences of its kernel, in double precision.

    Args:
        graph: Analog.
        points: By input name.
        wanted: Names of values.

    Yields:
        A value, an output, columns of the output with its fixed axes flattened, and the slopes
        ``[columns, *free axes of the output, units]``, the value's fixed axes flattened; an axis is of size 1 where
        the slopes are the same all along it.
    """
    moving = downstream(graph, wanted)
    needed = {name for node in graph.nodes if moving.intersection(node.inputs) for name in node.inputs}
    values = evaluate(graph, points, outputs=needed.union(wanted))
    held = constants(graph)
    tape = _Tape(graph, {name: _wide(array) for name, array in values.items()}, moving - held)
    for output in dict.fromkeys(graph.outputs):
        columns = fixed_size(graph.types[output].shape)
        for start in range(0, columns, COLUMNS):
            chosen = slice(start, min(start + COLUMNS, columns))
            for name, slope in tape.backward(output, chosen):
                if name in wanted:
                    yield name, output, chosen, slope


def _wide(array: Array) -> Array:
    return array.astype(np.float64) if np.issubdtype(array.dtype, np.floating) else array


def _total(terms: list[Array]) -> Array:
    """Return the sum of all terms over their last axes, which may differ."""
    total: Array = terms[0].sum(axis=-1)
    for each in terms[1:]:
        total = total + each.sum(axis=-1)
    return total


class _Tape:
    """A graph with its values at the points, and the names of those that move."""

    def __init__(self, graph: Graph, values: Mapping[str, Array], moving: set[str]) -> None:
        self.graph = graph
        self.values = values
        self.moving = moving

    def backward(self, output: str, columns: slice) -> Iterator[tuple[str, Array]]:
        """Yield the slopes of some columns of an output, for one value after the other, the last ones first."""
        dims = free_sizes(self.graph.types[output].shape)
        width = fixed_size(self.graph.types[output].shape)
        seed: Array = np.eye(width)[columns].reshape(-1, *(1,) * len(dims), width)
        found = {output: seed}
        for node in reversed(self.graph.nodes):
            made = {value.name: found.pop(value.name) for value in node.outputs if value.name in found}
            yield from made.items()
            for place, name in enumerate(node.inputs if made else ()):
                if name in self.moving and np.issubdtype(self.values[name].dtype, np.floating):
                    slope = self._through(node, place, made, dims)
                    found[name] = found[name] + slope if name in found else slope
        yield from found.items()

    def _through(self, node: Node, place: int, made: Mapping[str, Array], dims: tuple[str, ...]) -> Array:
        """Return the slopes for one operand of a node, from those for its results."""
        shape = self.graph.types[node.inputs[place]].shape
        slope, result = next(iter(made.values())), node.outputs[0].type.shape
        if isinstance(node.op, Dense):
            weight = node.op.weight.array.astype(np.float64)
            back: Array = slope.reshape(*slope.shape[:-1], -1, weight.shape[1]) @ weight.T
            return back.reshape(*slope.shape[:-1], -1)
        if isinstance(node.op, Cast):
            return slope
        if node.op.elementwise and fixed_size(shape) == fixed_size(result):
            return slope * self._changes(node, place, np.ones(1), dims)[0]
        places: list[Array] = []
        for column in range(fixed_size(shape)):
            one = np.zeros([1 if isinstance(dim, str) else dim for dim in shape])
            one.flat[column] = 1
            changes = zip(node.outputs, self._changes(node, place, one, dims), strict=True)
            places.append(_total([made[value.name] * each for value, each in changes if value.name in made]))
        return np.stack(places, axis=-1)

    def _changes(self, node: Node, place: int, along: Array, dims: tuple[str, ...]) -> list[Array]:
        """Return how the results of a node change with its operand's places where `along` is 1, flattened."""
        operands = [self.values[name] for name in node.inputs]
        step = (STEP * np.abs(operands[place]) + MIN_STEP) * along
        ends: list[tuple[Array, ...]] = []
        for moved in (operands[place] + step, operands[place] - step):
            given = (*operands[:place], moved, *operands[place + 1 :])
            ends.append(KERNELS[type(node.op)](node.op, given))
        width = 2 * flattened(step, self.graph.types[node.inputs[place]].shape, dims)
        if along.size > 1:
            width = width.sum(axis=-1, keepdims=True)
        with np.errstate(all="ignore"):
            changes = [
                flattened(upper - lower, value.type.shape, dims) / width
                for value, upper, lower in zip(node.outputs, *ends, strict=True)
            ]
        return [np.nan_to_num(change, nan=0.0, posinf=0.0, neginf=0.0) for change in changes]
