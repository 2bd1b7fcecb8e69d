"""The backend: lowers, hands over the bytes of a program, and runs it between what the host does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from snnir.analysis import host_graph, host_stages, spiking_ends
from snnir.data.points import first_points
from snnir.errors import SnnirError
from snnir.io.arrays import npz
from snnir.io.files import read_bytes
from snnir.io.programs import differences
from snnir.ir import Graph, prune
from snnir.metrics import Section
from snnir.registry import Backend, Observed, Platform, Trial
from snnir.semantics import evaluate
from snnir.setting import Setting
from snnir.target import Target
from snnir.types import Array
from snnir_sanafe.lower import lower
from snnir_sanafe.run import Start, interpreter, is_here
from snnir_sanafe.section import measured, not_measured
from snnir_sanafe.targets import INSTALL, MODULE, OBSERVED, SANAFE

PROGRAM = Path(__file__).with_name("program.py")
FEW = 8
"""Points that a compile runs on the chip for its report."""
SECONDS = 600.0
"""That they may take."""


@final
class SanafeBackend(Backend):
    """Writes programs for SANA-FE."""

    target: Target = SANAFE
    platform = Platform(
        "sana-fe",
        MODULE,
        INSTALL,
        observed=OBSERVED,
        points=64,
        seconds=2.0,
        hosted=False,
        architectures=True,
        title="SANA-FE",
    )

    def emit(self, graph: Graph, setting: Setting) -> Mapping[str, bytes]:
        """Return a program, which is the same for all networks, and its arrays.

        Args:
            graph: A compiled graph.
            setting: Which neurons it was compiled for.

        Raises:
            ModelError: The graph cannot be expressed; all findings at once.
        """
        return {".py": PROGRAM.read_bytes(), ".npz": npz(lower(prune(graph), setting.semantics))}

    def run(self, path: Path, graph: Graph, setting: Setting, trial: Trial) -> Observed:
        """Run an emitted program in SANA-FE; see `snnir.registry.Backend.run`."""
        files = {suffix: read_bytes(path.with_suffix(suffix)) for suffix in self.target.artifacts}
        expected = lower(prune(graph), setting.semantics)
        where = path.with_suffix(".npz").name
        changed = differences(files, PROGRAM.read_bytes(), expected, where, shape=_shape)
        start = Start(interpreter(trial.python), trial.seconds, path.name, trial.architecture)
        done = _run(prune(graph), files, trial.inputs, start, json.loads(bytes(expected["plan"])))
        return Observed(done.outputs, done.spikes, done.versions, changed, (done.section,))

    def sections(self, graph: Graph, setting: Setting, points: Mapping[str, Array]) -> Iterator[Section]:
        """Yield energy and latency of a few points, where SANA-FE is installed; else how to install it."""
        if not is_here():
            yield not_measured(f"Not measured, as SANA-FE is not installed: {INSTALL}; then run snnir verify.")
            return
        shapes = {value.name: value.type.shape for value in graph.inputs}
        few = {name: first_points(array, shapes[name], FEW) for name, array in points.items()}
        try:
            files = self.emit(graph, setting)
            plan = json.loads(bytes(lower(prune(graph), setting.semantics)["plan"]))
            start = Start(interpreter(), SECONDS, graph.name)
            yield _run(prune(graph), files, few, start, plan).section
        except SnnirError as error:
            yield not_measured(f"Not measured: {error}")


@dataclass(frozen=True)
class _Done:
    """What a network did on the chip and on the host.

    Attributes:
        outputs: Of the graph.
        spikes: By layer, ``[steps, points, neurons]``.
        section: What it took of the chip.
        versions: Of what ran it.
    """

    outputs: dict[str, Array]
    spikes: dict[str, Array]
    section: Section
    versions: dict[str, str]


def _run(graph: Graph, files: Mapping[str, bytes], points: Mapping[str, Array], start: Start, plan: Any) -> _Done:
    """Run the host part here, and the spiking parts on the chip, as soon as what they read is there."""
    ends = spiking_ends(graph)
    made: dict[str, Array] = {}
    record: dict[str, Array] = {}
    for stage in host_stages(host_graph(graph), ends):
        names = tuple(name for index in stage.parts for name in ends[index][0])
        if not names:
            continue
        currents = evaluate(graph, {**points, **made}, outputs=names)
        leads = {name: currents[ends[index][0][0]].shape[:-1] for index in stage.parts for name in ends[index][1]}
        flat = {name: each.reshape(-1, each.shape[-1]) for name, each in currents.items()}
        values, found = start.run(files, flat)
        made |= {name: values[name].reshape(*lead, -1) for name, lead in leads.items()}
        record |= found
    steps = {outputs: part["steps"] for (_, outputs), part in zip(ends, plan["parts"], strict=True)}
    costs = {outputs: _under(record, f"cost/{index}/") for index, (_, outputs) in enumerate(ends)}
    return _Done(
        outputs=evaluate(graph, {**points, **made}),
        spikes={name: each.transpose(1, 0, 2) for name, each in _under(record, "spikes/").items()},
        section=measured(costs, steps, start.architecture, OBSERVED),
        versions={name: str(each) for name, each in _under(record, "versions/").items()},
    )


def _under(record: Mapping[str, Array], head: str) -> dict[str, Array]:
    """Return the arrays whose names begin so, by the rest of their names."""
    return {name.removeprefix(head): each for name, each in record.items() if name.startswith(head)}


def _shape(plan: Any) -> tuple[object, ...]:
    """Return what must be the same for spikes to be compared at all."""
    parts = plan["parts"]
    groups = [[(group["name"], group["neurons"], group["steps"]) for group in part["groups"]] for part in parts]
    return [(part["inputs"], part["outputs"]) for part in parts], groups
