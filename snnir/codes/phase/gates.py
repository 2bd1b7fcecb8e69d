"""Gates: what keeps neurons from firing while digits arrive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import Afferents, find_afferents
from snnir.codes.phase.neuron import BinaryDigits
from snnir.codes.phase.properties import BINARY
from snnir.ir import Graph, Node, Tensor, is_of
from snnir.ops import Dense
from snnir.passes.base import Context, Need, Pass, Property
from snnir.semantics import evaluate
from snnir.types import Array

MARGIN = 2.0
"""How much larger currents from the inputs may be than on all calibration points; those from spikes are bounded."""


@dataclass(frozen=True)
class Gates(Pass):
    """``B = 0 if C <= theta else 2^ceil(log2 C)``, C the largest current that can reach a neuron in one step.

    ``C = sum of max(w, 0) + bias``: where every synapse that excites brings a spike. The membrane is at most
    ``2^-b ((2^(k+1) - 1) C - 2^(k+1) B)`` after step k, so with ``B >= C`` it stays below its threshold as long as
    digits arrive. Powers of two leave all digits of a sum as they are. What comes from the inputs themselves, in layers
    that get both, is bounded by what it is on the calibration points, and a margin. A layer that gets a constant
    current needs none.

    Before: binary, calibrated. After: the same, with the least gates.
    """

    name: ClassVar[str] = "gates"
    requires: ClassVar[tuple[Property, ...]] = (BINARY,)
    ensures: ClassVar[tuple[Property, ...]] = (BINARY,)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with the least gates."""
        found = {each.receiver: each for each in find_afferents(graph, context.analog)}
        nodes = (
            _gated(graph, node, found[node.name], context) if is_of(node, BinaryDigits) else node
            for node in graph.nodes
        )
        return graph.with_nodes(tuple(nodes))


def _gated(graph: Graph, node: Node[BinaryDigits], found: Afferents, context: Context) -> Node:
    """Return neurons with their gates."""
    gate = np.zeros(node.op.width)
    if found.synapses:
        largest = _largest(graph, node, found, context)
        wide = largest > node.op.threshold.array
        gate[wide] = np.exp2(np.ceil(np.log2(largest[wide])))
    op = replace(node.op, gate=Tensor(gate.astype(node.op.gate.dtype)))
    return replace(node, op=op, provenance=node.provenance.then(Gates.name))


def _largest(graph: Graph, node: Node[BinaryDigits], found: Afferents, context: Context) -> Array:
    """Return the largest current that can reach each neuron in one step, ``[neurons]``."""
    before = node.op.encoder(graph, node)
    gain, bias = (np.eye(node.op.width), 0.0) if before is None else _affine(before)
    synapses = [_affine(graph.by_name[name]) for name in found.synapses]
    largest = np.zeros(node.op.width) + bias
    for weight, offset in synapses:
        largest += np.maximum(weight @ gain, 0).sum(axis=0) + offset @ gain
    if found.fixed:
        values = evaluate(graph, context.points, outputs=found.fixed, semantics=context.semantics)
        fixed = np.sum([array.reshape(-1, array.shape[-1]).astype(np.float64) for array in values.values()], axis=0)
        largest += MARGIN * np.maximum(fixed @ gain, 0).max(axis=0)
    return largest


def _affine(node: Node) -> tuple[Array, Array]:
    """Return weights and biases of a dense node, in double precision."""
    assert isinstance(node.op, Dense)  # noqa: S101 - encoders and synapses are
    return node.op.weight.array.astype(np.float64), node.op.biases
