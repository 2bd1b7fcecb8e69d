"""How the compile report is put together."""

from __future__ import annotations

import platform
from dataclasses import asdict, replace
from importlib.metadata import version

from snnir.analysis import Measurement, find_layers, host_parts
from snnir.ir import Graph
from snnir.metrics import QuantisedErrors
from snnir.ops import layer_widths
from snnir.provenance import Source
from snnir.report import Report, SourceReport
from snnir.setting import Setting


def make_report(
    graph: Graph,
    ann: Graph,
    setting: Setting,
    *,
    measured: Measurement,
    quantised: QuantisedErrors | None,
) -> Report:
    """Return what is known of a compiled network from its measurement and from what was asked for."""
    units, neurons = _units(ann), _neurons(graph)
    return Report(
        target=setting.target,
        reader=setting.reader,
        form=setting.form,
        legacy=setting.legacy,
        code=setting.code,
        steps=setting.steps,
        calibration=setting.calibration,
        seed=setting.seed,
        quantised_ann=quantised,
        latency=measured.latency,
        units=units,
        neurons=neurons,
        neurons_per_unit=neurons / units,
        conversion=measured.errors.total,
        outputs=measured.errors.outputs,
        inferences=measured.inferences,
        spikes=measured.spikes,
        messages=measured.messages,
        operations=measured.operations,
        energy_pj=measured.energy_pj,
        layers=measured.layers,
        bound=measured.bound,
        a_priori=measured.a_priori,
        host=host_parts(graph),
        source=SourceReport(**asdict(ann.source or Source("", ""))),
        versions={name: version(name) for name in ("snnir", "numpy", "scipy")} | {"python": platform.python_version()},
    )


def measured_again(report: Report, graph: Graph, ann: Graph, measured: Measurement) -> Report:
    """Return a report with what follows from a graph and its measurement alone; all that others measured is left out.

    Args:
        report: Of the graph that this one was made from.
        graph: The changed one.
        ann: The canonical analog network.
        measured: What the changed one does.
    """
    units, neurons = _units(ann), _neurons(graph)
    return replace(
        report,
        latency=measured.latency,
        units=units,
        neurons=neurons,
        neurons_per_unit=neurons / units,
        conversion=measured.errors.total,
        outputs=measured.errors.outputs,
        inferences=measured.inferences,
        spikes=measured.spikes,
        messages=measured.messages,
        operations=measured.operations,
        energy_pj=measured.energy_pj,
        layers=measured.layers,
        bound=measured.bound,
        a_priori=measured.a_priori,
        host=host_parts(graph),
        ranges=None,
        chip=None,
        stream=None,
        search=None,
        derivatives=None,
        graph_sha256=None,
        sections=(),
        other=None,
    )


def _units(ann: Graph) -> int:
    return sum(layer.width for layer in find_layers(ann))


def _neurons(graph: Graph) -> int:
    return sum(layer_widths(graph).values())
