"""Ridge regression whose weights will be rounded."""

from __future__ import annotations

import numpy as np

from snnir.arithmetic.integer import compensated
from snnir.calibration.ridge import RIDGE_WEIGHTS, Moments
from snnir.types import Array

SMALL = 1e-300
"""Of weights that are all zero."""


def fit_rounded(features: Array, goal: Array, levels: int, centre: Array, *, apart: bool = False) -> Array:
    """Return the ridge regression that decodes a goal best when its weights are rounded.

    Large weights that nearly cancel decode unrounded spikes well, and rounded ones badly: the largest of them sets the
    grid of all. So the ridge weight is chosen with rounding, on the last quarter of the points.

    Args:
        features: ``[points, neurons]``.
        goal: ``[points, receivers]``.
        levels: What the largest weight is rounded to.
        centre: Weights to stay near, ``[neurons, receivers]``.
        apart: Every receiver has a grid of its own.
    """
    cut = len(features) * 3 // 4
    first, last = (Moments.of(features[part], goal[part]) for part in (slice(cut), slice(cut, None)))
    rest, wanted = (array[cut:] - array[:cut].mean(axis=0) for array in (features, goal))
    errors: list[float] = []
    for weight, _ in first.solutions(RIDGE_WEIGHTS, centre):
        unit = np.maximum(np.abs(weight).max(axis=0, keepdims=True) if apart else np.abs(weight).max(), SMALL) / levels
        errors.append(float(np.sum((rest @ compensated(weight / unit, first.gram, levels) * unit - wanted) ** 2)))
    return first.joined(last).solution(float(RIDGE_WEIGHTS[int(np.argmin(errors))]), centre)[0]
