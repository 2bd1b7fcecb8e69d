"""Populate: K plain neurons in the place of every neuron."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import find_layers
from snnir.calibration.ridge import unit_fit
from snnir.codes.population.properties import POPULATED
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.populations import NEURONS_PER_UNIT, encoder_weights, expected, initial_membranes, layout
from snnir.ir import Graph, Node, Tensor, Value, fresh_name
from snnir.ops import Dense
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.properties import COUPLED, UNIT_THRESHOLDS
from snnir.types import Array, Spikes


@dataclass(frozen=True)
class Populate(Pass):
    """``s = fire(c)`` becomes ``s' = fire(c E + e)``, K unipolar neurons per unit, and ``s W`` becomes ``s' D W``.

    The encoder E (``[units, K units]``, K weights per row) and its offsets e are `snnir.codes.ramps.populations.layout`
    on the calibration points; the decoders D and d are the least-squares fit of f by what the neurons of the same unit
    do in the limit, ``f(z) ~ expected(z E + e) D + d``. Later passes fit ``D W`` as a whole.

    Encoder and synapse stay two dense layers without a neuron in between, so a current takes two affine maps from
    spike to neuron. Folded into one, their matrix would have K n K m weights instead of K n m + K m, and every
    spike would cost K m accumulates instead of m: eight times as much for K = 8, where the encoder costs ``T K m``
    multiply-accumulates in all. A NIR file may hold linear nodes in a row.

    Before: coupled. After: populated, with thresholds of 1; the structure is otherwise the same.

    Attributes:
        per_unit: K.
    """

    name: ClassVar[str] = "populate"
    requires: ClassVar[tuple[Property, ...]] = (COUPLED,)
    ensures: ClassVar[tuple[Property, ...]] = (COUPLED, POPULATED, UNIT_THRESHOLDS)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})
    per_unit: int = NEURONS_PER_UNIT

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with populations."""
        layers = {layer.a: layer for layer in find_layers(context.analog)}
        names = {name for layer in layers.values() for name in (layer.z, layer.a)}
        values = context.values(names)
        taken = {*graph.types, *graph.by_name}
        decoders: dict[str, tuple[Array, Array]] = {}
        nodes: list[Node] = []
        for node in graph.nodes:
            if isinstance(node.op, IntegrateAndFire):
                layer = layers[node.name]
                z, a = (values[name].reshape(-1, layer.width).astype(np.float64) for name in (layer.z, layer.a))
                gain, offset = layout(z, self.per_unit, context.semantics)
                rates = expected(z[..., np.newaxis] * gain + offset, context.semantics)
                decoders[node.output.name] = unit_fit(rates, a)
                name = fresh_name(f"{node.name}.encoder", taken)
                starts = initial_membranes(gain.size) if context.semantics.initial else None
                nodes += self._population(graph, node, node.op, name, (gain, offset), starts=starts)
            elif isinstance(node.op, Dense) and node.inputs[0] in decoders:
                nodes.append(self._decoded(node, node.op, *decoders[node.inputs[0]]))
            else:
                nodes.append(node)
        return graph.with_nodes(tuple(nodes))

    def _population(
        self,
        graph: Graph,
        node: Node,
        op: IntegrateAndFire,
        name: str,
        placed: tuple[Array, Array],
        *,
        starts: Array | None,
    ) -> list[Node]:
        """Return the encoder and the neurons of a layer."""
        gain, offset = placed
        (source,) = node.inputs
        dtype = op.threshold.dtype
        kind = graph.types[source]
        wide = replace(kind, shape=(*kind.shape[:-1], gain.size))
        spikes = replace(wide, coding=Spikes("population", node.output.type.steps))
        provenance = node.provenance.then(self.name)
        encoder = Dense(Tensor(encoder_weights(gain).astype(dtype)), Tensor(offset.reshape(-1).astype(dtype)))
        neurons = IntegrateAndFire(
            threshold=Tensor(np.ones(gain.size, dtype)),
            amplitude=Tensor((1 / np.abs(gain)).reshape(-1).astype(dtype)),
            initial=None if starts is None else Tensor(starts.astype(dtype)),
            signed=False,
            per_unit=self.per_unit,
        )
        return [
            Node(name, encoder, (source,), (Value(name, wide),), provenance),
            replace(
                node, op=neurons, inputs=(name,), outputs=(replace(node.output, type=spikes),), provenance=provenance
            ),
        ]

    def _decoded(self, node: Node, op: Dense, decoder: Array, offset: Array) -> Node:
        """Return a synapse that reads populations; decoder ``[units, K]``, offset ``[units]``."""
        weight = op.weight.array.astype(np.float64)
        wide = (decoder[:, :, np.newaxis] * weight[:, np.newaxis, :]).reshape(-1, weight.shape[1])
        bias = offset @ weight + (0.0 if op.bias is None else op.bias.array)
        dtype = op.weight.dtype
        made = Dense(Tensor(wide.astype(dtype)), Tensor(bias.astype(dtype)))
        return replace(node, op=made, provenance=node.provenance.then(self.name))
