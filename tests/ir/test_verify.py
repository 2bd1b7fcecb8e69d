"""The verifier refuses every kind of illegal graph, all findings at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.sigma_delta import TRAIN, SigmaDelta
from snnir.errors import ModelError
from snnir.ir import CodingError, Graph, Node, Op, Value, verify
from snnir.ops import Add, Concat, Decode, Dense, Encode, Mul, Tanh
from snnir.types import ANALOG, Coding, Current, Spikes
from tests.support import failure, spiking_graph, tensor, typed

CURRENT, SPIKES = Current(8), Spikes("rate", 8)
WEIGHT = tensor([1.0])


def messages(graph: Graph) -> list[str]:
    """Return the findings of a graph that must be illegal."""
    error = failure(lambda: verify(graph), ModelError)
    assert {finding.code for finding in error.diagnostics} == {"invalid-ir"}
    return [finding.message for finding in error.diagnostics]


def graph_of(*nodes: Node, inputs: tuple[str, ...] = ("x",), outputs: tuple[str, ...] = ()) -> Graph:
    """Return a graph of analog inputs and nodes."""
    return Graph("g", tuple(Value(name, typed(1)) for name in inputs), nodes, outputs)


def tanh(name: str, read: str, made: str, coding: Coding = ANALOG) -> Node:
    """Return a node of one input and one output."""
    return Node(name, Tanh(), (read,), (Value(made, typed(1, coding=coding)),))


def test_legal_graphs_pass() -> None:
    """A network with host and spikes is legal, and so is an empty one."""
    verify(spiking_graph())
    verify(Graph("empty", (), (), ()))


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (graph_of(inputs=("x", "x")), ["two inputs are called 'x'"]),
        (graph_of(tanh("n", "x", "a"), tanh("n", "a", "b")), ["two nodes are called 'n'"]),
        (graph_of(tanh("n", "q", "a")), ["'q' is read before it is made"]),
        (graph_of(tanh("n", "b", "a"), tanh("m", "x", "b")), ["'b' is read before it is made"]),
        (graph_of(tanh("n", "n", "n")), ["'n' is read before it is made"]),
        (graph_of(tanh("n", "x", "x")), ["'x' is made twice"]),
        (graph_of(tanh("n", "x", "a"), tanh("m", "x", "a")), ["'a' is made twice"]),
        (graph_of(outputs=("y",)), ["output 'y' is not made by any node"]),
        (graph_of(tanh("n", "x", "a", CURRENT)), ["'a' is declared current<8>, made as analog"]),
        (graph_of(Node("n", Tanh(), ("x", "x"), ())), ["tanh takes 1 inputs, got 2"]),
        (graph_of(Node("n", Mul(), ("x",), ())), ["mul takes 2 inputs, got 1"]),
    ],
)
def test_each_finding(graph: Graph, expected: list[str]) -> None:
    """Doubled names, missing values, wrong order, wrong counts and wrong codings are found."""
    assert messages(graph) == expected


def test_one_node_may_not_make_a_value_twice() -> None:
    """Also two outputs of the same node need different names."""
    value = Value("a", typed(1))
    assert messages(graph_of(Node("n", Tanh(), ("x",), (value, value)))) == ["'a' is made twice"]


def test_all_findings_come_at_once() -> None:
    """Nothing is hidden by what was found before it; each names its node and where that came from."""
    graph = graph_of(tanh("n", "q", "a"), tanh("n", "x", "b", SPIKES), outputs=("z",))
    assert len(messages(graph)) == 4
    spiking = spiking_graph()
    nodes = (replace(spiking.nodes[0], inputs=("q",)), *spiking.nodes[1:])
    error = failure(lambda: verify(spiking.with_nodes(nodes)), ModelError)
    assert "node 'net.0' (poisson.onnx: /net/0/Gemm (Gemm)" in str(error)


@pytest.mark.parametrize("op", [Decode(), Dense(WEIGHT), IntegrateAndFire(WEIGHT, WEIGHT)])
def test_a_wrong_count_is_a_finding_for_every_op(op: Op) -> None:
    """Ops that look at the coding of their only input get no chance to fail on a wrong count."""
    graph = Graph("g", (), (Node("n", op, (), ()),), ())
    assert messages(graph) == [f"{op.mnemonic} takes 1 inputs, got 0"]


@pytest.mark.parametrize(
    ("op", "inputs", "made"),
    [
        (Tanh(), (ANALOG,), ANALOG),
        (Encode(8), (ANALOG,), CURRENT),
        (Dense(WEIGHT), (ANALOG,), ANALOG),
        (Dense(WEIGHT), (CURRENT,), CURRENT),
        (Dense(WEIGHT), (SPIKES,), CURRENT),
        (IntegrateAndFire(WEIGHT, WEIGHT), (CURRENT,), SPIKES),
        (Decode(), (CURRENT,), ANALOG),
        (Decode(), (SPIKES,), ANALOG),
        (Add(), (ANALOG, ANALOG), ANALOG),
        (Add(), (CURRENT, CURRENT), CURRENT),
    ],
)
def test_codings_that_go_together(op: Op, inputs: tuple[Coding, ...], made: Coding) -> None:
    """Each op makes the coding that its docstring says."""
    assert op.coding(inputs) == made


@pytest.mark.parametrize(
    ("op", "inputs", "message"),
    [
        (Tanh(), (SPIKES,), "tanh is an analog op and got spikes<rate,8>: a decode is missing"),
        (Mul(), (ANALOG, CURRENT), "mul is an analog op and got current<8>: a decode is missing"),
        (Concat(), (ANALOG, SPIKES), "concat is an analog op"),
        (Encode(8), (CURRENT,), "encode is an analog op"),
        (IntegrateAndFire(WEIGHT, WEIGHT), (ANALOG,), "an encode or synapse is missing"),
        (IntegrateAndFire(WEIGHT, WEIGHT), (SPIKES,), "an encode or synapse is missing"),
        (Decode(), (ANALOG,), "needs no decoding"),
        (Add(), (ANALOG, CURRENT), "add joins analog and current<8>"),
        (Add(), (SPIKES, SPIKES), "an encode, decode or synapse is missing"),
        (Add(), (CURRENT, Current(9)), "add joins current<8> and current<9>"),
    ],
)
def test_codings_that_do_not(op: Op, inputs: tuple[Coding, ...], message: str) -> None:
    """Spikes do not reach an analog op without a decode, nor numbers a neuron without an encode."""
    with pytest.raises(CodingError) as caught:
        op.coding(inputs)
    assert message in str(caught.value)


def test_spikes_into_an_analog_op_are_an_illegal_graph() -> None:
    """The verifier reports where the decode is missing."""
    graph = spiking_graph()
    node = Node("bad", Tanh(), ("s",), (Value("y", typed("N", 12)),))
    assert messages(graph.with_nodes((*graph.nodes, node))) == [
        "tanh is an analog op and got spikes<rate,32>: a decode is missing"
    ]


@pytest.mark.parametrize(
    ("function", "fragment"),
    [
        (graph_of(inputs=("a", "b"), outputs=("a",)), "'g' is no function of one value"),
        (graph_of(inputs=("a",)), "'g' is no function of one value"),
        (graph_of(Node("e", Encode(1), ("x",), (Value("c", typed(1, coding=Current(1))),)), outputs=("c",)), "analog"),
        (graph_of(tanh("n", "missing", "y"), outputs=("y",)), "'missing' is read before it is made"),
    ],
)
def test_functions_in_attributes(function: Graph, fragment: str) -> None:
    """A graph that is an attribute is legal itself, analog, and has one input and one output."""
    op = SigmaDelta(WEIGHT, function)
    node = Node("n", op, ("c",), (Value("s", typed(1, coding=TRAIN)),))
    graph = Graph("g", (Value("c", typed(1, coding=Current(1))),), (node,), ())
    assert any(fragment in message for message in messages(graph))


def test_sigma_delta_reads_streams() -> None:
    """Currents of several steps are no stream."""
    op = SigmaDelta(WEIGHT, graph_of(tanh("f", "x", "y"), outputs=("y",)))
    node = Node("n", op, ("c",), (Value("s", typed(1, coding=TRAIN)),))
    assert any(
        "one step" in text for text in messages(Graph("g", (Value("c", typed(1, coding=CURRENT)),), (node,), ()))
    )
