"""The networks of the sine study as they are shipped, without torch."""

from __future__ import annotations

from math import prod

import numpy as np
import onnx
import pytest

from examples.paper import PROBLEMS, SINES, product, regular_axes
from examples.paper.shipped import default_per_axis, errors, model_path
from examples.paper.sine import GOAL, MESH


def test_every_layer_and_width_is_there() -> None:
    """Fifteen networks, none of which is taken for one of the equations; counts worked out by hand."""
    assert len(SINES) == 15
    assert not SINES.keys() & PROBLEMS.keys()
    counts = {"sine_2_20": 481, "sine_2_40": 1761, "sine_3_60": 7501, "sine_4_100": 30601}
    assert {name: SINES[name].parameters for name in counts} == counts


@pytest.mark.parametrize("name", SINES)
def test_shipped_networks_reach_the_goal(name: str) -> None:
    """In float32, too, the mean squared error on the mesh is below 1e-7."""
    problem, path = SINES[name], model_path(name)
    assert errors(problem, path, MESH).rms ** 2 < GOAL
    assert sum(prod(tensor.dims) for tensor in onnx.load(path).graph.initializer) == problem.parameters


def test_errors_are_measured_on_the_mesh() -> None:
    """The grid of `check` is the one that the networks are trained on: 200 points from end to end."""
    problem = SINES["sine_2_40"]
    mesh = problem.sample(problem.training.points, 0)["mesh"]
    np.testing.assert_array_equal(product(regular_axes(problem, default_per_axis(problem))), mesh)
    assert mesh.shape == (200, 1)
    assert (mesh[0, 0], mesh[-1, 0]) == (-np.pi, np.pi)
