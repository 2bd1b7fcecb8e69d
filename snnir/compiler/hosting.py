"""What readers leave to the host, as files that a program of its own runs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from snnir.analysis import host_graph, host_stages, spiking_ends
from snnir.errors import SnnirError
from snnir.ir import Graph, prune
from snnir.registry import Backend, frontend_for

HOST = ".onnx"
"""Ends the names of files that hold a piece of the host part."""


def host_files(graph: Graph, backend: Backend) -> dict[str, bytes]:
    """Return the pieces of the host part by the ending of their file, those that can be expressed.

    Where a platform runs the files of a target, or there are none, nothing is left to the user.
    """
    graph, made = prune(graph), dict[str, bytes]()
    if (backend.platform is not None and backend.platform.hosted) or not backend.target.artifacts:
        return made
    for stage in host_stages(host_graph(graph), spiking_ends(graph)):
        if stage.piece is not None:
            with suppress(SnnirError):
                made[f"_{stage.place}{HOST}"] = frontend_for(Path(f"host{HOST}")).dump(stage.piece)
    return made
