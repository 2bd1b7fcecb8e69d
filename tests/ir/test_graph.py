"""Graphs, their views, and the edits that passes are made of."""

from __future__ import annotations

import dataclasses

import pytest

from snnir.ir import (
    Graph,
    Node,
    Value,
    fresh_name,
    is_spiking,
    prune,
    regions,
    replace_nodes,
    rewire,
    schedule,
    sort_nodes,
    to_networkx,
    verify,
)
from snnir.ops import Add, Dense, Neg, Split, Tanh
from snnir.types import ANALOG, Current, Spikes, ValueType
from tests.support import spiking_graph, typed


def unary(name: str, read: str, made: str) -> Node:
    """Return a node of one input and one output."""
    return Node(name, Tanh(), (read,), (Value(made, typed(1)),))


def add(name: str, left: str, right: str, made: str) -> Node:
    """Return a node of two inputs."""
    return Node(name, Add(), (left, right), (Value(made, typed(1)),))


def diamond() -> Graph:
    """Return x -> a -> (b, c) -> d."""
    nodes = (unary("A", "x", "a"), unary("B", "a", "b"), unary("C", "a", "c"), add("D", "b", "c", "d"))
    return Graph("diamond", (Value("x", typed(1)),), nodes, ("d",))


def names(nodes: tuple[Node, ...]) -> str:
    """Return the names of nodes in a row."""
    return "".join(node.name for node in nodes)


def test_graphs_are_frozen() -> None:
    """No field of a graph, node or value can be assigned."""
    graph = diamond()
    for part, field in ((graph, "name"), (graph.nodes[0], "inputs"), (graph.inputs[0], "type")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, field, None)


def test_graphs_compare_by_content() -> None:
    """Two graphs built alike are equal and hash alike; another name or order is another graph."""
    assert diamond() == diamond()
    assert hash(diamond()) == hash(diamond())
    assert diamond() != dataclasses.replace(diamond(), name="other")
    assert spiking_graph() == spiking_graph()


def test_lookups() -> None:
    """Types, makers, readers and nodes are found by name."""
    graph = diamond()
    assert graph.types == {name: typed(1) for name in "xabcd"}
    assert "x" not in graph.producers
    assert graph.producers["d"].name == "D"
    assert {name: names(nodes) for name, nodes in graph.consumers.items()} == {
        "x": "A",
        "a": "BC",
        "b": "D",
        "c": "D",
        "d": "",
    }
    assert graph.by_name["B"] is graph.nodes[1]
    assert names(tuple(graph.of(Add))) == "D"
    assert names(tuple(graph.of(Add, Tanh))) == "ABCD"


def test_a_value_read_twice_has_one_reader() -> None:
    """A node that squares a value is one consumer, not two."""
    graph = Graph("g", (Value("x", typed(1)),), (add("A", "x", "x", "a"),), ("a",))
    assert names(graph.consumers["x"]) == "A"


def test_the_only_output() -> None:
    """`output` is for nodes that make one value."""
    node = diamond().nodes[0]
    assert node.output == node.outputs[0]
    two = Node("s", Split((1, 1)), ("x",), (Value("l", typed(1)), Value("r", typed(1))))
    with pytest.raises(ValueError, match="too many"):
        _ = two.output


def test_types_as_text() -> None:
    """A type shows coding, element type and shape."""
    assert str(ValueType("float32", ("N", 2))) == "float32[N, 2]"
    assert str(typed("N", coding=Current(8))) == "current<8> float32[N]"
    assert str(typed(coding=Spikes("rate", 8))) == "spikes<rate,8> float32[]"
    assert str(ANALOG) == "analog"


def test_rewire_follows_chains() -> None:
    """Readers and graph outputs of a replaced value read what replaces it in the end."""
    graph = rewire(diamond(), {"b": "a", "a": "x", "d": "c"})
    assert [node.inputs for node in graph.nodes] == [("x",), ("x",), ("x",), ("x", "c")]
    assert graph.outputs == ("c",)
    assert rewire(diamond(), {}) == diamond()


def test_prune_keeps_what_is_needed() -> None:
    """Nodes that no output needs go, whole chains of them; a node with one used output stays."""
    assert prune(diamond()) == diamond()
    assert names(prune(dataclasses.replace(diamond(), outputs=("b",))).nodes) == "AB"
    assert names(prune(diamond(), keep=["a"]).nodes) == "A"
    assert prune(diamond(), keep=[]).nodes == ()
    split = Node("S", Split((1, 1)), ("x",), (Value("l", typed(1)), Value("r", typed(1))))
    graph = Graph("g", (Value("x", typed(1)),), (split, unary("T", "l", "t")), ("r",))
    assert names(prune(graph).nodes) == "S"


def test_replace_nodes_sorts_again() -> None:
    """A node gives way to several, given in any order; the graph stays legal."""
    new = (unary("B2", "b0", "b"), unary("B1", "a", "b0"))
    graph = replace_nodes(diamond(), {"B": new})
    verify(graph)
    assert sorted(names(graph.nodes)) == sorted("AB1B2CD")
    assert names(graph.nodes).index("B1") < names(graph.nodes).index("B2")
    assert names(replace_nodes(rewire(diamond(), {"b": "a"}), {"B": ()}).nodes) == "ACD"


def test_fresh_names() -> None:
    """A free name stays, a taken one gets the first free number."""
    assert fresh_name("a", []) == "a"
    assert fresh_name("a", ["a"]) == "a.1"
    assert fresh_name("a", ["a", "a.1", "a.3"]) == "a.2"


def test_sorting_is_stable() -> None:
    """Nodes in a legal order stay in it; others move only as far as they must."""
    nodes = diamond().nodes
    assert sort_nodes(nodes) == nodes
    assert names(sort_nodes(reversed(nodes))) == "ACBD"
    assert names(sort_nodes((nodes[0], nodes[2], nodes[1], nodes[3]))) == "ACBD"
    assert sort_nodes(()) == ()


def test_cycles_cannot_be_sorted() -> None:
    """Nodes that need each other are refused."""
    with pytest.raises(ValueError, match="cycle"):
        sort_nodes((unary("A", "b", "a"), unary("B", "a", "b")))


def test_networkx_view() -> None:
    """Each node and input is a vertex, each use of a value an edge."""
    view = to_networkx(diamond())
    assert set(view) == {"%x", "A", "B", "C", "D"}
    assert sorted((tail, head, data["value"]) for tail, head, data in view.edges(data=True)) == [
        ("%x", "A", "x"),
        ("A", "B", "a"),
        ("A", "C", "a"),
        ("B", "D", "b"),
        ("C", "D", "c"),
    ]
    assert view.nodes["%x"]["node"] is None
    assert view.nodes["A"]["node"].op == Tanh()
    twice = Graph("g", (Value("x", typed(1)),), (add("A", "x", "x", "a"),), ("a",))
    assert to_networkx(twice).number_of_edges("%x", "A") == 2


def test_spiking_regions() -> None:
    """From encode to decode, nodes are one region; regions that do not touch are separate."""
    graph = spiking_graph()
    assert [is_spiking(graph, node) for node in graph.nodes] == [False, True, True, True, True]
    (region,) = regions(graph)
    assert region == graph.nodes[1:]
    assert regions(diamond()) == ()


def test_schedule_puts_host_and_regions_in_order() -> None:
    """Host parts before and after a region are separate segments."""
    graph = spiking_graph()
    after = Node("neg", Neg(), ("u",), (Value("v", typed("N", 1)),))
    segments = schedule(dataclasses.replace(graph, nodes=(*graph.nodes, after), outputs=("v",)))
    assert [segment.spiking for segment in segments] == [False, True, False]
    assert [node.name for node in segments[2].nodes] == ["neg"]
    assert schedule(Graph("empty", (), (), ())) == ()


def test_tensors_make_ops_equal() -> None:
    """Ops with equal tensors are equal, so graphs are."""
    dense = next(spiking_graph().of(Dense)).op
    assert dense == next(spiking_graph().of(Dense)).op
