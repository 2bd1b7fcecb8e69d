"""Fixed-point neurons against a second model: plain Python integers, one neuron and one step at a time."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.integers import scan
from snnir.codes.ramps.scan import integrate_and_fire
from snnir.ir import Tensor
from snnir.semantics import Semantics
from snnir.types import Array
from snnir_lava.targets import FORMAT

SOFT = Semantics(dtype="float64", integer=FORMAT)
HARD = Semantics(reset="value", compare=">", dtype="float64", integer=FORMAT)
TOP = 2**23


def wrap(current: int) -> int:
    """Return what 24 bits hold of a sum: one turn around is all that Lava's model allows for."""
    if current > TOP:
        return current - 2 * TOP
    return current + 2 * TOP if current <= -TOP else current


def saturate(membrane: int) -> int:
    """Return what 24 bits hold of a membrane."""
    return max(-TOP + 1, min(TOP - 1, membrane))


def lif(currents: list[int], threshold: int, start: int) -> tuple[list[int], int]:
    """Return the spikes of Lava's LIF without decay, and its membrane at the end."""
    membrane, spikes = start, []
    for current in currents:
        membrane = saturate(membrane + wrap(current))
        spikes.append(int(membrane > threshold))
        membrane = 0 if spikes[-1] else membrane
    return spikes, membrane


def atrlif(currents: list[int], threshold: int, start: int) -> tuple[list[int], int, int]:
    """Return the spikes of Lava's ATRLIF without decays, whose own threshold is half of ours, and its v and r."""
    v, r, spikes = start - threshold // 2, 0, []
    for current in currents:
        v = saturate(v + wrap(current))
        spikes.append(int(v - r >= threshold // 2))
        r += 2 * (threshold // 2) * spikes[-1]
    return spikes, v, r


def pair(currents: list[int], threshold: int, start: int) -> list[int]:
    """Return the spikes of two ATRLIFs that raise each other one step later, as -1, 0 and 1."""
    v, r, last = [start - threshold // 2, -start - threshold // 2], [0, 0], [0, 0]
    spikes: list[int] = []
    for current in currents:
        fired = [0, 0]
        for side, sign in enumerate((1, -1)):
            v[side] = saturate(v[side] + wrap(sign * current + threshold * last[1 - side]))
            fired[side] = int(v[side] - r[side] >= threshold // 2)
        for side in range(2):
            r[side] += threshold * fired[side]
        last = fired
        spikes.append(fired[0] - fired[1])
    return spikes


def neuron(threshold: int, start: int, *, signed: bool = False) -> IntegrateAndFire:
    """Return one neuron."""
    whole = Tensor(np.array([threshold], np.int32))
    return IntegrateAndFire(whole, whole, Tensor(np.array([start], np.int32)), signed=signed)


def column(currents: list[int]) -> Array:
    """Return currents as one point of one neuron."""
    return np.array(currents, np.float64)[:, np.newaxis, np.newaxis]


SIZES = st.one_of(st.integers(-100_000, 100_000), st.integers(-2 * TOP + 2, 2 * TOP - 1))
CURRENTS = st.lists(SIZES, min_size=1, max_size=12)


@given(CURRENTS, st.integers(1, 2**16).map(lambda m: m << 7), st.integers(-10_000, 10_000))
def test_every_kind_of_neuron(currents: list[int], threshold: int, start: int) -> None:
    """Spikes and states are those of the plain models, where sums wrap and membranes saturate, too."""
    steps = len(currents)
    spikes, membrane = lif(currents, threshold, start)
    found = [
        (s.item(), states.membranes[0].item())
        for s, states in scan(neuron(threshold, start), column(currents), steps, HARD)
    ]
    assert [spike for spike, _ in found] == spikes
    assert found[-1][1] == membrane
    spikes, v, r = atrlif(currents, threshold, start)
    made = [
        (s.item(), states.membranes[0].item(), states.sent[0].item())
        for s, states in scan(neuron(threshold, start), column(currents), steps, SOFT)
    ]
    assert [each[0] for each in made] == spikes
    assert made[-1][1:] == (v, r)
    both = integrate_and_fire(neuron(threshold, start, signed=True), column(currents), steps, SOFT)
    if max(map(abs, currents)) < TOP:  # beyond it, c and -c wrap to different sides
        assert both[:, 0, 0].tolist() == pair(currents, threshold, start)


@given(
    st.lists(st.integers(-50_000, 50_000), min_size=1, max_size=30),
    st.integers(1, 500).map(lambda m: m << 7),
    st.booleans(),
    st.sampled_from(["subtract", "value"]),
)
def test_where_nothing_overflows_it_is_the_ordinary_neuron(
    currents: list[int], threshold: int, signed: bool, reset: Literal["subtract", "value"]
) -> None:
    """Pairs, counted spikes and half thresholds are other words for the neuron of the rate and population codes."""
    if reset == "value" and signed:
        return
    plain = Semantics(reset=reset, compare=">=" if reset == "subtract" else ">", dtype="float64")
    whole = Semantics(reset=reset, compare=plain.compare, dtype="float64", integer=FORMAT)
    op = neuron(threshold, threshold // 3, signed=signed)
    results = [integrate_and_fire(op, column(currents), len(currents), each) for each in (plain, whole)]
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("semantics", [SOFT, HARD])
def test_constant_current(semantics: Semantics) -> None:
    """A constant current is one row for all steps."""
    op, current = neuron(640, 0), column([100])
    repeated = np.repeat(current, 20, axis=0)
    np.testing.assert_array_equal(
        integrate_and_fire(op, current, 20, semantics), integrate_and_fire(op, repeated, 20, semantics)
    )


def test_archives_keep_the_format() -> None:
    """Plain semantics come back as they were; others are refused."""
    from dataclasses import asdict

    for semantics in (SOFT, HARD, Semantics()):
        assert Semantics.of(asdict(semantics)) == semantics
    with pytest.raises(TypeError, match="thresholds"):
        Semantics.of({"thresholds": 1})
