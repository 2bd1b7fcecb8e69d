"""Ridge regression whose weights will be rounded."""

from __future__ import annotations

import numpy as np

from snnir.arithmetic.integer import compensated
from snnir.calibration.ridge import RIDGE_WEIGHTS, Moments
from snnir.types import Array


def fit_rounded(features: Array, goal: Array, levels: int, centre: Array) -> Array:
    """Return the ridge regression that decodes a goal best when its weights are rounded.

    Large weights that nearly cancel decode unrounded spikes well, and rounded ones badly: the largest of them sets the
    grid of all. So the ridge weight is chosen with rounding, on the last quarter of the points.

    Args:
        features: ``[points, neurons]``.
        goal: ``[points, receivers]``.
        levels: What the largest weight is rounded to.
        centre: Weights to stay near, ``[neurons, receivers]``.
    """
    cut = len(features) * 3 // 4
    first, last = (Moments.of(features[part], goal[part]) for part in (slice(cut), slice(cut, None)))
    rest, wanted = (array[cut:] - array[:cut].mean(axis=0) for array in (features, goal))
    errors: list[float] = []
    for weight, _ in first.solutions(RIDGE_WEIGHTS, centre):
        unit = float(np.abs(weight).max()) / levels or 1.0
        errors.append(float(np.sum((rest @ compensated(weight / unit, first.gram, levels) * unit - wanted) ** 2)))
    return first.joined(last).solution(float(RIDGE_WEIGHTS[int(np.argmin(errors))]), centre)[0]
