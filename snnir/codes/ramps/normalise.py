"""Normalise: thresholds of 1."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.codes.ramps.neuron import FiringNeuron
from snnir.ir import Graph, Node, Tensor, is_of
from snnir.ops import Add, Dense
from snnir.passes.base import Context, Pass, Property
from snnir.passes.properties import NORMALISED, SCALED
from snnir.types import Array


@dataclass(frozen=True)
class Normalise(Pass):
    """Scale what drives each neuron together with its threshold, so that all thresholds are 1 (or the amplitudes).

    A membrane and its threshold may be scaled together without changing a single spike (up to rounding). Some
    readers take one threshold for all neurons only. Amplitudes keep what a spike stands for.

    Before: thresholds are set. After: every threshold is 1; or, with `amplitudes`, membranes are in the units of the
    analog network again.

    The amplitudes of a population are the reciprocals of its encoder's gains, so that thresholds equal to them leave
    an encoder of 1 and -1, which only adds.

    Attributes:
        amplitudes: Make thresholds equal to the amplitudes instead of 1.
    """

    name: ClassVar[str] = "normalise"
    requires: ClassVar[tuple[Property, ...]] = (SCALED,)
    ensures: ClassVar[tuple[Property, ...]] = (NORMALISED,)
    amplitudes: bool = False

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with scaled membranes."""
        scale: dict[str, Array] = {}
        signs: set[str] = set()
        neurons: dict[str, Node] = {}
        for node in graph.nodes:
            if not is_of(node, FiringNeuron):
                continue
            threshold = node.op.threshold.array
            goal = node.op.amplitude.array if self.amplitudes else np.ones_like(threshold)
            factor = goal.astype(np.float64) / threshold
            scale.update(dict.fromkeys(_synapses(graph, node.inputs[0]), factor))
            if self.amplitudes and node.op.per_unit is not None:
                signs.update(_synapses(graph, node.inputs[0]))
            op = node.op.with_thresholds(Tensor(goal))
            neurons[node.name] = replace(node, op=op, provenance=node.provenance.then(self.name))
        scaled = [_scaled(neurons.get(node.name, node), scale, self.name) for node in graph.nodes]
        return graph.with_nodes(tuple(_exact(node) if node.name in signs else node for node in scaled))


def _synapses(graph: Graph, current: str) -> tuple[str, ...]:
    """Return the dense nodes that add up to a current.

    Raises:
        ValueError: Something else adds to it, or it drives something else as well: coupling does not leave that.
    """
    node = graph.producers[current]
    if len(graph.consumers[current]) == 1 and isinstance(node.op, Dense):
        return (node.name,)
    if len(graph.consumers[current]) != 1 or not isinstance(node.op, Add):
        raise ValueError(f"{current} cannot be scaled for one layer alone")
    return tuple(name for term in node.inputs for name in _synapses(graph, term))


def _scaled(node: Node, scale: dict[str, Array], step: str) -> Node:
    if node.name not in scale or not isinstance(node.op, Dense):
        return node
    factor = scale[node.name]
    bias = node.op.bias and node.op.bias.scaled(factor)
    return replace(node, op=Dense(node.op.weight.scaled(factor), bias), provenance=node.provenance.then(step))


def _exact(node: Node) -> Node:
    """Return an encoder whose weights are 1 and -1 up to rounding with exactly these."""
    assert isinstance(node.op, Dense)  # noqa: S101 - an encoder is one
    return replace(node, op=replace(node.op, weight=Tensor(np.sign(node.op.weight.array))))
