"""Function regression: sin on [-pi, pi] by networks of 2 to 4 hidden layers of 20 to 100 units each."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from .problem import Jet, Points, Problem, Training, parameter_count

if TYPE_CHECKING:
    from torch import Tensor

LAYERS = (2, 3, 4)
WIDTHS = (20, 40, 60, 80, 100)
GOAL = 1e-7  # the paper's: the mean squared error on the mesh, below which training ends
MESH = 200  # points, on which the error is measured as well


def sample(count: int, _seed: int) -> dict[str, Points]:
    """The uniform mesh of `count` points, both ends included: shape [count, 1]."""
    return {"mesh": np.linspace(-np.pi, np.pi, count)[:, None]}


def residuals(points: Mapping[str, Points], jets: Mapping[str, Jet]) -> dict[str, Tensor]:
    """What must vanish: u - sin x on the mesh. The loss is its mean square, the training error."""
    value = jets["mesh"].value
    return {"fit": value - value.new_tensor(reference(points["mesh"]))}


def reference(points: Points) -> Points:
    """The sine at `points` [N, 1]: shape [N, 1]."""
    return np.asarray(np.sin(points))


def sine(layers: int, width: int) -> Problem:
    """The fit of sin by `layers` hidden layers of `width` units each.

    The paper trains by Adam alone. Here L-BFGS follows on 500 steps of it: after 4000 steps of Adam, none of the 15
    networks was below the goal.
    """
    widths = (1, *[width] * layers, 1)
    return Problem(
        name=f"sine_{layers}_{width}",
        title=f"sin, {layers} hidden layers of {width}",
        domain={"x": (-np.pi, np.pi)},
        widths=widths,
        parameters=parameter_count(widths),
        weights={"fit": 1.0},
        sample=sample,
        residuals=residuals,
        reference=reference,
        training=Training(points=MESH, adam_steps=500, goal=0.99 * GOAL),  # float32 moves the error by up to 5e-4 of it
    )


SINES = {problem.name: problem for problem in (sine(layers, width) for layers, width in product(LAYERS, WIDTHS))}
