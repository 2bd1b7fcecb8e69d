"""The same Burgers' problem for a separable network: u(x, t) = sum over r of X_r(x) T_r(t)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .burgers import BURGERS, END, LENGTH
from .problem import Axes, Training, low_discrepancy


def sample(count: int, seed: int) -> dict[str, Axes]:
    """About `count` interior points, with 2.4 times as many x as t: the front is thin in x."""
    along = round((2.4 * count) ** 0.5)
    return grid(along, round(count / along), seed)


def grid(along: int, times: int, seed: int) -> dict[str, Axes]:
    """A grid of `along` x and `times` t, its x at t = 0, and its t on x = 0 and x = 2 pi."""
    x = low_discrepancy(((0.0, LENGTH),), along, seed)
    t = low_discrepancy(((0.0, END),), times, seed + 1)
    zero = np.zeros((1, 1))
    return {"interior": (x, t), "initial": (x, zero), "left": (zero, t), "right": (zero + LENGTH, t)}


BURGERS_SEPARABLE = replace(
    BURGERS,
    name="burgers_separable",
    title=f"{BURGERS.title}, separable",
    widths=(1, 50, 50, 50, 50),  # the last is the rank: one output
    rank=50,
    parameters=15500,
    sample=sample,
    steepness=(
        0.7,
        1.0,
    ),  # three times these train faster, but their units saturate: more spikes, larger conversion errors
    training=Training(points=96 * 40, adam_steps=500, round_steps=2500),
)
