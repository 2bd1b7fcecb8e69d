"""The `rate` code: the value of a unit is the mean of one signed neuron's spikes.

A neuron driven by a constant current z per step, with threshold theta and v(0) = 0, emits

    theta mean_t s(t) = clip_floor(z) = (theta / T) trunc(T clip(z / theta, -1, 1))

so it computes a clipped line and not f; what the clip loses, calibration gives back through the weights of
the next layer. Zhang et al., "Artificial to Spiking Neural Networks Conversion for Scientific Machine
Learning", section 3.2 and figure 1.

What was tried for T = 32 on the Poisson and Burgers networks (errors on unseen points, least-squares calibration):
the thresholds matter most. All neurons at 1.5 (where tanh saturates) gives 1.2e-1 and 1.4e-1, at 0.75
4.7e-2 and 5.2e-2; spread over the range of each neuron, so that the clipped lines of a layer have
their knees at different places and span more functions, 2.9e-2 and 5.6e-2. Initial membranes (random
or golden-ratio phases) are worth under 3 %, so v(0) = 0, which every reader can do. Weighting the
regression by f'(z) is worth under 5 %.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from snnir.codes.ramps.populations import GOLDEN
from snnir.types import Array

ThresholdRule: TypeAlias = Literal["maximum", "percentile", "squared-error", "spread", "capped"]
Granularity: TypeAlias = Literal["layer", "neuron"]

CANDIDATES = np.arange(100, 5, -1) / 100
"""Parts of the maximum tried by the rule ``squared-error``: 95, as SNN calibration (Li et al., 2021) does."""


def clip_floor(z: Array, threshold: Array, steps: int) -> Array:
    """Return the spike rate of a neuron at a constant current.

    Args:
        z: Current per step, ``[points, neurons]``.
        threshold: theta, ``[neurons]`` or ``[]``, in the same units.
        steps: T.
    """
    # Multiplied before it is divided, so that numbers which are exact meet the threshold exactly, as in the neuron.
    return threshold * np.trunc(np.clip(z * steps / threshold, -steps, steps)) / steps


def thresholds(
    z: Array, a: Array, steps: int, *, rule: ThresholdRule, per: Granularity, percentile: float = 99.9
) -> Array:
    """Return a threshold for every neuron of a layer; always positive.

    Args:
        z: Pre-activations of the analog network, ``[points, units]``.
        a: Activations ``f(z)``, ``[points, units]``.
        steps: T.
        rule: ``maximum``: of ``|a|``. ``percentile``: of ``|a|``. ``squared-error``: the part of the maximum
            whose `clip_floor` of z is nearest to a. ``spread``: ``min(max |a|, max |z| (0.2 + 0.8 u))`` with u
            the golden-ratio sequence over the neurons. ``capped``: ``min(0.75 max |a|, max |z|)``. The last two
            are always per neuron, with the layer's ``max |a|``.
        per: One threshold per layer or per neuron.
        percentile: For the rule ``percentile``, in percent.
    """
    size = np.abs(a)
    axis = 0 if per == "neuron" else None
    width = z.shape[1]
    if rule == "percentile":
        chosen = np.percentile(size, percentile, axis=axis)
    elif rule == "spread":
        place = np.mod((np.arange(width, dtype=np.float64) + 0.5) * GOLDEN, 1)
        chosen = np.minimum(size.max(), np.abs(z).max(axis=0) * (0.2 + 0.8 * place))
    elif rule == "capped":
        chosen = np.minimum(0.75 * size.max(), np.abs(z).max(axis=0))
    else:
        chosen = size.max(axis=axis)
        if rule == "squared-error":
            chosen = chosen * _nearest_part(z, a, np.asarray(chosen), steps, axis)
    # A unit that is always zero still needs a threshold that it can never reach by rounding.
    floor = 1e-3 * max(float(size.max(initial=0.0)), float(np.abs(z).max(initial=0.0))) or 1.0
    wide: Array = np.maximum(np.broadcast_to(chosen, (width,)), floor)
    return wide


def _nearest_part(z: Array, a: Array, largest: Array, steps: int, axis: int | None) -> Array:
    """Return the part of the largest activation that makes `clip_floor` nearest to a, for each neuron or the layer."""
    safe = np.where(largest > 0, largest, 1.0)
    errors = np.stack([np.mean((a - clip_floor(z, safe * part, steps)) ** 2, axis=axis) for part in CANDIDATES])
    nearest: Array = CANDIDATES[np.argmin(errors, axis=0)]
    return nearest
