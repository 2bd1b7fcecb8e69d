"""Weights that decode the mean spikes of a layer's sources: all at once, or unit by unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snnir.calibration.ridge import ridge, unit_mask
from snnir.calibration.rounded import fit_rounded
from snnir.types import Array


@dataclass(frozen=True, slots=True)
class SpikeMoments:
    """Of the spikes of all sources of a layer on the calibration points.

    Attributes:
        mean: Mean spikes, ``[neurons]``.
        gram: Their covariance; between neurons of different units none, where every receiver has one unit only.
    """

    mean: Array
    gram: Array


def fit_decoder(
    features: Array, goal: Array, given: Array, *, near: bool = False, levels: int | None = None, apart: bool = False
) -> tuple[SpikeMoments, Array]:
    """Return the moments of spikes, and the weights that decode a goal best from them.

    Args:
        features: Mean spikes, ``[points, neurons]``.
        goal: ``[points, receivers]``.
        given: The weights so far, ``[neurons, receivers]``: where they join each unit with its own receiver only, the
            new ones do so, too.
        near: Stay near them.
        levels: What the largest weight will be rounded to, to take that into account.
        apart: The largest weight of every receiver will be rounded to that.
    """
    mean = features.mean(axis=0)
    spread = features - mean
    gram: Array = spread.T @ spread / len(features)
    per_unit = len(given) // given.shape[1] if len(given) % given.shape[1] == 0 else 1
    mask = unit_mask(given, per_unit)
    own = len(given) == given.shape[1] * per_unit and not np.any(given * ~mask)
    if not own or given.shape[1] == 1:
        centre = given.astype(np.float64) if near else np.zeros(given.shape)
        if levels is None:
            return SpikeMoments(mean, gram), ridge(features, goal, centre)[0]
        return SpikeMoments(mean, gram), fit_rounded(features, goal, levels, centre, apart=apart)
    weight = np.zeros(given.shape)
    for unit in range(given.shape[1]):
        rows = slice(unit * per_unit, (unit + 1) * per_unit)
        fitted, _ = ridge(features[:, rows], goal[:, unit : unit + 1], np.zeros((per_unit, 1)))
        weight[rows, unit] = fitted[:, 0]
    place = np.arange(len(given)) // per_unit
    return SpikeMoments(mean, gram * (place[:, np.newaxis] == place)), weight
