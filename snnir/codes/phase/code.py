"""The `phase` code: ramps of z as in the `population` code, each sent as binary digits, most significant first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from snnir.analysis import thinned
from snnir.codes.base import Task
from snnir.codes.ladder import Ladder
from snnir.codes.phase.gates import Gates
from snnir.codes.phase.grid import Grid
from snnir.codes.phase.phases import Phases
from snnir.codes.phase.quantise_ramps import QuantiseRamps
from snnir.codes.phase.section import lost_digits
from snnir.codes.pipelined import PIPELINED, pipelined_findings
from snnir.codes.population.populate import Populate
from snnir.codes.ramps.code import Populations
from snnir.codes.ramps.options import RAMPS, scaled
from snnir.codes.ramps.tune import STEPS, Tune
from snnir.errors import Diagnostic
from snnir.ir import Graph
from snnir.metrics import Section
from snnir.passes import Calibration, Pass
from snnir.semantics import Semantics
from snnir.target import Target
from snnir.types import Array

MAX_DIGITS = 12
"""More would follow the rounding of 32-bit membranes, whose gates are up to a thousand times a ramp."""
NEURONS_PER_UNIT = 4
SILENCING = 0.1
"""Weight of the activity that training begins with, for errors of `USUAL_ERROR`; it falls like their square."""
USUAL_ERROR = 1e-2
ITERATIONS = 3000
RATE = 1e-2
FINE = 3e-3
"""Goals below this take smaller steps."""
MIN_GOAL = 2.5e-3
"""Below, radix needs no more: on Poisson 2.4e-3 at 0.25 of the ANN's energy, and here (K = 2) 2.3e-3 at 0.27. Training
takes ever longer there."""
MAX_LONGER = 3.0
"""How much longer it trains for smaller errors, at most."""


@dataclass(frozen=True)
class Phase(Populations):
    """The value of a unit is a weighted sum of K ramps, each of them a number in unsigned binary digits.

    Attributes:
        neurons_per_unit: K; None is searched for, or 4.
        pipelined: Layers start while digits still arrive: fewer steps in all.
    """

    name: ClassVar[str] = "phase"
    economical: ClassVar[bool] = True
    max_steps: ClassVar[int] = MAX_DIGITS
    usual_steps: ClassVar[int] = 5
    neurons: ClassVar[frozenset[str]] = frozenset({"binary_digits"})
    usual_size: ClassVar[int] = NEURONS_PER_UNIT
    pipelined: bool = field(default=False, metadata=PIPELINED.metadata)

    def words(self, steps: int | None) -> str:
        """Return a setting in short, e.g. ``phase, K = 4, 5 digits``."""
        return f"{self.name}, K = {self.size}, {steps} digits"

    def misfits(self, target: Target, calibration: Calibration) -> Iterator[Diagnostic]:
        """Yield why a target does not take its options, or a calibration."""
        yield from super().misfits(target, calibration)
        yield from pipelined_findings(target, pipelined=self.pipelined)

    def lower(self, task: Task) -> tuple[Pass, ...]:
        """Return what places the ramps, and tunes the network of them for least squares."""
        return (Populate(self.size), *((_tune(task.error),) if self.tunes(task) else ()))

    def shape(self) -> tuple[Pass, ...]:
        """Return what sends ramps as digits."""
        return (Phases(self.pipelined),)

    def fit(self, task: Task) -> tuple[Pass, ...]:
        """Return the calibration, encoders that add, sums that are exact, and gates that no such sum opens early.

        Integers are fitted while they are made.
        """
        if task.semantics.integer is not None:
            return ()
        return (*RAMPS[task.calibration], *scaled(normalise=task.uniform_thresholds), Grid(), Gates())

    def quantise(self, task: Task) -> tuple[Pass, ...]:
        """Return what makes integers that fit its digits."""
        return (QuantiseRamps(tuned=self.tunes(task)),)

    def ladder(self) -> Ladder:
        """Return ever more neurons per unit, and digits."""
        few = ((2, 4), (2, 5), (2, 6), (2, 8), (4, 4), (4, 6), (8, 6))
        return Ladder(
            self.variants(),
            low=2,
            high=MAX_DIGITS,
            usual=5,
            law="places",
            limit="more neurons per unit come nearer: `neurons_per_unit`",
            surveyed=self.surveyed(few, (3, 4, 5, 6, 8)),
            rank=15,
            least=MIN_GOAL,
        )

    def equal_bits(self, steps: int) -> int:
        """Return one bit for each digit."""
        return steps

    def sections(
        self, graph: Graph, ann: Graph, points: Mapping[str, Array], semantics: Semantics
    ) -> Iterator[Section]:
        """Yield where digits are lost."""
        yield lost_digits(graph, thinned(ann, points), semantics)


def _tune(error: float) -> Tune:
    """Return the training that spends an error on silence.

    Half of it is the last of the digits that training gets the noise of: 6 for 1e-2. Small errors need longer training,
    and units that a large weight of the activity has silenced for good are missed there: on Burgers (K = 4) a goal of
    3e-3 leaves 4.4e-3 with a weight of 0.1 to begin with, 3.2e-3 with 0.03, and 2.5e-3 with 0.01 in 9,000 iterations.

    Below 3e-3 smaller steps are what helps: on Poisson (K = 8, goal 3e-4, 9,000 iterations) 1.0e-3 is left with the
    rate of 1e-2, and 6.6e-4 with 2e-3; 20,000 iterations leave 1.2e-3 and 5.2e-4. More neurons need longer and larger
    batches: K = 16, 40,000 iterations, batches of 128, five minutes: 3.5e-4, at 3.8 times the ANN's energy.
    """
    part = min(error / USUAL_ERROR, 1.0)
    longer = min(1 / part, MAX_LONGER)
    digits = int(np.clip(np.ceil(np.log2(0.5 / error)), 4, MAX_DIGITS))
    return Tune(
        iterations=round(ITERATIONS * longer),
        activity=min(error, USUAL_ERROR),
        rate=RATE * min(error / FINE, 1.0) ** 0.7,
        noise=1 / (24 * STEPS**2),
        batch=64,
        work=longer,
        budget=error,
        silencing=SILENCING * part**2,
        digits=digits,
    )
