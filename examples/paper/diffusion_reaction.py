"""Diffusion and reaction u_t - u_xx = k u^2 on x in [-1, 1], t in [0, 0.01], from a narrow Gaussian."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import OdeSolution, solve_ivp
from scipy.interpolate import BarycentricInterpolator

from .problem import Jet, Points, Problem, Training, low_discrepancy

if TYPE_CHECKING:
    from torch import Tensor

K = 1.0
WIDTH = 0.25
END = 0.01
NODES = 64  # Chebyshev nodes of the reference


def start(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The solution at t = 0."""
    return np.asarray(np.exp(-(x**2) / (2 * WIDTH**2)))


# The paper does not state boundary conditions. The start's own values at the ends, 3.4e-4, held fixed, leave
# no jump at t = 0, and matter little: until t = 0.01 heat spreads by about sqrt(2 t) = 0.14.
EDGE = float(start(np.array(1.0)))


def sample(count: int, seed: int) -> dict[str, Points]:
    """`count` interior points, a quarter as many at t = 0, and an eighth as many on x = +-1."""
    interior = low_discrepancy(((-1.0, 1.0), (0.0, END)), count, seed)
    along = low_discrepancy(((-1.0, 1.0),), count // 4, seed + 1)
    times = low_discrepancy(((0.0, END),), count // 16, seed + 2)
    sides = [np.hstack([np.full_like(times, x), times]) for x in (-1.0, 1.0)]
    return {
        "interior": interior,
        "initial": np.hstack([along, np.zeros_like(along)]),
        "edge": np.concatenate(sides),
    }


def residuals(points: Mapping[str, Points], jets: Mapping[str, Jet]) -> dict[str, Tensor]:
    """What must vanish: the equation, u - u0 at t = 0, and u - u0 on x = +-1."""
    inside, initial, edge = (jets[name] for name in ("interior", "initial", "edge"))
    _, u_t = inside.first
    u_xx = inside.second[0]
    return {
        "equation": u_t - u_xx - K * inside.value**2,
        "initial": initial.value - initial.value.new_tensor(start(points["initial"][:, :1])),
        "edge": edge.value - EDGE,
    }


@cache
def solution() -> tuple[NDArray[np.float64], OdeSolution]:
    """Chebyshev nodes in [-1, 1] and the solution at the inner ones as a function of t.

    The method of lines with the Chebyshev differentiation matrix (Trefethen, Spectral Methods in MATLAB, program 6).
    """
    order = np.arange(NODES + 1)
    nodes = np.cos(np.pi * order / NODES)
    signs = np.where(order % NODES == 0, 2.0, 1.0) * (-1.0) ** order
    slopes = np.outer(signs, 1 / signs) / (nodes[:, None] - nodes + np.eye(NODES + 1))
    slopes -= np.diag(slopes.sum(axis=1))
    second = slopes @ slopes
    inner, ends = second[1:-1, 1:-1], EDGE * (second[1:-1, 0] + second[1:-1, -1])

    def change(_: float, u: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(inner @ u + ends + K * u**2)

    found = solve_ivp(
        change,
        (0.0, END),
        start(nodes[1:-1]),
        method="Radau",
        jac=lambda _, u: inner + 2 * K * np.diag(u),
        dense_output=True,
        rtol=1e-9,
        atol=1e-11,
    )
    return nodes, found.sol


def reference(points: Points) -> Points:
    """The solution at `points` [N, 2]: shape [N, 1], by a spectral method of lines."""
    nodes, inner = solution()
    x, t = points.T
    times, which = np.unique(t, return_inverse=True)
    values = np.full((NODES + 1, len(times)), EDGE)
    values[1:-1] = inner(times)
    places, where = np.unique(x, return_inverse=True)
    if len(places) * len(times) > 4 * len(points) + 4:  # scattered points: a row of the grid each
        weights = BarycentricInterpolator(nodes, np.eye(NODES + 1))(x)
        return np.asarray((weights * values[:, which].T).sum(axis=1, keepdims=True))
    return np.asarray(BarycentricInterpolator(nodes, values)(places)[where, which][:, None])


DIFFUSION_REACTION = Problem(
    name="diffusion_reaction",
    title="diffusion-reaction",
    domain={"x": (-1.0, 1.0), "t": (0.0, END)},
    widths=(2, 100, 100, 100, 1),
    parameters=20601,
    # Over a time of 0.01 a residual of r moves u by 0.01 r at most, so the equation needs little weight.
    weights={"equation": 1e-2, "initial": 10.0, "edge": 10.0},
    sample=sample,
    residuals=residuals,
    reference=reference,
    training=Training(points=1000, rounds=2),
)
