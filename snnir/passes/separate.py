"""Separate: a dense layer over concatenated features becomes a sum of dense layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from snnir.analysis import downstream, find_layers
from snnir.ir import Graph, Node, Tensor, Value, fresh_name
from snnir.ops import Add, Concat, Dense
from snnir.passes.base import Context, Pass, Property
from snnir.passes.canonicalise import CANONICAL
from snnir.passes.properties import ANALOG, FOLDED
from snnir.passes.rewriting import Matcher, Rewrite, rewrite


@dataclass(frozen=True)
class Separate(Pass):
    """``dense(concat(a, b))`` becomes ``dense(a) + dense(b)``, where a or b comes from units.

    Spikes can then go from each layer straight to the next neuron; a concatenation would have to be made on the
    host. What comes from units is added up first, so that it stays together when it spikes.

    Before: canonical. After: dense layers read no concatenation of units' activations.
    """

    name: ClassVar[str] = "separate"
    requires: ClassVar[tuple[Property, ...]] = (CANONICAL,)
    ensures: ClassVar[tuple[Property, ...]] = (ANALOG, FOLDED)

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with separate dense layers."""
        spiking = downstream(graph, {layer.a for layer in find_layers(graph)})
        return rewrite(graph, (lambda match, node: _separated(match, node, spiking),), self.name)


def _separated(match: Matcher, node: Node, spiking: set[str]) -> Rewrite | None:
    concat = match.producer(node.inputs[0]) if node.inputs else None
    if not isinstance(node.op, Dense) or concat is None or not isinstance(concat.op, Concat):
        return None
    rank = len(concat.output.type.shape)
    widths = [match.graph.types[name].shape[-1] for name in concat.inputs]
    if concat.op.axis % rank != rank - 1 or not spiking.intersection(concat.inputs):
        return None
    parts: list[tuple[str, Tensor]] = []
    start = 0
    for name, width in zip(concat.inputs, widths, strict=True):
        end = start + (width if isinstance(width, int) else 0)
        parts.append((name, Tensor(node.op.weight.array[start:end])))
        start = end
    if start != node.op.weight.shape[0]:
        return None
    parts.sort(key=lambda part: part[0] not in spiking)
    return _sum_of_parts(match, node, node.op, parts)


def _sum_of_parts(match: Matcher, node: Node, dense: Dense, parts: list[tuple[str, Tensor]]) -> tuple[Node, ...]:
    taken = {*match.graph.types, *match.graph.by_name}
    made: list[Node] = []

    def new(suffix: str) -> Value:
        name = fresh_name(f"{node.output.name}.{suffix}", taken)
        taken.add(name)
        return replace(node.output, name=name)

    def named(suffix: str) -> str:
        return fresh_name(f"{node.name}.{suffix}", match.graph.by_name)

    total = ""
    for index, (source, weight) in enumerate(parts):
        part = new(f"part{index}")
        op = Dense(weight, dense.bias if index == 0 else None)
        made.append(Node(named(f"part{index}"), op, (source,), (part,), node.provenance))
        if index == 0:
            total = part.name
            continue
        value = node.output if index == len(parts) - 1 else new(f"sum{index}")
        made.append(Node(named(f"sum{index}"), Add(), (total, part.name), (value,), node.provenance))
        total = value.name
    return tuple(made)
