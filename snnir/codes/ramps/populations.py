"""The `population` code: the value of a unit is spread over K plain neurons, each of which covers a part of its range.

Neuron k of unit i integrates ``c = g z + b`` (threshold 1, unipolar, feed-forward) and its mean spikes tend to
`expected`: for reset by subtraction to the ramp ``clip(g z + b, 0, 1)``. A weighted sum of ramps is a piecewise
linear function of z, so a population stands for any f on the range of z; and weights that read all populations of a
layer at once, fitted together, stand for more than K pieces. Eliasmith and Anderson, "Neural Engineering" (2003),
chapters 2 and 4: decoders of populations by least squares.

What was tried on Burgers, K = 8, T = 32, with 500 steps of tuning and least squares (error on unseen points, spikes
per unit; 1,000 steps at a higher rate then gave 5.9e-3, 28):

* Reset by subtraction. Segments of equal width from the median of z outwards, one after the other: 6.9e-3, 36. Twice as
  wide, overlapping: 7.5e-3, 23. Open to the end of the range, half the current: 1.9e-2, 9. Ramps over the whole range
  in both directions: 9.3e-3, 80. Widths by the density of z, the curvature of f, or both change nothing
  (9.8e-3 to 1.1e-2 against 1.0e-2 before tuning).
* Initial membranes spread over [0, 1): 6.9e-3 at random, 7.0e-3 evenly within each unit; all one half: 7.3e-3;
  all zero: 1.5e-2, because the neurons then spike in step.
* Several spikes in a step and a floor at minus one threshold (reset by subtraction): the ramps go on above 1, and least
  squares finds a use for that, too: 1.0e-2 for K = 4 where ramps that end give 1.3e-2 (both start from zero).
* All membranes zero at the start, K = 4: 4.7e-3 on Poisson and 1.3e-2 on Burgers instead of 4.3e-3 and 9.3e-3; each
  layer a step late besides: 5.5e-3 and 2.2e-2.
* Reset to zero loses the overshoot of every spike, about ``c / 2``, by chance: what counts is currents that are small
  against the threshold and neurons that repeat each other. Segments as above: 7.9e-2. Ramps in both directions that
  reach a current of 0.3 at the end of the range: 3.9e-2 (0.2: 3.9e-2, 0.45: 4.5e-2, 0.6: 5.3e-2). The same gain for all
  neurons of a unit: 4.4e-2.
"""

from __future__ import annotations

import math

import numpy as np

from snnir.semantics import Semantics
from snnir.types import Array

GOLDEN = (math.sqrt(5) - 1) / 2
"""Multiples of it, less their whole parts, are nearly even."""
NEURONS_PER_UNIT = 8
MAX_PER_UNIT = 64
RANGE = (0.25, 99.75)
"""Percentiles of z between which the neurons are placed."""
SMALL_CURRENT = 0.3
"""The largest current, in thresholds, where neurons lose their overshoot."""


def layout(z: Array, per_unit: int, semantics: Semantics) -> tuple[Array, Array]:
    """Return gains and offsets of the neurons of a layer: two arrays ``[units, per_unit]``.

    Reset by subtraction: the range of each unit is cut into equal segments; each neuron rises from 0 to 1 over
    one of them, away from the median, so that a unit near its median is silent. Reset to a value: ramps from
    equidistant starts to the ends of the range, half of them upwards and half downwards.

    Args:
        z: Pre-activations, ``[points, units]``.
        per_unit: K.
        semantics: How the target's neurons behave.
    """
    low, median, high = np.percentile(z.astype(np.float64), (RANGE[0], 50, RANGE[1]), axis=0)[..., np.newaxis]
    # A unit that never changes still needs neurons that can be distinguished from noise.
    size = np.max(np.abs(z), axis=0, initial=0.0)[:, np.newaxis]
    span = np.maximum(high - low, np.maximum(1e-4 * size, 1e-6 * float(size.max()) or 1.0))
    low = (low + high - span) / 2
    place = np.arange(per_unit)
    if semantics.reset == "subtract":
        middle = low + span * (place + 0.5) / per_unit
        gain = np.where(middle >= median, 1.0, -1.0) * per_unit / span
        return gain, 0.5 - gain * middle
    rising = (per_unit + 1) // 2
    upward = place < rising
    start = np.where(upward, place / rising, 1 - (place - rising) / max(per_unit - rising, 1))
    gain = np.where(upward, 1.0, -1.0) * SMALL_CURRENT / (span * np.where(upward, 1 - start, start))
    return gain, -gain * (low + span * start)


def initial_membranes(count: int) -> Array:
    """Return membranes spread over [0, 1): the golden-ratio sequence, any stretch of which is nearly even."""
    return np.mod((np.arange(count, dtype=np.float64) + 0.5) * GOLDEN, 1)


def expected(current: Array, semantics: Semantics) -> Array:
    """Return the mean spikes per step that a constant current, in thresholds, leads to on average.

    Reset by subtraction: ``clip(c, 0, 1)``, or ``max(c, 0)`` where neurons may send many spikes in a step. Reset to r:
    a spike costs ``1 - r`` and an overshoot of ``c / 2`` on average, so ``min(c / (1 - r + c / 2), 1)`` for c > 0.
    """
    positive: Array = np.maximum(current, 0)
    if semantics.reset == "subtract":
        return positive if semantics.many else np.minimum(positive, 1)
    return np.minimum(positive / (positive / 2 + (1 - semantics.reset_value)), 1)


def respond(current: Array, semantics: Semantics, rate: Array, slope: Array) -> None:
    """Write `expected` into `rate` and its derivative into `slope`, both of the shape and type of `current`."""
    np.maximum(current, 0, out=rate)
    if semantics.reset == "subtract":
        if not semantics.many:
            np.minimum(rate, 1, out=rate)
        np.equal(rate, current, out=slope, casting="unsafe")
        return
    cost = 1 - semantics.reset_value
    np.divide(rate, rate / 2 + cost, out=slope)
    np.minimum(slope, 1, out=slope)
    live = (current > 0) & (slope < 1)
    steepness = cost / np.square(rate / 2 + cost)
    rate[...] = slope
    np.multiply(steepness, live, out=slope)


def deviation(current: Array, rate: Array, slope: Array, steps: int, semantics: Semantics) -> Array:
    """Return the standard deviation of the mean spikes over T steps around `expected`, on average over phases.

    What is left on the membrane at the end is even over one threshold: ``1 / (12 T^2)``. Where a spike loses its
    overshoot, even over c, each of the ``T rate`` spikes adds ``c^2 / (12 T^2)``. Silent and saturated neurons are
    exact; `slope`, from `respond`, is zero there.
    """
    if semantics.reset == "subtract":
        return slope * (12**-0.5 / steps)
    live = slope > 0
    return live * np.sqrt((1 + steps * rate * np.square(current)) / 12) / steps


def encoder_weights(gain: Array) -> Array:
    """Return gains ``[units, K]`` as a matrix ``[units, K units]``: neuron k of unit i reads unit i."""
    units, per_unit = gain.shape
    weight: Array = np.kron(np.eye(units), np.ones(per_unit)) * gain.reshape(-1)
    return weight
