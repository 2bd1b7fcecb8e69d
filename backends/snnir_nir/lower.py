"""From the IR to NIR's vocabulary: signed neurons become pairs, additions become edges."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph, Node, Tensor, is_spiking
from snnir.ops import Add, Decode, Dense, Encode, Neuron, sender
from snnir.types import Array, Current, Json, Spikes
from snnir_nir.check import tensors
from snnir_nir.names import Names, port_names
from snnir_nir.net import Affine, Net, NetNode, Neurons, Port

Form: TypeAlias = Literal["plain", "pair"]
"""How a current arrives: as itself, or as ``[c; -c]`` for the two halves of signed neurons."""


@dataclass(frozen=True)
class Lowered:
    """The net of a graph's spiking part, and what became of each node.

    Attributes:
        net: Without metadata.
        placed: NIR name by IR name; for a Dense the first of its Affine nodes, for neurons the node that sends their
            (positive) spikes; an Add is edges only.
        extra: Of the exact form, by IR name of a neuron layer: ``membrane``, the integrator; ``minus``, the node that
            sends negative spikes, and ``start``, through which membranes are set, or None. Of an encode: ``pulse``, its
            Input has a pulse column. Where layers send digits, see `snnir_nir.facts`.
        steps: That the net runs for, where that is more than a spike train takes.
    """

    net: Net
    placed: dict[str, str]
    extra: dict[str, dict[str, Json]]
    steps: int | None = None


class Lowering(ABC):
    """Lowers the spiking part of a graph; `snnir_nir.check.findings` has found nothing in it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.names = Names()
        self.nodes: dict[str, NetNode] = {}
        self.edges: list[tuple[str, str]] = []
        self.placed: dict[str, str] = {}
        self.extra: dict[str, dict[str, Json]] = {}
        self.spiking = [node for node in graph.nodes if is_spiking(graph, node)]
        kinds = {tensor.dtype for node in self.spiking for tensor in tensors(node).values()}
        self.dtype = np.dtype(next(iter(kinds), "float32"))

    def run(self) -> Lowered:
        """Return the net."""
        self._ports()
        for node in self.spiking:
            if isinstance(node.op, Neuron):
                self.neurons(node)
            elif isinstance(node.op, Decode):
                self.read_out(node)
        return Lowered(Net(self.nodes, tuple(self.edges)), self.placed, self.extra)

    def _ports(self) -> None:
        for kind, op in (("input", Encode), ("output", Decode)):
            nodes = [node for node in self.spiking if isinstance(node.op, op)]
            for node, name in zip(nodes, port_names(kind, len(nodes)), strict=True):
                self.nodes[name] = self.port(node)
                self.placed[node.name] = name
                self.names.take(name)

    def port(self, node: Node) -> Port:
        """Return the Input of an encode, or the Output of a decode."""
        return Port(self.width(node.inputs[0]), isinstance(node.op, Encode))

    @abstractmethod
    def neurons(self, node: Node) -> None:
        """Place a layer of neurons, and what reaches it."""

    @abstractmethod
    def read_out(self, node: Node) -> None:
        """Place what reaches an Output."""

    def into_output(self, node: Node, sources: list[str]) -> None:
        """Lead signals into an Output, through one edge."""
        if len(sources) > 1:
            # Readers sum edges into an Affine, but not all of them those into an Output.
            total = self.affine(f"{node.name}_sum", np.eye(self.width(node.inputs[0]), dtype=self.dtype))
            self.connect(sources, total)
            sources = [total]
        self.connect(sources, self.placed[node.name])

    def affine(self, wanted: str, weight: Array, bias: Array | None = None) -> str:
        """Return a new Affine, without a bias one of zeros."""
        offset = np.zeros(weight.shape[0], weight.dtype) if bias is None else bias
        return self.node(wanted, Affine(Tensor(weight), Tensor(offset)))

    def node(self, wanted: str, node: NetNode) -> str:
        """Return the name of a new node."""
        name = self.names.new(wanted)
        self.nodes[name] = node
        return name

    def connect(self, sources: list[str], target: str) -> None:
        """Add edges."""
        self.edges += [(source, target) for source in sources]

    def width(self, value: str) -> int:
        """Return the size of the last axis of a value."""
        size = self.graph.types[value].shape[-1]
        assert isinstance(size, int)  # noqa: S101 - checked before
        return size


class PairLowering(Lowering):
    """Lowers a graph to IF nodes.

    A signed neuron is a pair p, m of plain ones: p integrates c, m integrates -c, and the spikes of
    each raise the other by the threshold one step later, before it decides again. So p - m is the
    signed spike train exactly.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.affines: dict[tuple[str, Form], str] = {}
        self.sums: dict[tuple[str, Form], list[str]] = {}

    def neurons(self, node: Node) -> None:
        """Place a layer as one IF node, and pairs with what couples them."""
        op = node.op
        assert isinstance(op, IntegrateAndFire)  # noqa: S101 - checked before
        name = self.placed[node.name] = self.names.new(node.name)
        threshold = op.threshold.array
        initial = None if op.initial is None else op.initial.array
        if op.signed:
            threshold = np.concatenate([threshold, threshold])
            initial = None if initial is None else np.concatenate([initial, -initial])
        self.nodes[name] = Neurons(
            Tensor(np.ones_like(threshold)),
            Tensor(threshold),
            Tensor(np.zeros_like(threshold)),
            None if initial is None else Tensor(initial),
            op.amplitude,
        )
        self.connect(self._sources(node.inputs[0], "pair" if op.signed else "plain"), name)
        if op.signed:
            size = len(op.threshold.array)
            swap = np.roll(np.eye(2 * size, dtype=self.dtype), size, axis=1)
            cross = self.affine(f"{name}_cross", threshold[:, np.newaxis] * swap)
            self.edges += [(name, cross), (cross, name)]

    def read_out(self, node: Node) -> None:
        """Place what reaches an Output: a current, or spikes through an identity."""
        value = node.inputs[0]
        if isinstance(self.graph.types[value].coding, Spikes):
            weight = self._columns(np.eye(self.width(value), dtype=self.dtype), value)
            sources = [self.affine(f"{node.name}_readout", weight)]
            self.connect(self._spikes(value), sources[0])
        else:
            sources = self._sources(value, "plain")
        self.into_output(node, sources)

    def _sources(self, value: str, form: Form) -> list[str]:
        """Return the nodes whose sum is a current in a form; none of them an Input."""
        node = self.graph.producers[value]
        if isinstance(node.op, Add):
            return self._sum(node, form)
        if (node.name, form) not in self.affines:
            self.affines[node.name, form] = self._synapse(node, form)
        return [self.affines[node.name, form]]

    def _sum(self, node: Node, form: Form) -> list[str]:
        if (node.name, form) not in self.sums:
            found: list[str] = []
            for source in (source for name in node.inputs for source in self._sources(name, form)):
                found.append(self._copy(source, node.name) if source in found else source)
            self.sums[node.name, form] = found
        return self.sums[node.name, form]

    def _copy(self, source: str, base: str) -> str:
        """Return a node that repeats another's output: NIR has no two edges between the same nodes."""
        affine = self.nodes[source]
        assert isinstance(affine, Affine)  # noqa: S101 - sources of currents are
        copy = self.affine(f"{base}_copy", np.eye(affine.weight.shape[0], dtype=self.dtype))
        self.edges.append((source, copy))
        return copy

    def _synapse(self, node: Node, form: Form) -> str:
        """Return a new Affine for a Dense, or an identity for an Encode that meets neurons without one."""
        op = node.op
        base = node.name if form == "plain" else f"{node.name}_pair"
        if isinstance(op, Encode):
            name = self.affine(
                f"{base}_relay", self._rows(np.eye(self.width(node.output.name), dtype=self.dtype), form)
            )
            self.connect([self.placed[node.name]], name)
            return name
        assert isinstance(op, Dense)  # noqa: S101 - checked before
        source = node.inputs[0]
        weight = self._rows(self._columns(np.transpose(op.weight.array), source), form)
        bias = None if op.bias is None else self._rows(op.bias.array, form)
        name = self.affine(base, weight, bias)
        self.placed.setdefault(node.name, name)
        self.connect(self._arriving(source), name)
        return name

    def _arriving(self, value: str) -> list[str]:
        """Return the nodes whose sum a Dense reads."""
        if not isinstance(self.graph.types[value].coding, Current):
            return self._spikes(value)
        node = self.graph.producers[value]
        return [self.placed[node.name]] if isinstance(node.op, Encode) else self._sources(value, "plain")

    def _spikes(self, value: str) -> list[str]:
        """Return the nodes whose sum is a spike train."""
        return [self.placed[self.graph.producers[value].name]]

    def _columns(self, weight: Array, source: str) -> Array:
        """Return ``[W, -W]`` where the source is pairs, W otherwise."""
        layer = sender(self.graph, source)
        return weight if layer is None or layer.op.halves == 1 else np.concatenate([weight, -weight], axis=1)

    def _rows(self, array: Array, form: Form) -> Array:
        return np.concatenate([array, -array]) if form == "pair" else array
