"""From a graph of one point to one of many: every value that depends on the inputs gets an axis in front.

Each op has a rule that makes it do to every point what it did to the one. There is nothing to guess: sizes are all
fixed, so the type of every value is known before and after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from string import ascii_letters
from typing import TypeAlias

import numpy as np

from snnir import ops
from snnir.ir import Graph, Node, Op, Tensor, Value, fresh_name
from snnir.types import Dim, ValueType


class _NoRuleError(Exception):
    """An op that nothing is known of here."""


def lifted(graph: Graph, axis: str) -> Graph | None:
    """Return the graph for any number of points, or None where an op has no rule.

    Args:
        graph: Of fixed sizes.
        axis: Name of the axis in front of every input and output.
    """
    work = _Lift(graph, axis)
    try:
        for node in graph.nodes:
            work.add(node)
    except _NoRuleError:
        return None
    if not all(name in work.many for name in graph.outputs):
        return None
    inputs = tuple(work.value(value) for value in graph.inputs)
    return replace(graph, inputs=inputs, nodes=tuple(work.nodes))


class _Lift:
    """The graph so far.

    Attributes:
        one: Types for one point.
        many: Names of the values that have the axis.
        nodes: Made so far.
    """

    def __init__(self, graph: Graph, axis: str) -> None:
        self.one = graph.types
        self.many = {value.name for value in graph.inputs}
        self.nodes: list[Node] = []
        self._axis = axis
        self._taken = {*graph.types, *graph.by_name}

    def add(self, node: Node) -> None:
        """Add what a node becomes."""
        if self.many.isdisjoint(node.inputs):
            self.nodes.append(node)
            return
        rule = _elementwise if node.op.elementwise else RULES.get(type(node.op))
        if rule is None:
            raise _NoRuleError
        op, inputs = rule(self, node)
        self.many.update(value.name for value in node.outputs)
        self.nodes.append(replace(node, op=op, inputs=inputs, outputs=tuple(map(self.value, node.outputs))))

    def value(self, value: Value) -> Value:
        """Return a value with the axis."""
        return Value(value.name, replace(value.type, shape=(self._axis, *value.type.shape)))

    def rank(self, name: str) -> int:
        """Return the rank of a value for one point."""
        return len(self.one[name].shape)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a value for one point."""
        return _fixed(self.one[name].shape)

    def emit(self, node: Node, op: Op, inputs: tuple[str, ...], kind: ValueType) -> str:
        """Add another node of the provenance of `node`, and return the name of its result."""
        name = fresh_name(f"{node.name}.each", self._taken)
        self._taken.add(name)
        self.nodes.append(Node(name, op, inputs, (Value(name, kind),), node.provenance))
        return name

    def sizes(self, node: Node, numbers: tuple[int, ...]) -> str:
        """Add a constant of integers."""
        array = np.asarray(numbers, np.int64)
        return self.emit(node, ops.Constant(Tensor(array)), (), ValueType("int64", array.shape))

    def many_of(self, name: str, shape: tuple[int, ...]) -> ValueType:
        """Return the type of many points of a shape, in the element type of a value."""
        return ValueType(self.one[name].dtype, (self._axis, *shape))

    def reshaped(self, node: Node, name: str, shape: tuple[int, ...]) -> str:
        """Return a value with the axis whose every point is reshaped."""
        return self.emit(node, ops.Reshape((0, *shape)), (name,), self.many_of(name, shape))

    def padded(self, node: Node, name: str, rank: int) -> str:
        """Return a value whose points have at least a rank, by axes of size 1 in front, as broadcasting adds them."""
        if name not in self.many or self.rank(name) >= rank:
            return name
        return self.reshaped(node, name, (*(1,) * (rank - self.rank(name)), *self.shape(name)))

    def repeated(self, node: Node, name: str) -> str:
        """Return a value that is the same for all points, repeated for each."""
        if name in self.many:
            return name
        like = next(each for each in node.inputs if each in self.many)
        count = self.emit(node, ops.Shape(0, 1), (like,), ValueType("int64", (1,)))
        rest = self.sizes(node, (1,) * self.rank(name))
        sizes = self.emit(node, ops.Concat(0), (count, rest), ValueType("int64", (1 + self.rank(name),)))
        return self.emit(node, ops.Expand(), (name, sizes), self.many_of(name, self.shape(name)))


_Rule: TypeAlias = "Callable[[_Lift, Node], tuple[Op, tuple[str, ...]]]"


def _fixed(shape: tuple[Dim, ...]) -> tuple[int, ...]:
    if any(isinstance(dim, str) for dim in shape):
        raise _NoRuleError
    return tuple(int(dim) for dim in shape)


def _elementwise(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:
    """Operands are aligned at their last axes, so all points need the rank of the largest operand."""
    rank = max(work.rank(name) for name in node.inputs)
    return node.op, tuple(work.padded(node, name, rank) for name in node.inputs)


def _same(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:
    """It works on the last axis, of the first operand."""
    if not work.rank(node.inputs[0]) or not work.many.isdisjoint(node.inputs[1:]):
        raise _NoRuleError
    return node.op, node.inputs


def _to_result(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:  # noqa: ARG001 - every rule takes the work
    """The same elements in another shape, which is known."""
    return ops.Reshape((0, *_fixed(node.output.type.shape))), node.inputs[:1]


def _shifted(*names: str) -> _Rule:
    """Return the rule of ops of one operand whose attributes of these names are axes."""

    def rule(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:
        if not work.many.isdisjoint(node.inputs[1:]):
            raise _NoRuleError
        rank = work.rank(node.inputs[0])
        changed: dict[str, object] = {}
        for name in names:
            axes = getattr(node.op, name)
            if isinstance(axes, int):
                changed[name] = axes % max(rank, 1) + 1
            else:
                given = range(rank) if axes is None else axes
                changed[name] = tuple(axis % max(rank, 1) + 1 for axis in given)
        return replace(node.op, **changed), node.inputs

    return rule


def _transpose(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:  # noqa: ARG001 - every rule takes the work
    assert isinstance(node.op, ops.Transpose)  # noqa: S101 - by the table
    return ops.Transpose((0, *(axis + 1 for axis in node.op.perm))), node.inputs


def _concat(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:
    assert isinstance(node.op, ops.Concat)  # noqa: S101 - by the table
    axis = node.op.axis % work.rank(node.inputs[0]) + 1
    return ops.Concat(axis), tuple(work.repeated(node, name) for name in node.inputs)


def _gather(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:
    """Fixed places of x; or places that vary, of a fixed x along its first axis."""
    assert isinstance(node.op, ops.Gather)  # noqa: S101 - by the table
    x, indices = node.inputs
    axis = node.op.axis % work.rank(x)
    if indices not in work.many:
        return ops.Gather(axis + 1), node.inputs
    if x in work.many or axis:
        raise _NoRuleError
    return node.op, node.inputs


def _matmul(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:
    """Stacks of matrices are aligned like elements; a vector is none."""
    ranks = [work.rank(name) for name in node.inputs]
    if min(ranks) < 2:
        raise _NoRuleError
    return node.op, tuple(work.padded(node, name, max(ranks)) for name in node.inputs)


def _einsum(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:
    """The axis gets a letter of its own."""
    assert isinstance(node.op, ops.Einsum)  # noqa: S101 - by the table
    equation = node.op.equation.replace(" ", "")
    left, arrow, right = equation.partition("->")
    letter = next((each for each in ascii_letters if each not in equation), "")
    if not arrow or "." in equation or not letter:
        raise _NoRuleError
    terms = [
        letter + term if name in work.many else term for term, name in zip(left.split(","), node.inputs, strict=True)
    ]
    return ops.Einsum(f"{','.join(terms)}->{letter}{right}"), node.inputs


def _expand(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:
    """The sizes of the result are known; those of the points stay."""
    x, sizes = node.inputs
    if sizes in work.many:
        raise _NoRuleError
    shape = _fixed(node.output.type.shape)
    return node.op, (work.padded(node, x, len(shape)), work.sizes(node, (1, *shape)))


def _conv(work: _Lift, node: Node) -> tuple[Op, tuple[str, ...]]:
    """A point is a batch already, so batches of batches become one batch, and are taken apart again."""
    (x,) = node.inputs
    if work.shape(x)[0] != 1:
        raise _NoRuleError
    flat = work.reshaped(node, x, work.shape(x)[1:])
    shape = _fixed(node.output.type.shape)
    made = work.emit(node, node.op, (flat,), work.many_of(x, shape[1:]))
    return ops.Reshape((0, *shape)), (made,)


REDUCTIONS: tuple[type[Op], ...] = (
    ops.ReduceL1,
    ops.ReduceL2,
    ops.ReduceLogSum,
    ops.ReduceLogSumExp,
    ops.ReduceMax,
    ops.ReduceMean,
    ops.ReduceMin,
    ops.ReduceProd,
    ops.ReduceSum,
    ops.ReduceSumSquare,
)
RULES: dict[type[Op], _Rule] = {
    **dict.fromkeys(REDUCTIONS, _shifted("axes")),
    **dict.fromkeys((ops.Reshape, ops.Flatten, ops.Squeeze, ops.Unsqueeze), _to_result),
    ops.Concat: _concat,
    ops.Conv: _conv,
    ops.Dense: _same,
    ops.Einsum: _einsum,
    ops.Expand: _expand,
    ops.Gather: _gather,
    ops.LayerNormalization: _shifted("axis"),
    ops.MatMul: _matmul,
    ops.Slice: _shifted("axes"),
    ops.Softmax: _shifted("axis"),
    ops.Split: _shifted("axis"),
    ops.Transpose: _transpose,
}
