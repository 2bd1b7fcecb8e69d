"""Grid: numbers that the chip keeps exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import depths
from snnir.ir import Graph, Node, Op, Tensor, Value, fresh_name, is_of, prune, sort_nodes
from snnir.ops import Add, Cast, Clip, Constant, Decode, Dense, Encode, Mul, Round
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.properties import JOINED, UNIT_THRESHOLDS
from snnir.semantics import evaluate
from snnir.types import ANALOG, Array, Current, Spikes, ValueType
from snnir_sanafe.currents import Received, received
from snnir_sanafe.neurons import form
from snnir_sanafe.numbers import exponent, rounded, unit


@dataclass(frozen=True)
class Grid(Pass):
    """Weights, biases, thresholds and the host's currents become multiples of what membranes are counted in.

    Every layer and readout gets the finest grid with which its numbers stay in range, and the highest membranes that
    its weights allow; see `snnir_sanafe.numbers`. What the host hands over is computed, rounded and cut on the host.

    Before: joined, with thresholds of 1. After: the same network, up to rounding; what the host hands over is encoded
    as it is.
    """

    name: ClassVar[str] = "grid"
    requires: ClassVar[tuple[Property, ...]] = (JOINED, UNIT_THRESHOLDS)
    ensures: ClassVar[tuple[Property, ...]] = (JOINED,)
    needs: ClassVar[frozenset[Need]] = frozenset({"points"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the rounded graph."""
        rounding = _Rounding(graph, context)
        for node in graph.nodes:
            if form.find(node.op) is not None:
                rounding.neurons(node)
        for readout in graph.of(Decode):
            rounding.readout(readout)
        nodes = [each for node in graph.nodes for each in rounding.changed.get(node.name, [node])]
        return prune(graph.with_nodes(sort_nodes(nodes)))


class _Rounding:
    """Collects the nodes that take the places of others, by name."""

    def __init__(self, graph: Graph, context: Context) -> None:
        self.graph = graph
        self.context = context
        self.depth = depths(graph)
        self.taken = {*graph.types, *graph.by_name}
        self.changed: dict[str, list[Node]] = {}

    def neurons(self, node: Node) -> None:
        """Round a layer and what reaches it; one that gets spikes and inputs is refused later, with all findings."""
        (current,) = node.inputs
        found = received(self.graph, current)
        if found.terms and found.host:
            return
        layer = form.of(node.op)(node, self.depth[node.name]).gated(found.excitation)
        high = layer.cap(self._highest(current)) if found.host else 0.0
        drive = np.maximum(found.drive, high)
        pulse, membrane = layer.largest(drive, found.bias)
        weight = np.maximum(found.heaviest / 2**layer.bits, np.maximum(pulse, high))
        scale = exponent(layer.threshold, weight, membrane)
        self.changed[node.name] = [self._after(node, layer.rounded(scale))]
        self._synapses(found, scale, layer.bits)
        if found.host:
            self.changed[self.graph.producers[current].name] = self._host(current, unit(scale, layer.bits), high)

    def readout(self, node: Node[Decode]) -> None:
        """Round what is read out of a sum; the host adds its bias."""
        (current,) = node.inputs
        coding = self.graph.types[current].coding
        if isinstance(coding, Spikes):
            return
        found = received(self.graph, current)
        highest = found.drive * trains(self.graph.types[current])
        scale = exponent(np.zeros(found.width), found.heaviest, highest)
        self._synapses(found, scale, 0, biases=False)

    def _highest(self, current: str) -> float:
        """Return the largest size of a current that the host makes, on the calibration points."""
        values = evaluate(self.graph, self.context.points, outputs=(current,), semantics=self.context.semantics)
        return float(np.abs(values[current]).max(initial=0))

    def _synapses(self, found: Received, scale: Array, bits: int, *, biases: bool = True) -> None:
        for term in found.terms:
            op, dtype = term.node.op, term.node.op.weight.array.dtype
            bias = (
                op.bias if op.bias is None or not biases else Tensor(rounded(op.bias.array, scale, bits).astype(dtype))
            )
            weight = Tensor(rounded(op.weight.array, scale, bits).astype(dtype))
            self.changed[term.node.name] = [self._after(term.node, replace(op, weight=weight, bias=bias))]

    def _after(self, node: Node, op: Op) -> Node:
        return replace(node, op=op, provenance=node.provenance.then(Grid.name))

    def _host(self, current: str, step: Array, high: float) -> list[Node]:
        """Return nodes of the host that make multiples of steps, `high` in size at most, and their encode."""
        made = self.graph.producers[current]
        host = _Host(self, made)
        factor, inverse = (
            host.add(name, Constant(Tensor(value)), shape=value.shape)
            for name, value in (("step", step), ("per_step", 1 / step))
        )
        steps = host.add("rounded", Round(), host.add("counted", Mul(), host.term(current), inverse))
        cut = host.add("cut", Clip(-high, high), host.add("on_grid", Mul(), steps, factor))
        coding = made.output.type.coding
        assert isinstance(coding, Current)  # noqa: S101 - it is one
        return [*host.nodes, replace(self._after(made, Encode(coding.steps, coding.weighting)), inputs=(cut,))]


class _Host:
    """Nodes of the host that make what a current is made of, in double precision."""

    def __init__(self, rounding: _Rounding, like: Node) -> None:
        self.rounding = rounding
        self.like = like
        self.nodes: list[Node] = []

    def add(self, suffix: str, op: Op, *inputs: str, shape: tuple[int | str, ...] | None = None) -> str:
        """Add a node and return the name of what it makes."""
        value, taken = self.like.output, self.rounding.taken
        name = fresh_name(f"{value.name}.{suffix}", taken)
        taken.add(name)
        kind = replace(value.type, dtype="float64", coding=ANALOG, shape=value.type.shape if shape is None else shape)
        provenance = self.like.provenance.then(Grid.name)
        self.nodes.append(Node(name, op, inputs, (Value(name, kind),), provenance))
        return name

    def term(self, current: str) -> str:
        """Return the name of what equals a current that is made of encoded values, weights and sums."""
        graph = self.rounding.graph
        made = graph.producers[current]
        shape = graph.types[current].shape
        if isinstance(made.op, Encode):
            return self.add("input", Cast("float64"), made.inputs[0], shape=shape)
        assert isinstance(made.op, Add | Dense)  # noqa: S101 - joined graphs have nothing else here
        op = _wide(made.op) if isinstance(made.op, Dense) else made.op
        return self.add("sum", op, *map(self.term, made.inputs), shape=shape)


def _wide(op: Dense) -> Dense:
    """Return a dense layer in double precision."""
    return Dense(Tensor(op.weight.array.astype(np.float64)), op.bias and Tensor(op.bias.array.astype(np.float64)))


def host_grid(graph: Graph, current: str) -> tuple[Array, float] | None:
    """Return what a current of the host is a multiple of, ``[neurons]``, and its largest size.

    None where `Grid` did not make it.
    """
    encode = graph.producers.get(current)
    cut = None if encode is None or not is_of(encode, Encode) else graph.producers.get(encode.inputs[0])
    product = None if cut is None or not is_of(cut, Clip) else graph.producers.get(cut.inputs[0])
    step = None if product is None or not is_of(product, Mul) else graph.producers.get(product.inputs[1])
    if cut is None or step is None or not is_of(step, Constant) or not is_of(cut, Clip) or cut.op.high is None:
        return None
    return step.op.value.array, cut.op.high


def trains(kind: ValueType) -> float:
    """Return what the sum over a train counts at most: T, or ``2^b - 1`` of digits."""
    coding = kind.coding
    assert isinstance(coding, Current)  # noqa: S101 - the caller has one
    return float(coding.steps if coding.weighting == "even" else 2**coding.steps - 1)
