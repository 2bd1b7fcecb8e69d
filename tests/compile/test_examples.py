"""The networks in examples/, compiled with the default calibration."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import snnir

MODELS = Path(__file__).parents[2] / "examples" / "models"
UNIT, CIRCLE = (-1.0, 1.0), (0.0, 2 * math.pi)

PAPER = [
    ("poisson", {"x": UNIT, "y": UNIT}, 0.3727, 4.7095e-2),
    ("diffusion_reaction", {"x": UNIT, "t": (0.0, 0.01)}, 0.2879, 6.3267e-2),
    ("wave", {"x": UNIT, "t": (0.0, 0.5)}, 0.5721, 6.5308e-2),
    ("burgers", {"x": CIRCLE, "t": (0.0, 4.0)}, 0.7253, 6.9781e-2),
    ("burgers_separable", {"x": CIRCLE, "t": (0.0, 4.0)}, 0.2831, 1.1634e-1),
    ("beltrami_separable", {"x": UNIT, "y": UNIT, "t": (0.0, 1.0)}, 0.1754, 4.3273e-2),
]
"""Domain, spike rate and relative L2 error of Zhang et al., tables 1 and 2."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "domain", "rate", "error"), PAPER)
def test_populations_lose_a_tenth(name: str, domain: dict[str, tuple[float, float]], rate: float, error: float) -> None:
    """In the population code every network loses less than a tenth of the paper's error, at a fraction of the rate."""
    report = snnir.compile(snnir.load(MODELS / f"{name}.onnx"), domain=domain, steps=32, code="population").report
    assert report["conversion"]["rel_l2"] < error / 10
    assert report["spikes"]["rate"] < 0.6 * rate


@pytest.mark.parametrize(("name", "domain", "rate", "error"), PAPER)
def test_below_the_papers_error_at_the_papers_rate(
    name: str, domain: dict[str, tuple[float, float]], rate: float, error: float
) -> None:
    """Every network loses less than half of the paper's whole error, at fewer spikes, with 32 steps."""
    report = snnir.compile(snnir.load(MODELS / f"{name}.onnx"), domain=domain, steps=32).report
    assert report["conversion"]["rel_l2"] < error / 2
    assert report["spikes"]["rate"] < rate
