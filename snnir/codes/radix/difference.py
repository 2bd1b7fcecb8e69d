"""Difference: neurons that send f of what they receive in signed binary digits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import Layer, find_layers
from snnir.codes.radix.digits import REACH, full_scale, least_amplitude, ranges
from snnir.codes.radix.neuron import Accumulate, SignedDigits
from snnir.codes.radix.properties import DIGITAL
from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph, Node, Tensor, Value, fresh_name
from snnir.ops import Constant, Dense
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.properties import COUPLED
from snnir.passes.rewriting import with_weighting
from snnir.types import Array, DType, Estimate, Spikes


@dataclass(frozen=True)
class Difference(Pass):
    """``s = fire(c)`` becomes ``s = signed_digits(f(accumulate(c)))``, f the nodes of the analog network.

    Amplitudes are as small as the ranges of the activations on the calibration points allow, and offsets are in the
    middle of these ranges, so that no digit is spent on what never changes: ``s W`` becomes ``s (scale W) + offset W``.

    Before: coupled. After: every neuron is a difference neuron, which waits for all digits; the network computes what
    the analog network does, up to rounding.
    """

    name: ClassVar[str] = "difference"
    requires: ClassVar[tuple[Property, ...]] = (COUPLED,)
    ensures: ClassVar[tuple[Property, ...]] = (DIGITAL,)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with difference neurons."""
        ann = context.analog
        layers = {layer.a: layer for layer in find_layers(ann)}
        values = context.values(layers)
        taken = {*graph.types, *graph.by_name}
        carried: dict[str, tuple[Array, Array]] = {}
        nodes: list[Node] = []
        for node in graph.nodes:
            if isinstance(node.op, IntegrateAndFire):
                offset, half = ranges(values[node.name].reshape(-1, layers[node.name].width).astype(np.float64))
                amplitude = np.maximum(half / REACH, least_amplitude(np.abs(offset) + half, context.steps))
                carried[node.output.name] = full_scale(amplitude, context.steps), offset
                nodes += self._neurons(ann, layers[node.name], node, (amplitude, offset), taken)
            elif isinstance(node.op, Dense) and node.inputs[0] in carried:
                nodes.append(replace(node, op=_reading(node.op, *carried[node.inputs[0]])))
            else:
                nodes.append(node)
        return with_weighting(graph.with_nodes(tuple(nodes)), "binary")

    def _neurons(self, ann: Graph, layer: Layer, node: Node, scale: tuple[Array, Array], taken: set[str]) -> list[Node]:
        """Return the nodes of a layer: constants of f, the accumulate, f, and the digits."""
        provenance = node.provenance.then(self.name)
        made, dtype = node.output.type, node.output.type.dtype
        estimate = replace(made, coding=Estimate(node.output.type.steps))
        start = _fresh(f"{layer.a}.estimate", taken)
        names = {layer.z: start}
        nodes: list[Node] = [Node(start, Accumulate(), node.inputs, (Value(start, estimate),), provenance)]
        for name in layer.nodes:
            inner = ann.by_name[name]
            for source in inner.inputs:
                if source not in names:
                    names[source] = _fresh(f"{layer.a}.constant", taken)
                    nodes.insert(0, _constant(ann.producers[source], names[source], dtype))
            value = Value(_fresh(f"{inner.output.name}.estimate", taken), estimate)
            names[inner.output.name] = value.name
            inputs = tuple(names[source] for source in inner.inputs)
            nodes.append(Node(value.name, inner.op, inputs, (value,), inner.provenance.then(self.name)))
        amplitude, offset = (Tensor(array.astype(dtype)) for array in scale)
        digits = SignedDigits(amplitude, offset)
        output = replace(node.output, type=replace(made, coding=Spikes("radix", node.output.type.steps)))
        return [*nodes, Node(node.name, digits, (names[layer.a],), (output,), provenance)]


def _fresh(base: str, taken: set[str]) -> str:
    name = fresh_name(base, taken)
    taken.add(name)
    return name


def _constant(node: Node, name: str, dtype: DType) -> Node:
    """Return a copy of a constant, in the precision of the neurons."""
    assert isinstance(node.op, Constant)  # noqa: S101 - the other operand of a scalar function
    value = node.op.value.array
    tensor = Tensor(value.astype(dtype)) if np.issubdtype(value.dtype, np.floating) else node.op.value
    kind = replace(node.output.type, dtype=tensor.dtype)
    return replace(node, name=name, op=Constant(tensor), outputs=(Value(name, kind),))


def _reading(op: Dense, scale: Array, offset: Array) -> Dense:
    """Return a synapse that reads digits instead of activations."""
    weight, dtype = op.weight.array.astype(np.float64), op.weight.dtype
    bias = offset @ weight + (0.0 if op.bias is None else op.bias.array)
    return Dense(Tensor((scale[:, np.newaxis] * weight).astype(dtype)), Tensor(bias.astype(dtype)))
