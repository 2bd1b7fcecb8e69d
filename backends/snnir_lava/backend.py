"""The backend: checks, lowers, and hands over the bytes of a program."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from snnir.errors import ModelError
from snnir.ir import Graph, prune
from snnir.registry import Backend
from snnir.target import Target
from snnir.types import Array
from snnir_lava.lower import lower, structure

PROGRAM = Path(__file__).with_name("program.py")
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time stamp of every member: the same network gives the same bytes."""


class LavaBackend(Backend):
    """Writes programs for Lava.

    Args:
        target: One of `snnir_lava.targets`.
    """

    def __init__(self, target: Target) -> None:
        self.target = target  # type: ignore[misc] # one class serves several targets

    def emit(self, graph: Graph, report: Mapping[str, Any]) -> Mapping[str, bytes]:
        """Return a program, which is the same for all networks, and its arrays.

        Args:
            graph: A compiled graph.
            report: Not used.

        Raises:
            ModelError: The graph cannot be expressed; all findings at once.
        """
        graph = prune(graph)
        found = tuple(structure(graph))
        if found:
            raise ModelError(found)
        return {".py": PROGRAM.read_bytes(), ".npz": npz(lower(graph, self.target.semantics))}


def npz(arrays: Mapping[str, Array]) -> bytes:
    """Return a compressed .npz file; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()
