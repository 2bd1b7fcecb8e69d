"""Whether an emitted file does, in the program that loads it, what the compiler said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import prod
from pathlib import Path

import numpy as np

from snnir.analysis import as_recorded, differences, host_parts, is_stream, sent
from snnir.compiler.compiled import Compiled
from snnir.compiler.progress import Progress
from snnir.data.points import Points, first_points
from snnir.errors import Diagnostic, ModelError, model_error, usage_error
from snnir.io.files import read_bytes
from snnir.ir import Graph, Node, prune
from snnir.metrics.error import measures
from snnir.metrics.verification import (
    Agreement,
    AsCompiled,
    Finding,
    LayerAgreement,
    Limits,
    OutputAgreement,
    Program,
    ReaderErrors,
    VerificationReport,
)
from snnir.ops import Decode, Encode, Neuron, layer_widths
from snnir.registry import Backend, Observed, Platform, Trial, backend_for
from snnir.semantics import CloseCalls, Semantics, closeness, delayed, evaluate
from snnir.target import Reader, Target, conformance
from snnir.types import Array

LIMIT = 1e-4
"""Part of the spikes that may differ, and relative L2 difference of outputs: rounding moves a spike now and then.

Integers do not round, so of them no spike may differ.
"""
ROUNDING = 1e-6
"""Relative L2 difference of outputs that a host computes in single precision from what integers decode to."""
SECONDS = 600.0
"""That a program may take."""


@dataclass(frozen=True)
class Verification:
    """What became of a file in the program that runs it.

    Attributes:
        report: Everything that was measured.
        findings: What is not as the compiler said; empty where the file is verified.
    """

    report: VerificationReport
    findings: tuple[Diagnostic, ...]


def verify_file(
    path: str | Path,
    *,
    reader: str | None = None,
    python: str | None = None,
    points: int | None = None,
    spike_limit: float | None = None,
    output_limit: float | None = None,
    seconds: float = SECONDS,
    progress: Progress | None = None,
) -> Verification:
    """Run a file in an installed reader, or on the platform of its target, and compare with the simulator.

    It is run on points in the archive beside it, which calibration did not see, and compared with the reference
    simulator under the reader's profile. Where it was compiled for something else, it is compared with that, too: a
    file that does what the profile says, but not what its report promises, is not verified.

    Args:
        path: The file; the archive has the same name with the ending ``.snnir``.
        reader: Which program; the one that it was compiled for if None. A platform runs a file as it was compiled.
        python: Interpreter in which the program is installed; this one if None.
        points: How many of the archive's; all if None, or as many as are enough for a platform.
        spike_limit: Spikes that may differ, as a part of those that the simulator sends; if None, `LIMIT`, and none
            of integers.
        output_limit: Relative L2 difference of what the program returns; if None, `LIMIT`, and of integers none, or
            `ROUNDING` where a host follows.
        seconds: Time limit of the program.
        progress: Called while it works.

    Raises:
        UsageError: Something that was asked for does not exist.
        ModelError: The file cannot be compared: it is damaged or of another archive, the program is not installed,
            cannot run it, or is known not to.
    """
    path, report = Path(path), progress or _silent
    compiled = Compiled.load(path.with_suffix(".snnir"))
    backend = backend_for(compiled.target)
    if path.suffix not in backend.target.artifacts or not (backend.platform or backend.target.readers):
        own = " and ".join(backend.target.artifacts) or "no further"
        archive = path.with_suffix(".snnir").name
        message = f"{archive} is not its archive: it is of target {compiled.target!r}, which writes {own} files"
        raise usage_error("unknown-ending", message, str(path), "compile it again, under a name of its own")
    for suffix in backend.target.artifacts:
        read_bytes(path.with_suffix(suffix))
    place = _place(compiled, backend, reader)
    program = backend.platform or place.reader
    assert program is not None  # noqa: S101 - asked for by name
    graph = prune(compiled.graph)
    given = _points(compiled, points, backend.platform, path)
    report("simulate", 0.0)
    asked = _simulate(graph, given, place.semantics)
    findings = conformance(asked.graph, place)
    if findings:
        raise ModelError(findings)
    report(f"run in {program.name}", 0.5)
    # A reader is run on what our simulator feeds its own spiking parts with.
    inputs = given if isinstance(program, Platform) else {name: asked.values[name] for name in asked.encoded}
    trial = Trial(program, place.semantics, inputs, python, seconds)
    observed = backend.run(path, compiled.graph, compiled.setting, trial)
    made = _made(asked, observed, graph.outputs if isinstance(program, Platform) else asked.decoded)
    measured = _compared(asked, observed, made)
    limits = _limits(asked, spike_limit, output_limit)
    wrong = [*_changes(observed, path), *_exceeded(limits, measured, path, _versions(program, observed))]
    expected = evaluate(compiled.ann, given)
    promised: _Measured | None = None
    conversion = ReaderErrors(
        compiled=compiled.rel_l2,
        simulated=differences(asked.outputs, expected).rel_l2,
        reader=differences(_outputs(asked, made, given), expected).rel_l2,
    )
    compiled_for = compiled.setting.reader or (None if backend.platform is None else backend.platform.name)
    if place.semantics != compiled.semantics:
        report("simulate", 0.9)
        promised = _compared(_simulate(graph, given, compiled.semantics), observed, made)
        if not wrong and _exceeded(limits, promised, path, ""):
            wrong.append(_other_profile(program, conversion, compiled_for, path))
    result = VerificationReport(
        file=path.name,
        target=compiled.target,
        form=compiled.setting.form,
        reader=Program(name=program.name, observed=program.observed, versions=dict(observed.versions)),
        compiled_for=compiled_for,
        host=host_parts(graph),
        points={name: len(array) for name, array in given.items()},
        archive_points={name: len(array) for name, array in compiled.points.items()},
        spikes=measured.spikes,
        layers=measured.layers,
        output=measured.output,
        conversion=conversion,
        limits=limits,
        as_compiled=None if promised is None else AsCompiled(spikes=promised.spikes, output=promised.output),
        verified=not wrong,
        findings=tuple(Finding(**asdict(each)) for each in wrong),
    )
    return Verification(result, tuple(wrong))


@dataclass(frozen=True)
class _Measured:
    """How far a program is from a simulation: spikes of all layers together and of each, and what was made."""

    spikes: Agreement
    layers: tuple[LayerAgreement, ...]
    output: OutputAgreement


@dataclass(frozen=True)
class _Simulation:
    """What our simulator makes of a network.

    Attributes:
        graph: As it was run.
        semantics: Of its neurons.
        values: What encodes read and decodes make, by value.
        outputs: Of the whole graph.
        spikes: By layer, ``[steps, points, neurons]``: integers, or graded messages.
        calls: By layer of integrate-and-fire neurons in floating point; integers have none.
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


def _exceeded(limits: Limits, measured: _Measured, path: Path, versions: str) -> list[Diagnostic]:
    """Return what is beyond limits."""
    spikes, output = measured.spikes, measured.output
    found: list[Diagnostic] = []
    if spikes.share > limits.spikes:
        message = (
            f"{spikes.different:,} spikes differ, of {spikes.sent:,} that the simulator sends with the same "
            f"neurons: {spikes.share:.2e}, more than {limits.spikes:g}"
        )
        found.append(Diagnostic("drift", message, str(path), versions))
    # Written so that NaN is beyond any limit.
    if not output.rel_l2 <= limits.output:
        message = f"its output differs by {output.rel_l2:.2e} (relative L2), more than {limits.output:g}"
        found.append(Diagnostic("drift", message, str(path), versions))
    return found


def _limits(simulation: _Simulation, spikes: float | None, output: float | None) -> Limits:
    """Return the limits that were asked for, or else the usual ones."""
    usual = Limits(LIMIT, LIMIT)
    if simulation.semantics.integer is not None:
        direct = set(simulation.graph.outputs) <= set(simulation.decoded)
        usual = Limits(0.0, 0.0 if direct else ROUNDING)
    return Limits(usual.spikes if spikes is None else spikes, usual.output if output is None else output)


@dataclass
class _Watch:
    """Sees spikes and currents of all layers."""

    semantics: Semantics
    trains: dict[str, list[Array]] = field(default_factory=dict[str, "list[Array]"])
    calls: dict[str, CloseCalls] = field(default_factory=dict[str, CloseCalls])

    def spikes(self, node: Node, _: slice, spikes: Array) -> None:
        if not node.op.encodes:
            self.trains.setdefault(node.name, []).append(as_recorded(node, spikes))

    def currents(self, node: Node, _: slice, current: Array) -> None:
        answer = closeness.find(node.op)
        if answer is not None:
            found = answer(node, current, self.semantics)
            self.calls[node.name] = self.calls.get(node.name, CloseCalls()) + found


def _silent(_: str, __: float) -> None:
    """Report progress to nobody."""


def _place(compiled: Compiled, backend: Backend, reader: str | None) -> Target:
    """Return the target with the reader that is asked for, or else that of the file.

    What runs on a platform has its neurons in it, whatever is asked for.
    """
    made_for = compiled.setting.reader
    if backend.platform is not None and reader not in (None, made_for):
        message = f"nothing but {backend.platform.name} runs the file, with the neurons that it was compiled for"
        raise usage_error("bad-option", message, f"--reader {reader}", "leave it out")
    name = reader or made_for
    if name is None and backend.platform is None:
        known = ", ".join(each.name for each in backend.target.readers if not each.refused)
        message = "the file was compiled for no reader in particular, so say which one to run it in"
        raise usage_error("no-reader", message, "--reader", f"choose from: {known}")
    return backend.target.with_reader(name, compiled.setting.form)


def _points(compiled: Compiled, count: int | None, platform: Platform | None, path: Path) -> Points:
    """Return as many points of the archive as were asked for, or as are enough."""
    if not compiled.points:
        where = str(path.with_suffix(".snnir"))
        raise model_error("no-points", "the archive holds no points to compare on", where, "compile it again")
    most = max(len(array) for array in compiled.points.values())
    if count is not None and not 1 <= count <= most:
        raise usage_error("bad-points", f"the archive has {most} points", f"--points {count}", f"choose 1 to {most}")
    shapes = {value.name: value.type.shape for value in compiled.graph.inputs}
    # Of a stream every point is a step, and they are cheap.
    enough = most if platform is None or is_stream(compiled.graph) else platform.points
    return {name: first_points(array, shapes[name], count or enough) for name, array in compiled.points.items()}


def _simulate(graph: Graph, points: Points, semantics: Semantics) -> _Simulation:
    if not semantics.initial:
        at_rest = {node.name: replace(node, op=node.op.at_rest()) for node in graph.of(Neuron)}
        graph = graph.with_nodes(tuple(at_rest.get(node.name, node) for node in graph.nodes))
    watch = _Watch(semantics)
    encoded = [node.inputs[0] for node in graph.of(Encode)]
    decoded = [node.output.name for node in graph.of(Decode)]
    values = evaluate(
        graph,
        points,
        outputs=dict.fromkeys((*encoded, *decoded, *graph.outputs)),
        semantics=semantics,
        observe=watch.spikes,
        currents=watch.currents if semantics.integer is None else None,
    )
    layers = list(layer_widths(graph))
    spikes = {name: np.concatenate(watch.trains[name]).transpose(1, 0, 2) for name in layers}
    outputs = {name: values[name] for name in graph.outputs}
    return _Simulation(graph, semantics, values, outputs, spikes, watch.calls)


def _made(simulation: _Simulation, observed: Observed, names: Iterable[str]) -> dict[str, Array]:
    """Return what a program made, in the shape of what was simulated.

    Raises:
        ModelError: It made something else, code ``reader-failed``.
    """
    made: dict[str, Array] = {}
    for name in names:
        found, shape = observed.outputs.get(name), simulation.values[name].shape
        if found is None or found.size != prod(shape):
            raise _unobserved("output", name, shape, found)
        made[name] = found.reshape(shape)
    return made


def _unobserved(what: str, name: str, shape: tuple[int, ...], found: Array | None) -> ModelError:
    came = "nothing" if found is None else str(list(found.shape))
    message = f"what the program did could not be observed: {list(shape)} were expected, {came} came"
    return model_error("reader-failed", message, f"{what} {name!r}")


def _outputs(simulation: _Simulation, made: Mapping[str, Array], points: Points) -> dict[str, Array]:
    """Return the outputs of the whole graph, with what a program made in the place of what was simulated."""
    placed = {name: array.astype(simulation.values[name].dtype) for name, array in made.items()}
    return evaluate(simulation.graph, {**points, **placed})


def _compared(simulation: _Simulation, observed: Observed, made: Mapping[str, Array]) -> _Measured:
    """Return how far a program's spikes and outputs are from the simulated ones."""
    layers = tuple(_layer(name, simulation, observed) for name in simulation.spikes)
    expected = {name: simulation.values[name] for name in made}
    largest = max(float(np.max(np.abs(array), initial=0)) for array in expected.values())
    found = differences(made, expected, {name: simulation.graph.types[name].shape for name in made})
    relative = found.max_abs / largest if largest > 0 else found.max_abs
    return _Measured(_together(layers), layers, OutputAgreement(max_relative=relative, **measures(found)))


def _together(layers: Sequence[LayerAgreement]) -> Agreement:
    """Return the counts of all layers; of close calls where all layers have them."""
    sent, different = sum(each.sent for each in layers), sum(each.different for each in layers)
    ties = [each.ties for each in layers if each.ties is not None]
    backlog = [each.backlog for each in layers if each.backlog is not None]
    return Agreement(
        compared=sum(each.compared for each in layers),
        sent=sent,
        different=different,
        ties=sum(ties) if len(ties) == len(layers) else None,
        backlog=sum(backlog) if len(backlog) == len(layers) else None,
        share=_share(different, sent),
    )


def _layer(name: str, simulation: _Simulation, observed: Observed) -> LayerAgreement:
    node = simulation.graph.by_name[name]
    expected = delayed(simulation.spikes[name], simulation.semantics.delay)
    found = observed.spikes.get(name)
    if found is None or found.shape != expected.shape:
        raise _unobserved("layer", name, expected.shape, found)
    # Several spikes of a neuron in one step count as such; of graded messages, those that are not the same.
    graded = node.op.graded
    apart = ~np.isclose(found, expected) if graded else np.abs(found.astype(np.int64) - expected)
    number, different, calls = int(sent(node, expected).sum()), int(np.sum(apart)), simulation.calls.get(name)
    return LayerAgreement(
        name=name,
        compared=expected.size,
        sent=number,
        different=different,
        share=_share(different, number),
        ties=None if calls is None else calls.ties,
        backlog=None if calls is None else calls.backlog,
    )


def _share(different: int, sent: int) -> float:
    return different / max(sent, 1)


def _changes(observed: Observed, path: Path) -> list[Diagnostic]:
    if not observed.changed:
        return []
    message = f"it is not what the archive would be written as: {', '.join(observed.changed)}"
    return [Diagnostic("changed-file", message, str(path), "emit it again, with `snnir compile`")]


def _versions(program: Reader | Platform, observed: Observed) -> str:
    """Return a hint on what may have caused a drift."""
    installed = ", ".join(f"{name} {number}" for name, number in observed.versions.items())
    return f"the profile was observed in {program.observed}; this is {installed}"


def _other_profile(program: Reader | Platform, error: ReaderErrors, compiled_for: str | None, path: Path) -> Diagnostic:
    meant = f"for {compiled_for}" if compiled_for else "for no reader in particular"
    message = (
        f"{program.name} does what its profile says, but the file was compiled {meant}: its error against the ANN is "
        f"{error.reader:.2e}, and was {error.compiled:.2e} when it was compiled"
    )
    again = "compile it again" if isinstance(program, Platform) else f"compile it with --reader {program.name}"
    return Diagnostic("other-profile", message, str(path), again)
