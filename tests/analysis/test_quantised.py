"""The analog network with rounded activations, against the same worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from snnir.analysis import find_layers, quantised_errors
from snnir.codes import Population, Radix, Rate, SigmaDeltaCode
from snnir.passes import Context, analog_pipeline
from snnir.semantics import evaluate
from tests.analysis.test_bound import dense_layers
from tests.networks import SHAPES, mlp, points_for


@pytest.mark.parametrize(("steps", "bits"), [(1, 1), (2, 2), (3, 2), (4, 3), (31, 5), (32, 6), (63, 6), (64, 7)])
def test_bits_that_hold_every_count(steps: int, bits: int) -> None:
    """A number of so many bits has a level for 0, 1, ..., T spikes, and none of fewer bits has."""
    assert Rate().equal_bits(steps) == Population().equal_bits(steps) == bits
    assert Radix().equal_bits(steps) == steps
    assert SigmaDeltaCode().equal_bits(steps) is None
    assert 2**bits >= steps + 1 > 2 ** (bits - 1)


def test_by_hand() -> None:
    """Two layers, each rounded to 8 levels between the extremes that the calibration points show."""
    graph = mlp(2, 9, 7, 1, dtype="float64")
    ann = analog_pipeline(graph, Context(points_for(graph, 80)))
    calibration, points = points_for(graph, 80), points_for(graph, 60, seed=1)
    result = quantised_errors(ann, calibration, points, 3)
    (w1, b1), (w2, b2), (w3, b3) = dense_layers(ann)
    names = [layer.a for layer in find_layers(ann)]
    seen = evaluate(ann, calibration, outputs=names)

    def rounded(a: np.ndarray, name: str) -> np.ndarray:  # type: ignore[type-arg]
        levels = np.linspace(seen[name].min(), seen[name].max(), 8)
        return levels[np.argmin(np.abs(a[..., None] - levels), axis=-1)]

    h = rounded(np.tanh(points["x"] @ w1 + b1), names[0])
    h = rounded(np.tanh(h @ w2 + b2), names[1])
    (exact,) = evaluate(ann, points).values()
    error = np.linalg.norm(h @ w3 + b3 - exact) / np.linalg.norm(exact)
    assert result["bits"] == 3
    assert result["rel_l2"] == pytest.approx(error)


@pytest.mark.parametrize("name", SHAPES)
def test_more_bits_less_error(name: str) -> None:
    """Every shape can be quantised, and with many bits nothing is lost."""
    graph = SHAPES[name]()
    ann = analog_pipeline(graph, Context(points_for(graph, 80)))
    points = points_for(graph, 80)
    few, many = (quantised_errors(ann, points, points, bits)["rel_l2"] for bits in (4, 16))
    assert few > 20 * many
