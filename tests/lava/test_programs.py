"""Emitted programs under Lava against the simulator: not one spike and not one membrane may differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import snnir
from snnir.registry import backend_for
from snnir.semantics import Semantics, evaluate
from snnir_lava.run import run_program
from tests.lava.common import PYTHON, compiled, joined, line_of, needs_lava, points_of, simulated, under_lava
from tests.networks import separable

pytestmark = [pytest.mark.lava, needs_lava]
POPULATION = {"code": "population", "neurons_per_unit": 4, "steps": 32}
RATE = {"code": "rate", "steps": 32}
RADIX = {"code": "radix", "steps": 12}
PHASE = {"code": "phase", "neurons_per_unit": 4, "steps": 5}


def same_spikes(mine: dict[str, Any], theirs: dict[str, Any]) -> int:
    """Check that all spikes agree, and return how many there are."""
    names = {name for name in mine if name.startswith("spikes/")}
    assert names == {name for name in theirs if name.startswith("spikes/")}
    for name in names:
        np.testing.assert_array_equal(joined(theirs, name, mine[name].shape[-1]), mine[name], err_msg=name)
    return sum(int(np.count_nonzero(mine[name])) for name in names)


@pytest.mark.parametrize("name", ["poisson", "burgers"])
@pytest.mark.parametrize(
    ("target", "options"),
    [("loihi2", POPULATION), ("loihi1", POPULATION), ("loihi2", RATE), ("loihi2", RADIX), ("loihi2", PHASE)],
    ids=["population-soft", "population-hard", "rate", "radix", "phase"],
)
def test_fixed_point(name: str, target: str, options: dict[str, Any]) -> None:
    """16 points in fixed_pt: spikes, states after T steps and outputs are those of the integer simulator, exactly."""
    network = compiled(name, target, **options)
    points = points_of(name, 16, 1)
    values, mine = simulated(network.graph, network.semantics, points)
    outputs, theirs = under_lava(network, points)
    assert same_spikes(mine, theirs) > 1000
    states = [key for key in mine if not key.startswith("spikes/")]
    layers = len(network.report["layers"])
    assert len(states) == layers * (2 if options in (POPULATION, RATE) and target == "loihi2" else 1)
    for key in states:
        np.testing.assert_array_equal(theirs[key], mine[key], err_msg=key)
    for key, array in values.items():
        np.testing.assert_array_equal(outputs[key], array)


@pytest.mark.parametrize("name", ["poisson", "burgers"])
@pytest.mark.parametrize(
    ("reader", "options"),
    [(None, POPULATION), ("lif", POPULATION), (None, RATE), (None, RADIX), (None, PHASE)],
    ids=["population-soft", "population-hard", "rate", "radix", "phase"],
)
def test_floating_point(name: str, reader: str | None, options: dict[str, Any]) -> None:
    """16 points in floating_pt: the spikes of the float simulator, all of them, and its outputs up to rounding."""
    network = compiled(name, "lava-float", reader=reader, **options)
    assert network.semantics == Semantics(
        reset="value" if reader else "subtract", compare=">" if reader else ">=", dtype="float64"
    )
    points = points_of(name, 16, 1)
    values, mine = simulated(network.graph, network.semantics, points)
    outputs, theirs = under_lava(network, points)
    assert same_spikes(mine, theirs) > 1000
    for key, array in values.items():
        np.testing.assert_allclose(outputs[key], array, rtol=0, atol=1e-6)
    states = {key: array for key, array in mine.items() if not key.startswith("spikes/")}
    assert len(states) == (len(network.report["layers"]) if options is PHASE else 0)
    for key, array in states.items():
        np.testing.assert_allclose(theirs[key], array, rtol=1e-12, atol=1e-9, err_msg=key)


@pytest.mark.parametrize("name", ["poisson", "burgers"])
def test_streams_in_fixed_point(name: str) -> None:
    """200 points in fixed_pt: all messages, the sums after the last point and the outputs are the simulator's."""
    network = compiled(name, "loihi2", "sigma-delta")
    points = line_of(name, 200)[::-1]
    values, mine = simulated(network.graph, network.semantics, points)
    outputs, theirs = under_lava(network, points)
    assert same_spikes(mine, theirs) > 5000
    sums = [key for key in mine if key.startswith("c/")]
    assert len(sums) == len(network.report["layers"])
    for key in sums:
        np.testing.assert_array_equal(theirs[key], mine[key], err_msg=key)
    for key, array in values.items():
        np.testing.assert_array_equal(outputs[key], array)


@pytest.mark.parametrize("name", ["poisson", "burgers"])
def test_streams_in_floating_point(name: str) -> None:
    """200 points in floating_pt: a message wherever the simulator sends one, and as large up to rounding."""
    network = compiled(name, "lava-float", "sigma-delta")
    points = line_of(name, 200)[::-1]
    values, mine = simulated(network.graph, network.semantics, points)
    outputs, theirs = under_lava(network, points)
    for key in (key for key in mine if key.startswith("spikes/")):
        np.testing.assert_array_equal(theirs[key] != 0, mine[key] != 0, err_msg=key)
        np.testing.assert_allclose(theirs[key], mine[key], rtol=0, atol=1e-9)
    for key, array in values.items():
        np.testing.assert_allclose(outputs[key], array, rtol=0, atol=1e-6)


def test_streams_on_several_axes() -> None:
    """The axes of a separable network are streams of their own, one after the other."""
    axis = np.linspace(-1, 1, 60, dtype=np.float32)[:, np.newaxis]
    points = {"x": axis, "y": axis[::-1]}
    network = snnir.compile(separable(), target="loihi2", samples=points, code="sigma-delta")
    files = backend_for(network.target).emit(network.graph, network.setting)
    outputs, _ = run_program(files, points, PYTHON)
    for key, array in evaluate(network.graph, points, semantics=network.semantics).items():
        np.testing.assert_array_equal(outputs[key], array)
