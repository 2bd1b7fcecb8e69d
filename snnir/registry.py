"""Plug-ins, found by entry point and imported when first asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from snnir.errors import did_you_mean, model_error, usage_error
from snnir.ir import Graph
from snnir.target import Target
from snnir.types import Array


class Frontend(ABC):
    """Reads a file format into the IR.

    Register an instance under ``snnir.frontends``; the name of the entry point is the ending of the
    files that it reads, e.g. ``onnx``.
    """

    @abstractmethod
    def load(self, path: Path) -> Graph:
        """Return the network in a file, checked; every node with its provenance.

        Raises:
            ModelError: It cannot be read exactly; all findings at once.
        """


@dataclass(frozen=True)
class Platform:
    """A program that runs what a backend emits.

    Attributes:
        name: What ``snnir run --backend`` takes.
        module: Of Python, which the interpreter that runs it must have.
        install: The line that installs it.
    """

    name: str
    module: str
    install: str


class Backend(ABC):
    """Emits a compiled graph for a target. Register an instance under ``snnir.backends``.

    Attributes:
        target: Its target.
        platform: What runs its artifacts; None where only other programs do.
    """

    target: Target
    platform: Platform | None = None

    @abstractmethod
    def emit(self, graph: Graph, report: Mapping[str, Any]) -> Mapping[str, bytes]:
        """Return the content of each artifact by its suffix, e.g. ``{".nir": ...}``.

        Args:
            graph: Conforms to the target.
            report: The compile report, for the advisory metadata.

        Raises:
            ModelError: The graph cannot be expressed; all findings at once.
        """

    def execute(
        self, graph: Graph, report: Mapping[str, Any], points: Mapping[str, Array], python: str | None
    ) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
        """Return the outputs and the spikes of a compiled graph, run by the platform itself.

        Args:
            graph: Conforms to the target.
            report: The compile report.
            points: By input name.
            python: An interpreter that has the platform; this one if None.

        Returns:
            Outputs by name; and by neuron layer int8 ``[points, steps, neurons]``.

        Raises:
            UsageError: The platform is not there; or the backend has none, code ``no-platform``.
            ModelError: It fails.
        """
        message = f"what target {self.target.name!r} writes is run by other programs"
        raise usage_error("no-platform", message, "--backend", "leave it out: the reference simulator runs it")


def frontend_for(path: Path) -> Frontend:
    """Return the frontend that reads files with this ending.

    Raises:
        UsageError: There is none; code ``unknown-format``.
    """
    entries = _entries("snnir.frontends")
    ending = path.suffix.lower()
    if ending[1:] not in entries:
        known = ", ".join(f".{name}" for name in sorted(entries))
        message = f"no frontend reads files that end in {ending or 'nothing'!r}"
        raise usage_error("unknown-format", message, path.name, f"known endings: {known}")
    frontend: Frontend = _load(entries[ending[1:]])
    return frontend


def backend_for(target: str) -> Backend:
    """Return the backend of a target.

    Raises:
        UsageError: There is no such target; code ``unknown-target``.
    """
    entries = _entries("snnir.backends")
    if target not in entries:
        raise usage_error("unknown-target", f"there is no target {target!r}", "--target", did_you_mean(target, entries))
    backend: Backend = _load(entries[target])
    return backend


def targets() -> tuple[str, ...]:
    """Return the names of all targets, sorted."""
    return tuple(sorted(_entries("snnir.backends")))


@cache
def _entries(group: str) -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group):
        other = found.get(entry.name)
        if other is not None and other.value != entry.value:
            names = [e.dist.name if e.dist else "?" for e in (other, entry)]
            raise usage_error("plugin-clash", f"{' and '.join(names)} both provide {group}:{entry.name}", group)
        found[entry.name] = entry
    return found


@cache
def _load(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        package = entry.dist.name if entry.dist else "an unknown package"
        message = f"{package} provides {entry.name!r}, but it cannot be imported: {error}"
        raise model_error("broken-plugin", message, entry.value, f"reinstall or remove {package}") from error
