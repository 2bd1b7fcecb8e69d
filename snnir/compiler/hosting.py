"""What readers leave to the host, as files that a program of its own runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from snnir.analysis import host_graph, host_stages, spiking_ends
from snnir.errors import SnnirError
from snnir.ir import Graph, prune
from snnir.registry import Backend, frontend_for

HOST = ".onnx"
"""Ends the names of files that hold a piece of the host part."""


@dataclass(frozen=True)
class HostFiles:
    """The pieces of the host part.

    Attributes:
        contents: Of those that can be expressed, by the ending of their file.
        notes: Why there is no file for the others; sentences.
    """

    contents: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


def host_files(graph: Graph, backend: Backend) -> HostFiles:
    """Return the pieces of the host part.

    Where a platform runs the files of a target, or there are none, nothing is left to the user.
    """
    graph, made, notes = prune(graph), dict[str, bytes](), list[str]()
    if (backend.platform is not None and backend.platform.hosted) or not backend.target.artifacts:
        return HostFiles(made)
    for stage in host_stages(host_graph(graph), spiking_ends(graph)):
        if stage.piece is not None:
            ending = f"_{stage.place}{HOST}"
            try:
                made[ending] = frontend_for(Path(f"host{HOST}")).dump(stage.piece)
            except SnnirError as error:
                why = "; ".join(dict.fromkeys(each.message for each in error.diagnostics))
                notes.append(f"There is no file *{ending} for what stays on the host there: {why}.")
    return HostFiles(made, tuple(notes))
