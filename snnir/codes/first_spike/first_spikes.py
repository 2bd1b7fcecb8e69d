"""First spikes: neurons that send their ramps as the times of single spikes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.codes.first_spike.neuron import CODE, Course, FirstSpike
from snnir.codes.first_spike.properties import ONCE
from snnir.codes.population.properties import POPULATED
from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph, Node, Tensor
from snnir.ops import Dense
from snnir.passes.base import Context, Pass, Property
from snnir.passes.properties import COUPLED, UNIT_THRESHOLDS
from snnir.passes.rewriting import with_weighting
from snnir.types import Array, Spikes

WIDE = 64.0
"""A gate that is wide enough for layers whose weights are still to be fitted."""


@dataclass(frozen=True)
class FirstSpikes(Pass):
    """``s = fire(c)`` of a population becomes ``s = first_spike(c')``, and weights behind it take what that decodes to.

    A ramp ``r = clip(c, 0, 1)`` is sent as ``low + (high - low) r``, the ends of `Course`: so ``c' = low + (high - low)
    c`` in the encoder, and ``r = (r' - low) / (high - low)`` in the weights that read it.

    Before: populated, with thresholds of 1. After: all neurons fire once, with gates that are wide enough for any
    weights; `Restrain` makes them as narrow as they can be.
    """

    name: ClassVar[str] = "first-spikes"
    requires: ClassVar[tuple[Property, ...]] = (COUPLED, POPULATED, UNIT_THRESHOLDS)
    ensures: ClassVar[tuple[Property, ...]] = (COUPLED, ONCE)

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with neurons of the `first-spike` code."""
        layers = tuple(graph.of(IntegrateAndFire))
        encoders = {found.name for node in layers if (found := node.op.encoder(graph, node)) is not None}
        sent = {node.output.name for node in layers}
        low, high = Course(context.steps).ends
        made: list[Node] = []
        for node in graph.nodes:
            if isinstance(node.op, IntegrateAndFire):
                made.append(_neurons(node, node.op))
            elif isinstance(node.op, Dense) and node.name in encoders:
                made.append(_mapped(node, node.op, high - low, low))
            elif isinstance(node.op, Dense) and node.inputs[0] in sent:
                factor = 1 / (high - low)
                made.append(_mapped(node, node.op, factor, -factor * low * node.op.weight.array.sum(axis=0), offset=1))
            else:
                made.append(node)
        return with_weighting(graph.with_nodes(tuple(made)), "decaying")


def _mapped(node: Node, op: Dense, factor: float, shift: Array | float, offset: float | None = None) -> Node:
    """Return a dense layer with its weights times a factor, and its bias times the same or `offset`, and shifted."""
    dtype = op.weight.dtype
    weight = op.weight.array.astype(np.float64) * factor
    bias = op.biases * (factor if offset is None else offset) + shift
    made = Dense(Tensor(weight.astype(dtype)), Tensor(np.asarray(bias).astype(dtype)))
    return replace(node, op=made, provenance=node.provenance.then(FirstSpikes.name))


def _neurons(node: Node, op: IntegrateAndFire) -> Node:
    """Return a population that fires once."""
    gate = op.threshold.scaled(np.full(op.width, WIDE))
    kind = node.output.type
    sent = replace(node.output, type=replace(kind, coding=Spikes(CODE, kind.steps)))
    made = FirstSpike(op.threshold, gate, op.amplitude, op.per_unit or 1)
    return replace(node, op=made, outputs=(sent,), provenance=node.provenance.then(FirstSpikes.name))
