"""The backend: checks, lowers, and hands over the bytes of a program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snnir.analysis import timing_findings
from snnir.errors import ModelError
from snnir.ir import Graph, prune
from snnir.ops import Neuron
from snnir.registry import Backend, Platform
from snnir.target import Target
from snnir.types import Array
from snnir_lava.files import npz
from snnir_lava.lower import gain_findings, host_findings, lower
from snnir_lava.run import INSTALL, joined_spikes, run_program

PROGRAM = Path(__file__).with_name("program.py")


class LavaBackend(Backend):
    """Writes programs for Lava.

    Args:
        target: One of `snnir_lava.targets`.
    """

    platform = Platform("lava", "lava", INSTALL)

    def __init__(self, target: Target) -> None:
        self.target = target

    def emit(self, graph: Graph, report: Mapping[str, Any]) -> Mapping[str, bytes]:
        """Return a program, which is the same for all networks, and its arrays.

        Args:
            graph: A compiled graph.
            report: The compile report: which neurons were asked for.

        Raises:
            ModelError: The graph cannot be expressed; all findings at once.
        """
        semantics = self.target.with_reader(report.get("reader")).semantics
        graph = prune(graph)
        found = (*timing_findings(graph), *host_findings(graph), *gain_findings(graph))
        if found:
            raise ModelError(found)
        return {".py": PROGRAM.read_bytes(), ".npz": npz(lower(graph, semantics))}

    def execute(
        self, graph: Graph, report: Mapping[str, Any], points: Mapping[str, Array], python: str | None
    ) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
        """Return the outputs and the spikes of a compiled graph, run by Lava; see `snnir.registry.Backend.execute`."""
        outputs, record = run_program(self.emit(graph, report), points, python)
        widths = {node.name: node.op.amplitude.shape[0] for node in graph.nodes if isinstance(node.op, Neuron)}
        return outputs, joined_spikes(record, widths)
