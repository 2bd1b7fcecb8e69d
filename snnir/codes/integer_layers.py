"""Layers of integers, one after the other: what quantisation for all codes shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from snnir.analysis import Afferents, integrated
from snnir.arithmetic.integer import compensated, half_limit, split, weight_unit
from snnir.calibration.decoders import SpikeMoments, fit_decoder
from snnir.calibration.sweep import SpikingSweep
from snnir.errors import Diagnostic, ModelError
from snnir.ir import Graph, Node, Op, Tensor, Value, fresh_name, is_spiking, prune
from snnir.ops import Add, Cast, Clip, Constant, Decode, Dense, Encode, Mul, Round
from snnir.passes.base import Context
from snnir.passes.layerwise import sources_of
from snnir.semantics import IntegerFormat, Signal
from snnir.types import ANALOG, Array, Current, Spikes

MARGIN = 1.5
"""How much larger than on the calibration points a sum over all steps may become elsewhere."""


class IntegerLayers(ABC):
    """What is made so far, and the integer spikes of its layers on the calibration points.

    Attributes:
        near: Weights stay near the given ones, which mean the same to these spikes; see `LeastSquares`.
    """

    near = False

    def __init__(self, graph: Graph, joined: Graph, context: Context, step: str) -> None:
        form = context.semantics.integer
        assert form is not None  # noqa: S101 - the pipeline quantises for targets that have one
        self.graph = graph
        self.joined = joined
        self.context = context
        self.form: IntegerFormat = form
        self.step = step
        self.taken = {*graph.types, *graph.by_name, *joined.types, *joined.by_name}
        self.made: dict[str, list[Node]] = {}
        self.sweep = SpikingSweep(context.points, context.semantics)

    def run(self, found: Sequence[Afferents], goals: Mapping[str, Array]) -> Graph:
        """Make all layers and readouts, in topological order, and return the whole graph.

        Raises:
            ModelError: One of them cannot be expressed.
        """
        for index, each in enumerate(found):
            needed = (name for later in found[index:] for name in sources_of(self.graph, later))
            self.sweep.keep(self.graph, needed)
            self.layer(each, goals[each.receiver])
            self.context.progress((index + 1) / len(found))
        return self.finished()

    def simulate(self, nodes: Iterable[Node], name: str, given: Mapping[str, Signal] | None = None) -> Array:
        """Run a layer on the calibration points, keep its spikes, and return what a value of it decodes to.

        Args:
            nodes: Of the layer.
            name: Of the value.
            given: What reaches it otherwise than by spikes, by name.
        """
        nodes = tuple(nodes)
        types = {**self.joined.types, **self.graph.types}
        made = {value.name for node in nodes for value in node.outputs}
        read = dict.fromkeys(source for node in nodes for source in node.inputs if source not in made)
        inputs = tuple(Value(source, types[source]) for source in read)
        return self.sweep.simulate(Graph(self.graph.name, inputs, nodes, (name,)), (name,), given=given)[name]

    def finished(self) -> Graph:
        """Return the whole graph."""
        nodes: list[Node] = []
        for node in self.graph.nodes:
            stays = not is_spiking(self.graph, node) or self.reads_spikes(node)
            nodes += self.made.get(node.name, (node,) if stays else ())
        return prune(self.graph.with_nodes(tuple(nodes)))

    def reads_spikes(self, node: Node) -> bool:
        """Whether a decode has no weights in front of it."""
        return isinstance(node.op, Decode) and isinstance(self.graph.types[node.inputs[0]].coding, Spikes)

    def layer(self, each: Afferents, goal: Array) -> None:
        """Make one layer of neurons, or one readout, that should receive `goal` on average.

        Raises:
            ModelError: It cannot be expressed.
        """
        node = self.graph.by_name[each.receiver]
        if each.synapses and each.fixed:
            message = "spikes and inputs meet in one layer, and what the host injects would come too early there"
            hint = "use `target` nir or numpy, or a network without skip connections from the inputs"
            raise ModelError((Diagnostic("mixed-current", message, f"layer {node.name!r}", hint),))
        if isinstance(node.op, Decode):
            self.readout(each, node, goal)
        else:
            self.neurons(each, node, goal)

    @abstractmethod
    def neurons(self, each: Afferents, node: Node, goal: Array) -> None:
        """Make one layer of neurons."""

    def decoder(
        self, each: Afferents, goal: Array, levels: int | None = None, *, apart: bool = False
    ) -> tuple[SpikeMoments, Array]:
        """Return the moments of spikes of all sources, and the weights that decode the goal best, see `fit_decoder`."""
        features = np.concatenate([self.sweep.means[name] for name in sources_of(self.graph, each)], axis=1)
        given = np.concatenate([dense_of(self.graph, name).weight.array for name in each.synapses])
        return fit_decoder(features, goal, given, near=self.near, levels=levels, apart=apart)

    def sum(self, node: Node, value: Value, parts: list[tuple[str, Dense]]) -> list[Node]:
        """Return dense nodes that read the spikes named, and what adds them up to a value."""
        nodes: list[Node] = []
        names: list[str] = []
        for index, (source, dense) in enumerate(parts):
            name = value.name if len(parts) == 1 else self.fresh(f"{value.name}.{index}")
            nodes.append(self.node(name, dense, (source,), replace(value, name=name), node))
            names.append(name)
        while len(names) > 1:
            first, second, *rest = names
            name = self.fresh(f"{value.name}.sum") if rest else value.name
            nodes.append(self.node(name, Add(), (first, second), replace(value, name=name), node))
            names = [name, *rest]
        return nodes

    def cut(self, each: Afferents, node: Node, weights: Array, bias: Array) -> list[tuple[str, Dense]]:
        """Return the dense layer of every source; the first one takes the bias."""
        parts: list[tuple[str, Dense]] = []
        start = 0
        for name in each.synapses:
            op = dense_of(self.graph, name)
            end = start + op.weight.shape[0]
            own = whole(bias) if start == 0 and np.any(bias) else None
            parts.append((self.graph.by_name[name].inputs[0], Dense(whole(weights[start:end]), own)))
            start = end
        return parts

    def halves(
        self, each: Afferents, node: Node, rounded: Array, most: int, unit: int | None = None
    ) -> list[tuple[str, Dense]]:
        """Return two dense layers for every source, high and low, for weights of twice the bits.

        Args:
            each: What drives it.
            node: The layer.
            rounded: Whole numbers, ``[neurons, receivers]``.
            most: The largest half.
            unit: What they are multiples of; that of the format if None.
        """
        high, low = split(rounded, most)
        unit, none = unit or weight_unit(self.form), np.zeros(len(rounded[0]))
        return [*self.cut(each, node, high * ((most + 1) * unit), none), *self.cut(each, node, low * unit, none)]

    def on_host(self, node: Node, scale: float, bound: int, exponent: int = 0) -> list[Node]:
        """Return host nodes that make integers ``round(c scale) 2^exponent``, in double precision, and their encode.

        Args:
            node: The layer that integrates c.
            scale: Factor.
            bound: The largest before the exponent.
            exponent: Of two.
        """
        value = self.current(node)
        host = self.host(node, value)

        def term(name: str) -> str:
            made = self.joined.producers[name]
            if isinstance(made.op, Add):
                first, second = (term(each) for each in made.inputs)
                return host.add("sum", Add(), first, second)
            source = made if isinstance(made.op, Encode) else self.joined.producers[made.inputs[0]]
            (given,) = source.inputs
            wide = host.add("input", Cast("float64"), given, shape=self.joined.types[given].shape)
            if isinstance(made.op, Encode):
                factor = Tensor(np.full(1, scale))
                return host.add("scaled", Mul(), wide, host.add("scale", Constant(factor), shape=(1,)))
            assert isinstance(made.op, Dense)  # noqa: S101 - joined graphs have nothing else here
            weight = made.op.weight.array.astype(np.float64) * scale
            bias = None if made.op.bias is None else Tensor(made.op.bias.array.astype(np.float64) * scale)
            return host.add("scaled", Dense(Tensor(weight), bias), wide)

        name = host.add(
            "clipped", Clip(-float(bound), float(bound)), host.add("rounded", Round(), term(self.joined_current(node)))
        )
        if exponent:
            factor = Tensor(np.full(1, float(1 << exponent)))
            name = host.add("injected", Mul(), name, host.add("unit", Constant(factor), shape=(1,)))
        coding = value.type.coding
        assert isinstance(coding, Current)  # noqa: S101 - it is one
        return [*host.nodes, self.node(value.name, Encode(coding.steps, coding.weighting), (name,), value, node)]

    def joined_current(self, node: Node) -> str:
        """Return the name of the current that a layer integrates, or a readout reads, in the joined graph."""
        return integrated(self.joined, self.joined.by_name[node.name])

    def current(self, node: Node) -> Value:
        """Return the value that a layer reads, under the name that it has in the joined graph."""
        name = self.joined_current(node)
        return Value(name, self.joined.types[name])

    def readout(self, each: Afferents, node: Node, goal: Array) -> None:
        """Make a readout: two matrices of integers, their sum over the steps, and its scale and offset on the host."""
        if not each.synapses:
            return
        most, unit = half_limit(self.form), weight_unit(self.form)
        spikes, weight = self.decoder(each, goal, most * (most + 2))
        scale = most * (most + 2) * unit / max(float(np.abs(weight).max()), 1e-30)
        rounded = compensated(weight * (scale / unit), spikes.gram, most * (most + 2))
        offset = goal.mean(axis=0) - spikes.mean @ rounded * (unit / scale)
        parts = self.halves(each, node, rounded, most)
        nodes = self.sum(node, Value(node.inputs[0], self.graph.types[node.inputs[0]]), parts)
        self.made[node.name] = [*nodes, *self.read(node, scale, offset)]

    def read(self, node: Node, scale: float, offset: Array) -> list[Node]:
        """Return a readout of a sum in which `scale` counts as 1, and the host nodes behind it."""
        total = Value(self.fresh(f"{node.output.name}.sum"), replace(node.output.type, dtype="float64"))
        decode = replace(node, outputs=(total,), provenance=node.provenance.then(self.step))
        return [decode, *self.scaled(node, total.name, 1 / scale, offset)]

    def scaled(self, node: Node, total: str, factor: float, offset: Array) -> list[Node]:
        """Return host nodes for ``y = total factor + offset``, in double precision before the last cast."""
        host = self.host(node, node.output)
        scale = host.add("scale", Constant(Tensor(np.full(1, factor))), shape=(1,))
        shift = host.add("offset", Constant(Tensor(offset)), shape=offset.shape)
        name = host.add("shifted", Add(), host.add("scaled", Mul(), total, scale), shift)
        cast = self.fresh(f"{node.name}.cast")
        return [*host.nodes, self.node(cast, Cast(node.output.type.dtype), (name,), node.output, node)]

    def host(self, node: Node, value: Value) -> HostNodes:
        """Return a place for host nodes that make or follow a value."""
        kind = replace(value.type, dtype="float64", coding=ANALOG)
        return HostNodes(self, node, Value(value.name, kind))

    def node(self, name: str, op: Op, inputs: tuple[str, ...], value: Value, like: Node) -> Node:
        """Return a new node, made from another."""
        return Node(name, op, inputs, (value,), like.provenance.then(self.step))

    def fresh(self, base: str) -> str:
        """Return a new name."""
        name = fresh_name(base, self.taken)
        self.taken.add(name)
        return name


@dataclass(frozen=True)
class HostNodes:
    """Nodes of the host, one after the other, under new names.

    Attributes:
        layers: Has the names that are taken.
        like: The node that they are made for.
        value: Its name is the beginning of theirs, and its type is theirs but for the shape.
        nodes: So far.
    """

    layers: IntegerLayers
    like: Node
    value: Value
    nodes: list[Node] = field(default_factory=list[Node])

    def add(self, suffix: str, op: Op, *inputs: str, shape: tuple[int | str, ...] | None = None) -> str:
        """Add a node and return the name of what it makes."""
        kind = self.value.type if shape is None else replace(self.value.type, shape=shape)
        name = self.layers.fresh(f"{self.value.name}.{suffix}")
        self.nodes.append(self.layers.node(name, op, inputs, Value(name, kind), self.like))
        return name


def dense_of(graph: Graph, name: str) -> Dense:
    """Return the op of a synapse."""
    op = graph.by_name[name].op
    assert isinstance(op, Dense)  # noqa: S101 - synapses are
    return op


def whole(array: Array) -> Tensor:
    """Return whole numbers as a tensor of integers."""
    return Tensor(np.asarray(array).astype(np.int32))
