"""The interpreter against the reference simulator on weights as trained networks have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from snnir.codes.ramps import IntegrateAndFire
from snnir.semantics import Semantics, evaluate
from snnir_nir import interpret, read_metadata, read_nir, signed_spikes

POINTS = 1000
STEPS = 32


@pytest.mark.parametrize("signed", [True, False])
def test_no_spike_differs_in_double_precision(deep_graph: Any, emitted: Any, signed: bool) -> None:
    """Of 1000 points x 32 steps x 3 layers x 40 neurons, none differs between the file and the simulator."""
    graph = deep_graph(np.float64, signed=signed, steps=STEPS, width=40, layers=3)
    points = np.random.default_rng(0).uniform(-1, 1, (POINTS, 2))
    trains = {node.name: np.zeros((STEPS, POINTS, 40)) for node in graph.of(IntegrateAndFire)}

    def observe(node: Any, part: slice, spikes: Any) -> None:
        trains[node.name][:, part] = spikes

    outputs = evaluate(graph, {"x": points}, semantics=Semantics(dtype="float64"), observe=observe)
    source = read_nir(emitted(graph))
    result = interpret(source, points)
    joined = signed_spikes(result, read_metadata(source))
    assert joined.keys() == trains.keys()
    assert sum(int(np.count_nonzero(joined[name] != trains[name])) for name in trains) == 0
    assert all(0.05 < np.abs(train).mean() < 0.95 for train in trains.values()), "the test must see spikes and silence"
    # The output is a mean of 32 sums of 40 weights: rounding in another order, about 1e-15.
    np.testing.assert_allclose(result.outputs["output"], outputs[graph.outputs[0]], rtol=0, atol=1e-13)


def test_pairs_never_spike_together(deep_graph: Any, emitted: Any) -> None:
    """The two halves of a signed neuron exclude each other at every step, so p - m is -1, 0 or 1."""
    source = read_nir(emitted(deep_graph(np.float64, steps=STEPS, width=20)))
    result = interpret(source, np.random.default_rng(0).uniform(-1, 1, (50, 2)))
    for train in result.spikes.values():
        plus, minus = train[..., :20], train[..., 20:]
        assert not (plus & minus).any()
        assert plus.any()
        assert minus.any()
