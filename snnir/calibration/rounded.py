"""Ridge regression whose weights will be rounded."""

from __future__ import annotations

import numpy as np

from snnir.arithmetic.integer import compensated
from snnir.calibration.ridge import RIDGE_WEIGHTS, Ridge
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
    spread = features[:cut] - features[:cut].mean(axis=0)
    gram = spread.T @ spread / cut
    part = Ridge(features[:cut], goal[:cut], centre)
    rest, wanted = (array[cut:] - array[:cut].mean(axis=0) for array in (features, goal))
    errors: list[float] = []
    for ridge_weight in RIDGE_WEIGHTS:
        weight, _ = part.solve(float(ridge_weight))
        unit = float(np.abs(weight).max()) / levels or 1.0
        errors.append(float(np.sum((rest @ compensated(weight / unit, gram, levels) * unit - wanted) ** 2)))
    return Ridge(features, goal, centre).solve(float(RIDGE_WEIGHTS[int(np.argmin(errors))]))[0]
