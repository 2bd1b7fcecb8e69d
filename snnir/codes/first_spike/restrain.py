"""Restrain: what keeps neurons from firing while they read, and weights whose sums are exact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import Afferents, find_afferents
from snnir.codes.first_spike.neuron import Course, FirstSpike
from snnir.codes.first_spike.properties import ONCE
from snnir.codes.ramps.exact_sums import exact_unit, in_units
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
                unit = exact_unit([op for _, op in synapses], gate / course.leak) if synapses else np.ones(1)
                changed |= {dense.name: in_units(dense, op, unit, self.name) for dense, op in synapses}
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
