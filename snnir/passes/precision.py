"""Precision: the spiking part in the target's number type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from snnir.ir import Graph, Node, Tensor, is_spiking
from snnir.ops import Decode, Dense, IntegrateAndFire
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
    if isinstance(op, Decode):
        return node
    if isinstance(op, Dense):
        op = Dense(_cast(op.weight, dtype), op.bias and _cast(op.bias, dtype))
    elif isinstance(op, IntegrateAndFire):
        threshold, amplitude = _cast(op.threshold, dtype), _cast(op.amplitude, dtype)
        op = replace(op, threshold=threshold, amplitude=amplitude, initial=op.initial and _cast(op.initial, dtype))
    return replace(node, op=op, outputs=outputs)


def _cast(tensor: Tensor, dtype: DType) -> Tensor:
    return tensor if tensor.dtype == dtype else Tensor(tensor.array.astype(dtype))
