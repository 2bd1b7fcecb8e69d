"""How the compile report is put together."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version

from snnir.analysis import Measurement, find_layers, host_parts
from snnir.errors import SnnirError
from snnir.ir import Graph
from snnir.metrics import QuantisedErrors, Section
from snnir.ops import layer_widths
from snnir.provenance import Source
from snnir.registry import backend_for, code_class
from snnir.report import Report, SourceReport
from snnir.setting import Setting


def make_report(
    graph: Graph,
    ann: Graph,
    setting: Setting,
    *,
    measured: Measurement,
    quantised: QuantisedErrors | None,
    sections: Iterable[Section],
) -> Report:
    """Return what is known of a compiled network from its measurement and from what was asked for."""
    units, neurons = sum(layer.width for layer in find_layers(ann)), sum(layer_widths(graph).values())
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
        energy_by_model=measured.energy_by_model,
        layers=measured.layers,
        bound=measured.bound,
        host=host_parts(graph),
        source=SourceReport(**asdict(ann.source or Source("", ""))),
        versions={name: version(name) for name in ("snnir", "numpy", "scipy")} | {"python": platform.python_version()},
        sections=tuple(sections),
    )


def read_report(plain: Mapping[str, object], where: str) -> Report:
    """Return the report in an archive, with the sections of its code and target.

    Sections of a code or target that is not installed are shown as they are. Arguments and errors as of `Report.of`.
    """
    with suppress(SnnirError):
        code_class(str(plain.get("code")))
    with suppress(SnnirError):
        backend_for(str(plain.get("target")))
    return Report.of(plain, where)
