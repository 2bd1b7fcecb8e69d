"""Adam: against the formulas of its docstring, number by number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from snnir.codes.ramps.adam import DECAY, WARM_UP, Adam
from snnir.types import Array

ITERATIONS = 60


def changed(start: float, gradients: list[float], unit: float, rate: float) -> float:
    """Return one parameter after all steps, in plain Python."""
    value, mean, square = start, 0.0, 0.0
    for iteration, gradient in enumerate(gradients):
        scaled = unit * gradient
        mean = DECAY[0] * mean + (1 - DECAY[0]) * scaled
        square = DECAY[1] * square + (1 - DECAY[1]) * scaled**2
        now = rate * min(1, (iteration + 1) / WARM_UP) * (1 + math.cos(math.pi * iteration / ITERATIONS)) / 2
        first, second = mean / (1 - DECAY[0] ** (iteration + 1)), square / (1 - DECAY[1] ** (iteration + 1))
        value -= now * unit * first / (math.sqrt(second) + 1e-8)
    return value


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-4)])
def test_every_number_follows_the_formula(dtype: str, tolerance: float) -> None:
    """Parameters of several shapes, each with units and a rate of its own, are where a loop over numbers gets them."""
    rng = np.random.default_rng(0)
    shapes, rates = [(3, 4), (4,), (2, 1)], [1e-2, 3e-2, 0.5]
    parameters: list[Array] = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    units: list[Array] = [rng.uniform(0.5, 2, shape[-1]).astype(dtype) for shape in shapes]
    gradients = [[rng.normal(size=shape).astype(dtype) for shape in shapes] for _ in range(ITERATIONS)]
    starts = [parameter.copy() for parameter in parameters]
    given = [[each.copy() for each in step] for step in gradients]
    optimiser = Adam(parameters, units, rates)
    for iteration, step in enumerate(gradients):
        optimiser.step(step, iteration, ITERATIONS)
    for index, parameter in enumerate(parameters):
        wide = np.broadcast_to(units[index], parameter.shape)
        for place in np.ndindex(parameter.shape):
            seen = [float(step[index][place]) for step in given]
            wanted = changed(float(starts[index][place]), seen, float(wide[place]), rates[index])
            assert float(parameter[place]) == pytest.approx(wanted, rel=tolerance, abs=tolerance)
    for step, kept in zip(gradients, given, strict=True):  # they are buffers of others
        assert all(np.array_equal(*pair) for pair in zip(step, kept, strict=True))


def test_it_finds_a_minimum() -> None:
    """On a quadratic bowl of very different curvatures it ends at the bottom."""
    place: Array = np.array([3.0, -2.0])
    curvature, bottom = np.array([1e3, 1e-3]), np.array([1.0, 0.5])
    optimiser = Adam([place], [np.ones(1)], [0.05])
    for iteration in range(400):
        optimiser.step([curvature * (place - bottom)], iteration, 400)
    np.testing.assert_allclose(place, bottom, atol=1e-2)
