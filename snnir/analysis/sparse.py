"""Networks of streams on several axes: simulated on all points, compared on some of their products."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import ceil, prod

from snnir.ir import Graph
from snnir.ops import Decode
from snnir.semantics import Observer, Semantics, evaluate
from snnir.types import Array, Dim


def is_stream(graph: Graph) -> bool:
    """Whether the order of points counts."""
    return any(node.op.graded for node in graph.nodes)


def strides(graph: Graph, points: Mapping[str, Array], most: int) -> dict[str, int]:
    """Return for every axis that each k-th point is to be kept, so that about `most` are left of their product.

    Args:
        graph: Its inputs define the axes.
        points: By input name.
        most: Of the product of several axes; a single one is kept whole.
    """
    sizes = {
        dim: size
        for value in graph.inputs
        for dim, size in zip(value.type.shape, points[value.name].shape, strict=True)
        if isinstance(dim, str)
    }
    step = ceil((prod(sizes.values()) / most) ** (1 / len(sizes))) if len(sizes) > 1 else 1
    return dict.fromkeys(sizes, max(step, 1))


def every(array: Array, shape: tuple[Dim, ...], steps: Mapping[str, int]) -> Array:
    """Return an array with some of its points along each axis."""
    return array[tuple(slice(None, None, steps.get(dim, 1) if isinstance(dim, str) else 1) for dim in shape)]


def evaluate_sparsely(
    graph: Graph,
    points: Mapping[str, Array],
    semantics: Semantics,
    most: int,
    *,
    outputs: Iterable[str] | None = None,
    observe: Observer | None = None,
    currents: Observer | None = None,
    first: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[Mapping[str, Array], dict[str, Array]]:
    """Return some of the points, and values there of a network of streams that ran on all of them.

    A stream must not skip points, but a merge of axes need not see all of its products.

    Args:
        graph: A network of streams.
        points: By input name, in order.
        semantics: How neurons behave.
        most: Points of a product of axes.
        outputs: Names of the values wanted, the graph's outputs if None.
        observe: As in `snnir.semantics.evaluate`.
        currents: The same.
        first: The same.
        progress: Called with the part done, from 0 to 1.
    """
    wanted = tuple(graph.outputs if outputs is None else outputs)
    steps = strides(graph, points, most)
    readouts = [node.output.name for node in graph.of(Decode)]
    simulated = dict.fromkeys((*readouts, *(name for name in wanted if name not in graph.outputs)))
    ran = evaluate(
        graph,
        points,
        outputs=simulated,
        semantics=semantics,
        observe=observe,
        currents=currents,
        first=first,
        progress=progress,
    )
    shapes = {name: kind.shape for name, kind in graph.types.items()}
    few: Mapping[str, Array] = {name: every(array, shapes[name], steps) for name, array in points.items()}
    given = {name: every(array, shapes[name], steps) for name, array in ran.items()}
    return few, evaluate(graph, {**few, **given}, outputs=wanted)
