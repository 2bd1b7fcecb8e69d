"""Passes that were chosen by hand, on any graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from snnir.errors import Diagnostic, UsageError
from snnir.ir import Graph
from snnir.passes.base import Between, Context, Pass, run_pass
from snnir.passes.properties import ANALOG


def run_chosen(graph: Graph, steps: Sequence[Pass], context: Context, between: Between | None = None) -> Graph:
    """Run passes as `run_passes` does; the analog network of the context is the last analog graph on the way.

    Args:
        graph: Analog, or spiking already; then the context must have the analog network that it came from.
        steps: In the order of running.
        context: With points, where a pass reads them.
        between: See `run_passes`.

    Raises:
        UsageError: A pass reads points or an analog network, and there is none, codes ``no-points`` and ``no-analog``;
            or the order is wrong.
        ModelError: A pass refused the model, or did not keep its contract.
    """
    findings = [each for step in steps for each in _missing(step, graph, context)]
    if findings:
        raise UsageError(findings)
    for last, step in zip((None, *steps), steps, strict=False):
        if between is not None:
            between(last, graph, step)
        if ANALOG.holds(graph):
            context = replace(context, ann=graph)
        graph = run_pass(step, graph, context)
    if between is not None:
        between(steps[-1] if steps else None, graph, None)
    return graph


def _missing(step: Pass, graph: Graph, context: Context) -> list[Diagnostic]:
    """Return what a pass reads and the context has not."""
    found: list[Diagnostic] = []
    if "points" in step.needs and not context.points:
        hint = "give a domain or samples"
        found.append(Diagnostic("no-points", f"pass {step.name} reads calibration points", step.name, hint))
    if "ann" in step.needs and context.ann is None and not ANALOG.holds(graph):
        message = f"pass {step.name} reads the analog network, and a spiking graph comes without it"
        found.append(Diagnostic("no-analog", message, step.name, "start from the analog network"))
    return found
