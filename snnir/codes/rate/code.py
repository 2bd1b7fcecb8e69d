"""The `rate` code: one signed integrate-and-fire neuron per unit; arithmetic: `snnir.codes.rate.clipped`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from snnir.codes.base import Task
from snnir.codes.ladder import Ladder
from snnir.codes.ramps.code import Ramps
from snnir.codes.ramps.normalise import Normalise
from snnir.codes.ramps.options import NORMALISE, THRESHOLDS, fitted, uniform_findings
from snnir.codes.ramps.tune import Tune
from snnir.codes.rate.advanced import Advanced
from snnir.codes.rate.thresholds import Thresholds
from snnir.errors import Diagnostic
from snnir.passes import Calibration, Pass
from snnir.passes.least_squares import LeastSquares
from snnir.passes.light import Light
from snnir.target import Target

PAPER_THRESHOLDS = Thresholds(rule="squared-error", per="layer", enlarge_last=True)
"""For the paper's calibrations: they keep the weights' meaning, so a neuron must look like its activation function."""

CAPPED_THRESHOLDS = Thresholds(rule="capped", per="neuron", enlarge_last=False)
"""For least squares after tuning, which finds a use for whatever clipped lines there are."""


@dataclass(frozen=True)
class Rate(Ramps):
    """The value of a unit is the mean of one signed neuron's spikes (Zhang et al.).

    Attributes:
        thresholds: How they are scaled; None takes what suits the calibration.
        normalise: Scale all thresholds to 1; else membranes are in the units of the analog network.
    """

    name: ClassVar[str] = "rate"
    signed: ClassVar[bool] = True
    integer_calibrations: ClassVar[frozenset[str] | None] = frozenset({"least-squares"})
    thresholds: Thresholds | None = field(default=None, metadata=THRESHOLDS.metadata)
    normalise: bool = field(default=True, metadata=NORMALISE.metadata)

    def misfits(self, target: Target, calibration: Calibration) -> Iterator[Diagnostic]:
        """Yield why a target does not take its options, or a calibration."""
        yield from super().misfits(target, calibration)
        yield from uniform_findings(target, normalise=self.normalise)

    def lower(self, task: Task) -> tuple[Pass, ...]:
        """Return what scales thresholds, and tunes the network of clipped lines for least squares."""
        if self.tunes(task):
            return (self.thresholds or CAPPED_THRESHOLDS, Normalise(), Tune(offset=10.0))
        return (self.thresholds or PAPER_THRESHOLDS,)

    def fit(self, task: Task) -> tuple[Pass, ...]:
        """Return the calibration."""
        fitting: dict[Calibration, tuple[Pass, ...]] = {
            "none": (Normalise(),),
            "light": (Light(), Normalise()),
            "advanced": (Advanced(), Normalise()),
            "least-squares": (LeastSquares(tuned=True),),
        }
        return fitted(task, fitting, normalise=self.normalise)

    def by_steps(self) -> bool:
        """Whether thresholds depend on the number of steps."""
        return self.thresholds is not None and self.thresholds.rule == "squared-error"

    def ladder(self) -> Ladder:
        """Return steps up to 256: then the clipped line is what is left of the error."""
        return Ladder(
            (self,),
            low=4,
            high=256,
            usual=48,
            law="counts",
            limit="a neuron of the rate code computes a clipped line, so more steps stop helping; "
            "use `code` population",
            surveyed=tuple((self, steps) for steps in (4, 8, 16, 32, 64, 128, 256)),
            rank=20,
        )
