"""How often a spiking network runs for a set of points."""

from __future__ import annotations

from collections.abc import Mapping

from snnir.analysis.units import downstream
from snnir.ir import Graph, Node, regions
from snnir.metrics.cost import InferenceCounts, Region
from snnir.ops import layer_widths


def inferences(graph: Graph, seen: Mapping[str, int]) -> tuple[Region, ...]:
    """Return how often each spiking part of a network ran, in order.

    A part is a spiking region, however many layers it has: in a separable network the net of an axis, which runs once
    for every coordinate. Regions that depend on the same inputs and run on the same points are one part, as they
    work on the same inference: both sides of a gate, and what is behind it, run once per point together.
    How the compiler had to split a network therefore does not change the count.

    Args:
        graph: Spiking, coupled.
        seen: The points that each neuron layer ran on, by its name: what an observer of `snnir.semantics.simulator`
            sees, the second sizes of its chunks added up.
    """
    behind = {value.name: downstream(graph, [value.name]) for value in graph.inputs}
    parts: dict[object, tuple[tuple[str, ...], list[str]]] = {}
    neurons = layer_widths(graph)
    for nodes in regions(graph):
        layers = [node.name for node in nodes if node.name in neurons]
        sources = _sources(nodes)
        if layers and sources:
            inputs = tuple(name for name, values in behind.items() if not values.isdisjoint(sources))
            key = (inputs, graph.types[sources[0]].shape[:-1])
            parts.setdefault(key, (inputs, []))[1].extend(layers)
    return tuple(
        Region(layers=tuple(layers), inputs=inputs, count=seen[layers[0]]) for inputs, layers in parts.values()
    )


def _sources(nodes: tuple[Node, ...]) -> list[str]:
    """Return the analog values that a region encodes."""
    return [node.inputs[0] for node in nodes if node.op.encodes]


def inference_counts(graph: Graph, seen: Mapping[str, int]) -> InferenceCounts:
    """Return what `inferences` finds, and how often all parts together ran."""
    parts = inferences(graph, seen)
    return InferenceCounts(total=sum(part.count for part in parts), regions=parts)
