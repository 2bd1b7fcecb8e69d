"""Whether a spiking graph fits its target, and what it takes of the chip."""

from __future__ import annotations

from dataclasses import replace

from snnir.analysis import dynamic_ranges, range_findings, resources, static_ranges
from snnir.data.points import Points, first_points
from snnir.errors import ModelError
from snnir.ir import Graph
from snnir.metrics import Range
from snnir.report import Report
from snnir.target import Target, conformance

MANY = 1024
"""Points per axis that ranges are measured on."""


def checked_ranges(graph: Graph, target: Target, points: Points) -> tuple[Range, ...]:
    """Return the ranges of an integer network, measured on points that calibration did not see; else nothing.

    Raises:
        ModelError: The graph does not conform to the target, or does not fit it; all findings at once.
    """
    findings = list(conformance(graph, target))
    ranges: tuple[Range, ...] = ()
    if not findings and target.semantics.integer is not None:
        few = {value.name: first_points(points[value.name], value.type.shape, MANY) for value in graph.inputs}
        ranges = (*static_ranges(graph, target.semantics), *dynamic_ranges(graph, few, target.semantics))
        findings += range_findings(ranges)
    if findings:
        raise ModelError(findings)
    return ranges


def with_chip(report: Report, graph: Graph, target: Target, ranges: tuple[Range, ...]) -> Report:
    """Return a report with the ranges of integers and the use of the chip.

    Args:
        report: Of the graph.
        graph: Spiking.
        target: Where it is meant to run.
        ranges: From `checked_ranges`.
    """
    integer = target.semantics.integer
    if integer is None:
        return report
    if target.capacity is None:
        return replace(report, ranges=ranges)
    spikes = {row.name: row.rate * row.neurons * report.steps for row in report.layers}
    return replace(report, ranges=ranges, chip=resources(graph, target.capacity, integer.weight_bits, spikes))
