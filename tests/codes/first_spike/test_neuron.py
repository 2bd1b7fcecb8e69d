"""The neuron of the first-spike code: what it reads and sends, step by step."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.codes.first_spike import FirstSpike
from snnir.codes.first_spike.neuron import PUSH, Course
from snnir.codes.first_spike.scan import first_spikes, scan_spikes
from snnir.ir import CodingError, Tensor
from snnir.semantics.decoding import decoded
from snnir.types import ANALOG, Coding, Current, Spikes

SETTINGS = settings(deadline=None, derandomize=True, max_examples=100)
STEPS = st.integers(4, 128)


def neuron(gate: float = 0.0, threshold: float = 1.0) -> FirstSpike:
    """Return a layer of one neuron."""
    return FirstSpike(Tensor(np.array([threshold])), Tensor(np.array([gate])), Tensor(np.ones(1)), 1)


def value(spikes: np.ndarray, steps: int) -> np.ndarray:
    """Return what spikes decode to, ``[points, neurons]``."""
    return decoded(spikes, Spikes("first-spike", steps))


@given(st.lists(st.floats(-0.2, 1.2), min_size=1, max_size=8), STEPS, st.sampled_from([0.5, 1.0, 4.0]))
@SETTINGS
def test_it_repeats_what_it_reads(parts: list[float], steps: int, threshold: float) -> None:
    """Once, cut at the ends, and at most half a step earlier or later than the number would have it."""
    course = Course(steps)
    low, high = course.ends
    z = low + np.array(parts)[:, np.newaxis] * (high - low)
    spikes = first_spikes(neuron(4.0, threshold), threshold * z[np.newaxis], steps)
    assert np.all(spikes.sum(axis=0) == 1)
    ratio = value(spikes, steps) / np.clip(z, low, high)
    half = (1 + 1 / (1 - course.leak)) / 2
    assert np.all(ratio >= 1 / half - 1e-9)
    assert np.all(ratio <= 1 / (half * (1 - course.leak)) + 1e-9)


@given(st.lists(st.integers(0, 15), min_size=16, max_size=16), st.integers(-64, 64))
@SETTINGS
def test_spikes_decode_on_the_membrane(times: list[int], bias: int) -> None:
    """A spike is worth what is left of it: single spikes and a constant give the same as the number they decode to."""
    weights = np.arange(-8, 8) / 64
    spikes = np.zeros((16, 1, 16))
    spikes[times, 0, np.arange(16)] = 1
    current = spikes @ weights[:, np.newaxis] + bias / 512
    constant = decoded(current, Current(16, "decaying"))[np.newaxis]
    np.testing.assert_array_equal(first_spikes(neuron(8.0), current, 16), first_spikes(neuron(8.0), constant, 16))


def test_steps_are_those_of_a_stock_neuron() -> None:
    """Leaking, firing at 1 and resetting to zero, 2 T times, against fractions."""
    steps, gate, current = 8, 2, Fraction(3, 32)
    course = Course(steps)
    leak, kept = Fraction(course.leak), (1 - Fraction(course.leak)) ** steps
    rest = 1 + leak * (1 - leak) ** (steps - 1) * (1 - leak / 2)
    reading = [-current - (gate / leak if k == 0 else 0) for k in range(steps)]
    sending = [
        ((rest + kept * gate) / leak if k == 0 else rest) + (Fraction(PUSH) / leak if k == steps - 1 else 0)
        for k in range(steps)
    ]
    v, fired = Fraction(0), list[int]()
    for x in (*reading, *sending):
        v += leak * (x - v)
        fired.append(int(v >= 1))
        v = Fraction(0) if fired[-1] else v
    early, sent = scan_spikes(neuron(float(gate)), np.full((1, 1, 1), float(current)), steps)
    assert [*early.ravel(), *sent.ravel()] == fired
    assert sum(fired) == 1


def test_a_gate_keeps_it_silent_while_it_reads() -> None:
    """Without one, what should inhibit it at the end excites it before."""
    current = np.zeros((16, 1, 1))
    current[3], current[12] = -20.0, 20.0
    assert scan_spikes(neuron(), current, 16)[0].sum() == 1
    early, sent = scan_spikes(neuron(8.0), current, 16)
    assert (early.sum(), sent.sum()) == (0, 1)


@pytest.mark.parametrize("steps", [4, 8, 9, 32, 128])
def test_no_neuron_fires_twice(steps: int) -> None:
    """However large a number is; one that is some times too large makes it silent."""
    z = np.linspace(-50, 2 * Course(steps).ends[1], 2000)[:, np.newaxis]
    assert np.all(first_spikes(neuron(64.0), z[np.newaxis], steps).sum(axis=0) == 1)
    assert first_spikes(neuron(), np.full((1, 1, 1), 50.0), steps).sum() == 0


def test_comparison() -> None:
    """At the threshold it fires if it is to, a step later if not."""
    steps, op = 16, neuron()
    z = np.linspace(*Course(steps).ends, 10_001, dtype=np.float32)[:, np.newaxis]
    at, above = (value(first_spikes(op, z[np.newaxis], steps, compare), steps) for compare in (">=", ">"))
    assert np.all(at <= above)


@pytest.mark.parametrize("coding", [ANALOG, Current(8), Current(8, "binary"), Spikes("first-spike", 8)])
def test_it_reads_currents_that_decay(coding: Coding) -> None:
    """Others do not decode on a membrane that leaks."""
    assert neuron().coding((Current(8, "decaying"),)) == Spikes("first-spike", 8)
    with pytest.raises(CodingError, match="reads currents of decaying weighting"):
        neuron().coding((coding,))


def test_other_thresholds_send_the_same() -> None:
    """Where currents are in proportion."""
    z = np.random.default_rng(0).uniform(0, 0.1, (16, 200, 1))
    op = neuron(2.0)
    wider = op.with_thresholds(Tensor(np.array([4.0])))
    assert wider.gate.array.item() == 8
    np.testing.assert_array_equal(first_spikes(op, z, 16), first_spikes(wider, 4 * z, 16))
