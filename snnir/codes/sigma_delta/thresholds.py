"""The `sigma-delta` code: a unit sends by how much its value has changed, once that is more than a threshold.

For streams: a sweep of a grid line, a march in time. Update rules: `snnir.ops.SigmaDelta`. A unit's error is less than
its threshold at every point, so thresholds follow from what may come out wrong: that of a unit is inversely
proportional to how much the outputs change with it, and one factor for all sets the error.

What was tried on straight lines of 200 points through the domain, at an error of 5e-3 (messages per unit and point on
Burgers, wave, Poisson, separable Burgers):

* beta = 0, Lava's neuron. One threshold for all units: 0.63, 0.56, 0.63, 0.79. In parts of the layer's range: the same;
  of the unit's spread: 0.67 to 0.82. By sensitivity: 0.57, 0.48, 0.55, 0.74. By ``(change / sensitivity^2)^(1/3)``,
  which would be best if errors were independent: 0.60, 0.50, 0.54, 0.74.
* Sending more than the change, so that errors lie around zero: worse, 0.69 to 0.86 on Burgers. What lags behind in all
  units at once is only the solution of a moment ago; errors without a common sign are errors.
* beta > 0, at equal thresholds and about equal errors. 0.2: 0.23, 0.37, 0.26, 0.42. 0.3: 0.23, 0.33, 0.25, 0.35. With
  0.5 and more it rings (0.28; 1.0: 0.34 on Burgers). To forget 2 % of the slope at a point: 3 to 10 % more messages.
* Messages of two numbers, value and slope: 0.17 on Burgers, so more numbers than one of 0.23.
"""

from __future__ import annotations

import numpy as np

from snnir.types import Array

STREAM_ERROR = 5e-3
"""Relative L2 conversion error that thresholds are made for, if no other is asked for."""
GAINS = (0.1, 0.2, 0.3, 0.4, 0.5)
"""beta: how much of a change that was not expected goes on with the next point. The best one depends on the error."""
WHOLE_GAINS = (0.25, 0.5)
"""The same where numbers are whole: 1 / beta is a power of two, so that no slope is rounded."""
MIN_RELATIVE_SENSITIVITY = 1e-2
"""Of the layer's mean: units that matter less are treated as if they mattered so much."""


def threshold_shape(sensitivity: Array) -> Array:
    """Return thresholds up to a factor, always positive: such that every unit moves the outputs by 1 at most.

    Args:
        sensitivity: How much the outputs change with each unit, ``[units]``.
    """
    mean = float(sensitivity.mean())
    floor = sensitivity + MIN_RELATIVE_SENSITIVITY * mean if mean > 0 else np.ones_like(sensitivity)
    shape: Array = 1 / floor
    return shape
