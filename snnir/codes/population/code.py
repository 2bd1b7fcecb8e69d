"""The `population` code: K plain neurons per unit, ramps of z; arithmetic: `snnir.codes.ramps.populations`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from snnir.codes.base import Asked, Task
from snnir.codes.ladder import Ladder
from snnir.codes.option import Option
from snnir.codes.population.populate import Populate
from snnir.codes.population.products import Products
from snnir.codes.ramps.code import Populations
from snnir.codes.ramps.options import NORMALISE, RAMPS, fitted, uniform_findings
from snnir.codes.ramps.populations import NEURONS_PER_UNIT
from snnir.codes.ramps.tune import STEPS, Tune
from snnir.errors import Diagnostic, did_you_mean
from snnir.passes import Calibration, Pass
from snnir.semantics import Semantics
from snnir.target import Target

ACTIVITY = 1e-2
"""Weight of the mean activity of populations, at most."""
PRODUCTS = ("host", "spikes")

PRODUCTS_OPTION = Option(
    help="Where layers are multiplied: host, or spikes (population code).",
    finding="unknown-products",
    lacking="the {code} code cannot compute squares of sums",
    hint="use `code` population, or leave products on the host",
    persists=True,
)


@dataclass(frozen=True)
class Population(Populations):
    """The value of a unit is a weighted sum of the spikes of K unipolar neurons, which stands for any f.

    Attributes:
        neurons_per_unit: K; None is searched for, or 8.
        products: Where signals are multiplied between layers: on the ``host``, or as squares of sums in ``spikes``.
        normalise: Scale all thresholds to 1; else membranes are in the units of the analog network, and encoders add
            and subtract instead of multiplying. None: only where all neurons of a layer have the same threshold.
    """

    name: ClassVar[str] = "population"
    usual_size: ClassVar[int] = NEURONS_PER_UNIT
    products: str = field(default="host", metadata=PRODUCTS_OPTION.metadata)
    normalise: bool | None = field(default=None, metadata=NORMALISE.metadata)

    def words(self, steps: int | None) -> str:
        """Return a setting in short, e.g. ``population, K = 8, T = 32``."""
        return f"{self.name}, K = {self.size}, T = {steps}"

    def check(self, asked: Asked) -> Iterator[Diagnostic]:
        """Yield what is wrong with steps, neurons per unit and products."""
        yield from super().check(asked)
        if self.products not in PRODUCTS:
            hint = did_you_mean(self.products, PRODUCTS)
            yield Diagnostic("unknown-products", f"products are not taken in {self.products!r}", "`products`", hint)

    def misfits(self, target: Target, calibration: Calibration) -> Iterator[Diagnostic]:
        """Yield why a target does not take its options, or a calibration."""
        yield from super().misfits(target, calibration)
        yield from uniform_findings(target, normalise=self.normalise is not False)

    def rewriting(self) -> tuple[Pass, ...]:
        """Return the pass that makes squares of sums of products, if that is asked for."""
        return (Products(),) if self.products == "spikes" else ()

    def lower(self, task: Task) -> tuple[Pass, ...]:
        """Return what places the neurons, and tunes the network of ramps for least squares."""
        populate = Populate(self.size)
        return (populate, _tune(task.error, task.semantics)) if self.tunes(task) else (populate,)

    def fit(self, task: Task) -> tuple[Pass, ...]:
        """Return the calibration, and what takes the gains of encoders into thresholds."""
        normalise = task.uniform_thresholds if self.normalise is None else self.normalise
        return fitted(task, RAMPS, normalise=normalise)

    def ladder(self) -> Ladder:
        """Return ever more neurons per unit and steps; more steps where K is fixed."""
        free = self.neurons_per_unit is None
        few = ((2, 8), (4, 8), (4, 16), (8, 16), (8, 32), (8, 64))
        return Ladder(
            self.variants(),
            low=4,
            high=64 if free else 128,
            usual=16,
            law="counts",
            limit="populations of more neurons come nearer: `neurons_per_unit`",
            surveyed=self.surveyed(few, (8, 16, 32, 64, 128)),
            rank=30,
        )


def _tune(error: float, semantics: Semantics) -> Tune:
    """Return the training of the network that populations tend to.

    Silence is worth as much as the error that is asked for: with an activity of 0.003, 0.01 and 0.03 a goal of 1e-2
    costs 3.3, 3.1 and 3.1 times the ANN's energy on Poisson (K = 4), 5.8, 5.6 and 6.3 on Burgers, each with the fewest
    steps that reach it; and larger, longer steps of Adam, which get further towards silence, 2.6 and 5.3. For larger
    errors it is not worth more: 0.1 for a goal of 1e-1 leaves small networks too coarse.

    Where membranes start from zero, training is short: what is missing at the start is no noise, and longer training
    trusts it too much. On Burgers as spyx runs it (K = 4, T = 32) 3,000 steps give 3.5e-2, 500 larger ones 2.1e-2.
    """
    # The mean spikes of a neuron that is silent or saturated half of the time scatter so much.
    noise = 1 / (24 * STEPS**2)
    if semantics.initial:
        return Tune(iterations=3000, activity=min(error, ACTIVITY), rate=1e-2, noise=noise, batch=64)
    return Tune(iterations=500, activity=min(error, ACTIVITY) / 3, rate=2e-2, noise=noise)
