"""From an imported network and what was asked for to a job: points, and checks of all against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from snnir.analysis import merges_before_units, thinned
from snnir.compiler.given_passes import with_given_passes
from snnir.compiler.job import Job
from snnir.compiler.options import Options
from snnir.compiler.progress import Progress, Teller
from snnir.data.box import box_of
from snnir.data.domain import Domain
from snnir.data.points import Points, check_points, first_points
from snnir.data.sampling import Split, sample, split, sweep
from snnir.errors import UsageError, model_error, usage_error
from snnir.ir import Graph, is_spiking
from snnir.ops import Scan
from snnir.passes import Context, Pass, analog_pipeline, run_passes
from snnir.registry import backend_for, carried, targets
from snnir.semantics import evaluate
from snnir.target import Target, cannot_carry
from snnir.types import Array


def make_job(
    graph: Graph,
    options: Options,
    domain: Domain | None,
    samples: Array | Points | None,
    progress: Progress | None,
    *,
    passes: tuple[Pass, ...] = (),
) -> Job:
    """Return a network with its points, checked against each other and against the target.

    Passes of the user run on the canonical network; what they make takes its place.

    Raises:
        UsageError: The points or the code do not fit; all findings at once.
        ModelError: The network cannot be compiled.
    """
    target = options.place
    _check_code(options, target)
    if options.legacy and not target.readers:
        raise usage_error("no-legacy", f"target {target.name!r} writes no file for old readers", "`legacy`")
    ann, points = _prepare(graph, domain, samples, options, target)
    ann = with_given_passes(ann, passes, points, target.semantics, options.seed)
    source = _rewritten(ann, points, options, target)
    box = box_of(graph, points.calibration, domain)
    return Job(ann, source, points, domain, box, target, options, Teller(progress))


def _check_code(options: Options, target: Target) -> None:
    """Check the codes that were asked for against the target.

    Raises:
        UsageError: It carries none of them, or none with their options; all findings of the first.
    """
    able = [each for each in options.candidates if target.carries(each.name, each.neurons)]
    if not able and len(options.candidates) == 1:
        code = options.candidates[0]
        others = (name for name in targets() if backend_for(name).target.carries(code.name, code.neurons))
        names = backend_for(target.name).target.able(code.name)
        readers = f"; or `reader` {' or '.join(names)}" if names else ""
        hint = f"use: {', '.join(carried(target))}{readers}; or `target` {' or '.join(others)}"
        message = cannot_carry(target, code.name, code.neurons, signed=code.signed)
        raise usage_error("code-not-on-target", message, "`code`", hint)
    found = [tuple(each.misfits(target, options.calibration)) for each in able]
    if found and all(found):
        raise UsageError(found[-1])


def _prepare(
    graph: Graph, domain: Domain | None, samples: Array | Points | None, options: Options, target: Target
) -> tuple[Graph, Split]:
    """Return the canonical network and the points, checked against each other."""
    if any(graph.of(Scan)):
        hint = "`snnir run` and `snnir inspect` take such networks"
        raise model_error("already-spiking", "this network runs step by step already", graph.name, hint)
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
        raise usage_error("no-points", message, f"inputs {inputs}", '`domain` "x=-1:1,t=0:1" or `samples` POINTS.npy')
    seed, stream = options.seed, any(each.stream for each in options.candidates)
    if domain is not None:
        points = (sweep if stream else sample)(graph, domain, seed)
    else:
        arrays: Any = samples if isinstance(samples, Mapping) else {"": samples}
        points = split(graph, check_points(arrays, graph.inputs, "samples"), seed, stream=stream)
    ann = analog_pipeline(graph, Context(points.calibration, target.semantics, seed=seed))
    _check_same(graph, ann, points.held_out)
    if merges_before_units(ann):
        points = replace(points, calibration=thinned(ann, points.calibration), pool=None)
    return ann, points


def _rewritten(ann: Graph, points: Split, options: Options, target: Target) -> Graph:
    """Return the form of the network that spikes stand for, checked against the one given.

    Codes among which a search chooses have the options in common that decide about it.
    """
    steps = options.candidates[0].rewriting()
    if not steps:
        return ann
    rewritten = run_passes(ann, steps, Context(points.calibration, target.semantics))
    _check_same(ann, rewritten, points.held_out)
    return rewritten


def _check_same(graph: Graph, ann: Graph, points: Points) -> None:
    """Compare the canonical network with the imported one; no pass may change what is computed.

    Raises:
        ModelError: They differ, or give numbers that are not finite.
    """
    few = {value.name: first_points(points[value.name], value.type.shape, 64) for value in graph.inputs}
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
