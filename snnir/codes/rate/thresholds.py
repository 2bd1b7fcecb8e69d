"""Threshold scaling: how large a signal each neuron carries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import find_layers
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.rate.clipped import Granularity, ThresholdRule, thresholds
from snnir.ir import Graph, Node, Tensor
from snnir.ops import Dense
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.properties import COUPLED, SCALED
from snnir.types import Array


@dataclass(frozen=True)
class Thresholds(Pass):
    """Set thresholds from the analog network's activations on the calibration points.

    The amplitude of a neuron becomes its threshold, and the weights that its spikes meet take it
    over, so that ``amplitude mean_t s(t)`` stands for the activation.

    Before: coupled, amplitudes of 1. After: thresholds follow the rule. Rules and source:
    `snnir.codes.rate.clipped.thresholds`.

    Attributes:
        rule: How to choose them.
        per: One for a layer, or one for every neuron.
        percentile: For the rule ``percentile``, in percent.
        enlarge_last: Layers that no other layer follows keep their largest activation whatever the
            rule is, so that no output is cut off (the paper, section 3.3).
    """

    name: ClassVar[str] = "thresholds"
    requires: ClassVar[tuple[Property, ...]] = (COUPLED,)
    ensures: ClassVar[tuple[Property, ...]] = (COUPLED, SCALED)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})
    rule: ThresholdRule = "spread"
    per: Granularity = "neuron"
    percentile: float = 99.9
    enlarge_last: bool = True

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with scaled thresholds."""
        layers = {layer.a: layer for layer in find_layers(context.analog)}
        names = {name for layer in layers.values() for name in (layer.z, layer.a)}
        values = context.values(names)
        last = _last_layers(graph)
        amplitude: dict[str, Array] = {}
        for node in graph.of(IntegrateAndFire):
            layer = layers[node.name]
            z, a = (values[name].reshape(-1, layer.width).astype(np.float64) for name in (layer.z, layer.a))
            chosen = thresholds(z, a, context.steps, rule=self.rule, per=self.per, percentile=self.percentile)
            if self.enlarge_last and node.name in last:
                chosen = np.maximum(chosen, np.abs(a).max(axis=0 if self.per == "neuron" else None))
            amplitude[node.output.name] = chosen
        return graph.with_nodes(tuple(self._scaled(node, amplitude) for node in graph.nodes))

    def _scaled(self, node: Node, amplitude: dict[str, Array]) -> Node:
        provenance = node.provenance.then(self.name)
        if isinstance(node.op, IntegrateAndFire):
            chosen = Tensor(amplitude[node.output.name].astype(node.op.threshold.dtype))
            return replace(node, op=replace(node.op, threshold=chosen, amplitude=chosen), provenance=provenance)
        if isinstance(node.op, Dense) and node.inputs[0] in amplitude:
            weight = node.op.weight.array * amplitude[node.inputs[0]][:, np.newaxis]
            op = replace(node.op, weight=Tensor(weight.astype(node.op.weight.dtype)))
            return replace(node, op=op, provenance=provenance)
        return node


def _last_layers(graph: Graph) -> set[str]:
    """Return the names of neuron layers whose spikes reach no other neuron layer."""
    reaches: set[str] = set()
    last: set[str] = set()
    for node in reversed(graph.nodes):
        behind = any(value.name in reaches for value in node.outputs)
        if isinstance(node.op, IntegrateAndFire) and not behind:
            last.add(node.name)
        if behind or isinstance(node.op, IntegrateAndFire):
            reaches.update(node.inputs)
    return last
