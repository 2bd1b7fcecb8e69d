"""Networks of the kind that people publish: each once ended in a defect, or in numbers that did not hold."""

from __future__ import annotations

import numpy as np
import pytest

import snnir
from snnir.compiler import Compiled
from snnir.ir import Graph
from tests.networks import points_for, preactivation_residual, several_uses


def compiled(graph: Graph, target: str, code: str, steps: int | None = 8, calibration: str = "advanced") -> Compiled:
    """Return a network compiled on few points, in a stream's case along a line."""
    samples = {name: np.tile(array, (3, 1)) for name, array in points_for(graph, 40).items()}
    options = {"steps": steps, "calibration": calibration} if code != "sigma-delta" else {"calibration": "none"}
    return snnir.compile(graph, target=target, samples=samples, code=code, **options)


@pytest.mark.parametrize(
    ("target", "code", "error"),
    [
        ("nir", "rate", 1.0),
        ("nir", "population", 0.3),
        ("numpy", "rate", 1.0),
        ("numpy", "population", 0.3),
        ("numpy", "radix", 1e-2),
        ("numpy", "sigma-delta", 1e-2),
        ("loihi1", "population", 0.5),
        ("loihi2", "rate", 1.0),
        ("loihi2", "population", 0.3),
        ("loihi2", "radix", 1e-2),
        ("loihi2", "sigma-delta", 1e-2),
        ("lava-float", "rate", 1.0),
        ("lava-float", "population", 0.3),
        ("lava-float", "radix", 1e-2),
        ("lava-float", "sigma-delta", 1e-2),
    ],
)
def test_one_pre_activation_with_several_uses(target: str, code: str, error: float) -> None:
    """Row 2: sine and cosine of one z, CReLU, tanh with its slope, z as an output; every code on every target."""
    calibration = "least-squares" if code == "rate" else "advanced"
    made = compiled(several_uses(4), target, code, calibration=calibration)
    assert made.rel_l2 < error


@pytest.mark.parametrize("calibration", ["advanced", "least-squares"])
def test_calibration_of_a_pre_activation_resnet_makes_nothing_worse(calibration: str) -> None:
    """Row 3: synapses that were shared got fitted for one of their readers: 7.7e-2 where no calibration gave 9e-4."""
    plain = compiled(preactivation_residual(), "numpy", "radix", 10, "none")
    fitted = compiled(preactivation_residual(), "numpy", "radix", 10, calibration)
    assert fitted.rel_l2 < 1.5 * plain.rel_l2 < 5e-3
