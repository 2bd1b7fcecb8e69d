"""Networks that run step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.errors import ModelError
from snnir.ir import Graph, Node, Tensor, Value, verify
from snnir.ops import Add, Cast, Constant, Dense, Greater, Mul, Scan, Sub, Tanh, Where
from snnir.semantics import KERNELS, evaluate
from snnir.semantics.infer import infer
from snnir.text import FORMATS, parse_graph, print_graph, render, tensors_of
from snnir.types import Array, DType, ValueType
from tests.support import assert_golden, assert_round_trip, failure

SETTINGS = settings(deadline=None, derandomize=True, max_examples=40)


def kind(*shape: Any, dtype: DType = "float64") -> ValueType:
    """Return an analog type."""
    return ValueType(dtype, shape)


def node(name: str, op: Any, *inputs: str, shape: tuple[Any, ...] = ("N", 2), dtype: DType = "float64") -> Node:
    """Return a node whose value is called like itself."""
    return Node(name, op, inputs, (Value(name, kind(*shape, dtype=dtype)),))


def body() -> Graph:
    """Return one step of two leaky neurons behind a synapse: ``v += g (i - v); s = v > 1; v = 0 where s``."""
    nodes = (
        node("i", Dense(Tensor(np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]]))), "x"),
        node("pull", Sub(), "i", "v"),
        node("change", Mul(), "g", "pull"),
        node("u", Add(), "v", "change"),
        node("one", Constant(Tensor(np.float64([1, 0.5]))), shape=(2,)),
        node("fires", Greater(), "u", "one", dtype="bool"),
        node("s", Cast("float64"), "fires"),
        node("zero", Constant(Tensor(np.float64(0))), shape=()),
        node("after", Where(), "fires", "zero", "u"),
    )
    inputs = (Value("v", kind("N", 2)), Value("x", kind("N", 3)), Value("g", kind()))
    return Graph("leaky", inputs, nodes, ("after", "s", "u"))


def network(initial: Any = None) -> Graph:
    """Return the neurons over time, with what they start from."""
    start = () if initial is None else (node("start", Constant(Tensor(np.float64(initial))), shape=(2,)),)
    outputs = tuple(Value(name, kind("T", "N", 2)) for name in ("spikes", "membrane"))
    inputs = ("x", *(each.name for each in start), "g")
    scan = Node("scan", Scan(body(), states=1, held=1), inputs, outputs)
    given = (Value("x", kind("T", "N", 3)), Value("g", kind()))
    return Graph("over time", given, (*start, scan), ("spikes", "membrane"))


def expected(x: Array, gain: float, initial: Any = 0.0) -> tuple[Array, Array]:
    """Return spikes and membranes before their reset, written as a loop."""
    membrane = np.broadcast_to(initial, (x.shape[1], 2)).astype(float)
    spikes: list[Array] = []
    trace: list[Array] = []
    for step in x:
        current = step @ np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]])
        membrane = membrane + gain * (current - membrane)
        trace.append(membrane)
        spikes.append((membrane > [1, 0.5]).astype(float))
        membrane = np.where(membrane > [1, 0.5], 0.0, membrane)
    return np.stack(spikes), np.stack(trace)


@pytest.mark.parametrize("initial", [None, [0.9, -0.5]])
def test_a_network_runs_step_by_step(initial: Any) -> None:
    """Spikes and membranes are those of a loop over the steps, from zero or from other states."""
    graph = network(initial)
    verify(graph)
    x = np.random.default_rng(0).normal(size=(20, 5, 3))
    made = evaluate(graph, {"x": x, "g": np.asarray(0.25)})
    spikes, membrane = expected(x, 0.25, 0.0 if initial is None else initial)
    assert 0 < spikes.mean() < 1
    np.testing.assert_array_equal(made["spikes"], spikes)
    np.testing.assert_allclose(made["membrane"], membrane, rtol=1e-14)


@SETTINGS
@given(cut=st.integers(1, 9), seed=st.integers(0, 99))
def test_a_run_can_be_cut_in_two(cut: int, seed: int) -> None:
    """A second run that starts from the last states of the first one goes on as if there was no cut."""
    x = np.random.default_rng(seed).normal(size=(10, 1, 3))
    held = {"g": np.asarray(0.5)}
    whole = evaluate(network(), {"x": x, **held})
    first = evaluate(network(), {"x": x[:cut], **held})
    last = np.where(first["spikes"][-1, 0] > 0, 0.0, first["membrane"][-1, 0])
    second = evaluate(network(last), {"x": x[cut:], **held})
    np.testing.assert_array_equal(np.concatenate([first["membrane"], second["membrane"]]), whole["membrane"])


def test_what_is_not_wanted_is_not_made() -> None:
    """Of a body, only what the wanted series and the states need is run: the others can be large."""
    ran: list[int] = []
    graph = network()
    (scan,) = graph.nodes
    op = scan.op
    assert isinstance(op, Scan)
    probe = node("probe", Tanh(), "u")
    wider = replace(op, body=replace(op.body, nodes=(*op.body.nodes, probe), outputs=(*op.body.outputs, "probe")))
    outputs = (*scan.outputs, Value("probed", kind("T", "N", 2)))
    graph = graph.with_nodes((replace(scan, op=wider, outputs=outputs),))
    given = {"x": np.ones((4, 1, 3)), "g": np.asarray(0.5)}
    table: Any = KERNELS
    kept = table[Tanh]
    table[Tanh] = lambda op, operands: ran.append(1) or kept(op, operands)
    try:
        only = evaluate(graph, given)
        assert not ran
        assert evaluate(graph, given, outputs=["probed"])["probed"].shape == (4, 1, 2)
        assert len(ran) == 4
    finally:
        table[Tanh] = kept
    np.testing.assert_array_equal(only["spikes"], evaluate(network(), given)["spikes"])


def test_types_can_be_inferred() -> None:
    """Steps and points keep their names through a scan."""
    graph = network([0.0, 0.0])
    assert infer(graph) == graph


@pytest.mark.parametrize("x", [np.zeros((0, 1, 3)), np.zeros((4, 1, 2)), np.zeros((4, 3))])
def test_series_that_do_not_fit_are_refused(x: Array) -> None:
    """No steps, another width and another rank are errors of the operands."""
    with pytest.raises(ValueError, match="step"):
        evaluate(network(), {"x": x, "g": np.asarray(0.5)})


def changed(**changes: Any) -> Graph:
    """Return the network with other attributes of its scan, or another node."""
    graph = network()
    (scan,) = graph.nodes
    node_changes = {key: changes.pop(key) for key in ("inputs", "outputs") if key in changes}
    op: Any = scan.op
    return graph.with_nodes((replace(scan, op=replace(op, **changes), **node_changes),))


@pytest.mark.parametrize(
    ("graph", "fragment"),
    [
        (changed(states=3), "has no 3 states"),
        (changed(states=-1), "has no -1 states"),
        (changed(held=2), "has no 1 states, 2 held values and a series"),
        (changed(inputs=("x",)), "needs 2 or 3 inputs, got 1"),
        (changed(outputs=()), "makes 2 series, not 0"),
        (
            changed(body=replace(body(), outputs=("fires", "s", "u"))),
            "state 'v' of 'leaky' is float64[N, 2], and becomes",
        ),
        (changed(body=replace(body(), outputs=("after", "s", "w"))), "output 'w' is not made by any node"),
        (changed(body=network()), "holds a graph itself"),
    ],
)
def test_a_body_that_does_not_fit_is_an_illegal_graph(graph: Graph, fragment: str) -> None:
    """The verifier reports how the body differs from what the node reads and makes."""
    assert any(fragment in found.message for found in failure(lambda: verify(graph), ModelError).diagnostics)


def test_text_forms() -> None:
    """The text of a body stands on lines of its own, reads back, and was reviewed; so were the other formats."""
    graph = network([0.5, 0.25])
    assert_round_trip(graph)
    assert parse_graph(print_graph(graph), tensors_of(graph)) == graph
    for name in FORMATS:
        assert_golden(f"text/scan.{'snn' if name == 'text' else name}", render(graph, name))
