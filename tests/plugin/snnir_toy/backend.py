"""A target of its own: neurons that fire above their thresholds, a step late, in double precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from snnir.ir import Graph
from snnir.registry import Backend
from snnir.semantics import Semantics
from snnir.target import Target
from snnir.text import print_graph


@final
class ToyBackend(Backend):
    """Writes the text form of the graph."""

    target: Target = Target(
        name="toy",
        summary="neurons on paper",
        spiking_ops=frozenset({"add", "decode", "dense", "encode", "integrate_and_fire"}),
        codes=frozenset({"rate", "population"}),
        semantics=Semantics(compare=">", delay=1, dtype="float64"),
        artifacts=(".toy",),
    )

    def emit(self, graph: Graph, report: Mapping[str, Any]) -> Mapping[str, bytes]:
        """Return the text; large tensors by digest."""
        return {".toy": print_graph(graph).encode()}


BACKEND = ToyBackend()
