"""Restrain: what keeps neurons from firing while they read, and weights whose sums are exact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import Afferents, find_afferents
from snnir.codes.first_spike.neuron import Course, FirstSpike
from snnir.codes.first_spike.properties import ONCE
from snnir.ir import Graph, Node, Tensor, is_of
from snnir.ops import Dense
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.properties import JOINED
from snnir.semantics import evaluate
from snnir.types import Array

MARGIN = 2.0
"""How much larger currents from the inputs may be than on all calibration points; those from spikes are bounded."""


@dataclass(frozen=True)
class Restrain(Pass):
    """``B = 0 if D <= theta else 2^ceil(log2(D / (1 - a)^T))``, D the most that membranes can gain while they read.

    Every neuron before sends one spike, which adds ``a max(-w, 0)`` at most; a bias adds ``max(-b, 0)`` in all. What
    comes from the inputs themselves is bounded by what it is on the calibration points, and a margin.

    Weights and biases of every layer are rounded to multiples of ``2^e``, the finest whose sums, that with the gate
    among them, are exact: so whatever order a program adds spikes in, it gets the same currents, and the same spikes.

    Before: of first spikes, joined, calibrated. After: the same, with the least gates and rounded weights.
    """

    name: ClassVar[str] = "restrain"
    requires: ClassVar[tuple[Property, ...]] = (ONCE, JOINED)
    ensures: ClassVar[tuple[Property, ...]] = (ONCE, JOINED)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with gates and rounded weights."""
        course, changed = Course(context.steps), dict[str, Node]()
        for each in find_afferents(graph, context.analog):
            node = each.node
            if is_of(node, FirstSpike):
                synapses = [(graph.by_name[name], _dense(graph, name)) for name in each.synapses]
                gate = _gate(node.op, [op for _, op in synapses], _fixed(graph, each, context), course)
                unit = _unit([op for _, op in synapses], gate / course.leak) if synapses else np.ones(1)
                changed |= {dense.name: _rounded(dense, op, unit) for dense, op in synapses}
                op = replace(node.op, gate=Tensor(gate.astype(node.op.gate.dtype)))
                changed[node.name] = replace(node, op=op, provenance=node.provenance.then(self.name))
        return graph.with_nodes(tuple(changed.get(node.name, node) for node in graph.nodes))


def _dense(graph: Graph, name: str) -> Dense:
    op = graph.by_name[name].op
    assert isinstance(op, Dense)  # noqa: S101 - synapses are
    return op


def _fixed(graph: Graph, found: Afferents, context: Context) -> Array | float:
    """Return how much currents from the inputs raise membranes, at most, ``[neurons]``."""
    if not found.fixed:
        return 0.0
    values = evaluate(graph, context.points, outputs=found.fixed, semantics=context.semantics)
    total = np.sum([array.reshape(-1, array.shape[-1]).astype(np.float64) for array in values.values()], axis=0)
    raised: Array = MARGIN * np.maximum(-total, 0).max(axis=0)
    return raised


def _gate(op: FirstSpike, synapses: list[Dense], fixed: Array | float, course: Course) -> Array:
    """Return the gates, ``[neurons]``."""
    gain = np.zeros(op.width) + fixed
    for each in synapses:
        gain += course.leak * np.maximum(-each.weight.array.astype(np.float64), 0).sum(axis=0)
        gain += np.maximum(-each.biases, 0)
    gate = np.zeros(op.width)
    wide = gain > op.threshold.array
    gate[wide] = np.exp2(np.ceil(np.log2(gain[wide] / course.kept)))
    return gate


def _unit(ops: list[Dense], pulse: Array) -> Array:
    """Return the distance of weights for each neuron that all of these reach."""
    sizes = pulse + np.sum([np.abs(op.weight.array.astype(np.float64)).sum(axis=0) for op in ops], axis=0)
    sizes += np.sum([np.abs(op.biases) for op in ops], axis=0)
    # Rounding adds half a unit for each weight at most; of the power above the sum there is a quarter left for it.
    exponent = np.ceil(np.log2(np.maximum(sizes, np.finfo(np.float64).tiny) * 1.25))
    unit: Array = np.exp2(exponent - 1 - np.finfo(ops[0].weight.dtype).nmant)
    return unit


def _rounded(node: Node, op: Dense, unit: Array) -> Node:
    """Return a synapse with rounded weights."""

    def on_grid(tensor: Tensor) -> Tensor:
        return Tensor((np.rint(tensor.array / unit) * unit).astype(tensor.dtype))

    made = replace(op, weight=on_grid(op.weight), bias=op.bias and on_grid(op.bias))
    return replace(node, op=made, provenance=node.provenance.then(Restrain.name))
