"""What stays on the host, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from snnir.ir import Graph, Node, Value, is_spiking, prune, regions, sort_nodes
from snnir.metrics.cost import Host
from snnir.ops import Constant
from snnir.types import Analog

Ends: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""Of a spiking part: the analog values that it reads, and those that it makes."""


def host_parts(graph: Graph) -> Host:
    """Return the nodes that stay on the host by their place."""
    fed = {value.name for node in graph.nodes if is_spiking(graph, node) for value in node.outputs}
    parts: dict[str, list[str]] = {"before": [], "between": [], "after": []}
    feeding: set[str] = set()
    for node in reversed(graph.nodes):
        if is_spiking(graph, node) or any(value.name in feeding for value in node.outputs):
            feeding.update(node.inputs)
    for node in graph.nodes:
        if is_spiking(graph, node) or isinstance(node.op, Constant):
            continue
        behind = bool(fed.intersection(node.inputs))
        if behind:
            fed.update(value.name for value in node.outputs)
        ahead = any(value.name in feeding for value in node.outputs)
        place = "between" if behind and ahead else "after" if behind else "before"
        parts[place].append(_shown(node))
    return Host(**{place: tuple(nodes) for place, nodes in parts.items()})


def _shown(node: Node) -> str:
    return f"{node.name} ({node.op.mnemonic})"


def host_graph(graph: Graph) -> Graph:
    """Return what stays on the host as one analog graph, in which spiking parts are missing.

    What they make are further inputs, behind those of the graph; what they read are further outputs.
    """
    ends = spiking_ends(graph)
    made = tuple(Value(name, graph.types[name]) for _, names in ends for name in names)
    read = (name for names, _ in ends for name in names)
    nodes = tuple(node for node in graph.nodes if not is_spiking(graph, node))
    return Graph(graph.name, (*graph.inputs, *made), nodes, tuple(dict.fromkeys((*graph.outputs, *read))))


def with_host(spiking: Graph, host: Graph, outputs: tuple[str, ...]) -> Graph:
    """Return the graph that was divided: the opposite of `host_graph`.

    Args:
        spiking: The spiking parts, with the values that the host hands them as inputs.
        host: As from `host_graph`.
        outputs: Of the whole graph.

    Raises:
        ValueError: They do not go together.
    """
    made = {value.name for node in spiking.nodes for value in node.outputs}
    inputs = tuple(value for value in host.inputs if value.name not in made)
    return Graph(spiking.name, inputs, sort_nodes((*host.nodes, *spiking.nodes)), outputs)


@dataclass(frozen=True)
class Stage:
    """A piece of the host part, and the spiking parts that can run once it is done.

    Attributes:
        place: ``before``, ``between_1``, ``between_2``, ... or ``after``.
        piece: An analog graph of what is to be computed here; None where there is nothing. It reads inputs of the
            whole graph and what spiking parts of the stages before made.
        parts: Which of the spiking parts run then.
    """

    place: str
    piece: Graph | None
    parts: tuple[int, ...]


def spiking_ends(graph: Graph) -> tuple[Ends, ...]:
    """Return the analog values that each spiking part reads, and those that it makes."""
    return tuple(map(_ends, regions(graph)))


def host_stages(host: Graph, parts: Sequence[Ends]) -> tuple[Stage, ...]:
    """Return a network as alternating pieces of the host and spiking parts, in the order in which they run.

    A piece computes what its outputs need of what is known by then, so an op may be in two pieces.

    Args:
        host: See `host_graph`.
        parts: See `spiking_ends`.
    """
    made = {name for _, names in parts for name in names}
    depth = {value.name: 0 for value in host.inputs if value.name not in made}
    levels: dict[int, int] = {}
    while True:
        for node in host.nodes:
            if depth.keys() >= set(node.inputs):
                depth |= dict.fromkeys(_made(node), max((depth[name] for name in node.inputs), default=0))
        ready = [index for index, (read, _) in enumerate(parts) if index not in levels and depth.keys() >= set(read)]
        if not ready:
            break
        for index in ready:
            read, names = parts[index]
            levels[index] = max(depth[name] for name in read)
            depth |= dict.fromkeys(names, levels[index] + 1)
    last = max(depth.values(), default=0)
    stages: list[Stage] = []
    for level in range(last + 1):
        wanted = [name for name in host.outputs if name in host.producers and depth[name] == level]
        place = "before" if level == 0 else "after" if level == last else f"between_{level}"
        here = tuple(index for index, at in levels.items() if at == level)
        stages.append(Stage(place, _piece(host, tuple(wanted), place), here))
    return tuple(stages)


def _made(node: Node) -> tuple[str, ...]:
    return tuple(value.name for value in node.outputs)


def _piece(host: Graph, outputs: tuple[str, ...], place: str) -> Graph | None:
    """Return what computes some values on the host; None where there are none."""
    if not outputs:
        return None
    piece = prune(replace(host, name=f"{host.name}_{place}", outputs=outputs))
    used = {name for node in piece.nodes for name in node.inputs}
    return replace(piece, inputs=tuple(value for value in piece.inputs if value.name in used))


def _ends(nodes: Iterable[Node]) -> Ends:
    inside = tuple(nodes)
    values = {value.name for node in inside for value in node.outputs}
    read = dict.fromkeys(name for node in inside for name in node.inputs if name not in values)
    made = (value.name for node in inside for value in node.outputs if isinstance(value.type.coding, Analog))
    return tuple(read), tuple(made)
