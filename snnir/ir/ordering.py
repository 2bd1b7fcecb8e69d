"""Which nodes run together: host parts and spiking regions, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from snnir.ir.graph import Graph, Node
from snnir.ir.view import connected
from snnir.types import Analog


@dataclass(frozen=True, slots=True)
class Segment:
    """Nodes that are evaluated together, in topological order.

    Attributes:
        spiking: A region: connected nodes from encode to decode. Otherwise a host part.
        nodes: Its nodes.
    """

    spiking: bool
    nodes: tuple[Node, ...]


def is_spiking(graph: Graph, node: Node) -> bool:
    """Whether a node reads or makes currents or spikes."""
    names = (*node.inputs, *(value.name for value in node.outputs))
    return any(not isinstance(graph.types[name].coding, Analog) for name in names)


def regions(graph: Graph) -> tuple[tuple[Node, ...], ...]:
    """Return the spiking regions: the sets of nodes connected by currents and spikes, in order of their first node."""
    spiking = {node.name for node in graph.nodes if is_spiking(graph, node)}
    links = (
        (graph.producers[name].name, node.name)
        for node in graph.nodes
        for name in node.inputs
        if name in graph.producers and not isinstance(graph.types[name].coding, Analog)
    )
    groups = connected((node.name for node in graph.nodes if node.name in spiking), links)
    return tuple(tuple(node for node in graph.nodes if node.name in group) for group in groups)


def schedule(graph: Graph) -> tuple[Segment, ...]:
    """Return the segments of a graph in an order in which they can run.

    Raises:
        ValueError: A region needs its own result through the host; passes do not build such graphs.
    """
    found = regions(graph)
    region_of = {node.name: index for index, nodes in enumerate(found) for node in nodes}
    segments: list[Segment] = []
    ready = {value.name for value in graph.inputs}
    waiting: list[Node] = [node for node in graph.nodes if node.name not in region_of]
    pending = dict(enumerate(found))
    while waiting or pending:
        host, waiting = _runnable(waiting, ready)
        if host:
            segments.append(Segment(spiking=False, nodes=host))
        runnable = [index for index, nodes in pending.items() if _outside(nodes) <= ready]
        if not host and not runnable:
            raise ValueError("a spiking region depends on its own result")
        for index in runnable:
            nodes = pending.pop(index)
            ready.update(value.name for node in nodes for value in node.outputs)
            segments.append(Segment(spiking=True, nodes=nodes))
    return tuple(segments)


def _outside(nodes: Iterable[Node]) -> set[str]:
    made = {value.name for node in nodes for value in node.outputs}
    return {name for node in nodes for name in node.inputs} - made


def _runnable(nodes: list[Node], ready: set[str]) -> tuple[tuple[Node, ...], list[Node]]:
    """Split nodes into those that can run now, one after the other, and the rest; `ready` grows."""
    run: list[Node] = []
    rest: list[Node] = []
    for node in nodes:
        if all(name in ready for name in node.inputs):
            run.append(node)
            ready.update(value.name for value in node.outputs)
        else:
            rest.append(node)
    return tuple(run), rest
