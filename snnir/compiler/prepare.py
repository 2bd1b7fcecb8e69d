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
from snnir.data.points import Domain, Points, Split, check_points, first_points, sample, split, sweep
from snnir.errors import Diagnostic, UsageError, model_error, usage_error
from snnir.ir import Graph, is_spiking
from snnir.ops import Scan
from snnir.passes import Context, Pass, Products, analog_pipeline, run_pass
from snnir.registry import backend_for, targets
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
    if options.code != "auto" and options.code not in target.codes:
        able = (name for name in targets() if options.code in backend_for(name).target.codes)
        hint = f"use: {', '.join(sorted(target.codes))}; or --target {' or '.join(able)}"
        raise usage_error("code-not-on-target", cannot_carry(target, options.code), "--code", hint)
    if options.legacy and not target.readers:
        raise usage_error("no-legacy", f"target {target.name!r} writes no file for old readers", "--legacy")
    _check_chip(options, target)
    ann, points = _prepare(graph, domain, samples, options, target)
    ann = with_given_passes(ann, passes, points, target.semantics, options.seed)
    source = _without_products(ann, points, target) if options.products == "spikes" else ann
    box = box_of(graph, points.calibration, domain)
    return Job(ann, source, points, domain, box, target, options, Teller(progress))


def _check_chip(options: Options, target: Target) -> None:
    """Check what was asked for against a target whose neurons are reached by synapses only.

    Raises:
        UsageError: It cannot do so; all findings at once.
    """
    if target.relays:
        return
    found: list[Diagnostic] = []
    fitted = {"least-squares"} if options.code == "rate" else {"least-squares", "advanced"}
    if target.semantics.integer is not None and options.code != "sigma-delta" and options.calibration not in fitted:
        message = f"integers of target {target.name!r} are fitted to its spikes by least squares"
        hint = f"use {' or '.join(sorted(fitted))}, or --target nir or numpy"
        found.append(Diagnostic("bad-calibration", message, f"--calibration {options.calibration}", hint))
    if options.pipelined:
        message = f"layers of target {target.name!r} wait for all digits"
        found.append(Diagnostic("bad-pipelined", message, "--pipelined", "leave it out, or use --target numpy"))
    if not options.normalise:
        message = f"the neurons of a layer have one threshold on target {target.name!r}"
        found.append(Diagnostic("bad-normalise", message, "normalise", "leave it out"))
    if found:
        raise UsageError(found)


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
        raise usage_error("no-points", message, f"inputs {inputs}", '--domain "x=-1:1,t=0:1" or --samples POINTS.npy')
    seed, stream = options.seed, options.code == "sigma-delta"
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


def _without_products(ann: Graph, points: Split, target: Target) -> Graph:
    """Return the network with squares of sums in the place of products of signals, checked against the one given."""
    squared = run_pass(Products(), ann, Context(points.calibration, target.semantics))
    _check_same(ann, squared, points.held_out)
    return squared


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
