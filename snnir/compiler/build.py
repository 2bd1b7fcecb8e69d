"""From a file to a compiled network: read, canonicalise, make it spike, check it against the target, measure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np

from snnir.analysis import measure, merges_before_units, thinned
from snnir.codes import GAINS, STREAM_ERROR, Code
from snnir.compiler.compiled import Compiled
from snnir.compiler.options import DEFAULT_ERROR, SEARCHED_STEPS, Options
from snnir.compiler.report import make_report
from snnir.errors import ModelError, model_error, usage_error
from snnir.files import read_bytes
from snnir.ir import Graph, is_spiking
from snnir.ops import SigmaDelta
from snnir.passes import Calibration, Context, Thresholds, analog_pipeline, spiking_pipeline
from snnir.points import Domain, Points, Split, check_points, sample, split, sweep
from snnir.provenance import Source
from snnir.registry import Backend, backend_for, frontend_for, targets
from snnir.semantics import evaluate, one_thread_each
from snnir.target import conformance
from snnir.types import Array

Progress: TypeAlias = Callable[[str, float], None]
"""Called with what is being done and the part of it that is done, from 0 to 1."""
NEAR_ENOUGH = 1.1
"""Where the error asked for is out of reach, the fewest steps within this factor of the least error are taken."""
LIMITS: dict[str, str] = {
    "rate": "the rate code computes a clipped line per unit, so more steps stop helping; "
    "use --code population, or ask for a larger --error",
    "population": "populations of more neurons come nearer: --neurons-per-unit; or ask for a larger --error",
    "sigma-delta": "every change is sent already, and single precision gives no less; ask for a larger --error",
}
"""What holds each code back, and what to do about it."""
MARGINS = (0.95, 0.8, 0.6, 0.4, 0.2, 0.1)
"""Parts of the error asked for that thresholds are made for, one after the other, until unseen streams keep it."""


def load(path: str | Path) -> Graph:
    """Read a network from a file, check it, and return it as a graph.

    Args:
        path: Its ending chooses the frontend: ``.onnx``.

    Raises:
        UsageError: There is no such file, or no frontend for it.
        ModelError: The file cannot be read exactly; all findings at once.
    """
    path = Path(path)
    data = read_bytes(path)
    graph = frontend_for(path).load(path)
    return replace(graph, source=Source(path.name, hashlib.sha256(data).hexdigest()))


def compile(  # noqa: A001 - the name that users expect: snnir.compile
    graph: Graph,
    *,
    target: str = "nir",
    domain: Domain | None = None,
    samples: Array | Points | None = None,
    code: str = "rate",
    steps: int | None = None,
    error: float | None = None,
    calibration: Calibration = "least-squares",
    seed: int = 0,
    reader: str | None = None,
    neurons_per_unit: int | None = None,
    thresholds: Thresholds | None = None,
    normalise: bool = True,
    progress: Progress | None = None,
) -> Compiled:
    """Turn an analog network into a spiking one and measure it on points that calibration did not see.

    Args:
        graph: From `load`.
        target: Where it is meant to run.
        domain: Intervals to draw points from: by column for a single input, else by input name.
        samples: Points instead of a domain: an array ``[points, columns]``, or arrays by input name.
        code: How units travel as spikes: ``rate``, ``population`` or ``sigma-delta``. The last is for streams: the
            order of points counts, and it is measured on lines through the domain, or on samples in their order.
        steps: T, the time steps of one inference; searched for if None. In the sigma-delta code 1.
        error: Relative L2 conversion error to reach.
        calibration: ``none``, ``light``, ``advanced`` or ``least-squares``.
        seed: Of everything random.
        reader: Not in this version.
        neurons_per_unit: K of the population code, 8 if None.
        thresholds: How the rate code scales thresholds, instead of what suits the calibration.
        normalise: Scale all thresholds to 1; else membranes are in the units of the analog network.
        progress: Called while it works.

    Raises:
        UsageError: An argument is wrong; all findings at once.
        ModelError: The model cannot be compiled for the target, or the error is out of reach.
    """
    options = Options(target, code, steps, error, calibration, thresholds, normalise, seed, reader, neurons_per_unit)
    backend = backend_for(target)
    if code not in backend.target.codes:
        able = (name for name in targets() if code in backend_for(name).target.codes)
        hint = f"use: {', '.join(sorted(backend.target.codes))}; or --target {' or '.join(able)}"
        raise usage_error("code-not-on-target", f"target {target!r} cannot carry the {code} code", "--code", hint)
    with one_thread_each():  # so that the bytes do not depend on the number of threads
        ann, points = _prepare(graph, domain, samples, options, backend)
        job = _Job(ann, points, backend, options, progress or _silent)
        if code == "sigma-delta":
            return _search_thresholds(job)
        return job.at(options.steps) if options.steps is not None and error is None else _search(job)


def _silent(_: str, __: float) -> None:
    """Report progress to nobody."""


def _prepare(
    graph: Graph, domain: Domain | None, samples: Array | Points | None, options: Options, backend: Backend
) -> tuple[Graph, Split]:
    """Return the canonical network and the points, checked against each other."""
    if any(is_spiking(graph, node) for node in graph.nodes):
        hint = "compile the network that it was made from; `snnir inspect` and `snnir run` take compiled ones"
        raise model_error("already-spiking", "this network is compiled already", graph.name, hint)
    if (domain is None) == (samples is None):
        inputs = ", ".join(f"{value.name}: {value.type}" for value in graph.inputs)
        message = (
            "points are needed to calibrate and to measure on"
            if domain is None
            else "give a domain or samples, not both"
        )
        raise usage_error("no-points", message, f"inputs {inputs}", '--domain "x=-1:1,t=0:1" or --samples POINTS.npy')
    seed, stream = options.seed, options.code == "sigma-delta"
    if domain is not None:
        points = (sweep if stream else sample)(graph, domain, seed)
    else:
        arrays: Any = samples if isinstance(samples, Mapping) else {"": samples}
        points = split(graph, check_points(arrays, graph.inputs, "samples"), seed, stream=stream)
    ann = analog_pipeline(graph, Context(points.calibration, backend.target.semantics, seed=seed))
    _check_same(graph, ann, points.held_out)
    if merges_before_units(ann):
        points = replace(points, calibration=thinned(ann, points.calibration))
    return ann, points


def _check_same(graph: Graph, ann: Graph, points: Points) -> None:
    """Compare the canonical network with the imported one; no pass may change what is computed.

    Raises:
        ModelError: They differ, or give numbers that are not finite.
    """
    few = {value.name: _first(points[value.name], value.type.shape) for value in graph.inputs}
    with np.errstate(all="ignore"):
        before, after = evaluate(graph, few), evaluate(ann, few)
    for name in graph.outputs:
        if not np.all(np.isfinite(before[name])):
            hint = "check the domain: the model may not be defined on all of it"
            raise model_error("not-finite", "the model gives NaN or infinite numbers", f"output {name!r}", hint)
        scale = max(float(np.max(np.abs(before[name]), initial=0)), 1e-37)
        difference = float(np.max(np.abs(after[name].astype(np.float64) - before[name]), initial=0)) / scale
        if difference > 1e-4:
            message = f"canonicalising changed the result by {difference:.1e} of its largest value"
            hint = "this is a defect of snnir, or the weights span too many orders of magnitude for their type"
            raise model_error("canonical-differs", message, f"output {name!r}", hint)


def _first(array: Array, shape: tuple[int | str, ...]) -> Array:
    return array[tuple(slice(64) if isinstance(dim, str) else slice(None) for dim in shape)]


@dataclass(frozen=True)
class _Job:
    """Everything but the number of steps."""

    ann: Graph
    points: Split
    backend: Backend
    options: Options
    progress: Progress

    def at(self, steps: int, error: float = STREAM_ERROR, gains: tuple[float, ...] = GAINS) -> Compiled:
        """Compile for a number of steps; in the sigma-delta code, for an error on the calibration points."""
        target, options = self.backend.target, self.options
        if options.code == "sigma-delta":
            options = replace(options, calibration="none")
        context = Context(self.points.calibration, target.semantics, steps, options.seed)
        made = spiking_pipeline(
            self.ann,
            context,
            options.calibration,
            options.thresholds,
            code=cast("Code", options.code),
            neurons_per_unit=options.neurons_per_unit,
            error=error,
            gains=gains,
            normalise=options.normalise,
            report=self.progress,
        )
        graph = made.graph
        findings = conformance(graph, target)
        if findings:
            raise ModelError(findings)
        measured = measure(
            graph,
            self.ann,
            self.points.held_out,
            target.semantics,
            reference=made.reference,
            progress=lambda part: self.progress("measure", part),
        )
        if not np.isfinite(measured.conversion["rel_l2"]):
            hint = "its weights or values span more than 32-bit numbers can hold; scale its inputs and outputs"
            raise model_error("not-finite", "the spiking network gives NaN or infinite numbers", self.ann.name, hint)
        report = make_report(graph, self.ann, options, steps, measured)
        if self.points.lines is not None:
            counts = [part["count"] for part in measured.inferences["regions"]]
            report["stream"] = {"points": max(counts), "lines": self.points.lines}
        return Compiled(graph, self.ann, options.target, target.semantics, report)


def _search(job: _Job) -> Compiled:
    """Return the network with the fewest steps that reaches the error asked for, or the nearest.

    Raises:
        ModelError: The user asked for an error that is out of reach; code ``error-not-reached``.
    """
    goal = DEFAULT_ERROR if job.options.error is None else job.options.error
    candidates = SEARCHED_STEPS if job.options.steps is None else (job.options.steps,)
    tried: list[Compiled] = []
    for steps in candidates:
        tried.append(job.at(steps))
        if tried[-1].rel_l2 <= goal:
            break
    least = min(each.rel_l2 for each in tried)
    chosen = next(each for each in tried if each.rel_l2 <= max(goal, least * NEAR_ENOUGH))
    if chosen.rel_l2 > goal and job.options.error is not None:
        nearest = min(tried, key=lambda each: each.rel_l2)
        message = f"the nearest to an error of {goal:g} is {nearest.rel_l2:.2e}, with {nearest.report['steps']} steps"
        raise model_error("error-not-reached", message, job.ann.name, LIMITS[job.options.code])
    rows = [
        {"steps": each.report["steps"], "rel_l2": each.rel_l2, "per_unit": each.report["spikes"]["per_unit"]}
        for each in tried
    ]
    search = {"goal": goal, "reached": chosen.rel_l2 <= goal, "tried": rows}
    return replace(chosen, report={**chosen.report, "search": search})


def _search_thresholds(job: _Job) -> Compiled:
    """Return the network of streams with the highest thresholds that keeps the error on unseen points, or the nearest.

    Raises:
        ModelError: The user asked for an error that is out of reach; code ``error-not-reached``.
    """
    goal = STREAM_ERROR if job.options.error is None else job.options.error
    tried: list[Compiled] = []
    gains: tuple[float, ...] = GAINS
    for margin in MARGINS:
        tried.append(job.at(1, goal * margin, gains))
        gains = tuple({op.gain for op in _senders(tried[-1].graph)})  # the best ones: no need to try all again
        if tried[-1].rel_l2 <= goal:
            break
    chosen = min(tried, key=lambda each: (each.rel_l2 > goal, each.rel_l2))
    if chosen.rel_l2 > goal and job.options.error is not None:
        message = f"the nearest to an error of {goal:g} is {chosen.rel_l2:.2e}"
        raise model_error("error-not-reached", message, job.ann.name, LIMITS[job.options.code])
    rows = [
        {"threshold": _threshold(each), "rel_l2": each.rel_l2, "per_unit": each.report["spikes"]["per_unit"]}
        for each in tried
    ]
    search = {"goal": goal, "reached": chosen.rel_l2 <= goal, "tried": rows}
    return replace(chosen, report={**chosen.report, "search": search})


def _senders(graph: Graph) -> Iterator[SigmaDelta]:
    return (node.op for node in graph.nodes if isinstance(node.op, SigmaDelta))


def _threshold(compiled: Compiled) -> float:
    """Return the mean threshold of a network of streams."""
    layers = compiled.report["layers"]
    return float(sum(each["threshold"] * each["neurons"] for each in layers) / sum(each["neurons"] for each in layers))
