"""Least-squares calibration: the default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from snnir.passes.layerwise import Affine, Layerwise, Task, diagonal_fit, ridge


@dataclass(frozen=True)
class LeastSquares(Layerwise):
    """``min over W, b of mean |s W + b - z|^2 + m |W|^2``: decode pre-activations from spikes, in closed form.

    The weights need not resemble the analog network's: whatever the neurons compute, the best linear decoder of
    what they say is taken. So the clipped lines of the layer before become a basis for f, and errors of earlier
    layers are corrected on the way. m is chosen on held-out calibration points.

    Before: thresholds are set. After: calibrated.
    """

    name: ClassVar[str] = "least-squares"

    def fit(self, task: Task) -> Affine:
        """Return the fitted weights and biases."""
        if task.diagonal:
            return diagonal_fit(task.spikes, task.goal)
        return ridge(task.spikes, task.goal, np.zeros_like(task.given[0]))
