"""The compile report."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from snnir.analysis import Bound, Measurement, find_layers, host_parts
from snnir.compiler.options import Options
from snnir.ir import Graph
from snnir.ops import Neuron


def make_report(graph: Graph, ann: Graph, options: Options, steps: int, measured: Measurement) -> dict[str, Any]:
    """Return everything that is known of a compiled network as plain JSON, with the keys that users rely on."""
    units = sum(layer.width for layer in find_layers(ann))
    neurons = sum(node.op.neurons for node in graph.nodes if isinstance(node.op, Neuron))
    return {
        "target": options.target,
        "code": options.code,
        "steps": steps,
        "calibration": options.calibration,
        "seed": options.seed,
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
        "host": host_parts(graph),
        "source": asdict(ann.source) if ann.source else {"file": "", "sha256": ""},
        "versions": {name: version(name) for name in ("snnir", "numpy", "scipy")}
        | {"python": platform.python_version()},
    }


def _bound(bound: Bound) -> dict[str, Any]:
    return {**asdict(bound), "parts": [{**asdict(part), "sources": list(part.sources)} for part in bound.parts]}
