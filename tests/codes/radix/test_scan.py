"""Difference neurons against exact fractions and against a model of one point, one unit and one step at a time."""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from math import tanh
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.codes.radix import Accumulate, SignedDigits
from snnir.codes.radix.digits import REACH, full_scale, rounding
from snnir.codes.radix.scan import accumulate, signed_digits
from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import CodingError, Graph, Node, Tensor, Value
from snnir.ops import Add, Constant, Encode, Mul, Sigmoid, Tanh
from snnir.semantics import Semantics, evaluate
from snnir.semantics.decoding import decoded
from snnir.types import ANALOG, Array, Current, Estimate, Spikes, ValueType
from tests.networks import Spiking
from tests.support import assert_round_trip

SETTINGS = settings(deadline=None, derandomize=True, max_examples=150)
EXACT = Semantics(dtype="float64")


def neurons(amplitude: Any, offset: Any, dtype: Any = np.float64) -> SignedDigits:
    """Return a layer of given scales."""
    return SignedDigits(
        Tensor(np.atleast_1d(np.asarray(amplitude, dtype))), Tensor(np.atleast_1d(np.array(offset, dtype)))
    )


def decode(op: SignedDigits, spikes: Array) -> Array:
    """Return what digits stand for, by the sum in the docstring of the op."""
    worth = 0.5 ** np.arange(len(spikes))
    return op.offset.array + op.amplitude.array * np.tensordot(worth, spikes, axes=1)


@given(st.integers(-5 << 10, 5 << 10), st.integers(-3, 3), st.integers(-8, 8), st.integers(1, 20))
@SETTINGS
def test_digits_are_those_of_the_recursion(place: int, power: int, shift: int, digits: int) -> None:
    """``r <- 2 (r - s)`` in exact fractions gives the same digits; the sum is within two thirds of the last digit."""
    amplitude, offset = Fraction(2) ** power, Fraction(shift, 8)
    y = offset + amplitude * Fraction(place, 3 << 10)
    y = Fraction(round(y * 2**16), 2**16)
    op = neurons(float(amplitude), float(offset))
    spikes = signed_digits(op, np.full((1, 1, 1), float(y)), digits)[:, 0, 0]
    rest = (y - offset) / amplitude
    for spike in spikes:
        expected = (rest >= Fraction(2, 3)) - (rest <= Fraction(-2, 3))
        assert spike == expected
        rest = 2 * (rest - expected)
    assert abs(rest / 2) <= Fraction(2, 3)


@given(st.data(), st.integers(1, 24), st.sampled_from([np.float32, np.float64]))
@SETTINGS
def test_the_rounding_error_is_bounded(data: st.DataObject, digits: int, dtype: Any) -> None:
    """``|y - y'| <= 2/3 amplitude 2^-(K-1)``, less than half of the range by ``2^-K``: from the ends to the middle."""
    amplitude = data.draw(st.floats(1e-3, 1e3))
    offset = data.draw(st.floats(-2, 2)) * amplitude
    parts = np.array(data.draw(st.lists(st.floats(-1, 1), min_size=1, max_size=20)))
    op = neurons(amplitude, offset, dtype)
    y = (offset + REACH * amplitude * parts).astype(dtype)
    spikes = signed_digits(op, y.reshape(1, -1, 1), digits)
    error = np.abs(decode(op, spikes)[:, 0] - y)
    tiny = 16 * np.finfo(dtype).eps * amplitude
    assert np.all(error <= 2 / 3 * amplitude * 2.0 ** (1 - digits) + tiny)
    assert np.all(error <= REACH * amplitude * 2.0**-digits + tiny)
    scale = float(full_scale(np.array([amplitude]), digits)[0])
    assert rounding(digits) * scale == pytest.approx(2 / 3 * amplitude * 2.0 ** (1 - digits))
    np.testing.assert_allclose(
        offset + scale * decoded(spikes, Spikes("radix", digits))[:, 0], y, atol=error.max() + tiny
    )


@given(st.data(), st.integers(1, 20))
@SETTINGS
def test_later_digits_repair_earlier_ones(data: st.DataObject, digits: int) -> None:
    """An estimate may change by a third of the digit that it is used for: the last one is met all the same."""
    parts = st.floats(-1, 1)
    moves = np.array([data.draw(parts) * (5 / 3 if k == 0 else 2.0**-k / 3) for k in range(digits)])
    op = neurons(0.7, -0.2)
    y = -0.2 + 0.7 * np.cumsum(moves)
    spikes = signed_digits(op, y.reshape(-1, 1, 1), digits)
    assert abs(decode(op, spikes)[0, 0] - y[-1]) <= 2 / 3 * 0.7 * 2.0 ** (1 - digits) + 1e-12


def test_a_third_of_the_digits_are_spikes() -> None:
    """No signed binary digits represent numbers more sparsely: 1/3 of a long train, and never two in a row."""
    y = np.random.default_rng(0).uniform(-4 / 3, 4 / 3, (1, 4000, 1))
    spikes = signed_digits(neurons(1, 0), y, 20) != 0
    assert np.mean(spikes) == pytest.approx(1 / 3, abs=0.01)
    assert not np.any(spikes[1:] & spikes[:-1])


def test_a_constant_unit_is_silent() -> None:
    """A unit that sits at its offset sends nothing, and so does one that is far smaller than its last digit."""
    assert not np.any(signed_digits(neurons([1, 1e6], [0.3, 0]), np.array([[[0.3, 0.1]]]), 12))


@given(st.integers(0, 10_000), st.integers(2, 24), st.integers(0, 26), st.integers(0, 3))
@SETTINGS
def test_estimates_are_decodes_of_the_digits_so_far(seed: int, digits: int, lag: int, delay: int) -> None:
    """At step t a running estimate is what the train would decode to if it had ended with the last known digit."""
    current = np.random.default_rng(seed).normal(size=(digits, 3, 2))
    running = accumulate(Accumulate(lag), current, delay)
    whole = decoded(current, Current(digits, "binary"))
    for step in range(digits):
        last = min(step + lag - delay, digits - 1)
        known = decoded(current[: last + 1], Current(last + 1, "binary")) if last >= 0 else np.zeros((3, 2))
        np.testing.assert_allclose(running[step], known, atol=1e-12)
    np.testing.assert_array_equal(accumulate(Accumulate(), current, delay), whole[np.newaxis])
    constant = current[:1]
    np.testing.assert_array_equal(accumulate(Accumulate(lag), constant, delay), constant)
    worth = 2.0 ** np.arange(digits - 1, -1, -1)
    np.testing.assert_allclose(whole, np.tensordot(worth, current, axes=1) / worth.sum(), atol=1e-12)


LAYERS = st.lists(st.tuples(st.integers(1, 3), st.none() | st.integers(0, 4)), min_size=1, max_size=3)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Return a region of difference neurons of ``tanh`` and ``z sigmoid(g z)``, with skips and every kind of lag."""
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    net = Spiking(np.float64, draw(st.integers(2, 12)))
    binary = Current(net.steps, "binary")
    value = net.op(Encode(net.steps, "binary"), 2, binary, net.input(2))
    earlier = [value]
    for width, lag in draw(LAYERS):
        current = net.dense(value, rng.normal(size=(net.width(value), width)), rng.normal(size=width))
        if draw(st.booleans()):
            other = draw(st.sampled_from(earlier))
            current = net.add(current, net.dense(other, rng.normal(size=(net.width(other), width))))
        value = _fire(net, current, lag, rng, gated=draw(st.booleans()))
        earlier.append(value)
    readout = net.decode(net.dense(value, rng.normal(size=(net.width(value), 2)), rng.normal(size=2)))
    return net.graph(readout, net.decode(value))


def _fire(net: Spiking, current: str, lag: int | None, rng: np.random.Generator, *, gated: bool) -> str:
    width, coding = net.width(current), Estimate(net.steps)
    z = net.op(Accumulate(lag), width, coding, current)
    if gated:
        gain = _constant(net, rng.normal(size=width))
        gate = net.op(Sigmoid(), width, coding, net.op(Mul(), width, coding, z, gain))
        y = net.op(Mul(), width, coding, z, gate)
    else:
        y = net.op(Tanh(), width, coding, z)
    op = neurons(rng.uniform(0.3, 2, width), rng.normal(size=width))
    return net.op(op, width, Spikes("radix", net.steps), y)


def _constant(net: Spiking, array: Array) -> str:
    value = Value(f"constant{len(net.nodes)}", ValueType("float64", array.shape))
    net.nodes.append(Node(value.name, Constant(Tensor(array)), (), (value,)))
    net.types[value.name] = value.type
    return value.name


def one_point(graph: Graph, point: Array, delay: int) -> dict[str, Any]:
    """Return every value for one point, step by step: lists of rows; of analog values a row."""
    values: dict[str, Any] = {"x": point}
    for node in graph.nodes:
        values[node.output.name] = _result(graph, node, [values[name] for name in node.inputs], delay)
    return values


def _result(graph: Graph, node: Node, operands: list[Any], delay: int) -> Any:
    op = node.op
    steps = getattr(node.output.type.coding, "steps", 0)
    if isinstance(op, Constant):
        return op.value.array
    if isinstance(op, Encode):
        return [operands[0]] * steps
    if isinstance(op, Accumulate):
        moving = any(isinstance(graph.types[name].coding, Spikes) for name in _before(graph, node))
        return [_running(op, operands[0], step, delay if moving else 0, moving) for step in range(steps)]
    if isinstance(op, SignedDigits):
        columns = [_digits(op, unit, [row[unit] for row in operands[0]]) for unit in range(op.offset.shape[0])]
        return [list(row) for row in zip(*columns, strict=True)]
    if isinstance(op, Tanh):
        return [[tanh(z) for z in row] for row in operands[0]]
    if isinstance(op, Sigmoid):
        return [[1 / (1 + np.exp(-z)) for z in row] for row in operands[0]]
    if isinstance(op, Mul):
        other = operands[1] if isinstance(operands[1], list) else [operands[1]] * steps
        return [np.multiply(a, b) for a, b in zip(operands[0], other, strict=True)]
    if isinstance(op, Add):
        return [np.add(a, b) for a, b in zip(*operands, strict=True)]
    if op.mnemonic == "decode":
        worth = [2.0**-k for k in range(len(operands[0]))]
        return sum(w * np.asarray(row) for w, row in zip(worth, operands[0], strict=True)) / sum(worth)
    weight, bias = (getattr(op, name) for name in ("weight", "bias"))
    return [np.asarray(row) @ weight.array + (0 if bias is None else bias.array) for row in operands[0]]


def _before(graph: Graph, node: Node) -> set[str]:
    """Return everything between the neurons (or encodes) before and a node."""
    found: set[str] = set()
    stack = list(node.inputs)
    while stack:
        name = stack.pop()
        found.add(name)
        if not isinstance(graph.types[name].coding, Spikes) and name in graph.producers:
            stack += graph.producers[name].inputs
    return found


def _running(op: Accumulate, rows: list[Any], step: int, delay: int, moving: bool) -> Any:
    last = len(rows) - 1 if op.lag is None or not moving else min(step + op.lag - delay, len(rows) - 1)
    membrane = np.zeros(len(rows[0]))
    for row in rows[: last + 1]:
        membrane = 2 * membrane + row
    return membrane / (2 ** (last + 1) - 1) if last >= 0 else membrane


def _digits(op: SignedDigits, unit: int, goals: list[float]) -> list[int]:
    amplitude, sent, digits = op.amplitude.array[unit], op.offset.array[unit], []
    for step, goal in enumerate(goals):
        rest = (goal - sent) / (amplitude * 2.0**-step)
        digits.append(1 if rest >= 2 / 3 else -1 if rest <= -2 / 3 else 0)
        sent += amplitude * 2.0**-step * digits[-1]
    return digits


@given(graphs(), st.integers(0, 1000), st.integers(0, 2))
@SETTINGS
def test_simulator_equals_the_second_model(graph: Graph, seed: int, delay: int) -> None:
    """Waiting or pipelined, with delays and skips: every digit of every layer, and every decoded value, is the same."""
    points = np.random.default_rng(seed).normal(size=(3, 2))
    seen: dict[str, Array] = {}
    values = evaluate(
        graph,
        {"x": points},
        outputs=graph.types,
        semantics=Semantics(delay=delay, dtype="float64"),
        observe=lambda node, _, spikes: seen.update({node.name: spikes.copy()}),
    )
    for index, point in enumerate(points):
        expected = one_point(graph, point, delay)
        for node in graph.of(SignedDigits):
            np.testing.assert_array_equal(seen[node.name][:, index], expected[node.output.name])
        for name in graph.outputs:
            np.testing.assert_allclose(values[name][index], expected[name], atol=1e-12)


@given(graphs(), st.integers(1, 200))
@SETTINGS
def test_chunks_do_not_change_digits(graph: Graph, count: int) -> None:
    """However the points are cut into chunks, outputs are the same; text and back gives the same graph."""
    points = np.random.default_rng(0).normal(size=(count, 2))
    whole = evaluate(graph, {"x": points}, semantics=EXACT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("snnir.semantics.simulator"), "CHUNK_BYTES", 1)
        cut = evaluate(graph, {"x": points}, semantics=EXACT)
    for name, array in whole.items():
        np.testing.assert_allclose(array, cut[name], atol=1e-12)
    assert_round_trip(graph)


def test_functions_may_read_values_of_the_host() -> None:
    """An analog operand of f that differs from point to point is cut into the same chunks."""
    net = Spiking(np.float64, 20)
    x, y = net.input(2), net.input(2, "y")
    z = net.op(Accumulate(), 2, Estimate(20), net.op(Encode(20, "binary"), 2, Current(20, "binary"), x))
    product = net.op(Mul(), 2, Estimate(20), z, y)
    graph = net.graph(net.decode(net.op(neurons([1, 1], [0, 0]), 2, Spikes("radix", 20), product)))
    points = {name: np.random.default_rng(seed).uniform(-1, 1, (300, 2)) for seed, name in enumerate("xy")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("snnir.semantics.simulator"), "CHUNK_BYTES", 1)
        (sent,) = evaluate(graph, points, semantics=EXACT).values()
    np.testing.assert_allclose(full_scale(np.ones(1), 20) * sent, points["x"] * points["y"], atol=2.0**-19)


@pytest.mark.parametrize(
    ("op", "coding"),
    [
        (Accumulate(), Current(8)),
        (Accumulate(), Spikes("radix", 8)),
        (neurons(1, 0), Current(8, "binary")),
        (IntegrateAndFire(Tensor(np.ones(1)), Tensor(np.ones(1))), Current(8, "binary")),
        (Tanh(), Current(8, "binary")),
    ],
)
def test_codings_that_do_not_fit_are_refused(op: Any, coding: Any) -> None:
    """Digits go through a synapse into an accumulate, an estimate through f into digits; nothing else is a neuron."""
    with pytest.raises(CodingError):
        op.coding((coding,))


def test_estimates_of_different_length_do_not_join() -> None:
    """Elementwise ops follow one kind of estimate, together with analog values."""
    assert Mul().coding((Estimate(8), ANALOG)) == Add().coding((ANALOG, Estimate(8))) == Estimate(8)
    for op in (Add(), Mul()):
        with pytest.raises(CodingError):
            op.coding((Estimate(8), Estimate(9)))
        with pytest.raises(CodingError):
            op.coding((Estimate(8), Current(8, "binary")))
