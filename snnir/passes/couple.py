"""Couple: cancel decodes and encodes between layers, so that these exchange spikes without the host."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.ir import Graph, Node, Value, fresh_name
from snnir.ops import Add, Decode, Dense, Encode
from snnir.passes.base import Context, Pass, Property
from snnir.passes.own_currents import own_currents
from snnir.passes.properties import COUPLED, SPIKING
from snnir.passes.rewriting import Matcher, Rewrite, Rule, composed, rewrite
from snnir.provenance import fuse
from snnir.types import ANALOG, Current, ValueType


@dataclass(frozen=True)
class Couple(Pass):
    """Move linear ops between layers into the spiking part, and cancel encodes of decodes.

    A mean over steps commutes with linear maps, so ``dense(decode(s)) = decode(dense(s))``, and an
    encode moves up through dense layers and sums until it meets a decode, where both
    vanish: the next layer then integrates the current itself instead of its mean. (That one step is not exact;
    it is what a spiking network is.) What is not linear stays on the host, and the layers behind
    it start a new region.

    Before: neurons between encode and decode. After: neurons feed dense layers, and their currents
    come from dense layers or sums of them, which nothing else reads (`own_currents`); no region needs its own result
    through the host.
    """

    name: ClassVar[str] = "couple"
    requires: ClassVar[tuple[Property, ...]] = (SPIKING,)
    ensures: ClassVar[tuple[Property, ...]] = (COUPLED,)

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the coupled graph."""
        return own_currents(rewrite(graph, _Rules(graph, context.steps).all(), self.name))


def levels(graph: Graph) -> dict[str, int]:
    """Return for every value how many host parts lie between it and the first spikes; -1 before any.

    Only layers of equal level may share a region: a region would otherwise wait for itself.
    """
    level: dict[str, int] = {value.name: -1 for value in graph.inputs}
    for node in graph.nodes:
        highest = max((level[name] for name in node.inputs), default=-1)
        if isinstance(node.op, Encode):
            highest = max(highest, 0)
        elif highest >= 0 and not _liftable(graph, node):
            highest += 1
        level.update({value.name: highest for value in node.outputs})
    return level


def _liftable(graph: Graph, node: Node) -> bool:
    """Whether an op can move into the spiking part (the spiking ops are there already)."""
    if node.op.encodes or node.op.integrates or node.op.reads_out or isinstance(node.op, Dense):
        return True
    return isinstance(node.op, Add) and len({graph.types[name] for name in node.inputs}) == 1


def _is_identity(op: Dense) -> bool:
    return op.bias is None and np.array_equal(op.weight.array, np.eye(op.weight.shape[0], op.weight.shape[1]))


class _Rules:
    """The rules, with the level of every encode and decode."""

    def __init__(self, graph: Graph, steps: int) -> None:
        self.level = levels(graph)  # values that rules make are added as they are made
        self.steps = steps

    def all(self) -> tuple[Rule, ...]:
        return (
            self.twin_encode,
            self.cancel,
            self.dense_after_decode,
            self.encode_after_dense,
            self.encode_after_add,
            self.add_after_decode,
            self.dense_after_add,
            self.dense_after_dense,
        )

    def twin_encode(self, match: Matcher, node: Node) -> Rewrite | None:
        """Encodes of the same value in the same level are one."""
        if not isinstance(node.op, Encode):
            return None
        for other in match.graph.consumers[node.inputs[0]]:
            if other.name == node.name:
                return None
            if other.op == node.op and self._level(other) == self._level(node):
                return other.output.name
        return None

    def cancel(self, match: Matcher, node: Node) -> Rewrite | None:
        """``encode(decode(c))`` becomes ``c``."""
        before = match.producer(node.inputs[0]) if node.inputs else None
        if not isinstance(node.op, Encode) or before is None or not isinstance(before.op, Decode):
            return None
        return before.inputs[0] if self._level(before) == self._level(node) else None

    def dense_after_decode(self, match: Matcher, node: Node) -> Rewrite | None:
        """``dense(decode(c))`` becomes ``decode(dense(c))``."""
        before = match.producer(node.inputs[0]) if node.inputs else None
        if not isinstance(node.op, Dense) or before is None or not isinstance(before.op, Decode):
            return None
        (signal,) = before.inputs
        current = self._current(match, f"{node.output.name}.current", node.output.type, self._level(before))
        decode = fresh_name(f"{node.name}.decode", match.graph.by_name)
        return (
            replace(node, inputs=(signal,), outputs=(current,)),
            Node(decode, Decode(), (current.name,), node.outputs, node.provenance),
        )

    def encode_after_dense(self, match: Matcher, node: Node) -> Rewrite | None:
        """``encode(dense(x))`` becomes ``dense(encode(x))``."""
        before = match.producer(node.inputs[0]) if node.inputs else None
        if not isinstance(node.op, Encode) or before is None or not isinstance(before.op, Dense):
            return None
        (source,) = before.inputs
        encode, encoded = self._encode(match, node, source)
        name = (
            before.name if match.only_use(node.inputs[0]) else fresh_name(f"{before.name}.synapse", match.graph.by_name)
        )
        return encode, Node(name, before.op, (encoded.name,), node.outputs, fuse(before.provenance, node.provenance))

    def encode_after_add(self, match: Matcher, node: Node) -> Rewrite | None:
        """``encode(a + b)`` becomes ``encode(a) + encode(b)``, where one of them comes from a layer."""
        before = match.producer(node.inputs[0]) if node.inputs else None
        if not isinstance(node.op, Encode) or before is None or not isinstance(before.op, Add):
            return None
        makers = [match.producer(name) for name in before.inputs]
        layered = any(maker is not None and isinstance(maker.op, Dense | Decode | Add) for maker in makers)
        if not layered or not _liftable(match.graph, before):
            return None
        first, one = self._encode(match, node, before.inputs[0])
        name = fresh_name(f"{node.name}.other", match.graph.by_name)
        second, two = self._encode(match, replace(node, name=name), before.inputs[1])
        add = fresh_name(f"{node.name}.sum", match.graph.by_name)
        provenance = fuse(before.provenance, node.provenance)
        return first, second, Node(add, Add(), (one.name, two.name), node.outputs, provenance)

    def add_after_decode(self, match: Matcher, node: Node) -> Rewrite | None:
        """``decode(c) + decode(d)`` becomes ``decode(c + d)``."""
        if not isinstance(node.op, Add) or node.output.type.coding != ANALOG:
            return None
        before = [match.producer(name) for name in node.inputs]
        decodes = [each for each in before if each is not None and isinstance(each.op, Decode)]
        if len(decodes) != 2 or self._level(decodes[0]) != self._level(decodes[1]):
            return None
        if len({match.graph.types[name] for name in node.inputs}) != 1:
            return None
        signals = tuple(each.inputs[0] for each in decodes)
        current = self._current(match, f"{node.output.name}.current", node.output.type, self._level(decodes[0]))
        decode = fresh_name(f"{node.name}.decode", match.graph.by_name)
        return (
            replace(node, inputs=signals, outputs=(current,)),
            Node(decode, Decode(), (current.name,), node.outputs, node.provenance),
        )

    def dense_after_add(self, match: Matcher, node: Node) -> Rewrite | None:
        """``dense(a + b)`` becomes ``dense(a) + dense(b)`` for currents, so that spikes go straight to the neuron."""
        before = match.producer(node.inputs[0]) if node.inputs else None
        if not isinstance(node.op, Dense) or before is None or not isinstance(before.op, Add):
            return None
        if before.output.type.coding == ANALOG:
            return None
        made: list[Node] = []
        for index, source in enumerate(before.inputs):
            op = node.op if index == 0 else Dense(node.op.weight)
            current = self._value(match, f"{node.output.name}.{index}", node.output.type, 0)
            name = fresh_name(f"{node.name}.{index}", match.graph.by_name)
            made.append(Node(name, op, (source,), (current,), node.provenance))
        terms = tuple(each.output.name for each in made)
        total = fresh_name(f"{node.name}.sum", match.graph.by_name)
        return (*made, Node(total, Add(), terms, node.outputs, node.provenance))

    def dense_after_dense(self, match: Matcher, node: Node) -> Rewrite | None:
        """``(c W + b) V + d`` becomes ``c (W V) + (b V + d)``: every synapse meets spikes, none a current."""
        before = match.producer(node.inputs[0]) if node.inputs else None
        if not isinstance(node.op, Dense) or before is None or not isinstance(before.op, Dense):
            return None
        if node.output.type.coding == ANALOG:
            return None
        if _is_identity(node.op):
            return before.output.name
        op = composed(before.op, node.op)
        provenance = fuse(before.provenance, node.provenance)
        return (replace(node, op=op, inputs=before.inputs, provenance=provenance),)

    def _encode(self, match: Matcher, encode: Node, source: str) -> tuple[Node, Value]:
        """Return an encode of `source` in the level of another encode."""
        value = self._current(match, f"{source}.encoded", match.graph.types[source], self._level(encode))
        return Node(value.name, Encode(self.steps), (source,), (value,), encode.provenance), value

    def _current(self, match: Matcher, name: str, like: ValueType, level: int) -> Value:
        """Return a new current of the shape of `like`."""
        return self._value(match, name, replace(like, coding=Current(self.steps)), level)

    def _value(self, match: Matcher, name: str, kind: ValueType, level: int) -> Value:
        """Return a new value under a free name."""
        fresh = fresh_name(name, {*self.level, *match.graph.types, *match.graph.by_name})
        self.level[fresh] = level
        return Value(fresh, kind)

    def _level(self, node: Node) -> int:
        return self.level[node.output.name]
