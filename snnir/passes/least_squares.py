"""Least-squares calibration: the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from snnir.calibration.ridge import Affine, diagonal_fit, ridge
from snnir.ir import Graph
from snnir.passes.base import Context
from snnir.passes.layerwise import Layerwise, Task, analog_goals, asymptotic_goals
from snnir.types import Array


@dataclass(frozen=True)
class LeastSquares(Layerwise):
    """``min over W, b of mean |s W + b - z|^2 + m |W|^2``: decode pre-activations from spikes, in closed form.

    The weights need not resemble the analog network's: whatever the neurons compute, the best linear decoder of
    their spikes is taken. So the clipped lines of the layer before become a basis for f, and errors of earlier
    layers are corrected on the way. m is chosen on held-out calibration points; where the given weights predict these
    better than any fitted ones, they stay.

    Before: thresholds are set. After: calibrated.

    Attributes:
        tuned: The graph comes from `Tune`: decode the pre-activations of its limit, which clipped lines can
            reach, instead of the analog network's.
        near: ``m |W - W0|^2`` in the place of ``m |W|^2``, W0 the given weights, which are right up to rounding: what
            the points do not show, as of a unit that is on at none of them, stays as it is.
    """

    name: ClassVar[str] = "least-squares"
    tuned: bool = False
    near: bool = False

    def goals(self, graph: Graph, context: Context) -> Mapping[str, Array]:
        """Return the pre-activations to decode: the analog network's, or those of the tuned network's limit."""
        goals = analog_goals(graph, context)
        return goals | asymptotic_goals(graph, context) if self.tuned else goals

    def fit(self, task: Task) -> Affine:
        """Return the fitted weights and biases."""
        if task.diagonal:
            return diagonal_fit(task.spikes, task.goal, task.per_unit)
        centre = task.given[0] if self.near else np.zeros_like(task.given[0])
        return ridge(task.spikes, task.goal, centre, given=task.given)
