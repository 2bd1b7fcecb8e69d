"""The `first-spike` code: ramps of z as in the `population` code, each sent as the time of a single spike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, log2
from typing import ClassVar

from snnir.codes.base import Asked, Task
from snnir.codes.first_spike.first_spikes import FirstSpikes
from snnir.codes.first_spike.restrain import Restrain
from snnir.codes.ladder import Ladder
from snnir.codes.population.populate import Populate
from snnir.codes.ramps.code import Populations
from snnir.codes.ramps.options import RAMPS
from snnir.codes.ramps.tune import STEPS, Tune
from snnir.errors import Diagnostic
from snnir.passes import Context, Pass
from snnir.passes.join import Join

MIN_STEPS = 4
TUNE = Tune(iterations=3000, activity=0.0, rate=1e-2, noise=1 / (24 * STEPS**2), batch=64)
"""Activity is of no account: every neuron fires once."""


@dataclass(frozen=True)
class FirstSpikeCode(Populations):
    """The value of a unit is a weighted sum of K ramps, each of them the time of one spike, in T values.

    A layer reads for T steps and then sends for T steps. No neuron fires twice, so it runs where neurons reset to zero.

    Attributes:
        neurons_per_unit: K; 4 if None.
    """

    name: ClassVar[str] = "first-spike"
    joined: ClassVar[bool] = True
    max_steps: ClassVar[int] = 128
    neurons: ClassVar[frozenset[str]] = frozenset({"first_spike"})
    usual_size: ClassVar[int] = 4

    def words(self, steps: int | None) -> str:
        """Return a setting in short, e.g. ``first-spike, K = 4, T = 32``."""
        return f"{self.name}, K = {self.size}, T = {steps}"

    def check(self, asked: Asked) -> Iterator[Diagnostic]:
        """Yield what is wrong with steps and neurons per unit."""
        yield from super().check(asked)
        if asked.steps is not None and 1 <= asked.steps < MIN_STEPS:
            message = f"{asked.steps} time steps are too few for times of spikes"
            yield Diagnostic("bad-steps", message, "`steps`", f"choose {MIN_STEPS} to {self.max_steps}, e.g. 32")

    def prepared(self, context: Context) -> Context:
        """Return what conversion may look at: neurons are placed and trained as ramps, whatever they reset to."""
        return replace(context, semantics=replace(context.semantics, reset="subtract"))

    def lower(self, task: Task) -> tuple[Pass, ...]:
        """Return what places the ramps, and tunes the network of them for least squares."""
        return (Populate(self.size), *((TUNE,) if self.tunes(task) else ()))

    def shape(self) -> tuple[Pass, ...]:
        """Return what makes ramps times of spikes."""
        return (FirstSpikes(),)

    def fit(self, task: Task) -> tuple[Pass, ...]:
        """Return the calibration, one matrix between layers, and what keeps neurons silent as they read."""
        return (*RAMPS[task.calibration], Join(), Restrain())

    def ladder(self) -> Ladder:
        """Return ever more neurons per unit, and steps."""
        few = ((2, 16), (2, 32), (2, 64), (4, 16), (4, 32), (4, 64))
        return Ladder(
            self.variants(),
            low=8,
            high=self.max_steps,
            usual=32,
            law="counts",
            limit="more neurons per unit come nearer: `neurons_per_unit`",
            surveyed=self.surveyed(few, (8, 16, 32, 64)),
            rank=25,
        )

    def equal_bits(self, steps: int) -> int:
        """Return the bits of a fixed-point number with as many values as there are steps."""
        return ceil(log2(steps))
