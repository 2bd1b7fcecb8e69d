"""Streams: sigma-delta neurons against a loop over single neurons and points, and what must hold of any stream."""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.codes.exact import Table
from snnir.codes.sigma_delta import TRAIN, Delta, SigmaDelta
from snnir.ir import Graph, Node, Op, Tensor, Value
from snnir.ops import Abs, Dense, Relu, Sin, Tanh
from snnir.semantics import Semantics, evaluate
from snnir.types import ANALOG, Array, Current, ValueType
from snnir_lava.targets import FORMAT
from tests.networks import Spiking

WHOLE = Semantics(dtype="float64", integer=FORMAT)
SETTINGS = settings(deadline=None, derandomize=True, max_examples=60)
EXACT = Semantics(dtype="float64")


def function(op: Op, width: int, dtype: Any = "float64") -> Graph:
    """Return f as a graph of one node."""
    kind = ValueType(dtype, ("N", width))
    node = Node("f", op, ("z",), (Value("a", kind),))
    return Graph("f", (Value("z", kind),), (node,), ("a",))


class Stream(Spiking):
    """Builds networks of streams, in double precision."""

    def __init__(self) -> None:
        super().__init__(np.float64, 1)

    def delta(self, source: str, threshold: float = 0.0) -> str:
        """Encode changes."""
        return self.op(Delta(threshold), self.width(source), TRAIN, source)

    def send(self, source: str, f: Op, threshold: Any, gain: float = 0.0) -> str:
        """Add neurons that send changes of f."""
        width = self.width(source)
        limit = Tensor(np.broadcast_to(np.asarray(threshold, np.float64), (width,)))
        return self.op(SigmaDelta(limit, function(f, width), gain), width, TRAIN, source)


def network(*, f: Op, threshold: Any, gain: float, seed: int = 0) -> Graph:
    """Return two layers with a skip from the first to the readout."""
    rng = np.random.default_rng(seed)

    def eighths(*shape: int) -> Array:
        return rng.integers(-8, 9, shape) / 8

    net = Stream()
    first = net.send(net.dense(net.delta(net.input(2)), eighths(2, 3), eighths(3)), f, threshold, gain)
    second = net.send(net.dense(first, eighths(3, 3), eighths(3)), f, threshold, gain)
    readout = net.add(net.dense(second, eighths(3, 1), eighths(1)), net.dense(first, eighths(3, 1)))
    return net.graph(net.decode(readout), first, second)


def sent(target: list[float], threshold: float, gain: float) -> list[float]:
    """Return the messages of one neuron for what f gives at every point."""
    known = slope = 0.0
    messages: list[float] = []
    for wanted in target:
        known = known + slope
        message = wanted - known if abs(wanted - known) >= threshold else 0.0
        known = known + message
        slope = slope + gain * message
        messages.append(message)
    return messages


def received(messages: list[list[float]], op: Any, gain: float) -> list[list[float]]:
    """Return the current of a synapse at every point, one neuron behind it after the other."""
    inputs, outputs = op.weight.shape
    columns: list[list[float]] = []
    for j in range(outputs):
        current, slope = (0.0 if op.bias is None else float(op.bias.array[j])), 0.0
        column: list[float] = []
        for row in messages:
            change = sum(row[i] * float(op.weight.array[i, j]) for i in range(inputs))
            current, slope = current + slope + change, slope + gain * change
            column.append(current)
        columns.append(column)
    return [list(row) for row in zip(*columns, strict=True)]


def by_hand(graph: Graph, points: Array) -> dict[str, list[list[float]]]:
    """Return the messages and currents of a network of streams by value, and what its readout gives."""
    values: dict[str, list[list[float]]] = {"x": points.tolist()}
    gains = {node.output.name: node.op.gain for node in graph.of(SigmaDelta) if isinstance(node.op, SigmaDelta)}
    for node in graph.nodes:
        op, first = node.op, values[node.inputs[0]]
        if isinstance(op, SigmaDelta):
            f = np.abs if isinstance(op.function.nodes[0].op, Abs) else lambda z: np.maximum(z, 0)
            columns = [
                sent([float(f(z)) for z in column], float(op.threshold.array[i]), op.gain)
                for i, column in enumerate(zip(*first, strict=True))
            ]
        elif isinstance(op, Delta):
            columns = [sent(list(column), op.threshold, 0.0) for column in zip(*first, strict=True)]
        elif node.op.mnemonic == "dense":
            values[node.output.name] = received(first, op, gains.get(node.inputs[0], 0.0))
            continue
        elif node.op.mnemonic == "add":
            rows = zip(first, values[node.inputs[1]], strict=True)
            values[node.output.name] = [[a + b for a, b in zip(*row, strict=True)] for row in rows]
            continue
        else:
            values[node.output.name] = first
            continue
        values[node.output.name] = [list(row) for row in zip(*columns, strict=True)]
    return values


@given(
    seed=st.integers(0, 1000),
    f=st.sampled_from([Relu(), Abs()]),
    threshold=st.sampled_from([0.0, 0.125, 0.5, 2.0]),
    gain=st.sampled_from([0.0, 0.25, 0.5]),
    count=st.integers(1, 12),
)
@SETTINGS
def test_networks_equal_the_loop(seed: int, f: Op, threshold: float, gain: float, count: int) -> None:
    """In numbers that add without rounding, messages and readouts are exactly those of one neuron at a time."""
    graph = network(f=f, threshold=threshold, gain=gain, seed=seed)
    points = np.random.default_rng(seed).integers(-8, 9, (count, 2)) / 8
    seen: dict[str, Array] = {}
    values = evaluate(
        graph, {"x": points}, semantics=EXACT, observe=lambda node, _, messages: seen.update({node.name: messages[0]})
    )
    expected = by_hand(graph, points)
    np.testing.assert_array_equal(values[graph.outputs[0]], expected[graph.outputs[0]])
    for node in graph.of(SigmaDelta, Delta):
        np.testing.assert_array_equal(seen[node.name], expected[node.output.name])


@given(
    seed=st.integers(0, 10_000),
    f=st.sampled_from([Tanh(), Sin(), Relu()]),
    threshold=st.floats(1e-4, 1.0),
    gain=st.floats(0.0, 1.0),
    rough=st.floats(0.0, 3.0),
)
@SETTINGS
def test_no_error_is_larger_than_the_threshold(seed: int, f: Op, threshold: float, gain: float, rough: float) -> None:
    """At every point of any stream, however long, what receivers know is within a threshold of f: nothing adds up."""
    rng = np.random.default_rng(seed)
    net = Stream()
    current = net.dense(net.delta(net.input(2)), rng.normal(size=(2, 5)), rng.normal(size=5))
    graph = net.graph(current, net.send(current, f, threshold, gain))
    points = np.cumsum(rng.normal(0, 0.01 + rough * rng.random(), (700, 2)), axis=0)
    values = evaluate(graph, {"x": points}, semantics=EXACT)
    wanted = {Tanh: np.tanh, Sin: np.sin, Relu: lambda z: np.maximum(z, 0)}[type(f)](values[graph.outputs[0]])
    assert np.max(np.abs(wanted - values[graph.outputs[1]])) <= threshold * (1 + 1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("gain", [0.0, 0.3])
def test_chunks_do_not_change_messages(dtype: Any, gain: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """State is carried from chunk to chunk: readouts and messages are the same however a stream is cut."""
    graph = network(f=Relu(), threshold=0.25, gain=gain)
    points = np.random.default_rng(1).integers(-8, 9, (300, 2)) / 8
    module = import_module("snnir.semantics.simulator")
    results: list[dict[str, Array]] = []
    for size in (1 << 30, 1):
        monkeypatch.setattr(module, "CHUNK_BYTES", size)
        monkeypatch.setattr(module, "MIN_POINTS", 7)
        results.append(evaluate(graph, {"x": points}, semantics=Semantics(dtype=dtype)))
    for name, array in results[0].items():
        np.testing.assert_array_equal(array, results[1][name])


def test_the_order_of_points_counts() -> None:
    """The same points in another order are another stream: values differ, by less than the thresholds allow."""
    graph = network(f=Tanh(), threshold=0.2, gain=0.3)
    points = np.linspace(-1, 1, 100)[:, np.newaxis] * [1.0, 0.5]
    forth, back = (evaluate(graph, {"x": each}, semantics=EXACT)[graph.outputs[0]] for each in (points, points[::-1]))
    assert np.max(np.abs(forth - back[::-1])) > 0
    again = evaluate(graph, {"x": points}, semantics=EXACT)[graph.outputs[0]]
    np.testing.assert_array_equal(forth, again)  # a stream starts from rest, whatever ran before


def test_a_constant_input_sends_nothing_more() -> None:
    """Without extrapolation, a network at rest is silent: messages come with the first point only."""
    graph = network(f=Tanh(), threshold=0.0, gain=0.0)
    counts: list[int] = []
    points = np.full((50, 2), 0.5)
    evaluate(
        graph,
        {"x": points},
        semantics=EXACT,
        observe=lambda _, __, messages: counts.append(int(np.count_nonzero(messages[0, 1:]))),
    )
    assert counts == [0, 0, 0]


def test_inputs_below_the_threshold_are_not_sent() -> None:
    """An encoder with a threshold of its own keeps within it, too."""
    net = Stream()
    graph = net.graph(net.delta(net.input(1), 0.25))
    points = np.linspace(0, 1, 41)[:, np.newaxis]
    known = evaluate(graph, {"x": points}, semantics=EXACT)[graph.outputs[0]]
    assert np.max(np.abs(known - points)) < 0.25
    assert len(np.unique(known)) == 5


@pytest.mark.parametrize("delay", [1, 3])
def test_delays_move_the_readout_only(delay: int) -> None:
    """Layers that act later by some points, met by a readout that waits, give the numbers of layers without delay."""
    net = Stream()
    rng = np.random.default_rng(0)
    first, second, last = rng.normal(size=(2, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 1))
    hidden = net.send(net.dense(net.delta(net.input(2)), first), Tanh(), 0.05, 0.3)
    graph = net.graph(net.decode(net.dense(net.send(net.dense(hidden, second), Tanh(), 0.05, 0.3), last)))
    points = np.cumsum(rng.normal(0, 0.05, (60, 2)), axis=0)
    expected = evaluate(graph, {"x": points}, semantics=Semantics(dtype="float64", delay=delay))[graph.outputs[0]]
    np.testing.assert_allclose(_in_time(points, (first, second, last), delay)[2 * delay :], expected, atol=1e-9)


def _in_time(points: Array, weights: tuple[Array, ...], delay: int) -> Array:
    """Return the readout at every time step of a chain whose messages take some steps, inputs held at the end."""
    gain, threshold, steps = 0.3, 0.05, len(points) + 2 * delay
    held = np.concatenate([points, np.repeat(points[-1:], 2 * delay, axis=0)])
    known = [np.zeros(4), np.zeros(4)]
    slope = [np.zeros(4), np.zeros(4)]
    trains: list[list[Array]] = [[], []]
    current = [np.zeros(4), np.zeros(4), np.zeros(1)]
    pace = [np.zeros(4), np.zeros(4), np.zeros(1)]
    made: list[Array] = []
    for step in range(steps):
        for layer in range(3):
            if layer == 0:
                current[0] = held[step] @ weights[0]
            elif step >= delay:
                change = trains[layer - 1][step - delay] @ weights[layer]
                current[layer] = current[layer] + pace[layer] + change
                pace[layer] = pace[layer] + gain * change
            if layer < 2:
                starts = step >= layer * delay
                known[layer] = known[layer] + slope[layer]
                wrong = np.tanh(current[layer]) - known[layer]
                message = np.where(np.abs(wrong) >= threshold, wrong, 0.0) * starts
                known[layer] = known[layer] + message
                slope[layer] = slope[layer] + gain * message
                trains[layer].append(message)
        made.append(current[2].copy())
    return np.array(made)


def test_single_precision_does_not_drift() -> None:
    """Sums are kept in double precision: after 20,000 points both sides still know the same."""
    rng = np.random.default_rng(0)
    net = Spiking(np.float32, 1)
    source = net.op(Delta(), 3, TRAIN, net.input(3))
    current = net.dense(source, rng.normal(size=(3, 6)))
    op = SigmaDelta(Tensor(np.full(6, 0.01, np.float32)), function(Tanh(), 6, "float32"), 0.3)
    train = net.op(op, 6, TRAIN, current)
    graph = net.graph(current, train)
    points = np.cumsum(rng.normal(0, 0.01, (20_000, 3)), axis=0).astype(np.float32)
    values = evaluate(graph, {"x": points})
    assert values[graph.outputs[1]].dtype == np.float32
    assert np.max(np.abs(np.tanh(values[graph.outputs[0]]) - values[graph.outputs[1]])) < 0.01 + 1e-5
    assert graph.types[current].coding == Current(1)
    assert graph.types["x"].coding == ANALOG


class _Neuron:
    """One sigma-delta neuron in Python's integers and fractions."""

    def __init__(self, weights: list[int], bias: int, threshold: int, table: tuple[list[int], int, int]) -> None:
        self.weights, self.threshold, self.table = weights, threshold, table
        self.c, self.g, self.y, self.d = Fraction(bias), Fraction(0), Fraction(0), Fraction(0)

    def step(self, messages: list[int], beta: Fraction, gain: Fraction) -> int:
        """Take the messages of one point, and return what is sent."""
        change = sum(weight * message for weight, message in zip(self.weights, messages, strict=True))
        self.c, self.g = self.c + self.g + change, self.g + beta * change
        values, start, bits = self.table
        argument = 2**23 - (2**23 - floor(self.c)) % 2**24 - start
        entry = min(max(argument >> bits, 0), len(values) - 2)
        rest = min(max(argument - (entry << bits), 0), 1 << bits)
        self.y += self.d
        error = values[entry] + ((values[entry + 1] - values[entry]) * rest >> bits) - self.y
        sent = floor(error + Fraction(1, 2)) if abs(error) >= self.threshold else 0
        self.y, self.d = self.y + sent, self.d + gain * sent
        return sent


@given(
    seed=st.integers(0, 1000),
    gain=st.sampled_from([0.0, 0.25, 0.5]),
    threshold=st.sampled_from([1, 60, 900]),
    size=st.sampled_from([30, 30_000]),
)
@SETTINGS
def test_whole_numbers(seed: int, gain: float, threshold: int, size: int) -> None:
    """In integers messages are whole, slopes keep their fraction, and sums wrap: what Python's integers say."""
    rng = np.random.default_rng(seed)
    values, start, bits = rng.integers(-(2**12), 2**12, 9).tolist(), -(2**22), 20
    net, name = Stream(), "x"
    neurons: list[list[_Neuron]] = []
    name = net.delta(net.input(2))
    for inputs, width in ((2, 3), (3, 4)):
        weights, bias = 2 * rng.integers(-127, 128, (inputs, width)), rng.integers(-(2**22), 2**22, width)
        kind = ValueType("float64", ("N", width))
        table = Table(Tensor(np.array(values)), Tensor(np.full(width, start)), bits, 1.0, 0.0)
        looked_up = Graph("f", (Value("z", kind),), (Node("f", table, ("z",), (Value("a", kind),)),), ("a",))
        current = net.op(Dense(Tensor(weights), Tensor(bias)), width, Current(1), name)
        name = net.op(SigmaDelta(Tensor(np.full(width, threshold)), looked_up, gain), width, TRAIN, current)
        neurons.append(
            [_Neuron(weights[:, j].tolist(), int(bias[j]), threshold, (values, start, bits)) for j in range(width)]
        )
    graph = net.graph(net.decode(name))
    points = rng.integers(-size, size, (30, 2)).astype(np.float64)
    found: dict[str, Array] = {}
    evaluate(graph, {"x": points}, semantics=WHOLE, observe=lambda node, _, sent: found.update({node.name: sent[0]}))
    changes = np.diff(points, axis=0, prepend=0).astype(int).tolist()
    layers = [node.name for node in graph.of(SigmaDelta)]
    for row, messages in enumerate(changes):
        beta = Fraction(0)
        for layer, cells in zip(layers, neurons, strict=True):
            messages = [cell.step(messages, beta, Fraction(gain)) for cell in cells]  # noqa: PLW2901
            assert messages == found[layer][row].tolist()
            beta = Fraction(gain)
