"""Grid: weights whose sums do not depend on the order in which they are added."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import find_afferents
from snnir.codes.phase.properties import BINARY
from snnir.ir import Graph, Node, Tensor
from snnir.ops import Dense
from snnir.passes.base import Context, Need, Pass, Property
from snnir.types import Array


@dataclass(frozen=True)
class Grid(Pass):
    """Round the weights and the bias of every receiver to multiples of ``2^e``, the finest whose sums are exact.

    With a precision of p bits (24 of single precision) all partial sums of weights are numbers of it where the sum of
    their sizes is at most ``2^(p + e)``. So whatever order a program adds spikes in, it gets the same currents, and
    the same digits: otherwise 12 digits in single precision differ in 4e-4 (Poisson) to 2e-3 (Burgers) of the spikes
    between NumPy and torch. What it costs in accuracy is below the last digit: n weights are rounded to about
    ``n / 2^24`` of their mean size.

    Before: binary, calibrated. After: the same, with rounded weights.
    """

    name: ClassVar[str] = "grid"
    requires: ClassVar[tuple[Property, ...]] = (BINARY,)
    ensures: ClassVar[tuple[Property, ...]] = (BINARY,)
    needs: ClassVar[frozenset[Need]] = frozenset({"ann"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with weights on grids."""
        rounded: dict[str, Node] = {}
        for each in find_afferents(graph, context.analog):
            synapses = [(node, node.op) for node in map(graph.by_name.get, each.synapses) if node is not None]
            dense = [(node, op) for node, op in synapses if isinstance(op, Dense)]
            if dense:
                unit = _unit([op for _, op in dense])
                rounded |= {node.name: _on_grid(node, op, unit) for node, op in dense}
        return graph.with_nodes(tuple(rounded.get(node.name, node) for node in graph.nodes))


def _unit(ops: list[Dense]) -> Array:
    """Return the distance of weights for each neuron that all of these reach."""
    sizes = np.sum([np.abs(op.weight.array.astype(np.float64)).sum(axis=0) for op in ops], axis=0)
    sizes += np.sum([np.abs(op.biases) for op in ops], axis=0)
    # Rounding adds half a unit for each weight at most; of the power above the sum there is a quarter left for it.
    exponent = np.ceil(np.log2(np.maximum(sizes, np.finfo(np.float64).tiny) * 1.25))
    unit: Array = np.exp2(exponent - 1 - np.finfo(ops[0].weight.dtype).nmant)
    return unit


def _on_grid(node: Node, op: Dense, unit: Array) -> Node:
    """Return a synapse with rounded weights."""

    def rounded(tensor: Tensor) -> Tensor:
        return Tensor((np.rint(tensor.array / unit) * unit).astype(tensor.dtype))

    made = replace(op, weight=rounded(op.weight), bias=op.bias and rounded(op.bias))
    return replace(node, op=made, provenance=node.provenance.then(Grid.name))
