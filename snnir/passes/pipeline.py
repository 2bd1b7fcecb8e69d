"""The pipeline, top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal, TypeAlias, get_args

from snnir.codes import NEURONS_PER_UNIT, Code
from snnir.ir import Graph
from snnir.passes.activations import Activations
from snnir.passes.advanced import Advanced
from snnir.passes.base import Context, Pass, run_passes
from snnir.passes.canonicalise import Canonicalise
from snnir.passes.couple import Couple
from snnir.passes.fold import Fold
from snnir.passes.fuse import Fuse
from snnir.passes.least_squares import LeastSquares
from snnir.passes.light import Light
from snnir.passes.normalise import Normalise
from snnir.passes.populate import Populate
from snnir.passes.precision import Precision
from snnir.passes.separate import Separate
from snnir.passes.thresholds import Thresholds
from snnir.passes.tune import Tune

Calibration: TypeAlias = Literal["none", "light", "advanced", "least-squares"]
CALIBRATIONS: tuple[Calibration, ...] = get_args(Calibration)

PAPER_THRESHOLDS = Thresholds(rule="squared-error", per="layer", enlarge_last=True)
"""For the paper's calibrations: they keep the weights' meaning, so a neuron must look like its activation function."""

CAPPED_THRESHOLDS = Thresholds(rule="capped", per="neuron", enlarge_last=False)
"""For least squares after tuning, which finds a use for whatever clipped lines there are."""


def _rate(thresholds: Thresholds | None) -> Mapping[Calibration, tuple[Pass, ...]]:
    """Return what follows coupling in the rate code, by calibration."""
    paper = thresholds or PAPER_THRESHOLDS
    return {
        "none": (paper, Normalise()),
        "light": (paper, Light(), Normalise()),
        "advanced": (paper, Advanced(), Normalise()),
        "least-squares": (thresholds or CAPPED_THRESHOLDS, Normalise(), Tune(), LeastSquares(tuned=True)),
    }


def _population(per_unit: int, steps: int) -> Mapping[Calibration, tuple[Pass, ...]]:
    """Return what follows coupling in the population code, by calibration; neurons are placed, not scaled."""
    populate = Populate(per_unit)
    noise = 1 / (24 * steps**2)  # of the mean spikes of a neuron that is silent or saturated at half of the points
    tune = Tune(iterations=1000, activity=0.003, rate=2e-2, noise=noise)
    return {
        "none": (populate,),
        "light": (populate, Light()),
        "advanced": (populate, LeastSquares()),
        "least-squares": (populate, tune, LeastSquares(tuned=True)),
    }


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
    normalise: bool = True,
    report: Callable[[str, float], None] | None = None,
) -> Graph:
    """Return the spiking network of a canonical analog one.

    Args:
        ann: From `analog_pipeline`.
        context: Calibration points, semantics, steps and seed.
        calibration: Which of `CALIBRATIONS`.
        thresholds: How the rate code scales them; what suits the calibration if None.
        code: How units travel as spikes.
        neurons_per_unit: Of the population code; `NEURONS_PER_UNIT` if None.
        normalise: Leave all thresholds at 1; else membranes are in the analog network's units.
        report: Called with the name of the running pass and the part of it that is done.
    """
    scale = () if normalise else (Normalise(amplitudes=True),)
    population = _population(neurons_per_unit or NEURONS_PER_UNIT, context.steps)
    fit = (_rate(thresholds) if code == "rate" else population)[calibration]
    passes = (Activations(), Couple(), Precision(), *fit, *scale)
    running = ""

    def start(step: Pass) -> None:
        nonlocal running
        running = step.name
        progress(0.0)

    def progress(part: float) -> None:
        if report is not None:
            report(running, part)

    context = replace(context, ann=ann, progress=progress)
    return run_passes(ann, passes, context, frozenset({"folded", "canonical"}), before=start)
