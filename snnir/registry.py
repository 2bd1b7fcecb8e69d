"""What frontends and backends are, and which there are; see `snnir.plugins` for how they are found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

from snnir.codes import BUILT_IN, Code
from snnir.errors import did_you_mean, model_error, usage_error
from snnir.io.exports import ENDINGS
from snnir.ir import Graph
from snnir.metrics import Section
from snnir.plugins import entries, imported
from snnir.semantics import Semantics
from snnir.setting import Setting
from snnir.stepwise import Stepwise
from snnir.target import Reader, Target
from snnir.types import Array

AUTO = "auto"
"""Stands for all codes that can be searched."""


class Frontend(ABC):
    """Reads a file format into the IR.

    Register an instance under ``snnir.frontends``; the name of the entry point is the ending of the
    files that it reads, e.g. ``onnx``.

    Attributes:
        in_time: Its files hold networks that run step by step.
    """

    in_time: ClassVar[bool] = False

    @abstractmethod
    def load(self, path: Path) -> Graph:
        """Return the network in a file, checked; every node with its provenance.

        Raises:
            ModelError: It cannot be read exactly; all findings at once.
        """

    def dump(self, graph: Graph) -> bytes:
        """Return an analog graph as the content of a file that `load` reads: what people run on the host.

        Raises:
            ModelError: Files of this kind cannot hold it; all findings at once.
        """
        raise model_error("not-written", "graphs are not written as files of this kind", graph.name)

    def stepwise(self, path: Path, *, reader: str | None = None, dt: float | None = None) -> Stepwise:
        """Return the network in a file as one that runs step by step, for formats that are `in_time`.

        Args:
            path: Of the file.
            reader: The program whose behaviour counts; if None, the one the file names, or else the specification of
                its format.
            dt: The time step, in the unit of the file's time constants; it may be left open.

        Raises:
            ModelError: It cannot be read exactly; all findings at once.
            UsageError: There is no such reader; or files of this format hold no such networks, code ``not-in-time``.
        """
        message = "files of this kind hold no network that runs step by step"
        raise usage_error("not-in-time", message, path.name, "`reader` and `dt` are for .nir files")


@dataclass(frozen=True)
class Platform:
    """A program that runs what a backend emits.

    Attributes:
        name: As given by the parameter `backend`.
        module: Of Python, which the interpreter that runs it must have: a file, not only a folder.
        install: The line that installs it.
        observed: Versions in which it was observed.
        points: How many are enough to compare it with the simulator, as it is slow.
        seconds: That one point may take before it hangs.
        hosted: It runs the host part, too; else that is written beside what is emitted, for the user's own program.
        architectures: It takes files that describe the chip to simulate.
        title: What it is called in sentences; the name with a capital letter if empty.
    """

    name: str
    module: str
    install: str
    observed: str
    points: int
    seconds: float
    hosted: bool = True
    architectures: bool = False
    title: str = ""


@dataclass(frozen=True)
class Trial:
    """A run of an emitted file.

    Attributes:
        program: What runs it: a reader, which runs the spiking parts, or the platform, which runs the host part, too.
        semantics: What its neurons do with this form of the file.
        inputs: What the graph's encodes read, or points for the inputs of the graph, by value.
        python: Interpreter in which it is installed; this one if None.
        seconds: Time limit.
        architecture: A file that describes the chip to simulate, where the platform takes them; its own if None.
    """

    program: Reader | Platform
    semantics: Semantics
    inputs: Mapping[str, Array]
    python: str | None = None
    seconds: float = 600
    architecture: Path | None = None


@dataclass(frozen=True)
class Observed:
    """The results of a program for an emitted file.

    Attributes:
        outputs: What spiking parts decode to, means over the steps, or the outputs of the graph; by value, its last
            axis last.
        spikes: By neuron layer: how many left each neuron in each step, ``[steps, points, neurons]``; of signed neurons
            with the sign, of graded messages what was sent.
        versions: Of everything involved, by name.
        changed: What in the file is not as the graph would be written; words for people.
        sections: What else it measured, e.g. what an inference takes of a simulated chip.
    """

    outputs: Mapping[str, Array]
    spikes: Mapping[str, Array]
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    changed: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()


class Backend(ABC):
    """Emits a compiled graph for a target. Register an instance under ``snnir.backends``.

    Attributes:
        target: Its target.
        platform: What runs its artifacts; None where only other programs do.
    """

    target: Target
    platform: Platform | None = None

    @abstractmethod
    def emit(self, graph: Graph, setting: Setting) -> Mapping[str, bytes]:
        """Return the content of each artifact by its suffix, e.g. ``{".nir": ...}``.

        It depends on nothing but the graph and the setting, whose `semantics` the simulator runs, too.

        Args:
            graph: Conforms to the target.
            setting: What it was compiled for and with.

        Raises:
            ModelError: The graph cannot be expressed; all findings at once.
        """

    def run(self, path: Path, graph: Graph, setting: Setting, trial: Trial) -> Observed:
        """Run an emitted file in a program that loads it, as that is installed.

        Args:
            path: One of the files; the others are beside it.
            graph: The compiled graph that it was emitted from.
            setting: With which it was emitted.
            trial: In what, and on what.

        Raises:
            UsageError: There is no such interpreter, or no file.
            ModelError: The program is not installed, cannot run the file or takes too long; or the file is damaged or
                another's.
        """
        raise usage_error(
            "no-reader", f"no program is known that loads files of target {self.target.name!r}", str(path)
        )

    def sections(self, graph: Graph, setting: Setting, points: Mapping[str, Array]) -> Iterator[Section]:
        """Yield the sections of the report for this target alone.

        Args:
            graph: Compiled.
            setting: What it was compiled for and with.
            points: That calibration did not see, by input name.
        """
        yield from ()


def frontend_for(path: Path) -> Frontend:
    """Return the frontend that reads files with this ending.

    Raises:
        UsageError: There is none; code ``unknown-format``.
    """
    found = entries("snnir.frontends")
    ending = path.suffix.lower()
    if ending[1:] not in found:
        known = f"known endings: {', '.join(f'.{name}' for name in sorted(found))}"
        message = f"no frontend reads files that end in {ending or 'nothing'!r}"
        if ending in ENDINGS:
            message, known = f"this file holds {ENDINGS[ending].what}", f"{ENDINGS[ending].hint}; {known}"
        raise usage_error("unknown-format", message, path.name, known)
    frontend: Frontend = imported(found[ending[1:]])
    return frontend


def backend_for(target: str) -> Backend:
    """Return the backend of a target.

    Raises:
        UsageError: There is no such target; code ``unknown-target``.
    """
    found = entries("snnir.backends")
    if target not in found:
        raise usage_error("unknown-target", f"there is no target {target!r}", "`target`", did_you_mean(target, found))
    backend: Backend = imported(found[target])
    return backend


def targets() -> tuple[str, ...]:
    """Return the names of all targets, those of plug-ins among them, sorted."""
    return tuple(sorted(entries("snnir.backends")))


def code_class(name: str) -> type[Code]:
    """Return the class of a code.

    Raises:
        UsageError: There is no such code; code ``unknown-code``.
    """
    known = _codes()
    if name not in known:
        hint = did_you_mean(name, (*known, AUTO))
        raise usage_error("unknown-code", f"there is no code {name!r}", "`code`", hint)
    found: type[Code] = imported(known[name])
    return found


def codes() -> tuple[str, ...]:
    """Return the names of all codes, those of snnir first."""
    return tuple(_codes())


def carried(target: Target) -> tuple[str, ...]:
    """Return the names of the codes that a target carries, sorted."""
    return tuple(sorted(name for name in codes() if target.carries(name, code_class(name).neurons)))


def _codes() -> dict[str, EntryPoint]:
    """Return where codes are, by name; no other may have the name of one of snnir's own."""
    built_in = {name: EntryPoint(name, place, "snnir.codes") for name, place in BUILT_IN.items()}
    return {**built_in, **dict(sorted(entries("snnir.codes", BUILT_IN).items()))}
