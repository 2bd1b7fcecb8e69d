"""Precision: the spiking part in the target's number type."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import ClassVar

from snnir.ir import Graph, Node, Tensor, is_spiking
from snnir.passes.base import Context, Pass, Property
from snnir.passes.properties import COUPLED
from snnir.types import DType


@dataclass(frozen=True)
class Precision(Pass):
    """Round weights and thresholds to the precision that the target computes in, before anything is calibrated.

    What is emitted is then what was simulated. The host part keeps the model's own type.

    Before: coupled. After: currents and spikes, and all tensors of ops on them, have the target's type.
    """

    name: ClassVar[str] = "precision"
    requires: ClassVar[tuple[Property, ...]] = (COUPLED,)
    ensures: ClassVar[tuple[Property, ...]] = (COUPLED,)

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the rounded graph."""
        dtype = context.semantics.dtype
        return graph.with_nodes(
            tuple(_rounded(node, dtype) if is_spiking(graph, node) else node for node in graph.nodes)
        )


def _rounded(node: Node, dtype: DType) -> Node:
    outputs = tuple(replace(value, type=replace(value.type, dtype=dtype)) for value in node.outputs)
    op = node.op
    if op.reads_out:
        return node
    tensors = {each.name: getattr(op, each.name) for each in fields(op)}
    cast = {name: _cast(value, dtype) for name, value in tensors.items() if isinstance(value, Tensor)}
    return replace(node, op=replace(op, **cast), outputs=outputs)


def _cast(tensor: Tensor, dtype: DType) -> Tensor:
    return tensor if tensor.dtype == dtype else Tensor(tensor.array.astype(dtype))
