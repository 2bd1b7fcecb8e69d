"""From a canonical analog network to a spiking one, in any code."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from snnir.analysis import limit
from snnir.codes.base import Code, Task
from snnir.codes.ramps.activations import Activations
from snnir.codes.ramps.tune import STEPS
from snnir.ir import Graph
from snnir.passes import Calibration, Context, Pass, run_passes
from snnir.passes.couple import Couple
from snnir.passes.join import Join
from snnir.passes.precision import Precision
from snnir.passes.rewriting import with_steps


@dataclass(frozen=True)
class Converted:
    """A spiking network and what it is meant to compute.

    Attributes:
        graph: The spiking network.
        reference: The analog network that its spikes were fitted to: the one it came from, or a tuned one.
    """

    graph: Graph
    reference: Graph


def spiking_pipeline(
    ann: Graph,
    context: Context,
    code: Code,
    calibration: Calibration = "least-squares",
    *,
    error: float = 1e-2,
    error_of: str = "both",
    lowering: tuple[Pass, ...] = (),
    memo: MutableMapping[tuple[Any, ...], Graph] | None = None,
    uniform_thresholds: bool = False,
    fitted: bool = True,
    report: Callable[[str, float], None] | None = None,
) -> Converted:
    """Return the spiking network of a canonical analog one, with what it was fitted to.

    Args:
        ann: From `snnir.passes.analog_pipeline`.
        context: Calibration points, semantics, steps and seed.
        code: How units travel as spikes.
        calibration: Which of `snnir.passes.CALIBRATIONS`.
        error: The error that is asked for.
        error_of: What that error is of, see `snnir.analysis.asked_error`.
        lowering: Passes of the target, after calibration; quantisation takes their place where it has integers.
        memo: Keeps tuned networks between calls with the same network, points, semantics and seed: what is tuned does
            not depend on the number of steps.
        uniform_thresholds: All neurons of a layer must have the same threshold.
        fitted: Fit it to its spikes and to the target's integers; else only the reference is of use.
        report: Called with the name of the running pass and the part of it that is done.
    """
    listener = _Listener(report)
    context = code.prepared(replace(context, ann=ann, progress=listener.progress))
    task = Task(calibration, error, error_of, context.semantics, context.filled, uniform_thresholds)
    floats = replace(context, semantics=replace(context.semantics, integer=None))
    scaling = (Activations(), Couple(), Precision(), *code.lower(task))
    if not code.tunes(task) or code.by_steps():
        scaled = run_passes(ann, scaling, floats, listener.start)
    else:
        kept: MutableMapping[tuple[Any, ...], Graph] = {} if memo is None else memo
        key = (code, task.error)
        if key not in kept:
            kept[key] = run_passes(ann, scaling, replace(floats, steps=STEPS), listener.start)
        scaled = with_steps(kept[key], context.steps)
    scaled = run_passes(scaled, code.shape(), floats)
    # Networks of integers are joined, see `JOINED`, whatever else their target needs.
    wiring = lowering or ((Join(),) if code.joined or context.semantics.integer is not None else ())
    exact = code.exact or not wiring
    reference = ann if exact and not code.tunes(task) else _limit(scaled, context, () if exact else wiring)
    if not fitted:
        return Converted(scaled, reference)
    fitting = code.fit(task)
    last = lowering if context.semantics.integer is None else code.quantise(task)
    graph = run_passes(scaled, fitting, floats, listener.start)
    return Converted(run_passes(graph, last, context, listener.start), reference)


class _Listener:
    """Reports which pass runs and what part of it is done.

    Args:
        report: Called with both; None for no reports.
    """

    def __init__(self, report: Callable[[str, float], None] | None) -> None:
        self._report = report
        self._running = ""

    def start(self, _: Pass | None, __: Graph, step: Pass | None) -> None:
        """Note that a pass begins."""
        if step is not None:
            self._running = step.name
            self.progress(0.0)

    def progress(self, part: float) -> None:
        """Report the part of the running pass that is done, from 0 to 1."""
        if self._report is not None:
            self._report(self._running, part)


def _limit(scaled: Graph, context: Context, lowering: tuple[Pass, ...]) -> Graph:
    """Return what the neurons of a scaled network tend to, once it has the form of its target."""
    return limit(run_passes(scaled, lowering, context), context.semantics)
