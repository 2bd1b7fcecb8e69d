"""Whether an emitted file does, in the program that loads it, what the compiler said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from snnir.analysis import differences
from snnir.compiler.compiled import Compiled
from snnir.compiler.job import Progress
from snnir.errors import Diagnostic, ModelError, model_error, usage_error
from snnir.files import read_bytes
from snnir.ir import Graph, Node, prune
from snnir.ops import Decode, Encode, IntegrateAndFire
from snnir.points import Points, first_points
from snnir.registry import Observed, Trial, backend_for
from snnir.semantics import CloseCalls, Semantics, close_calls, delayed, evaluate
from snnir.target import Reader, Target, conformance
from snnir.types import Array, Spikes

LIMIT = 1e-4
"""Part of the spikes that may differ, and relative L2 difference of outputs: rounding moves a spike now and then."""
SECONDS = 600.0
"""That a reader may take."""


@dataclass(frozen=True)
class Verification:
    """What became of a file in its reader.

    Attributes:
        report: Everything that was measured; plain JSON.
        findings: What is not as the compiler said; empty where the file is verified.
    """

    report: Mapping[str, Any]
    findings: tuple[Diagnostic, ...]


def verify_file(
    path: str | Path,
    *,
    reader: str | None = None,
    python: str | None = None,
    points: int | None = None,
    spike_limit: float = LIMIT,
    output_limit: float = LIMIT,
    seconds: float = SECONDS,
    progress: Progress | None = None,
) -> Verification:
    """Run a file in an installed reader, and compare with the simulator.

    It is run on points in the archive beside it, which calibration did not see, and compared with the reference
    simulator under the reader's profile. Where it was compiled for something else, it is compared with that, too: a
    file that does what the profile says, but not what its report promises, is not verified.

    Args:
        path: The file; the archive has the same name with the ending ``.snnir``.
        reader: Which program; the one that it was compiled for if None.
        python: Interpreter in which the reader is installed; this one if None.
        points: How many of the archive's; all if None.
        spike_limit: Spikes that may differ, as a part of those that the simulator sends.
        output_limit: Relative L2 difference of what leaves the file.
        seconds: Time limit of the reader.
        progress: Called while it works.

    Raises:
        UsageError: Something that was asked for does not exist.
        ModelError: The file cannot be compared: it is damaged or of another archive, the reader is not installed,
            cannot run it, or is known not to.
    """
    path, report = Path(path), progress or _silent
    read_bytes(path)
    compiled = Compiled.load(path.with_suffix(".snnir"))
    backend = backend_for(compiled.target)
    if path.suffix not in backend.target.artifacts or not backend.target.readers:
        message = f"target {compiled.target!r} writes no such file that a reader is known for"
        raise usage_error("unknown-ending", message, str(path))
    place = _place(compiled, backend.target, reader)
    graph = prune(compiled.graph)
    given = _points(compiled, points, path)
    report("simulate", 0.0)
    asked = _simulate(graph, given, place.semantics)
    findings = conformance(asked.graph, place)
    if findings:
        raise ModelError(findings)
    assert place.reader is not None  # noqa: S101 - asked for by name
    report(f"run in {place.reader.name}", 0.5)
    # The file is run on what our simulator feeds its own spiking parts with.
    inputs = {name: _flat(asked.values[name]) for name in asked.encoded}
    trial = Trial(place.reader, place.semantics, inputs, python, seconds)
    rerun = backend.rerun(path, compiled.graph, compiled.report, trial)
    measured = _compared(asked, rerun)
    limits = _Limits(spike_limit, output_limit)
    wrong = [*_changes(rerun, path), *limits.exceeded(measured, path, _versions(place.reader, rerun))]
    result: dict[str, Any] = {
        "file": path.name,
        "target": compiled.target,
        "form": compiled.report.get("form", "portable"),
        "reader": {"name": place.reader.name, "observed": place.reader.observed, "versions": dict(rerun.versions)},
        "compiled_for": compiled.report.get("reader"),
        "points": {name: len(array) for name, array in given.items()},
        **measured,
        "conversion": {
            "compiled": compiled.rel_l2,
            "simulated": differences(asked.outputs, evaluate(compiled.ann, given))["rel_l2"],
            "reader": differences(_outputs(asked, rerun, given), evaluate(compiled.ann, given))["rel_l2"],
        },
        "limits": asdict(limits),
    }
    if place.semantics != compiled.semantics:
        report("simulate", 0.9)
        promised = _compared(_simulate(graph, given, compiled.semantics), rerun)
        result["as_compiled"] = {key: promised[key] for key in ("spikes", "output")}
        if not wrong and limits.exceeded(promised, path, ""):
            wrong.append(_other_profile(place.reader, result, path))
    result["verified"] = not wrong
    result["findings"] = [asdict(each) for each in wrong]
    return Verification(result, tuple(wrong))


@dataclass(frozen=True)
class _Simulation:
    """What our simulator makes of a network.

    Attributes:
        graph: As it was run.
        semantics: Of its neurons.
        values: What encodes read and decodes make, by value.
        outputs: Of the whole graph.
        spikes: By layer, ``[steps, points, neurons]``.
        calls: By layer.
    """

    graph: Graph
    semantics: Semantics
    values: Mapping[str, Array]
    outputs: Mapping[str, Array]
    spikes: Mapping[str, Array]
    calls: Mapping[str, CloseCalls]

    @property
    def encoded(self) -> tuple[str, ...]:
        """Values that spiking parts read."""
        return tuple(node.inputs[0] for node in self.graph.of(Encode))

    @property
    def decoded(self) -> tuple[str, ...]:
        """Values that spiking parts make."""
        return tuple(node.output.name for node in self.graph.of(Decode))


@dataclass(frozen=True)
class _Limits:
    """How much may differ; see `verify_file`."""

    spikes: float
    output: float

    def exceeded(self, measured: Mapping[str, Any], path: Path, versions: str) -> list[Diagnostic]:
        """Return what is beyond them."""
        spikes, output = measured["spikes"], measured["output"]
        found: list[Diagnostic] = []
        if spikes["share"] > self.spikes:
            message = (
                f"{spikes['different']:,} spikes differ, of {spikes['sent']:,} that the simulator sends under the "
                f"reader's profile: {spikes['share']:.2e}, more than {self.spikes:g}"
            )
            found.append(Diagnostic("drift", message, str(path), versions))
        # Written so that NaN is beyond any limit.
        if not output["rel_l2"] <= self.output:
            message = f"its output differs by {output['rel_l2']:.2e} (relative L2), more than {self.output:g}"
            found.append(Diagnostic("drift", message, str(path), versions))
        return found


@dataclass
class _Watch:
    """Sees spikes and currents of all layers."""

    semantics: Semantics
    trains: dict[str, list[Array]] = field(default_factory=dict[str, "list[Array]"])
    calls: dict[str, CloseCalls] = field(default_factory=dict[str, CloseCalls])

    def spikes(self, node: Node, _: slice, spikes: Array) -> None:
        self.trains.setdefault(node.name, []).append(spikes.astype(np.int16))

    def currents(self, node: Node, _: slice, current: Array) -> None:
        coding = node.output.type.coding
        assert isinstance(node.op, IntegrateAndFire)  # noqa: S101 - others have no membranes
        assert isinstance(coding, Spikes)  # noqa: S101 - verified graphs
        found = close_calls(node.op, current, coding.steps, self.semantics)
        self.calls[node.name] = self.calls.get(node.name, CloseCalls()) + found


def _silent(_: str, __: float) -> None:
    """Report progress to nobody."""


def _place(compiled: Compiled, target: Target, reader: str | None) -> Target:
    """Return the target with the reader that is asked for, or else that of the file."""
    name = reader or compiled.report.get("reader")
    if name is None:
        known = ", ".join(each.name for each in target.readers if not each.refused)
        message = "the file was compiled for no reader in particular, so say which one to run it in"
        raise usage_error("no-reader", message, "--reader", f"choose from: {known}")
    return target.with_reader(name, compiled.report.get("form", "portable"))


def _points(compiled: Compiled, count: int | None, path: Path) -> Points:
    """Return as many points of the archive as were asked for."""
    if not compiled.points:
        where = str(path.with_suffix(".snnir"))
        raise model_error("no-points", "the archive holds no points to compare on", where, "compile it again")
    most = max(len(array) for array in compiled.points.values())
    if count is not None and not 1 <= count <= most:
        raise usage_error("bad-points", f"the archive has {most} points", f"--points {count}", f"choose 1 to {most}")
    shapes = {value.name: value.type.shape for value in compiled.graph.inputs}
    return {name: first_points(array, shapes[name], count or most) for name, array in compiled.points.items()}


def _simulate(graph: Graph, points: Points, semantics: Semantics) -> _Simulation:
    if not semantics.initial:
        graph = _without_initial(graph)
    watch = _Watch(semantics)
    encoded = [node.inputs[0] for node in graph.of(Encode)]
    decoded = [node.output.name for node in graph.of(Decode)]
    values = evaluate(
        graph,
        points,
        outputs=dict.fromkeys((*encoded, *decoded, *graph.outputs)),
        semantics=semantics,
        observe=watch.spikes,
        currents=watch.currents,
    )
    layers = [node.name for node in graph.of(IntegrateAndFire)]
    spikes = {name: np.concatenate(watch.trains[name], axis=1) for name in layers}
    outputs = {name: values[name] for name in graph.outputs}
    return _Simulation(graph, semantics, values, outputs, spikes, watch.calls)


def _without_initial(graph: Graph) -> Graph:
    """Return a graph whose membranes all start at zero."""

    def cleared(node: Node) -> Node:
        return replace(node, op=replace(node.op, initial=None)) if isinstance(node.op, IntegrateAndFire) else node

    return replace(graph, nodes=tuple(map(cleared, graph.nodes)))


def _outputs(asked: _Simulation, rerun: Observed, points: Points) -> dict[str, Array]:
    """Return the outputs of the whole graph, with what the reader made in the place of its spiking parts."""
    made = {
        name: rerun.outputs[name].reshape(asked.values[name].shape).astype(asked.values[name].dtype)
        for name in asked.decoded
    }
    return evaluate(asked.graph, {**points, **made})


def _compared(simulation: _Simulation, rerun: Observed) -> dict[str, Any]:
    """Return how far a reader's spikes and outputs are from the simulated ones."""
    layers = [_layer(name, simulation, rerun) for name in simulation.spikes]
    expected = {name: _flat(simulation.values[name]) for name in simulation.decoded}
    largest = max(float(np.max(np.abs(array), initial=0)) for array in expected.values())
    found = differences(rerun.outputs, expected)
    total = {key: sum(layer[key] for layer in layers) for key in ("compared", "sent", "different", "ties", "backlog")}
    return {
        "spikes": {**total, "share": _share(total)},
        "layers": layers,
        "output": {**found, "max_relative": found["max_abs"] / largest if largest > 0 else found["max_abs"]},
    }


def _layer(name: str, simulation: _Simulation, rerun: Observed) -> dict[str, Any]:
    expected = delayed(simulation.spikes[name], simulation.semantics.delay)
    found = rerun.spikes.get(name)
    if found is None or found.shape != expected.shape:
        shape = "nothing" if found is None else str(list(found.shape))
        message = f"the reader's spikes could not be observed: {list(expected.shape)} were expected, {shape} came"
        raise model_error("reader-failed", message, f"layer {name!r}")
    # Several spikes of a neuron in one step count as such.
    counts = {
        "compared": expected.size,
        "sent": int(np.sum(np.abs(expected), dtype=np.int64)),
        "different": int(np.sum(np.abs(found.astype(np.int64) - expected))),
    }
    calls = simulation.calls[name]
    return {"name": name, **counts, "share": _share(counts), "ties": calls.ties, "backlog": calls.backlog}


def _share(counts: Mapping[str, int]) -> float:
    return counts["different"] / max(counts["sent"], 1)


def _flat(array: Array) -> Array:
    return array.reshape(-1, array.shape[-1])


def _changes(rerun: Observed, path: Path) -> list[Diagnostic]:
    if not rerun.changed:
        return []
    message = f"it is not what the archive would be written as: {', '.join(rerun.changed)}"
    return [Diagnostic("changed-file", message, str(path), "emit it again, with `snnir compile`")]


def _versions(reader: Reader, rerun: Observed) -> str:
    """Return a hint on what may have caused a drift."""
    installed = ", ".join(f"{name} {number}" for name, number in rerun.versions.items())
    return f"the profile was observed in {reader.observed}; this is {installed}"


def _other_profile(reader: Reader, result: Mapping[str, Any], path: Path) -> Diagnostic:
    error = result["conversion"]
    meant = f"for {result['compiled_for']}" if result["compiled_for"] else "for no reader in particular"
    message = (
        f"{reader.name} does what its profile says, but the file was compiled {meant}: its error against the ANN is "
        f"{error['reader']:.2e}, and was {error['compiled']:.2e} when it was compiled"
    )
    return Diagnostic("other-profile", message, str(path), f"compile it with --reader {reader.name}")
