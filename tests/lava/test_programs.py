"""Emitted programs under Lava against the simulator: not one spike and not one membrane may differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from snnir.semantics import Semantics
from tests.lava.common import compiled, joined, needs_lava, points_of, simulated, under_lava

pytestmark = [pytest.mark.lava, needs_lava]
POPULATION = {"code": "population", "neurons_per_unit": 4, "steps": 32}
RATE = {"code": "rate", "steps": 32}
RADIX = {"code": "radix", "steps": 12}


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
    [("loihi2", POPULATION), ("loihi1", POPULATION), ("loihi2", RATE), ("loihi2", RADIX)],
    ids=["population-soft", "population-hard", "rate", "radix"],
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
    assert len(states) == layers * (2 if options is not RADIX and target == "loihi2" else 1)
    for key in states:
        np.testing.assert_array_equal(theirs[key], mine[key], err_msg=key)
    for key, array in values.items():
        np.testing.assert_array_equal(outputs[key], array)


@pytest.mark.parametrize("name", ["poisson", "burgers"])
@pytest.mark.parametrize(
    ("reader", "options"),
    [(None, POPULATION), ("lif", POPULATION), (None, RATE), (None, RADIX)],
    ids=["population-soft", "population-hard", "rate", "radix"],
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
