"""Navier-Stokes, Beltrami flow at Re = 1 for a separable network: x, y in [-1, 1], t in [0, 1]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .problem import Axes, Jet, Points, Problem, Training, low_discrepancy

if TYPE_CHECKING:
    from torch import Tensor

REYNOLDS = 1.0


def sample(count: int, seed: int) -> dict[str, Axes]:
    """A grid of about `count` interior points, its points' projections on t = 0, x = +-1 and y = +-1."""
    per_axis = round(count ** (1 / 3))
    x, y, t = (
        low_discrepancy((bounds,), per_axis, seed + axis)
        for axis, bounds in enumerate([(-1.0, 1.0), (-1.0, 1.0), (0.0, 1.0)])
    )
    ends = np.array([[-1.0], [1.0]])
    return {
        "interior": (x, y, t),
        "initial": (x, y, np.zeros((1, 1))),
        "x sides": (ends, y, t),
        "y sides": (x, ends, t),
    }


def residuals(points: Mapping[str, Points], jets: Mapping[str, Jet]) -> dict[str, Tensor]:
    """What must vanish: both momentum equations, the divergence, and (u, v, p) minus the flow on the edge and at t = 0.

    The equations hold p's gradient only; its values on the edge fix the rest.
    """
    inside = jets["interior"]
    u, v, _ = inside.value.unbind(1)
    u_x, v_x, p_x = inside.first[0].unbind(1)
    u_y, v_y, p_y = inside.first[1].unbind(1)
    u_t, v_t, _ = inside.first[2].unbind(1)
    u_xx, v_xx, _ = inside.second[0].unbind(1)
    u_yy, v_yy, _ = inside.second[1].unbind(1)
    differences = {
        name: jets[name].value - jets[name].value.new_tensor(reference(points[name]))
        for name in ("initial", "x sides", "y sides")
    }
    return {
        "momentum x": u_t + u * u_x + v * u_y + p_x - (u_xx + u_yy) / REYNOLDS,
        "momentum y": v_t + u * v_x + v * v_y + p_y - (v_xx + v_yy) / REYNOLDS,
        "divergence": u_x + v_y,
        **differences,
    }


def reference(points: Points) -> Points:
    """The closed-form flow (u, v, p) at `points` [N, 3]: shape [N, 3]."""
    x, y, t = points.T
    decay = np.exp(-2 * t / REYNOLDS)
    u = -np.cos(x) * np.sin(y) * decay
    v = np.sin(x) * np.cos(y) * decay
    p = -(np.cos(2 * x) + np.cos(2 * y)) / 4 * decay**2
    return np.stack([u, v, p], axis=1)


BELTRAMI_SEPARABLE = Problem(
    name="beltrami_separable",
    title="Beltrami flow, Re = 1, separable",
    domain={"x": (-1.0, 1.0), "y": (-1.0, 1.0), "t": (0.0, 1.0)},
    widths=(1, 50, 50, 150),  # the last is outputs x rank
    parameters=30900,
    weights={
        "momentum x": 1.0,
        "momentum y": 1.0,
        "divergence": 1.0,
        "initial": 10.0,
        "x sides": 10.0,
        "y sides": 10.0,
    },
    sample=sample,
    residuals=residuals,
    reference=reference,
    outputs=("u", "v", "p"),
    rank=50,
    steepness=(1.0, 1.0, 1.0),
    training=Training(points=16**3, adam_steps=500),
)
