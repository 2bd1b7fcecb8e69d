"""The pipeline, top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal, TypeAlias, get_args

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


def _calibrations(thresholds: Thresholds | None) -> Mapping[Calibration, tuple[Pass, ...]]:
    paper = thresholds or PAPER_THRESHOLDS
    return {
        "none": (paper, Normalise()),
        "light": (paper, Light(), Normalise()),
        "advanced": (paper, Advanced(), Normalise()),
        "least-squares": (thresholds or CAPPED_THRESHOLDS, Normalise(), Tune(), LeastSquares(tuned=True)),
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
    normalise: bool = True,
    report: Callable[[str, float], None] | None = None,
) -> Graph:
    """Return the spiking network of a canonical analog one.

    Args:
        ann: From `analog_pipeline`.
        context: Calibration points, semantics, steps and seed.
        calibration: Which of `CALIBRATIONS`.
        thresholds: How to scale them; what suits the calibration if None.
        normalise: Leave all thresholds at 1; else membranes are in the analog network's units.
        report: Called with the name of the running pass and the part of it that is done.
    """
    scale = () if normalise else (Normalise(amplitudes=True),)
    passes = (Activations(), Couple(), Precision(), *_calibrations(thresholds)[calibration], *scale)
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
