"""The pipeline, top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from snnir.analysis import limit, with_further_points
from snnir.codes import GAINS, NEURONS_PER_UNIT, STREAM_ERROR, Code
from snnir.ir import Graph
from snnir.passes.activations import Activations
from snnir.passes.advanced import Advanced
from snnir.passes.base import Context, Pass, run_passes
from snnir.passes.canonicalise import Canonicalise
from snnir.passes.changes import Changes
from snnir.passes.couple import Couple
from snnir.passes.difference import Difference
from snnir.passes.fold import Fold
from snnir.passes.fuse import Fuse
from snnir.passes.join import Join
from snnir.passes.least_squares import LeastSquares
from snnir.passes.light import Light
from snnir.passes.normalise import Normalise
from snnir.passes.pipelining import Pipelining
from snnir.passes.populate import Populate
from snnir.passes.precision import Precision
from snnir.passes.quantise import Quantise
from snnir.passes.quantise_changes import QuantiseChanges
from snnir.passes.quantise_digits import QuantiseDigits
from snnir.passes.resolution import Resolution
from snnir.passes.rewriting import with_steps
from snnir.passes.separate import Separate
from snnir.passes.thresholds import Thresholds
from snnir.passes.tune import STEPS, Tune
from snnir.semantics import Semantics

Calibration: TypeAlias = Literal["none", "light", "advanced", "least-squares"]
CALIBRATIONS: tuple[Calibration, ...] = get_args(Calibration)

PAPER_THRESHOLDS = Thresholds(rule="squared-error", per="layer", enlarge_last=True)
"""For the paper's calibrations: they keep the weights' meaning, so a neuron must look like its activation function."""

CAPPED_THRESHOLDS = Thresholds(rule="capped", per="neuron", enlarge_last=False)
"""For least squares after tuning, which finds a use for whatever clipped lines there are."""

ACTIVITY = 1e-2
"""Weight of the mean activity of populations, at most."""


@dataclass(frozen=True)
class Recipe:
    """What a calibration does to a coupled graph.

    Attributes:
        scale: Sets thresholds, and changes what the network is meant to compute.
        fit: Makes its spikes compute that.
        tuned: What is fitted is the limit of the scaled network, not the analog one.
    """

    scale: tuple[Pass, ...]
    fit: tuple[Pass, ...]
    tuned: bool = False


@dataclass(frozen=True)
class Converted:
    """A spiking network and what it is meant to compute.

    Attributes:
        graph: The spiking network.
        reference: The analog network that its spikes were fitted to: the one it came from, or a tuned one.
    """

    graph: Graph
    reference: Graph


def _rate(thresholds: Thresholds | None) -> Mapping[Calibration, Recipe]:
    """Return what follows coupling in the rate code."""
    paper = thresholds or PAPER_THRESHOLDS
    return {
        "none": Recipe((paper,), (Normalise(),)),
        "light": Recipe((paper,), (Light(), Normalise())),
        "advanced": Recipe((paper,), (Advanced(), Normalise())),
        "least-squares": Recipe(
            (thresholds or CAPPED_THRESHOLDS, Normalise(), Tune(offset=10.0)), (LeastSquares(tuned=True),), tuned=True
        ),
    }


def _population(per_unit: int, goal: float, semantics: Semantics) -> Mapping[Calibration, Recipe]:
    """Return what follows coupling in the population code; neurons are placed, not scaled.

    Silence is worth as much as the error that is asked for: with an activity of 0.003, 0.01 and 0.03 a goal of 1e-2
    costs 3.3, 3.1 and 3.1 times the ANN's energy on Poisson (K = 4), 5.8, 5.6 and 6.3 on Burgers, each with the fewest
    steps that reach it; and larger, longer steps of Adam, which get further towards silence, 2.6 and 5.3. For larger
    errors it is not worth more: 0.1 for a goal of 1e-1 leaves small networks too coarse.

    Where membranes start from zero, training is short: what is missing at the start is no noise, and longer training
    trusts it too much. On Burgers as spyx runs it (K = 4, T = 32) 3,000 steps give 3.5e-2, 500 larger ones 2.1e-2.
    """
    populate = Populate(per_unit)
    # The mean spikes of a neuron that is silent or saturated half of the time scatter so much.
    noise = 1 / (24 * STEPS**2)
    if semantics.initial:
        tune = Tune(iterations=3000, activity=min(goal, ACTIVITY), rate=1e-2, noise=noise, batch=64)
    else:
        tune = Tune(iterations=500, activity=min(goal, ACTIVITY) / 3, rate=2e-2, noise=noise)
    return {
        "none": Recipe((populate,), ()),
        "light": Recipe((populate,), (Light(),)),
        "advanced": Recipe((populate,), (LeastSquares(),)),
        "least-squares": Recipe((populate, tune), (LeastSquares(tuned=True),), tuned=True),
    }


def _radix(context: Context, *, pipelined: bool) -> Mapping[Calibration, Recipe]:
    """Return what follows coupling in the radix code; calibration and resolution depend on each other.

    Where points fill a domain of few inputs, units that depend on each other there may fall silent: nothing else can
    happen. Elsewhere weights stay near the given ones.
    """
    scale = (Difference(), Resolution())
    fit = LeastSquares(near=not context.filled)
    once = (Resolution(), fit)
    last = (Pipelining(),) if pipelined else ()
    return {
        "none": Recipe(scale, last),
        "light": Recipe(scale, (Light(), *last)),
        "advanced": Recipe(scale, (fit, *last)),
        "least-squares": Recipe(scale, (fit, *once, *once, *once, *last)),
    }


def _sigma_delta(error: float, error_of: str, gains: tuple[float, ...]) -> Mapping[Calibration, Recipe]:
    """Return what follows coupling in the sigma-delta code: its neurons compute f itself, so nothing is fitted."""
    return {"none": Recipe((Changes(error, gains, error_of),), ())}


def _quantisation(code: Code, *, tuned: bool) -> Pass:
    """Return what makes integers of a code."""
    if code == "sigma-delta":
        return QuantiseChanges()
    return QuantiseDigits() if code == "radix" else Quantise(tuned=tuned)


def analog_pipeline(graph: Graph, context: Context) -> Graph:
    """Return the canonical analog network of an imported graph."""
    return run_passes(graph, (Fold(), Canonicalise(), Fuse(), Separate()), context)


def spiking_pipeline(
    ann: Graph,
    context: Context,
    calibration: Calibration,
    thresholds: Thresholds | None = None,
    *,
    code: Code = "rate",
    neurons_per_unit: int | None = None,
    goal: float = 1e-2,
    pipelined: bool = False,
    error: float = STREAM_ERROR,
    error_of: str = "both",
    gains: tuple[float, ...] = GAINS,
    normalise: bool = True,
    relays: bool = True,
    memo: MutableMapping[tuple[Any, ...], Graph] | None = None,
    fitted: bool = True,
    report: Callable[[str, float], None] | None = None,
) -> Converted:
    """Return the spiking network of a canonical analog one, with what it was fitted to.

    Args:
        ann: From `analog_pipeline`.
        context: Calibration points, semantics, steps and seed.
        calibration: Which of `CALIBRATIONS`.
        thresholds: How the rate code scales them; what suits the calibration if None.
        code: How units travel as spikes.
        neurons_per_unit: Of the population code; `NEURONS_PER_UNIT` if None.
        goal: Of the population code: the error that is asked for; the smaller, the less is sacrificed to silence.
        pipelined: Layers of the radix code start while digits still arrive.
        error: Of the sigma-delta code: what its thresholds keep on the calibration points.
        error_of: What that error is of, see `snnir.analysis.asked_error`.
        gains: Of the sigma-delta code: beta of its neurons, to choose from.
        normalise: Leave all thresholds at 1; else membranes are in the analog network's units.
        relays: The target adds spikes up in places that are no neurons; else matrices are joined.
        memo: Keeps tuned networks between calls with the same network, points, semantics and seed: what is tuned does
            not depend on the number of steps.
        fitted: Fit it to its spikes and to the target's integers; else only the reference is of use.
        report: Called with the name of the running pass and the part of it that is done.
    """
    recipes: dict[Code, Callable[[], Mapping[Calibration, Recipe]]] = {
        "rate": lambda: _rate(thresholds),
        "population": lambda: _population(neurons_per_unit or NEURONS_PER_UNIT, goal, context.semantics),
        "radix": lambda: _radix(context, pipelined=pipelined),
        "sigma-delta": lambda: _sigma_delta(error, error_of, gains),
    }
    recipe = recipes[code]()[calibration]
    running = ""

    def start(step: Pass) -> None:
        nonlocal running
        running = step.name
        progress(0.0)

    def progress(part: float) -> None:
        if report is not None:
            report(running, part)

    context = replace(context, ann=ann, progress=progress)
    if code == "radix" and not context.filled:
        given, bounded = context.points, context.bounded
        further = context.known.once("further", given, lambda: with_further_points(ann, given, bounded=bounded))
        context = replace(context, points=further)
    canonical = frozenset({"folded", "canonical"})
    scaling = (Activations(), Couple(), Precision(), *recipe.scale)
    floats = replace(context, semantics=replace(context.semantics, integer=None))
    fitting = (*recipe.fit, *(() if normalise else (Normalise(amplitudes=True),)))
    rounding: tuple[Pass, ...] = () if relays else (Join(),)
    if context.semantics.integer is not None:
        fitting = recipe.fit if code == "radix" else ()
        rounding = (_quantisation(code, tuned=recipe.tuned),)
    if recipe.tuned and (thresholds is None or thresholds.rule != "squared-error"):
        key = (code, neurons_per_unit, thresholds, goal)
        kept: MutableMapping[tuple[Any, ...], Graph] = {} if memo is None else memo
        if key not in kept:
            kept[key] = run_passes(ann, scaling, replace(floats, steps=STEPS), canonical, before=start)
        scaled = with_steps(kept[key], context.steps)
    else:
        scaled = run_passes(ann, scaling, floats, canonical, before=start)
    joined = not relays and code not in {"radix", "sigma-delta"}
    tuned = Join().run(scaled, context) if joined else scaled
    reference = limit(tuned, context.semantics) if recipe.tuned or joined else ann
    if not fitted:
        return Converted(scaled, reference)
    properties = canonical.union(*(step.establishes for step in scaling))
    graph = run_passes(scaled, fitting, floats, properties, before=start)
    properties = properties.union(*(step.establishes for step in fitting))
    return Converted(run_passes(graph, rounding, context, properties, before=start), reference)
