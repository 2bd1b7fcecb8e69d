"""The population code: where its neurons are, and what they do, against loops over single neurons."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.codes.ramps.populations import deviation, expected, initial_membranes, layout, respond
from snnir.semantics import Semantics
from snnir.types import Array

SOFT = Semantics()
HARD = Semantics(reset="value", compare=">")
LOW = Semantics(reset="value", reset_value=-0.25)
MANY = Semantics(many=True, floor=-1.0)
STEPS = 400


def responded(current: Array, semantics: Semantics) -> tuple[Array, Array]:
    """Return what `respond` writes."""
    rate, slope = np.full_like(current, np.nan), np.full_like(current, np.nan)
    respond(current, semantics, rate, slope)
    return rate, slope


def counted(current: float, start: float, semantics: Semantics, steps: int = STEPS) -> int:
    """Return the spikes of one neuron with threshold 1, step by step in plain Python."""
    membrane, spikes = start, 0
    for _ in range(steps):
        membrane += current
        while membrane > 1 or (membrane == 1 and semantics.compare == ">="):
            spikes += 1
            membrane = membrane - 1 if semantics.reset == "subtract" else semantics.reset_value
            if not semantics.many:
                break
    return spikes


@pytest.mark.parametrize("semantics", [SOFT, HARD, LOW, MANY])
@pytest.mark.parametrize("per_unit", [1, 2, 3, 8])
def test_neurons_cover_the_range(semantics: Semantics, per_unit: int) -> None:
    """Somewhere on the range of its unit every neuron is silent and somewhere active, and all are alive together."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(500, 5)) * [0.01, 0.1, 1, 10, 1e3] + [0, 1, -3, 100, 0]
    gain, offset = layout(z, per_unit, semantics)
    assert gain.shape == offset.shape == (5, per_unit)
    rate, slope = responded(z[..., np.newaxis] * gain + offset, semantics)
    assert np.all(rate.min(axis=0) == 0)
    assert np.all(rate.max(axis=0) > (0.99 if semantics.reset == "subtract" else 0.05))
    assert np.mean((slope > 0).any(axis=2)) > 0.98


def test_segments_follow_each_other() -> None:
    """With reset by subtraction, segments are equal, cover the range without gaps, and rise away from the median."""
    z = np.linspace(-1, 3, 2001)[:, np.newaxis]
    gain, offset = layout(z, 8, SOFT)
    ends = np.sort(np.stack([-offset / gain, (1 - offset) / gain]), axis=0)[:, 0]
    np.testing.assert_allclose(ends[0, 1:], ends[1, :-1])
    np.testing.assert_allclose(np.diff(ends, axis=0)[0], np.ptp(np.percentile(z, (0.25, 99.75))) / 8)
    assert list(np.sign(gain[0])) == [-1] * 4 + [1] * 4


def test_currents_stay_small_where_overshoot_is_lost() -> None:
    """With reset to a value, no current within the range exceeds 0.3 thresholds, and both directions are there."""
    z = np.random.default_rng(0).normal(size=(1000, 3))
    gain, offset = layout(z, 8, HARD)
    inside = np.clip(z, *np.percentile(z, (0.25, 99.75), axis=0))
    assert np.max(inside[..., np.newaxis] * gain + offset) == pytest.approx(0.3)
    assert np.array_equal(np.sign(gain), np.tile([1.0] * 4 + [-1.0] * 4, (3, 1)))


@pytest.mark.parametrize("semantics", [SOFT, HARD])
def test_a_unit_that_never_changes(semantics: Semantics) -> None:
    """It gets neurons with finite gains."""
    for value in (0.0, 5.0, -1e-20):
        gain, offset = layout(np.full((100, 2), value), 4, semantics)
        assert np.all(np.isfinite(gain))
        assert np.all(np.isfinite(offset))


def test_initial_membranes_are_even() -> None:
    """Any stretch of the initial membranes fills [0, 1) evenly."""
    membranes = initial_membranes(1000)
    assert np.all((membranes >= 0) & (membranes < 1))
    for start in (0, 13, 500):
        gaps = np.diff(np.sort(membranes[start : start + 21]))
        assert gaps.max() < 3 / 21


@settings(max_examples=60, deadline=None)
@given(
    current=st.floats(-0.5, 2.5),
    semantics=st.sampled_from([SOFT, HARD, LOW, MANY]),
)
def test_expected_is_the_mean_over_phases(current: float, semantics: Semantics) -> None:
    """On average over initial membranes a neuron spikes as expected; exactly so for reset by subtraction."""
    phases = initial_membranes(40)
    mean = np.mean([counted(current, start, semantics) for start in phases]) / STEPS
    rate = float(expected(np.array(current), semantics))
    if semantics.reset == "subtract":
        assert mean == pytest.approx(rate, abs=1.1 / STEPS)
    elif current < 0.2:  # of larger constant currents the spikes lock to whole periods
        assert mean == pytest.approx(rate, abs=0.5 * max(current, 0) ** 2 + 1.5 / STEPS)
    assert 0 <= rate <= (math.inf if semantics.many else 1)


@pytest.mark.parametrize("semantics", [SOFT, HARD, LOW, MANY])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_respond_writes_what_is_expected_and_its_derivative(semantics: Semantics, dtype: str) -> None:
    """In place: the rate equals `expected`, the slope its differences; the current stays."""
    current = np.linspace(-0.4321, 2.9, 50).astype(dtype)
    kept = current.copy()
    rate, slope = responded(current, semantics)
    assert np.array_equal(current, kept)
    tolerance = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(rate, expected(current, semantics), rtol=tolerance)
    step, exact = 1e-6, current.astype(np.float64)
    differences = (expected(exact + step, semantics) - expected(exact - step, semantics)) / (2 * step)
    np.testing.assert_allclose(slope, differences, atol=1e-5)


@pytest.mark.parametrize("semantics", [SOFT, HARD])
def test_deviation_is_what_is_left_over(semantics: Semantics) -> None:
    """Over random currents near 0.3, with noise, counts scatter about as much as `deviation` says."""
    rng = np.random.default_rng(0)
    steps, trials = 32, 4000
    current = rng.uniform(0.25, 0.35, trials)
    membrane, spikes = np.full(trials, 0.5), np.zeros(trials)
    total: Array = np.zeros(trials)
    for _ in range(steps):
        drive = current * rng.uniform(0.5, 1.5, trials)
        total += drive
        membrane += drive
        fired = membrane > 1
        spikes += fired
        membrane = membrane - fired if semantics.reset == "subtract" else membrane * ~fired
    mean = total / steps
    scatter = float(np.std(spikes / steps - expected(mean, semantics)))
    predicted = float(np.mean(deviation(mean, *responded(mean, semantics), steps, semantics)))
    assert math.isclose(scatter, predicted, rel_tol=0.25)


def test_silent_and_saturated_neurons_are_exact() -> None:
    """They have no deviation; at a kink itself they count as live, as in the derivative."""
    live = 32**-1 / 12**0.5
    current = np.array([-0.1, -1e-6, 0.0, 0.5, 1.0, 1 + 1e-6, 5.0])
    scatter = deviation(current, *responded(current, SOFT), 32, SOFT)
    np.testing.assert_allclose(scatter, [0, 0, live, live, live, 0, 0])
    scatter = deviation(current, *responded(current, MANY), 32, MANY)
    np.testing.assert_allclose(scatter, [0, 0, live, live, live, live, live])  # where nothing saturates
    silent = np.array([-0.1, 0.0])
    assert not np.any(deviation(silent, *responded(silent, HARD), 32, HARD))
