"""Training of the examples: its goal, gradients by parts, and both networks of a timing on the same loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from examples.paper import PROBLEMS, Axes, Problem, pinn, product, timing  # noqa: E402 - only where torch is there
from examples.paper.beltrami import BELTRAMI  # noqa: E402
from examples.paper.burgers_separable import grid  # noqa: E402
from examples.paper.sine import sine  # noqa: E402

pytestmark = pytest.mark.torch

SINE = sine(2, 20)
PAIRS: list[tuple[Problem, Problem, Mapping[str, Axes]]] = [
    (PROBLEMS["burgers"], PROBLEMS["burgers_separable"], grid(8, 8, seed=0)),
    (BELTRAMI, PROBLEMS["beltrami_separable"], PROBLEMS["beltrami_separable"].sample(4**3, 0)),
]


def gradient(problem: Problem, parts: Any) -> tuple[float, Any]:
    """Return the loss and its gradient at the initial weights, [parameters]."""
    network = pinn.build(problem, 0)
    value = pinn.accumulate(problem, network, parts)
    return value, torch.cat([parameter.grad.flatten() for parameter in network.parameters()])


def test_the_plain_beltrami_network() -> None:
    """It is 3-128-128-128-128-3, one network for all inputs, of 50,435 parameters."""
    network = pinn.build(BELTRAMI, 0)
    assert isinstance(network, torch.nn.Sequential)
    assert sum(parameter.numel() for parameter in network.parameters()) == BELTRAMI.parameters == 50435


@pytest.mark.parametrize(("plain", "separable", "sets"), PAIRS)
def test_both_networks_have_the_same_residuals(plain: Problem, separable: Problem, sets: Mapping[str, Axes]) -> None:
    """The loss of either is made of the same functions, of as many entries each, with the same weights."""
    timing.Comparison("same", plain, separable, sets, turns=1)
    points = {name: product(axes) for name, axes in sets.items()}
    of_plain = pinn.residuals(plain, pinn.build(plain, 0), points)
    of_separable = pinn.residuals(separable, pinn.build(separable, 0), sets)
    assert {name: term.shape for name, term in of_plain.items()} == {
        name: term.shape for name, term in of_separable.items()
    }
    assert of_plain.keys() == plain.weights.keys()


def test_other_losses_are_not_compared() -> None:
    """Two networks that minimise different things are refused."""
    plain, separable, sets = PAIRS[0]
    with pytest.raises(ValueError, match="not minimise the same loss"):
        timing.Comparison("other", replace(plain, weights=dict.fromkeys(plain.weights, 1.0)), separable, sets, turns=1)


@pytest.mark.parametrize(("plain", "separable", "sets"), PAIRS)
def test_parts_add_up_to_the_whole(plain: Problem, separable: Problem, sets: Mapping[str, Axes]) -> None:
    """The gradient accumulated over parts is that of one sweep over all points, up to rounding."""
    points = {name: product(axes) for name, axes in sets.items()}
    parts = timing.chunks(points, largest=25)
    assert len(parts) > 1
    for name, rows in points.items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), rows)
    whole, by_parts = gradient(plain, [points]), gradient(plain, parts)
    assert by_parts[0] == pytest.approx(whole[0], rel=1e-12)
    torch.testing.assert_close(by_parts[1], whole[1], rtol=1e-10, atol=1e-12)


def test_sets_without_equal_parts_are_refused() -> None:
    """Unequal parts would weigh points differently."""
    sets = {"interior": np.zeros((10, 2)), "edge": np.zeros((3, 2))}
    with pytest.raises(ValueError, match="no equal parts"):
        timing.chunks(sets, largest=12)


def test_a_row_of_the_timing() -> None:
    """Every network runs its turns, and the ratio is that of the two times."""
    plain, separable, sets = PAIRS[0]
    row = timing.compare(timing.Comparison("burgers", plain, separable, sets, turns=2))
    assert (row["grid"], row["points"], row["boundary_points"]) == ([8, 8], 64, 24)
    assert (row["plain_repeats"], row["separable_repeats"]) == (2, 2 * timing.SEPARABLE_PER_TURN)
    assert row["ratio"] == row["plain_seconds"] / row["separable_seconds"]


def test_training_ends_at_its_goal() -> None:
    """Adam ends before the step after the goal, L-BFGS soon after: no later round begins."""
    initial = pinn.build(SINE, 0).state_dict()
    at_once = pinn.train(SINE, replace(SINE.training, goal=100.0), lambda _: None)
    assert all(torch.equal(value, initial[name]) for name, value in at_once.state_dict().items())
    lines: list[str] = []
    network = pinn.train(SINE, replace(SINE.training, adam_steps=1, goal=1e-2), lines.append)
    last = pinn.loss(SINE, network, SINE.sample(SINE.training.points, 0)).item()
    assert 1e-3 < last < 1e-2
    assert [line.split()[0] for line in lines] == ["Adam", "L-BFGS"]


def test_a_missed_goal_is_an_error() -> None:
    """A network that is not good enough is not returned."""
    with pytest.raises(RuntimeError, match="sine_2_20: trained to a loss of"):
        pinn.train(SINE, replace(SINE.training, adam_steps=1, rounds=1, round_steps=1), lambda _: None)


def test_without_a_goal_all_steps_are_made() -> None:
    """The equations' networks are trained by their number of steps alone."""
    assert all(problem.training.goal is None for problem in PROBLEMS.values())
    lines: list[str] = []
    pinn.train(SINE, replace(SINE.training, adam_steps=2, rounds=3, round_steps=2, goal=None), lines.append)
    assert len(lines) == 4
