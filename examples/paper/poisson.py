"""Poisson's equation -u_xx - u_yy = 1 on [-1, 1]^2 with u = 0 on the edge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .problem import Jet, Points, Problem, low_discrepancy

if TYPE_CHECKING:
    from torch import Tensor

SERIES_TERMS = 200  # leaves 3e-7 on the edge |y| = 1; inside, the remainder falls as exp(-k (1 - |y|))


def sample(count: int, seed: int) -> dict[str, Points]:
    """`count` interior points and a quarter as many on the edge: shape [., 2] each."""
    interior = low_discrepancy(((-1.0, 1.0), (-1.0, 1.0)), count, seed)
    along = low_discrepancy(((-1.0, 1.0),), count // 16, seed + 1)
    one = np.ones_like(along)
    sides = [(along, one), (along, -one), (one, along), (-one, along)]
    return {"interior": interior, "edge": np.concatenate([np.hstack(side) for side in sides])}


def residuals(_points: Mapping[str, Points], jets: Mapping[str, Jet]) -> dict[str, Tensor]:
    """What must vanish: the equation inside, u on the edge."""
    u_xx, u_yy = jets["interior"].second
    return {"equation": u_xx + u_yy + 1.0, "edge": jets["edge"].value}


def reference(points: Points) -> Points:
    """The closed-form solution at `points` [N, 2]: shape [N, 1].

    u = (1 - x^2)/2 - sum over n of (-1)^n (2 / k^3) cos(k x) cosh(k y) / cosh(k), k = (2 n + 1) pi / 2:
    separation of variables after taking off the particular solution (1 - x^2)/2.
    """
    x, y = points[:, :1], np.abs(points[:, 1:])
    order = np.arange(SERIES_TERMS)
    k = (2 * order + 1) * np.pi / 2
    # cosh(k y)/cosh(k) with the exponentials divided out, so that large k do not overflow.
    ratio = np.exp(k * (y - 1)) * (1 + np.exp(-2 * k * y)) / (1 + np.exp(-2 * k))
    terms = (-1.0) ** order * 2 / k**3 * np.cos(k * x) * ratio
    return np.asarray((1 - x**2) / 2 - terms.sum(axis=1, keepdims=True))


POISSON = Problem(
    name="poisson",
    title="Poisson, -Δu = 1",
    domain={"x": (-1.0, 1.0), "y": (-1.0, 1.0)},
    widths=(2, 100, 100, 100, 1),
    parameters=20601,
    weights={"equation": 1.0, "edge": 100.0},
    sample=sample,
    residuals=residuals,
    reference=reference,
)
