"""Products: what two layers multiply becomes squares of sums, which spike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from snnir.analysis import constants, downstream, feeding, find_layers
from snnir.ir import Graph, Node, Op, Tensor, Value, fresh_name, prune
from snnir.ops import Add, Dense, Div, Mul, Neg, Sub
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.properties import ANALOG, FOLDED
from snnir.semantics import KERNELS, evaluate
from snnir.types import Array


@dataclass(frozen=True)
class Products(Pass):
    """``a b`` of two signals becomes ``sigma_a sigma_b (s^2 - d^2) + mu_b a + mu_a b - mu_a mu_b``.

    With ``s, d = ((a - mu_a) / sigma_a +- (b - mu_b) / sigma_b) / 2``, mu and sigma mean and deviation of every unit on
    the calibration points: centred and of equal size, so that the squares are as small as they can be and the spikes'
    noise with them. Squares are functions of one pre-activation, which populations compute; the rest is linear. Sums,
    differences and constant factors on the way become dense layers, so that a gate leaves nothing on the host.

    Only what lies between layers of units and a later dense layer is touched: a merge at the end, as of a DeepONet,
    stays on the host.

    Before: an analog graph, folded; canonical ones have fewer sums to take apart. After: more layers of units; the same
    function. Its diagonal layers can be merged with others: what is canonical before is not so after.
    """

    name: ClassVar[str] = "products"
    requires: ClassVar[tuple[Property, ...]] = (ANALOG, FOLDED)
    ensures: ClassVar[tuple[Property, ...]] = (ANALOG, FOLDED)
    needs: ClassVar[frozenset[Need]] = frozenset({"points"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph without products of signals between layers."""
        layers = find_layers(graph)
        inside = {graph.by_name[name].output.name for layer in layers for name in layer.nodes}
        between = downstream(graph, {layer.a for layer in layers}) & feeding(graph, Dense)
        chosen = [
            node
            for node in graph.nodes
            if isinstance(node.op, Add | Sub | Mul | Div | Neg) and node.output.name in between - inside
        ]
        operands = {name for node in chosen if isinstance(node.op, Mul) for name in node.inputs}
        values = evaluate(graph, context.points, outputs=operands - constants(graph))
        builder = _Builder(graph, values, self.name)
        rewritten = {node.name: builder.rewritten(node) for node in chosen}
        nodes = [new for node in graph.nodes for new in rewritten.get(node.name, (node,))]
        return prune(graph.with_nodes(tuple(nodes)))


class _Builder:
    """Makes the nodes that take the place of others; the output keeps its name."""

    def __init__(self, graph: Graph, values: Mapping[str, Array], step: str) -> None:
        self.graph = graph
        self.values = values
        self.step = step
        self.constant = constants(graph)
        self.taken = {*graph.types, *graph.by_name}

    def rewritten(self, node: Node) -> tuple[Node, ...]:
        """Return the nodes in the place of one, itself where it cannot be linear in spikes."""
        kind = node.output.type
        signals = [name for name in node.inputs if name not in self.constant]
        if any(self.graph.types[name] != kind for name in signals) or not isinstance(kind.shape[-1], int):
            return (node,)
        made = _Made(self, node, np.ones(kind.shape[-1]))
        if len(signals) < len(node.inputs) or isinstance(node.op, Neg):
            self._affine(node, made)
        elif isinstance(node.op, Sub):
            first, second = node.inputs
            made.total(first, made.dense(second, -made.one))
        elif isinstance(node.op, Mul):
            self._product(node, made)
        return tuple(made.nodes) or (node,)

    def _affine(self, node: Node, made: _Made) -> None:
        """Turn an affine function of one signal into a dense layer, where the constant has one number per unit."""
        zeros, width = np.zeros_like(made.one), made.one.size
        given = {name: zeros for name in node.inputs if name not in self.constant}
        for name in node.inputs:
            if name in self.constant:
                array = evaluate(self.graph, {}, outputs=[name])[name]
                if array.size not in {1, width} or (array.size > 1 and array.shape[-1] != width):
                    return
                given[name] = np.broadcast_to(array.reshape(-1), (width,)).astype(np.float64)
        (signal,) = (name for name in node.inputs if name not in self.constant)
        if isinstance(node.op, Div) and node.inputs[0] != signal:
            return
        kernel = KERNELS[type(node.op)]
        ends = ({**given, signal: at} for at in (zeros, made.one))
        (offset,), (end,) = (kernel(node.op, tuple(at[name] for name in node.inputs)) for at in ends)
        made.dense(signal, end - offset, offset, last=True)

    def _product(self, node: Node, made: _Made) -> None:
        a, b = node.inputs
        (mean_a, size_a), (mean_b, size_b) = (self._moments(name) for name in (a, b))
        squares: list[str] = []
        for sign, weight in ((1.0, size_a * size_b), (-1.0, -size_a * size_b)):
            left = made.dense(a, 0.5 / size_a, -0.5 * (mean_a / size_a + sign * mean_b / size_b))
            summed = made.add(left, made.dense(b, sign * 0.5 / size_b))
            squares.append(made.dense(made.node(Mul(), summed, summed), weight))
        linear = made.add(made.dense(a, mean_b, -mean_a * mean_b), made.dense(b, mean_a))
        made.total(made.add(*squares), linear)

    def _moments(self, name: str) -> tuple[Array, Array]:
        rows = self.values[name].reshape(-1, self.values[name].shape[-1]).astype(np.float64)
        size = rows.std(axis=0)
        return rows.mean(axis=0), np.where(size > 0, size, 1.0)


class _Made:
    """Collects the nodes in the place of one."""

    def __init__(self, builder: _Builder, node: Node, one: Array) -> None:
        self.builder = builder
        self.origin = node
        self.one = one
        self.nodes: list[Node] = []

    def node(self, op: Op, *inputs: str, last: bool = False) -> str:
        """Add a node; the last one makes the output."""
        name, value = self.origin.name, self.origin.output
        if not last:
            name = fresh_name(f"{self.origin.name}.{op.mnemonic}", self.builder.taken)
            value = Value(fresh_name(f"{value.name}.{op.mnemonic}", {*self.builder.taken, name}), value.type)
        self.builder.taken |= {name, value.name}
        provenance = self.origin.provenance.then(self.builder.step)
        self.nodes.append(Node(name, op, inputs, (value,), provenance))
        return value.name

    def dense(self, source: str, weight: Array, bias: Array | None = None, *, last: bool = False) -> str:
        """Add a diagonal dense layer."""
        dtype = self.origin.output.type.dtype
        offset = None if bias is None or not np.any(bias) else Tensor(bias.astype(dtype))
        return self.node(Dense(Tensor(np.diag(weight).astype(dtype)), offset), source, last=last)

    def add(self, first: str, second: str) -> str:
        """Add a sum."""
        return self.node(Add(), first, second)

    def total(self, first: str, second: str) -> None:
        """Make the output a sum."""
        self.node(Add(), first, second, last=True)
