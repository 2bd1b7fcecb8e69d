"""Analog nodes, one after the other."""

from __future__ import annotations

from collections.abc import Iterable

from snnir.ir import Graph, Node
from snnir.semantics.kernels import KERNELS
from snnir.types import Array


def run_analog(nodes: Iterable[Node], values: dict[str, Array]) -> None:
    """Add what nodes make to `values`, which holds what they read; values that are there already stay."""
    for node in nodes:
        results = KERNELS[type(node.op)](node.op, tuple(values[name] for name in node.inputs))
        made = zip((value.name for value in node.outputs), results, strict=True)
        values.update({name: result for name, result in made if name not in values})  # one of several may be given


def apply(function: Graph, operand: Array) -> Array:
    """Return an analog graph of one input and one output, applied to an array, in the graph's own number types."""
    (argument,), (result,) = function.inputs, function.outputs
    values = {argument.name: operand.astype(argument.type.dtype, copy=False)}
    run_analog(function.nodes, values)
    return values[result]
