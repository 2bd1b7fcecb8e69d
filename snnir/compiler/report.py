"""The compile report."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from snnir.analysis import Bound, Measurement, Rounding, find_layers, host_parts
from snnir.ir import Graph
from snnir.ops import layer_widths
from snnir.provenance import Source
from snnir.setting import Setting


def make_report(
    graph: Graph,
    ann: Graph,
    setting: Setting,
    *,
    measured: Measurement,
    quantised: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return everything that is known of a compiled network as plain JSON, with the keys that users rely on."""
    return {
        "target": setting.target,
        "reader": setting.reader,
        "form": setting.form,
        "legacy": setting.legacy,
        "code": setting.code,
        "steps": setting.steps,
        "calibration": setting.calibration,
        "seed": setting.seed,
        **({} if quantised is None else {"quantised_ann": dict(quantised)}),
        **measured_part(graph, ann, measured),
        "source": _source(ann.source or Source("", "")),
        "versions": {name: version(name) for name in ("snnir", "numpy", "scipy")}
        | {"python": platform.python_version()},
    }


def measured_part(graph: Graph, ann: Graph, measured: Measurement) -> dict[str, Any]:
    """Return what of a report follows from a graph and its measurement alone."""
    units = sum(layer.width for layer in find_layers(ann))
    neurons = sum(layer_widths(graph).values())
    return {
        "latency": measured.latency,
        "units": units,
        "neurons": neurons,
        "neurons_per_unit": neurons / units,
        "conversion": dict(measured.conversion),
        "outputs": [dict(row) for row in measured.outputs],
        "inferences": dict(measured.inferences),
        "spikes": dict(measured.spikes),
        **({} if measured.messages is None else {"messages": dict(measured.messages)}),
        "operations": dict(measured.operations),
        "energy_pj": dict(measured.energy_pj),
        "layers": [dict(row) for row in measured.layers],
        "bound": _bound(measured.bound),
        **({} if measured.rounding is None else {"a_priori": _a_priori(measured.rounding)}),
        "host": host_parts(graph),
    }


def _source(source: Source) -> dict[str, Any]:
    return {**asdict(source), "notes": list(source.notes)}


def _a_priori(rounding: Rounding) -> dict[str, float]:
    return {"bound": rounding.bound, "expected": rounding.expected, "points": rounding.points}


def _bound(bound: Bound) -> dict[str, Any]:
    return {**asdict(bound), "parts": [{**asdict(part), "sources": list(part.sources)} for part in bound.parts]}
