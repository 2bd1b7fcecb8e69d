"""What stays on the host, and where."""

from __future__ import annotations

from snnir.ir import Graph, Node, is_spiking
from snnir.ops import Constant


def host_parts(graph: Graph) -> dict[str, list[str]]:
    """Return the nodes that stay on the host, as ``name (op)``, by their place.

    ``before``: no spikes go in. ``after``: no spikes come behind. ``between``: both do, so the chip waits for the host.
    """
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
    return parts


def _shown(node: Node) -> str:
    return f"{node.name} ({node.op.mnemonic})"
