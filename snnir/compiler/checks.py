"""Whether a spiking graph fits its target, and what it takes of the chip."""

from __future__ import annotations

from dataclasses import replace

from snnir.analysis import RangeWatch, range_findings, resources, static_ranges
from snnir.errors import ModelError
from snnir.ir import Graph
from snnir.metrics import Range
from snnir.report import Report
from snnir.target import Target, conformance


def check_conformance(graph: Graph, target: Target) -> None:
    """Check that a graph conforms to its target.

    Raises:
        ModelError: It does not; all findings at once.
    """
    findings = list(conformance(graph, target))
    if findings:
        raise ModelError(findings)


def range_watch(graph: Graph, target: Target) -> RangeWatch | None:
    """Return what sees the ranges of integers while a network is simulated; None where numbers are no integers."""
    return None if target.semantics.integer is None else RangeWatch(graph, target.semantics)


def checked_ranges(watch: RangeWatch | None) -> tuple[Range, ...]:
    """Return the ranges of an integer network that was simulated on points which calibration did not see; else nothing.

    Raises:
        ModelError: A number does not fit its format; all findings at once.
    """
    if watch is None:
        return ()
    ranges = (*static_ranges(watch.graph, watch.semantics), *watch.ranges())
    findings = list(range_findings(ranges))
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
