"""Whether an emitted file has, in the program that loads it, the spikes and outputs of the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from snnir.analysis import differences, host_parts, is_stream
from snnir.compiler.agreement import Measured, Simulated, compared, made_by, outputs_with, simulate
from snnir.compiler.compiled import Compiled
from snnir.compiler.progress import Progress
from snnir.data.points import Points, first_points
from snnir.errors import Diagnostic, ModelError, model_error, usage_error
from snnir.io.files import read_bytes
from snnir.ir import prune
from snnir.metrics.verification import (
    AsCompiled,
    Finding,
    Limits,
    Program,
    ReaderErrors,
    VerificationReport,
)
from snnir.registry import Backend, Observed, Platform, Trial, backend_for
from snnir.semantics import evaluate
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
    """An emitted file in the program that runs it, against the simulator; `verify_file` returns it.

    Attributes:
        report: Everything that was measured.
        findings: What differs from the simulator or the report; empty where the file is verified.
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
    architecture: str | Path | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Run a file in an installed reader, or on the platform of its target, and compare with the simulator.

    It is run on points in the archive beside it, which calibration did not see, and compared with the reference
    simulator under the reader's profile. Where it was compiled for something else, it is compared with that, too: a
    file that agrees with the profile, but not with its report, is not verified.

    Args:
        path: The file; the archive has the same name with the ending ``.snnir``.
        reader: Which program; the one that it was compiled for if None. A platform runs a file as it was compiled.
        python: Interpreter in which the program is installed; this one if None.
        points: How many of the archive's; all if None, or as many as are enough for a platform.
        spike_limit: Spikes that may differ, as a part of those that the simulator sends; if None, `LIMIT`, and none
            of integers.
        output_limit: Relative L2 difference of what the program returns; if None, `LIMIT`, and of integers none, or
            `ROUNDING` where a host follows.
        seconds: Time limit of the program, wall-clock seconds.
        architecture: A file that describes the chip, for platforms that simulate one; their own if None.
        progress: Called with what is done and the part of it, from 0 to 1.

    Returns:
        The report: spikes that differ, counted over all points, steps and neurons, and differences of the outputs,
        relative L2; and a finding for each limit that is exceeded and for each change of the files.

    Raises:
        UsageError: The file, its archive, or something that was asked for does not exist.
        ModelError: The file cannot be compared: it is damaged or of another archive, the program is not installed,
            cannot run it, or is known not to.
    """
    path, report = Path(path), progress or _silent
    compiled, backend = _opened(path)
    place, chip = _place(compiled, backend, reader), _architecture(backend, architecture)
    program = backend.platform or place.reader
    assert program is not None  # noqa: S101 - asked for by name
    graph = prune(compiled.graph)
    given = _points(compiled, points, backend.platform, path)
    report("simulate", 0.0)
    asked = simulate(graph, given, place.semantics)
    findings = conformance(asked.graph, place)
    if findings:
        raise ModelError(findings)
    report(f"run in {program.name}", 0.5)
    # A reader is run on what our simulator feeds its own spiking parts with.
    inputs = given if isinstance(program, Platform) else {name: asked.values[name] for name in asked.encoded}
    trial = Trial(program, place.semantics, inputs, python, seconds, chip)
    observed = backend.run(path, compiled.graph, compiled.setting, trial)
    made = made_by(asked, observed, graph.outputs if isinstance(program, Platform) else asked.decoded)
    measured = compared(asked, observed, made)
    limits = _limits(asked, spike_limit, output_limit)
    wrong = [*_changes(observed, path), *_exceeded(limits, measured, path, _versions(program, observed))]
    promised: Measured | None = None
    conversion = _errors(compiled, asked, made, given)
    compiled_for = compiled.setting.reader or (None if backend.platform is None else backend.platform.name)
    if place.semantics != compiled.semantics:
        report("simulate", 0.9)
        promised = compared(simulate(graph, given, compiled.semantics), observed, made)
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
        sections=observed.sections,
    )
    return Verification(result, tuple(wrong))


def _opened(path: Path) -> tuple[Compiled, Backend]:
    """Return the archive beside a file and who wrote both; all files of the target can be read.

    Raises:
        UsageError: One of them is missing, or the archive is another's; code ``unknown-ending``.
    """
    compiled = Compiled.load(path.with_suffix(".snnir"))
    backend = backend_for(compiled.target)
    if path.suffix not in backend.target.artifacts or not (backend.platform or backend.target.readers):
        own = " and ".join(backend.target.artifacts) or "no further"
        archive = path.with_suffix(".snnir").name
        message = f"{archive} is not its archive: it is of target {compiled.target!r}, which writes {own} files"
        raise usage_error("unknown-ending", message, str(path), "compile it again, under a name of its own")
    for suffix in backend.target.artifacts:
        read_bytes(path.with_suffix(suffix))
    return compiled, backend


def _errors(compiled: Compiled, asked: Simulated, made: Mapping[str, Array], given: Points) -> ReaderErrors:
    """Return errors against the analog network: as compiled, as simulated here, and with what a program made."""
    expected = evaluate(compiled.ann, given)
    simulated, reached = (
        differences(each, expected).rel_l2 for each in (asked.outputs, outputs_with(asked, made, given))
    )
    return ReaderErrors(compiled=compiled.rel_l2, simulated=simulated, reader=reached)


def _exceeded(limits: Limits, measured: Measured, path: Path, versions: str) -> list[Diagnostic]:
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


def _limits(simulation: Simulated, spikes: float | None, output: float | None) -> Limits:
    """Return the limits that were asked for, or else the usual ones."""
    usual = Limits(LIMIT, LIMIT)
    if simulation.semantics.integer is not None:
        direct = set(simulation.graph.outputs) <= set(simulation.decoded)
        usual = Limits(0.0, 0.0 if direct else ROUNDING)
    return Limits(usual.spikes if spikes is None else spikes, usual.output if output is None else output)


def _silent(_: str, __: float) -> None:
    """Discard progress."""


def _place(compiled: Compiled, backend: Backend, reader: str | None) -> Target:
    """Return the target with the reader that is asked for, or else that of the file.

    What runs on a platform has its neurons in it, whatever is asked for.
    """
    made_for = compiled.setting.reader
    if backend.platform is not None and reader not in (None, made_for):
        message = f"nothing but {backend.platform.name} runs the file, with the neurons that it was compiled for"
        raise usage_error("bad-option", message, f"`reader` {reader}", "leave it out")
    name = reader or made_for
    if name is None and backend.platform is None:
        known = ", ".join(each.name for each in backend.target.readers if not each.refused)
        message = "the file was compiled for no reader in particular, so name the one to run it in"
        raise usage_error("no-reader", message, "`reader`", f"choose from: {known}")
    return backend.target.with_reader(name, compiled.setting.form)


def _architecture(backend: Backend, given: str | Path | None) -> Path | None:
    """Return the file that describes the chip.

    Raises:
        UsageError: Nothing simulates it, or there is no such file.
    """
    if given is None:
        return None
    if backend.platform is None or not backend.platform.architectures:
        message = f"nothing that runs files of target {backend.target.name!r} simulates a chip"
        raise usage_error("bad-option", message, f"`architecture` {given}", "leave it out")
    read_bytes(Path(given))
    return Path(given)


def _points(compiled: Compiled, count: int | None, platform: Platform | None, path: Path) -> Points:
    """Return as many points of the archive as were asked for, or as are enough."""
    if not compiled.points:
        where = str(path.with_suffix(".snnir"))
        raise model_error("no-points", "the archive holds no points to compare on", where, "compile it again")
    most = max(len(array) for array in compiled.points.values())
    if count is not None and not 1 <= count <= most:
        raise usage_error("bad-points", f"the archive has {most} points", f"`points` {count}", f"choose 1 to {most}")
    shapes = {value.name: value.type.shape for value in compiled.graph.inputs}
    # Of a stream every point is a step, and they are cheap.
    enough = most if platform is None or is_stream(compiled.graph) else platform.points
    return {name: first_points(array, shapes[name], count or enough) for name, array in compiled.points.items()}


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
        f"{program.name} agrees with its profile, but the file was compiled {meant}: its error against the ANN is "
        f"{error.reader:.2e}, and was {error.compiled:.2e} when it was compiled"
    )
    again = "compile it again" if isinstance(program, Platform) else f"compile it with `reader` {program.name}"
    return Diagnostic("other-profile", message, str(path), again)
