"""The neuron of the phase code against exact fractions: what it reads, sends and loses, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.analysis import latency
from snnir.codes.phase import BinaryDigits
from snnir.codes.phase.scan import binary_digits, received
from snnir.ir import CodingError, Graph, Tensor
from snnir.ops import Encode
from snnir.semantics import Semantics, evaluate
from snnir.semantics.decoding import decoded
from snnir.types import ANALOG, Coding, Current, Spikes
from tests.networks import Spiking
from tests.support import assert_round_trip

SETTINGS = settings(deadline=None, derandomize=True, max_examples=200)
EXACT = Semantics(dtype="float64")
CURRENTS = st.lists(st.integers(-640, 640).map(lambda n: Fraction(n, 64)), min_size=1, max_size=10)


def neuron(gate: float, lag: int = 0) -> BinaryDigits:
    """Return a layer of one neuron."""
    return BinaryDigits(Tensor(np.ones(1)), Tensor(np.array([gate])), Tensor(np.ones(1)), 1, lag)


def model(currents: Sequence[Fraction], gate: Fraction, lag: int = 0) -> tuple[int, list[int]]:
    """Return how many spikes come too early, and those sent after, of a stock neuron with a leak of 2."""
    steps, read = len(currents), len(currents) - lag
    inputs = [current / 2**read for current in currents] + [Fraction(0)] * read
    inputs[0] -= gate / 2 ** (read - 1)
    inputs[read] += 2 * (gate + Fraction(1, 2 ** (steps + 1)))
    v, spikes = Fraction(0), list[int]()
    for x in inputs:
        v = 2 * v + x
        spikes.append(int(v >= 1))
        v -= spikes[-1]
    return sum(spikes[:read]), spikes[read:]


@given(CURRENTS, st.integers(0, 4), st.integers(0, 9))
@SETTINGS
def test_steps_are_those_of_a_stock_neuron(currents: list[Fraction], gate: int, lag: int) -> None:
    """Doubling, firing at 1 and subtracting, 2 b - l times, whatever arrives and however narrow the gate is."""
    lag = min(lag, len(currents) - 1)
    early, sent = model(currents, Fraction(gate), lag)
    given_ = np.array([float(each) for each in currents]).reshape(-1, 1, 1)
    if len(currents) > 1:
        assert binary_digits(neuron(gate, lag), given_, len(currents)).ravel().tolist() == sent
        assert received(neuron(gate, lag), given_, len(currents))[1].item() == early


@given(CURRENTS, st.integers(1, 9))
@SETTINGS
def test_a_lag_costs_no_more_than_late_digits(currents: list[Fraction], lag: int) -> None:
    """Behind a wide gate, and up to rounding, numbers differ by what the last currents add or take at most."""
    lag, steps = min(lag, len(currents) - 1), len(currents)
    (_, waiting), (_, sent) = (model(currents, Fraction(1000), each) for each in (0, lag))
    value, exact = (sum(digit * 2 ** (steps - 1 - k) for k, digit in enumerate(each)) for each in (sent, waiting))
    late = currents[steps - lag :]
    least = sum((min(each, Fraction(0)) * Fraction(2) ** (lag - 1 - k) for k, each in enumerate(late)), Fraction(0))
    most = sum((max(each, Fraction(0)) * Fraction(2) ** (lag - 1 - k) for k, each in enumerate(late)), Fraction(0))
    assert abs(value - exact) <= most - least + 1


@pytest.mark.parametrize("lag", [0, 2])
def test_what_they_hold_is_all_that_arrives(lag: int) -> None:
    """The membranes that digits are compared with are those of all digits, whenever sending begins."""
    given_ = np.array([0.5, -0.25, 1.5, 0.25]).reshape(-1, 1, 1)
    held = sum(each * 2.0 ** -(k + 1) for k, each in enumerate(given_.ravel()))
    assert received(neuron(4.0, lag), given_, 4)[0].item() == held


@given(CURRENTS)
@SETTINGS
def test_it_sends_the_digits_of_what_it_decodes(currents: list[Fraction]) -> None:
    """Behind a gate as wide as its largest current: ``round((2^b - 1) z)`` in binary, cut at both ends of the ramp."""
    steps = len(currents)
    early, sent = model(currents, Fraction(10))
    z = sum(current * 2 ** (steps - 1 - k) for k, current in enumerate(currents)) / (2**steps - 1)
    number = min(max(floor((2**steps - 1) * z + Fraction(1, 2)), 0), 2**steps - 1)
    assert early == 0
    assert sent == [number >> (steps - 1 - k) & 1 for k in range(steps)]
    spikes = np.array(sent, np.float64).reshape(-1, 1, 1)
    assert decoded(spikes, Spikes("phase", steps)).item() == pytest.approx(number / (2**steps - 1), abs=1e-15)


@given(st.integers(-64, 128).map(lambda n: n / 64), st.integers(1, 12))
@SETTINGS
def test_a_constant_current_needs_no_reading(z: float, steps: int) -> None:
    """All of it comes at once, and the digits are those that reading it step by step would give."""
    at_once = binary_digits(neuron(0), np.full((1, 1, 1), z), steps)
    in_steps = [int(each) for each in model([Fraction(z)] * steps, Fraction(4))[1]]
    assert at_once.ravel().tolist() == in_steps


def layers(steps: int = 5) -> Graph:
    """Return two layers in a row."""
    net = Spiking(np.float64, steps)
    x = net.op(Encode(steps, "binary"), 1, Current(steps, "binary"), net.input(1))
    op, coding = neuron(2), Spikes("phase", steps)
    first = net.op(op, 1, coding, net.dense(x, [[1.0]]))
    second = net.op(op, 1, coding, net.dense(first, [[-1.0]], [1.0]))
    return net.graph(net.decode(first), net.decode(second))


def test_a_layer_sends_what_it_read_from_the_one_before() -> None:
    """Numbers go through two layers to the digit; the second one starts when it has all digits of the first."""
    graph = layers()
    points = np.linspace(-0.5, 1.5, 41)[:, np.newaxis]
    first, second = evaluate(graph, {"x": points}, semantics=EXACT).values()
    wanted = np.clip(np.floor(31 * points + 0.5), 0, 31) / 31
    np.testing.assert_allclose(first, wanted, atol=1e-12)
    np.testing.assert_allclose(second, 1 - wanted, atol=1e-12)
    found = latency(graph)
    assert (list(found.starts.values()), found.steps) == ([0, 5], 10)
    assert_round_trip(graph)


@pytest.mark.parametrize("coding", [ANALOG, Current(4), Spikes("phase", 4)])
def test_it_reads_currents_from_digits_only(coding: Coding) -> None:
    """What is weighted in another way would be decoded to something else."""
    with pytest.raises(CodingError, match="binary_digits reads currents from binary digits"):
        neuron(0).coding((coding,))
