"""Layers that fire once, in NIR: chains of Affine and LIF, with the pulses of a clock among their spikes.

A step of ``LIF`` with ``r = 1`` (forward Euler, dt = 1) is ``v <- v + (x - v) / tau``: the neuron of `FirstSpike`, with
tau one over its leak, and reset to zero. What that op gets at given steps comes through further columns of the Input,
see `snnir_nir.lanes`; programs that load NIR files run nodes in another order where signals branch, so pulses go the
same way as spikes: layers before the one that needs a pulse relay it, by a neuron that each such pulse makes fire in
the same step::

    values, pulses -> Affine -> LIF -> spikes, pulses -> Affine -> LIF -> ... -> Affine -> Output

An Affine holds minus the weights of the IR, what its layer gets with each pulse, and the ways to the relays.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from snnir.codes.first_spike import FirstSpike
from snnir.errors import model_error
from snnir.ir import Graph, Node, Op, Tensor, is_of
from snnir.ops import Decode, Dense, Encode
from snnir.semantics import leak
from snnir.types import Array, Json, ValueType
from snnir_nir.facts import Facts, NodeFacts
from snnir_nir.lanes import Lane
from snnir_nir.lower import Lowered, Lowering
from snnir_nir.net import Affine, LeakyIntegrator, LeakyNeurons, Net, NetNode, Port

RELAYED = 2.0
"""How far a pulse raises the membrane of a relay, in thresholds."""


class FirstSpikeLowering(Lowering):
    """Lowers a chain of layers that fire once."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.layers = [node for node in self.spiking if is_of(node, FirstSpike)]
        kinds = [Encode, *[kind for _ in self.layers for kind in (Dense, FirstSpike)], Dense, Decode]
        if [type(node.op) for node in self.spiking] != kinds:
            message = "layers that fire once are written as a chain, and here signals branch or meet"
            raise model_error("not-on-target", message, graph.name, "use the `population` code, or `target` numpy")
        self.window = self.spiking[0].output.type.steps
        needed = [self.lanes_of(node) for node in self.layers]
        self.carried = [sorted({lane for each in needed[index:] for lane in each}) for index in range(len(needed) + 1)]
        """Pulses among what reaches each layer, and what leaves the last one."""

    def run(self) -> Lowered:
        """Return the net."""
        values = Lane(value=True, first=0, end=self.window)
        encode, last, decode = self.spiking[0], self.spiking[-2], self.spiking[-1]
        self.extra[encode.name] = {"lanes": [lane.to_json() for lane in (values, *self.carried[0])]}
        first = len(self.layers) * self.window
        self.extra[decode.name] = {"first": first, "digits": self.window}
        self.extra[last.name] = {"first": 0, "offset": None}
        found = super().run()
        return Lowered(found.net, found.placed, found.extra, first + self.window)

    def port(self, node: Node) -> Port:
        """Return an Input with its pulses, or an Output."""
        port = super().port(node)
        return Port(port.size + len(self.carried[0]), into=True) if port.into else port

    def pulses(self, node: Node[FirstSpike]) -> dict[Lane, Array]:
        """Return what a layer gets with each pulse, ``[neurons]``; its bias is among it."""
        begin, window = self.layers.index(node) * self.window, self.window
        opened, sending, released, pushed = node.op.pulses(window)
        send = begin + window
        found = {
            Lane(value=False, first=send, end=send + 1): released,
            Lane(value=False, first=send, end=send + window): sending,
            Lane(value=False, first=send + window - 1, end=send + window): pushed,
        }
        if np.any(opened):
            found[Lane(value=False, first=begin, end=begin + 1)] = opened
        bias = self.synapse(node).op.bias
        if bias is not None:
            found[Lane(value=False, first=begin, end=send)] = -bias.array
        return found

    def lanes_of(self, node: Node[FirstSpike]) -> set[Lane]:
        """Return the pulses that a layer needs."""
        return set(self.pulses(node))

    def synapse(self, node: Node) -> Node[Dense]:
        """Return the dense node that makes a current."""
        found = self.graph.producers[node.inputs[0]]
        assert is_of(found, Dense)  # noqa: S101 - the chain was checked
        return found

    def neurons(self, node: Node) -> None:
        """Place a layer, its relays, and all that reaches them."""
        assert is_of(node, FirstSpike)  # noqa: S101 - the chain was checked
        index, synapse, width = self.layers.index(node), self.synapse(node), node.op.width
        columns, relayed = self.carried[index], self.carried[index + 1]
        values = synapse.op.weight.shape[0]
        weight = np.zeros((width + len(relayed), values + len(columns)), self.dtype)
        weight[:width, :values] = -synapse.op.weight.array.T
        for lane, pulse in self.pulses(node).items():
            weight[:width, values + columns.index(lane)] = pulse
        tau, threshold = 1 / leak(self.window), node.op.threshold.array
        for row, lane in enumerate(relayed):
            weight[width + row, values + columns.index(lane)] = RELAYED * tau * threshold[0]
        affine = self.placed[synapse.name] = self.affine(synapse.name, weight)
        name = self.placed[node.name] = self.names.new(node.name)
        full = len(weight)
        membrane = LeakyIntegrator(self.all(full, tau), self.all(full, 1.0), self.all(full, 0.0), node.op.amplitude)
        limits = Tensor(np.append(threshold, np.repeat(threshold[:1], len(relayed))))
        self.nodes[name] = LeakyNeurons(membrane, limits, self.all(full, 0.0))
        self.connect([self.placed[self.graph.producers[synapse.inputs[0]].name]], affine)
        self.connect([affine], name)
        begin = index * self.window
        opened = Lane(value=False, first=begin, end=begin + 1)
        bias = Lane(value=False, first=begin, end=begin + self.window)
        offset: Json = [affine, values + columns.index(bias)] if synapse.op.bias is not None else None
        self.extra[synapse.name] = {"first": 0, "offset": offset}
        gate = values + columns.index(opened) if np.any(node.op.gate.array) else None
        self.extra[node.name] = {"first": begin + self.window, "clock": affine, "gate": gate}

    def read_out(self, node: Node) -> None:
        """Place the weights of the output."""
        synapse = self.synapse(node)
        bias = None if synapse.op.bias is None else synapse.op.bias.array
        name = self.placed[synapse.name] = self.affine(synapse.name, synapse.op.weight.array.T, bias)
        self.connect([self.placed[self.graph.producers[synapse.inputs[0]].name]], name)
        self.into_output(node, [name])

    def all(self, size: int, value: float) -> Tensor:
        """Return one number for every neuron."""
        return Tensor(np.full(size, value, self.dtype))


def rebuilt(net: Net, node: NetNode, record: NodeFacts, types: Mapping[str, ValueType], facts: Facts) -> Op:
    """Return a synapse or neurons of a file whose layers fire once.

    Raises:
        LookupError, TypeError, ValueError: The metadata do not go with the nodes.
    """
    width, name = int(record["shape"][-1]), record["nir"]
    if record["op"] == "dense" and isinstance(node, Affine) and node.bias is not None:
        weight = np.transpose(node.weight.array[:width, : int(types[record["inputs"][0]].shape[-1])])
        if not any(isinstance(net.nodes[end], LeakyNeurons) for start, end in net.edges if start == name):
            return Dense(Tensor(weight), Tensor(node.bias.array) if record["bias"] else None)
        offset = record["offset"]
        return Dense(Tensor(-weight), None if offset is None else Tensor(-node.weight.array[:width, offset[1]]))
    if record["op"] != FirstSpike.mnemonic or not isinstance(node, LeakyNeurons) or node.membrane.amplitude is None:
        raise ValueError(f"NIR node {name!r} is no {record['op']}")
    layer, threshold = facts["layers"][name], node.threshold.array[:width]
    clock, gate = net.nodes[layer["clock"]], np.zeros_like(threshold)
    if layer["gate"] is not None and isinstance(clock, Affine):
        gate -= clock.weight.array[:width, layer["gate"]] * threshold.dtype.type(leak(facts["digits"]))
    return FirstSpike(Tensor(threshold), Tensor(gate), node.membrane.amplitude, layer["per_unit"] or 1)
