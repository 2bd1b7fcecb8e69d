"""Normalise thresholds: all to 1."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.ir import Graph, Node, Tensor
from snnir.ops import Add, Dense, Encode, IntegrateAndFire
from snnir.passes.base import Context, Pass
from snnir.types import Array


@dataclass(frozen=True)
class Normalise(Pass):
    """Divide everything that drives a neuron by its threshold, so that all thresholds are 1.

    A membrane and its threshold may be scaled together without changing a single spike (up to rounding). Some
    readers take one threshold for all neurons only. Amplitudes keep what a spike stands for.

    Before: thresholds are set. After: every threshold is 1. A layer whose current does not come from dense
    layers of its own is left as it is.
    """

    name: ClassVar[str] = "normalise"
    requires: ClassVar[frozenset[str]] = frozenset({"thresholds"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with thresholds of 1."""
        scale: dict[str, Array] = {}
        neurons: dict[str, Node] = {}
        for node in graph.of(IntegrateAndFire):
            synapses = _synapses(graph, node.inputs[0])
            if synapses is None or not isinstance(node.op, IntegrateAndFire):
                continue
            threshold = node.op.threshold.array
            scale.update(dict.fromkeys(synapses, 1 / threshold.astype(np.float64)))
            initial = node.op.initial and Tensor((node.op.initial.array / threshold).astype(threshold.dtype))
            op = replace(node.op, threshold=Tensor(np.ones_like(threshold)), initial=initial)
            neurons[node.name] = replace(node, op=op, provenance=node.provenance.then(self.name))
        nodes = (_scaled(neurons.get(node.name, node), scale, self.name) for node in graph.nodes)
        return graph.with_nodes(tuple(nodes))


def _synapses(graph: Graph, current: str) -> tuple[str, ...] | None:
    """Return the dense nodes that add up to a current and serve nothing else; None where something else adds to it."""
    node = graph.producers[current]
    if len(graph.consumers[current]) != 1 or isinstance(node.op, Encode):
        return None
    if isinstance(node.op, Dense):
        return (node.name,)
    if not isinstance(node.op, Add):
        return None
    parts = [_synapses(graph, name) for name in node.inputs]
    return None if any(part is None for part in parts) else tuple(name for part in parts if part for name in part)


def _scaled(node: Node, scale: dict[str, Array], step: str) -> Node:
    if node.name not in scale or not isinstance(node.op, Dense):
        return node
    factor = scale[node.name]
    weight = (node.op.weight.array * factor).astype(node.op.weight.dtype)
    bias = node.op.bias and Tensor((node.op.bias.array * factor).astype(node.op.weight.dtype))
    return replace(node, op=Dense(Tensor(weight), bias), provenance=node.provenance.then(step))
