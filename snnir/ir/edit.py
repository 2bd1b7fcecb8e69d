"""Small edits that passes are made of; each returns a new graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from snnir.ir.graph import Graph, Node
from snnir.ir.view import sort_nodes


def rewire(graph: Graph, renamed: Mapping[str, str]) -> Graph:
    """Return the graph with every use of a value replaced by another; chains are followed."""

    def final(name: str) -> str:
        while name in renamed:
            name = renamed[name]
        return name

    nodes = tuple(
        node if renamed.keys().isdisjoint(node.inputs) else replace(node, inputs=tuple(map(final, node.inputs)))
        for node in graph.nodes
    )
    return replace(graph, nodes=nodes, outputs=tuple(map(final, graph.outputs)))


def prune(graph: Graph, keep: Iterable[str] | None = None) -> Graph:
    """Return the graph without nodes that the outputs (or the values in `keep`) do not need."""
    needed = set(graph.outputs if keep is None else keep)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        for value in node.outputs:
            if value.name in needed:
                needed.update(node.inputs)
                kept.append(node)
                break
    return graph.with_nodes(tuple(reversed(kept)))


def replace_nodes(graph: Graph, replaced: Mapping[str, Iterable[Node]]) -> Graph:
    """Return the graph with each named node replaced by others, sorted again."""
    nodes = (new for node in graph.nodes for new in replaced.get(node.name, (node,)))
    return graph.with_nodes(sort_nodes(nodes))


def fresh_name(base: str, taken: Iterable[str]) -> str:
    """Return `base`, or `base` with the first free number appended."""
    used = set(taken)
    if base not in used:
        return base
    number = 1
    while f"{base}.{number}" in used:
        number += 1
    return f"{base}.{number}"
