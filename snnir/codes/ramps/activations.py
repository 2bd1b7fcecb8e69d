"""Activation replacement: layers of units become layers of neurons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import Layer, find_layers
from snnir.codes.ramps.neuron import IntegrateAndFire
from snnir.errors import model_error
from snnir.ir import Graph, Node, Tensor, Value, fresh_name, prune, sort_nodes
from snnir.ops import Decode, Dense, Encode
from snnir.passes.base import Context, Pass, Property
from snnir.passes.properties import ANALOG, FOLDED, SPIKING
from snnir.provenance import fuse
from snnir.types import Current, Spikes


@dataclass(frozen=True)
class Activations(Pass):
    """Put one signed integrate-and-fire neuron in the place of every unit (the `rate` code).

    ``a = f(z)`` becomes ``a = decode(dense(integrate_and_fire(dense(encode(z)))))`` with dense layers that are
    identities; thresholds and amplitudes are 1 until the next pass sets them. The neuron is named
    after the activation value, so that later passes find its pre-activation in the analog network.
    Zhang et al., "Artificial to Spiking Neural Networks Conversion for Scientific Machine Learning",
    section 3.3.

    Before: a canonical analog graph. After: every layer that `snnir.analysis.find_layers` finds
    spikes, each between an encode and a decode of its own.
    """

    name: ClassVar[str] = "activations"
    requires: ClassVar[tuple[Property, ...]] = (ANALOG, FOLDED)
    ensures: ClassVar[tuple[Property, ...]] = (SPIKING,)

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with neurons.

        Raises:
            ModelError: No layer can become spikes; code ``nothing-spikes``.
        """
        layers = find_layers(graph)
        if not layers:
            raise model_error(
                "nothing-spikes",
                "no part of this model can become spikes: no dense layer has an activation that feeds another layer",
                graph.name,
                "`snnir inspect` shows what was read; convolutions and output transforms stay on the host",
            )
        replaced = {graph.producers[layer.a].name for layer in layers}
        kept = [node for node in graph.nodes if node.name not in replaced]
        neurons = [node for layer in layers for node in self._neurons(graph, layer, context.steps)]
        return prune(graph.with_nodes(sort_nodes(_renamed(kept, neurons) + neurons)))

    def _neurons(self, graph: Graph, layer: Layer, steps: int) -> list[Node]:
        provenance = fuse(*(graph.by_name[name].provenance for name in layer.nodes)).then(self.name)
        analog = graph.types[layer.a]
        current = replace(analog, coding=Current(steps))
        spikes = replace(analog, coding=Spikes("rate", steps))
        taken = {*graph.types, *graph.by_name}
        parts = ("encoded", "drive", "spikes", "readout", "readout.decode")
        names = {part: fresh_name(f"{layer.a}.{part}", taken) for part in parts}
        ones = Tensor(np.ones(layer.width, analog.dtype))
        identity = Dense(Tensor(np.eye(layer.width, dtype=analog.dtype)))
        neuron = IntegrateAndFire(threshold=ones, amplitude=ones)

        def node(name: str, op: Encode | IntegrateAndFire | Dense | Decode, source: str, made: Value) -> Node:
            return Node(name, op, (source,), (made,), provenance)

        return [
            node(names["encoded"], Encode(steps), layer.z, Value(names["encoded"], current)),
            node(names["drive"], identity, names["encoded"], Value(names["drive"], current)),
            node(layer.a, neuron, names["drive"], Value(names["spikes"], spikes)),
            node(names["readout"], identity, names["spikes"], Value(names["readout"], current)),
            node(names["readout.decode"], Decode(), names["readout"], Value(layer.a, analog)),
        ]


def _renamed(kept: list[Node], neurons: list[Node]) -> list[Node]:
    """Return nodes without the names of the new ones: a file may call a node like another's activation value."""
    new = {node.name for node in neurons}
    taken = new | {node.name for node in kept}
    return [replace(node, name=fresh_name(f"{node.name}.node", taken)) if node.name in new else node for node in kept]
