"""The networkx view of a graph; the only file that imports networkx."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx

from snnir.ir.graph import Graph, Node


def to_networkx(graph: Graph) -> nx.MultiDiGraph[str]:
    """Return a directed multigraph: one vertex per node or graph input, one edge per use of a value.

    The vertex of an input ``x`` is called ``%x``, that of a node as the node. Vertices carry ``node`` (a `Node`, or
    None for a graph input), edges carry ``value`` (its name).
    """
    view: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for value in graph.inputs:
        view.add_node(f"%{value.name}", node=None)
    for node in graph.nodes:
        view.add_node(node.name, node=node)
    for node in graph.nodes:
        for name in node.inputs:
            producer = graph.producers.get(name)
            view.add_edge(producer.name if producer else f"%{name}", node.name, value=name)
    return view


def sort_nodes(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return the nodes in topological order; among equals, the order given is kept.

    Raises:
        ValueError: They form a cycle.
    """
    given = tuple(nodes)
    place = {node.name: index for index, node in enumerate(given)}
    made_by = {value.name: node.name for node in given for value in node.outputs}
    view: nx.DiGraph[str] = nx.DiGraph()
    view.add_nodes_from(place)
    view.add_edges_from((made_by[name], node.name) for node in given for name in node.inputs if name in made_by)
    try:
        order = list(nx.lexicographical_topological_sort(view, key=place.__getitem__))
    except nx.NetworkXUnfeasible:
        raise ValueError("the nodes form a cycle") from None
    return tuple(given[place[name]] for name in order)


def connected(names: Iterable[str], links: Iterable[tuple[str, str]]) -> tuple[frozenset[str], ...]:
    """Return the connected components of an undirected graph, ordered by their first member."""
    given = tuple(names)
    view: nx.Graph[str] = nx.Graph()
    view.add_nodes_from(given)
    view.add_edges_from(links)
    place = {name: index for index, name in enumerate(given)}
    groups = [frozenset(group) for group in nx.connected_components(view)]
    return tuple(sorted(groups, key=lambda group: min(place[name] for name in group)))


def arriving(links: Iterable[tuple[str, str, float]]) -> Mapping[str, float]:
    """Return what arrives at every vertex of a weighted directed graph, by its name, the busiest one first.

    Args:
        links: From, to, and weight; several between the same two add up.
    """
    view: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    view.add_weighted_edges_from(links)
    found = {name: float(weight) for name, weight in view.in_degree(weight="weight")}
    return dict(sorted(found.items(), key=lambda item: -item[1]))
