"""Where a node came from and what happened to it since."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Origin:
    """One node of the file that the user gave us.

    Attributes:
        file: Name of the file, without its folder.
        node: Name of the node in that file; where it has none, its position, as ``#12``.
        op: The node's operator there, e.g. ``Gemm``.
        line: The user's own source line, where the exporter recorded it; else empty.
    """

    file: str
    node: str
    op: str
    line: str = ""

    def __str__(self) -> str:
        text = f"{self.file}: {self.node} ({self.op})"
        return f"{text} from {self.line}" if self.line else text


@dataclass(frozen=True, slots=True)
class Provenance:
    """The nodes that a node was made from, and the passes that made it.

    Attributes:
        origins: The nodes of the source file; several where nodes were fused, none where a pass
            invented the node.
        steps: Names of the passes that created or changed it, oldest first.
    """

    origins: tuple[Origin, ...] = ()
    steps: tuple[str, ...] = ()

    def then(self, step: str) -> Provenance:
        """Return the provenance after `step`; a step that follows itself is recorded once."""
        if self.steps[-1:] == (step,):
            return self
        return replace(self, steps=(*self.steps, step))

    def __str__(self) -> str:
        return ", ".join(map(str, self.origins)) or "no source"


NO_PROVENANCE = Provenance()
"""Provenance of a synthesised node."""


def fuse(*parts: Provenance) -> Provenance:
    """Return the provenance of a node made out of several; origins and steps keep their order."""
    origins = dict.fromkeys(origin for part in parts for origin in part.origins)
    steps = dict.fromkeys(step for part in parts for step in part.steps)
    return Provenance(tuple(origins), tuple(steps))


@dataclass(frozen=True, slots=True)
class Source:
    """The file that a graph was read from.

    Attributes:
        file: Its name, without the folder.
        sha256: Of its content, as hexadecimal digits.
        checked_by: The program that the graph was compared with when it was read; empty where there is none.
        notes: In what the graph differs from the file on purpose; words for people.
    """

    file: str
    sha256: str
    checked_by: str = ""
    notes: tuple[str, ...] = ()
