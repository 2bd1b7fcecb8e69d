"""Whether a spiking graph fits its target, and what it takes of the chip."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from snnir.analysis import Measurement, Range, dynamic_ranges, range_findings, resources, static_ranges
from snnir.data.points import Points, first_points
from snnir.errors import ModelError
from snnir.ir import Graph
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


def chip_part(
    graph: Graph, target: Target, measured: Measurement, ranges: tuple[Range, ...], steps: int
) -> dict[str, Any]:
    """Return what the report says of integers and of the chip."""
    integer, found = target.semantics.integer, dict[str, Any]()
    if integer is not None:
        found["ranges"] = [asdict(each) for each in ranges]
    if integer is not None and target.capacity is not None:
        spikes = {row["name"]: row["rate"] * row["neurons"] * steps for row in measured.layers}
        found["chip"] = resources(graph, target.capacity, integer.weight_bits, spikes)
    return found
