"""Measuring again: the report of a graph that was changed after it was compiled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from snnir.analysis import measure
from snnir.compiler.checks import check_conformance, checked_ranges, range_watch, with_chip
from snnir.compiler.report import make_report
from snnir.data.derivatives import derivative_errors
from snnir.data.points import Points
from snnir.errors import Diagnostic, UsageError
from snnir.ir import Graph
from snnir.metrics import Derivatives
from snnir.ops import layer_widths
from snnir.registry import backend_for, code_class
from snnir.report import Report
from snnir.setting import Setting


def report_again(
    graph: Graph,
    old: Graph,
    ann: Graph,
    report: Report,
    *,
    setting: Setting,
    source: Graph,
    points: Points,
) -> Report:
    """Return the report of a changed graph, all of it measured on these points.

    What the compile tried on its way is left out: it was about another graph.

    Args:
        graph: The changed graph.
        old: The one that it was made from.
        ann: The canonical analog network.
        report: Of the old graph.
        setting: What both were compiled for and with.
        source: The form of the analog network that spikes stand for.
        points: That calibration did not see, by input name.

    Raises:
        UsageError: It is not a changed form of the old one; code ``other-network``, all findings at once.
        ModelError: It does not conform to the target; all findings at once.
    """
    _check_same_kind(graph, old)
    profile = backend_for(setting.target).target.with_reader(setting.reader, setting.form)
    target = replace(profile, semantics=setting.semantics)
    check_conformance(graph, target)
    watch = range_watch(graph, target)
    measured = measure(graph, source, points, setting.semantics, original=ann, ranges=watch)
    ranges = checked_ranges(watch)
    sections = (
        *code_class(setting.code)().sections(graph, source, points, setting.semantics),
        *backend_for(setting.target).sections(graph, setting, points),
    )
    made = make_report(graph, ann, setting, measured=measured, quantised=report.quantised_ann, sections=sections)
    stream = report.stream and replace(report.stream, points=measured.inferences.most)
    return replace(
        with_chip(made, graph, target, ranges),
        source=report.source,
        versions=report.versions,
        domain=report.domain,
        columns=report.columns,
        stream=stream,
        derivatives=_derivatives(graph, ann, points, setting, report.derivatives),
        notes=report.notes,
    )


def _derivatives(
    graph: Graph, ann: Graph, points: Points, setting: Setting, old: Derivatives | None
) -> Derivatives | None:
    """Return the errors of derivatives on the same lines as before; None where there were none."""
    if old is None:
        return None
    kinds = {value.name: value.type.dtype for value in graph.inputs}
    box = {name: np.array(ends, dtype=kinds[name]) for name, ends in setting.domain.items()}
    samples = points if old.kind == "segments" else None
    return derivative_errors(graph, ann, setting.semantics, box, old.labels, samples=samples, seed=setting.seed)


def _check_same_kind(graph: Graph, old: Graph) -> None:
    """Check that inputs, outputs and neuron layers are those of the old graph.

    Raises:
        UsageError: Some are not.
    """
    before, after = _described(old), _described(graph)
    hint = "compile the network that it is; only what is inside a compiled one may change"
    findings = [
        Diagnostic("other-network", f"its {what} are {after[what]}, not {wanted}", graph.name, hint)
        for what, wanted in before.items()
        if after[what] != wanted
    ]
    if findings:
        raise UsageError(findings)


def _described(graph: Graph) -> dict[str, str]:
    """Return what must not change, in words."""
    described = {
        "inputs": {value.name: str(value.type) for value in graph.inputs},
        "outputs": {name: str(graph.types[name]) for name in graph.outputs},
        "neuron layers": {name: graph.by_name[name].op.mnemonic for name in layer_widths(graph)},
    }
    return {
        what: ", ".join(f"{name}: {kind}" for name, kind in found.items()) or "none"
        for what, found in described.items()
    }
