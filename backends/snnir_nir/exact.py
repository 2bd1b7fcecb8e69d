"""Reset by subtraction encoded in NIR primitives: integrators, thresholds and feedback instead of IF.

NIR's IF resets to a value. But ``I`` integrates, ``Threshold`` gives ``z = v > theta``, and an edge that closes a
cycle brings ``-theta z`` to the integrator one step later, before it decides again: that is reset by subtraction,
with ``>``, in any reader. A signed neuron needs one integrator and two thresholds, on v and on -v::

    current -> I -+-> Threshold ----------------+-> spikes: the sum of both edges
             ^    +-> Scale(-1) -> Threshold -> Scale(-1) -+
             +-------------- Scale(-theta) <--- spikes

Membranes before the first step come through a further column of the Input, the pulse, which is 1 at the first step and
0 afterwards: a Linear node from the Input to the integrator has them as its last column.
"""

from __future__ import annotations

import numpy as np

from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph, Node, Tensor, regions
from snnir.ops import Dense, Encode
from snnir.types import Array, Json
from snnir_nir.lower import Form, PairLowering
from snnir_nir.net import Affine, Integrator, Port, Scale, Threshold


class ExactLowering(PairLowering):
    """Lowers a graph to integrators and thresholds."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.trains: dict[str, list[str]] = {}
        """The nodes whose sum is the spikes of a layer, by layer."""
        self.pulse: dict[str, str] = {}
        """The encode through whose Input the membranes of a layer come, by layer."""
        for region in regions(graph):
            starting = [n.name for n in region if isinstance(n.op, IntegrateAndFire) and n.op.initial is not None]
            first = next((node.name for node in region if isinstance(node.op, Encode)), None)
            if first is not None:
                self.pulse |= dict.fromkeys(starting, first)
        self.extra |= {name: {"pulse": True} for name in self.pulse.values()}

    def port(self, node: Node) -> Port:
        """Return an Input, with the pulse where membranes of its region start elsewhere than at zero; or an Output."""
        port = super().port(node)
        return Port(port.size + 1, into=True) if node.name in self.pulse.values() else port

    def neurons(self, node: Node) -> None:
        """Place a layer as an integrator with thresholds and feedback."""
        op = node.op
        assert isinstance(op, IntegrateAndFire)  # noqa: S101 - checked before
        name = self.placed[node.name] = self.names.new(node.name)
        membrane = self.node(f"{name}_membrane", Integrator(Tensor(np.ones_like(op.threshold.array)), op.amplitude))
        self.nodes[name] = Threshold(op.threshold)
        self.connect(self._sources(node.inputs[0], "plain"), membrane)
        self.connect([membrane], name)
        spikes = [name]
        extra: dict[str, Json] = {"membrane": membrane, "minus": None, "start": None}
        if op.signed:
            mirror = self._scale(f"{name}_mirror", -np.ones_like(op.threshold.array), [membrane])
            minus = self.node(f"{name}_minus", Threshold(op.threshold))
            self.connect([mirror], minus)
            spikes.append(self._scale(f"{name}_down", -np.ones_like(op.threshold.array), [minus]))
            extra["minus"] = minus
        self.trains[node.name] = spikes
        reset = self._scale(f"{name}_reset", -op.threshold.array, spikes)
        self.connect([reset], membrane)
        if op.initial is not None:
            source = self.placed[self.pulse[node.name]]
            weight = np.zeros((op.initial.shape[0], self._size(source)), op.initial.array.dtype)
            weight[:, -1] = op.initial.array
            extra["start"] = start = self.node(f"{name}_start", Affine(Tensor(weight), None))
            self.connect([source], start)
            self.connect([start], membrane)
        self.extra[node.name] = extra

    def _columns(self, weight: Array, source: str) -> Array:
        return weight

    def _synapse(self, node: Node, form: Form) -> str:
        name = super()._synapse(node, form)
        reader = node if isinstance(node.op, Encode) else self.graph.producers[node.inputs[0]]
        affine = self.nodes[name]
        assert isinstance(affine, Affine)  # noqa: S101 - what a synapse becomes
        if isinstance(node.op, Encode | Dense) and reader.name in self.pulse.values():
            blind = np.zeros((affine.weight.shape[0], 1), affine.weight.array.dtype)
            self.nodes[name] = Affine(Tensor(np.concatenate([affine.weight.array, blind], axis=1)), affine.bias)
        return name

    def _spikes(self, value: str) -> list[str]:
        return self.trains[self.graph.producers[value].name]

    def _scale(self, wanted: str, factor: Array, sources: list[str]) -> str:
        name = self.names.new(wanted)
        self.nodes[name] = Scale(Tensor(factor))
        self.connect(sources, name)
        return name

    def _size(self, name: str) -> int:
        port = self.nodes[name]
        assert isinstance(port, Port)  # noqa: S101 - encodes become ports
        return port.size
