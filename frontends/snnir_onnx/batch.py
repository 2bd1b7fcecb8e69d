"""From a fixed number of points to any: a fixed batch is freed, or a single point gets an axis, where that is safe.

Either way the graph must compute, batch by batch or point by point, what the file does as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from snnir.ir import Graph, Value
from snnir.semantics.infer import Sizes, assignments
from snnir.types import Dim
from snnir_onnx.convert import attempt
from snnir_onnx.lift import lifted
from snnir_onnx.oracle import Oracle
from snnir_onnx.source import Source

BATCH = "N"
"""Name of a batch that the file does not name."""


def of_many_points(source: Source, graph: Graph, oracle: Oracle) -> Graph | None:
    """Return a graph of fixed sizes for any number of points; None where it has open sizes, or would differ.

    Vectors are the points of one column where that fits the network, else one point each.
    """
    shapes = [value.type.shape for value in graph.inputs]
    if any(isinstance(dim, str) for shape in shapes for dim in shape):
        return None
    matrices = {value.name: int(value.type.shape[0]) for value in graph.inputs if len(value.type.shape) > 1}
    if len(matrices) == len(shapes):
        return _freed(source, graph, matrices, oracle) or _lifted(graph, oracle)
    batches = {value.name: int(value.type.shape[0]) for value in graph.inputs if value.type.shape}
    whole = _freed(source, graph, batches, oracle) if len(batches) == len(shapes) else None
    return whole or _lifted(graph, oracle) or _freed(source, graph, matrices, oracle)


def _lifted(graph: Graph, oracle: Oracle) -> Graph | None:
    """Return the graph with an axis in front of everything, if it takes a single point."""
    if any(len(value.type.shape) > 1 and value.type.shape[0] != 1 for value in graph.inputs):
        return None
    many = lifted(graph, BATCH)
    return many if many is not None and oracle.agrees_point_by_point(many, BATCH) else None


@dataclass(frozen=True)
class _Way:
    """Names for the first axes of inputs, some of them equal.

    Attributes:
        names: By input.
        sizes: Numbers for them.
    """

    names: Mapping[str, str]
    sizes: Sizes

    def blocks(self, fixed: Mapping[str, int]) -> dict[str, int] | None:
        """Return the size in the file for each name; None where inputs of different sizes share one."""
        found: dict[str, int] = {}
        for name, size in fixed.items():
            if found.setdefault(self.sizes.names[self.names[name]], size) != size:
                return None
        return found


def _freed(source: Source, graph: Graph, fixed: Mapping[str, int], oracle: Oracle) -> Graph | None:
    """Return the graph with fixed first sizes open, as few of them apart as possible: for points in rows, or a grid.

    Args:
        source: The file.
        graph: As it stands there.
        fixed: First sizes by input; those of others stay.
        oracle: Must agree.
    """
    if not fixed or min(fixed.values()) < 1:
        return None
    for way in _ways(fixed):
        blocks = way.blocks(fixed)
        if blocks is None:
            continue
        opened = tuple(
            with_shape(value, (way.names[value.name], *value.type.shape[1:])) if value.name in fixed else value
            for value in graph.inputs
        )
        made = attempt(source, opened, way.sizes, frozenset(fixed.values()))
        if isinstance(made, Graph) and _separable(made, set(blocks)) and oracle.agrees_freed(made, blocks):
            return made
    return None


def _ways(fixed: Mapping[str, int]) -> Iterator[_Way]:
    """Yield one name for all, then more and more names."""
    yield _Way(dict.fromkeys(fixed, BATCH), next(assignments((BATCH,))))
    names = {name: f"{BATCH}_{name}" for name in fixed}
    for sizes in sorted(assignments(names.values()), key=lambda sizes: len(sizes.numbers)):
        if len(sizes.numbers) > 1:
            yield _Way(names, sizes)


def _separable(graph: Graph, names: set[str]) -> bool:
    """Return whether every output has every open size once, as an axis of its own."""
    for name in graph.outputs:
        dims = [dim for dim in graph.types[name].shape if isinstance(dim, str)]
        if set(dims) != names or len(dims) != len(names):
            return False
    return True


def with_shape(value: Value, shape: tuple[Dim, ...]) -> Value:
    """Return a value of another shape."""
    return Value(value.name, replace(value.type, shape=shape))
