"""Canonicalise: one way to write every network, with as few and as dense layers as possible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.ir import Graph, Node, Tensor
from snnir.ops import Add, Binary, Cast, Concat, Constant, Dense, Div, Mul, Neg, Sub
from snnir.passes.base import Context, Pass, Property
from snnir.passes.layout import as_reshape, layout_after_elementwise, no_layout
from snnir.passes.properties import ANALOG, FOLDED
from snnir.passes.rewriting import Matcher, Rewrite, Rule, composed, matched, rewrite
from snnir.provenance import Provenance, fuse
from snnir.types import Array


def no_cast(match: Matcher, node: Node) -> Rewrite | None:
    """A cast to the type that the value has already."""
    same = isinstance(node.op, Cast) and match.graph.types[node.inputs[0]] == node.output.type
    return node.inputs[0] if same else None


def twin(match: Matcher, node: Node) -> Rewrite | None:
    """A node that computes what an earlier one computes already."""
    if isinstance(node.op, Constant) or len(node.outputs) != 1 or not node.inputs:
        return None
    for other in match.graph.consumers[node.inputs[0]]:
        if other.name == node.name:
            return None  # the twins after this node will find this one
        if other.inputs == node.inputs and other.op == node.op and len(other.outputs) == 1:
            return other.output.name
    return None


def nested_concat(match: Matcher, node: Node) -> Rewrite | None:
    """``concat(concat(a, b), c)`` is ``concat(a, b, c)``."""
    if not isinstance(node.op, Concat):
        return None
    rank = len(node.output.type.shape)
    inputs: list[str] = []
    for name in node.inputs:
        inner = match.producer(name)
        same = inner is not None and isinstance(inner.op, Concat) and inner.op.axis % rank == node.op.axis % rank
        inputs += inner.inputs if inner is not None and same else (name,)
    return (replace(node, inputs=tuple(inputs)),) if len(inputs) > len(node.inputs) else None


def affine_after_dense(match: Matcher, node: Node) -> Rewrite | None:
    """``(x W + b) s + o`` is ``x (W s) + (b s + o)``, for s and o constant along all axes but the last."""
    affine = _affine(match, node)
    if affine is None:
        return None
    name, scale, offset = affine
    dense = match.producer(name)
    if dense is None or not isinstance(dense.op, Dense) or not match.only_use(name):
        return None
    width = dense.op.weight.shape[1]
    weight = _wide(dense.op.weight.array) * _per_unit(scale, width)
    bias = _bias(dense.op) * _per_unit(scale, width) + _per_unit(offset, width)
    return (_dense(node, dense.inputs[0], weight, bias, dense),)


def affine_before_dense(match: Matcher, node: Node) -> Rewrite | None:
    """``(x s + o) W + b`` is ``x (s W) + (o W + b)``."""
    if not isinstance(node.op, Dense):
        return None
    before = match.producer(node.inputs[0])
    if before is None or not match.only_use(node.inputs[0]):
        return None
    affine = _affine(match, before)
    if affine is None:
        return None
    name, scale, offset = affine
    width = node.op.weight.shape[0]
    given = _wide(node.op.weight.array)
    weight = given * _per_unit(scale, width)[:, np.newaxis]
    return (_dense(node, name, weight, _bias(node.op) + _per_unit(offset, width) @ given, before),)


def dense_after_dense(match: Matcher, node: Node) -> Rewrite | None:
    """``(x W + b) V + c`` is ``x (W V) + (b V + c)``, where that needs no more weights."""
    before = match.producer(node.inputs[0]) if node.inputs else None
    if before is None or not isinstance(node.op, Dense) or not isinstance(before.op, Dense):
        return None
    first, second = before.op.weight.array, node.op.weight.array
    if not match.only_use(node.inputs[0]) or first.shape[0] * second.shape[1] > first.size + second.size:
        return None
    return (replace(node, op=composed(before.op, node.op), inputs=before.inputs, provenance=_both(before, node)),)


def _affine(match: Matcher, node: Node) -> tuple[str, Array, Array] | None:
    """Return x, s and o of a node that computes ``x s + o``, s and o of shape ``[]`` or ``[width]``, in float64."""
    one, zero = np.ones(()), np.zeros(())
    if isinstance(node.op, Neg):
        return node.inputs[0], -one, zero
    if not isinstance(node.op, Binary) or not isinstance(node.op, Add | Sub | Mul | Div):
        return None
    split = match.constant_operand(node)
    if split is None:
        return None
    name, array, constant_first = split
    kind = match.graph.types[name]
    if kind.shape != node.output.type.shape or kind.dtype not in {"float32", "float64"}:
        return None
    if array.size != 1 and (array.shape[-1] != array.size or array.size != kind.shape[-1]):
        return None
    constant = _wide(array).reshape(-1) if array.size > 1 else _wide(array).reshape(())
    if isinstance(node.op, Add):
        return name, one, constant
    if isinstance(node.op, Sub):
        return (name, -one, constant) if constant_first else (name, one, -constant)
    if isinstance(node.op, Mul):
        return name, constant, zero
    return None if constant_first or not np.all(constant) else (name, 1 / constant, zero)


def _dense(node: Node, source: str, weight: Array, bias: Array, merged: Node) -> Node:
    """Return a dense layer in the place of `node`, rounded to the type of its output."""
    dtype = node.output.type.dtype
    op = Dense(Tensor(weight.astype(dtype)), Tensor(bias.astype(dtype)) if np.any(bias) else None)
    kept = node if isinstance(node.op, Dense) else merged
    return Node(kept.name, op, (source,), node.outputs, _both(merged, node))


def _both(first: Node, second: Node) -> Provenance:
    return fuse(first.provenance, second.provenance)


def _wide(array: Array) -> Array:
    return array.astype(np.float64)


def _per_unit(array: Array, width: int) -> Array:
    return np.broadcast_to(array, (width,))


def _bias(op: Dense) -> Array:
    return np.zeros(op.weight.shape[1]) if op.bias is None else _wide(op.bias.array)


RULES: tuple[Rule, ...] = (
    no_cast,
    as_reshape,
    no_layout,
    twin,
    nested_concat,
    affine_after_dense,
    affine_before_dense,
    dense_after_dense,
    layout_after_elementwise,
)


def _canonical(graph: Graph) -> Iterator[str]:
    yield from ANALOG.violations(graph)
    name = matched(graph, RULES)
    if name is not None:
        yield f"node {name!r} could be merged or dropped"


CANONICAL = Property("canonical", _canonical, "canonicalise")
"""Analog, and no rule of `Canonicalise` matches."""


@dataclass(frozen=True)
class Canonicalise(Pass):
    """Merge affine steps into dense layers, move layout changes outwards, drop what changes nothing.

    Before: a folded analog graph. After: scales and offsets around a dense layer are in its
    weights (in float64, rounded once), two dense layers in a row are one where that needs no more
    weights, equal nodes are one, and reshapes or transposes that undo each other are gone.
    """

    name: ClassVar[str] = "canonicalise"
    requires: ClassVar[tuple[Property, ...]] = (ANALOG, FOLDED)
    ensures: ClassVar[tuple[Property, ...]] = (CANONICAL,)

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the canonical graph."""
        return rewrite(graph, RULES, self.name)
