"""Advanced calibration: weights and biases against the analog network's activations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from snnir.calibration.ridge import Affine, diagonal_fit, ridge
from snnir.codes.ramps import IntegrateAndFire
from snnir.passes.layerwise import Layerwise, Task


@dataclass(frozen=True)
class Advanced(Layerwise):
    """``min over W, b of mean |clip_floor(s W + b) - f(z)|^2``, near the given weights: the paper's calibration.

    SNN calibration (Li et al., 2021, section 4.2) minimises this by Adam with a straight-through estimator, which
    depends on batches and step sizes. Where the neuron is not clipped, `clip_floor` is the identity up to
    rounding, and the minimum is that of ``|s W + b - clip(f(z), -theta, theta)|^2 + m |W - W0|^2``: a ridge
    regression centred at the given weights, with m chosen on held-out points. Same result for the same points, no seed.

    Before: thresholds are set. After: calibrated.
    """

    name: ClassVar[str] = "advanced"

    def fit(self, task: Task) -> Affine:
        """Return the fitted weights and biases."""
        if task.diagonal:
            return diagonal_fit(task.spikes, task.goal, task.per_unit)
        goal = task.goal
        if isinstance(task.receiver, IntegrateAndFire) and task.activation is not None:
            threshold = task.receiver.threshold.array.astype(np.float64)
            goal = np.clip(task.activation, -threshold, threshold) - task.fixed
        return ridge(task.spikes, goal, task.given[0])
