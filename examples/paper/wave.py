"""The wave equation u_tt = u_xx on x in [-1, 1], t in [0, 0.5], from a plateau with kinks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .problem import Jet, Points, Problem, Training, low_discrepancy

if TYPE_CHECKING:
    from torch import Tensor

PLATEAU = 0.245  # u = 1 up to here
FOOT = 0.6  # u = 0 from here on; linear between
END = 0.5


def start(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The solution at t = 0. The paper does not state its velocity there: it starts at rest."""
    return np.asarray(np.clip((FOOT - np.abs(x)) / (FOOT - PLATEAU), 0.0, 1.0))


def sample(count: int, seed: int) -> dict[str, Points]:
    """`count` interior points, half as many at t = 0, and an eighth as many on x = +-1.

    Half of those at t = 0 lie within 0.06 of the four kinks.
    """
    interior = low_discrepancy(((-1.0, 1.0), (0.0, END)), count, seed)
    anywhere = low_discrepancy(((-1.0, 1.0),), count // 4, seed + 1)
    near = low_discrepancy(((-0.06, 0.06),), count // 16, seed + 2)
    kinks = [near + kink for kink in (-FOOT, -PLATEAU, PLATEAU, FOOT)]
    initial = np.concatenate([anywhere, *kinks])
    times = low_discrepancy(((0.0, END),), count // 16, seed + 3)
    sides = [np.hstack([np.full_like(times, x), times]) for x in (-1.0, 1.0)]
    return {
        "interior": interior,
        "initial": np.hstack([initial, np.zeros_like(initial)]),
        "edge": np.concatenate(sides),
    }


def residuals(points: Mapping[str, Points], jets: Mapping[str, Jet]) -> dict[str, Tensor]:
    """What must vanish: the equation, u - u0 and u_t at t = 0, and u on x = +-1."""
    inside, initial, edge = (jets[name] for name in ("interior", "initial", "edge"))
    u_xx, u_tt = inside.second
    return {
        "equation": u_tt - u_xx,
        "initial": initial.value - initial.value.new_tensor(start(points["initial"][:, :1])),
        "velocity": initial.first[1],
        "edge": edge.value,
    }


def reference(points: Points) -> Points:
    """The closed-form solution at `points` [N, 2]: shape [N, 1].

    D'Alembert: u = (f(x - t) + f(x + t)) / 2, where f continues u0 to odd functions about x = -1 and x = 1.
    """
    x, t = points[:, :1], points[:, 1:]
    return np.asarray((odd_continuation(x - t) + odd_continuation(x + t)) / 2)


def odd_continuation(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The start continued with period 4, odd about x = -1 and x = 1."""
    inside = (x + 1) % 4 - 1  # in [-1, 3)
    return np.where(inside <= 1, start(inside), -start(2 - inside))


WAVE = Problem(
    name="wave",
    title="wave",
    domain={"x": (-1.0, 1.0), "t": (0.0, END)},
    widths=(2, 100, 100, 100, 1),
    parameters=20601,
    # The second derivatives are large near the smoothed kinks, so the start needs much the larger weight.
    weights={"equation": 1e-2, "initial": 10.0, "velocity": 0.1, "edge": 10.0},
    sample=sample,
    residuals=residuals,
    reference=reference,
    steepness=(4.0, 4.0),
    training=Training(points=1500, adam_steps=500, rounds=3),
)
