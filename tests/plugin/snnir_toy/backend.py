"""A target of its own: neurons that fire above their thresholds, in an arithmetic of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from snnir.ir import Graph
from snnir.registry import Backend
from snnir.semantics import IntegerFormat, Semantics
from snnir.setting import Setting
from snnir.target import Target
from snnir.text import print_graph

ARITHMETIC = IntegerFormat(
    weight_bits=10,
    weight_exponent=7,
    shift=4,
    state_bits=26,
    threshold_bits=12,
    bias_bits=14,
    bias_exponent=8,
    message_bits=12,
    weight_step=1,
)
"""Ten bits for weights and 26 for membranes: no chip that snnir knows has these."""


@final
class ToyBackend(Backend):
    """Writes the text form of the graph."""

    target: Target = Target(
        name="toy",
        summary="neurons on paper",
        spiking_ops=frozenset({"add", "decode", "dense", "encode", "integrate_and_fire"}),
        semantics=Semantics(compare=">", dtype="float64", integer=ARITHMETIC),
        artifacts=(".toy",),
    )

    def emit(self, graph: Graph, setting: Setting) -> Mapping[str, bytes]:
        """Return the text; large tensors by digest."""
        return {".toy": print_graph(graph).encode()}


BACKEND = ToyBackend()
