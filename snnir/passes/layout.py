"""Rules of `Canonicalise` on layout: reshapes and transposes move behind elementwise ops, meet, and cancel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from snnir.ir import Node, Tensor, Value, fresh_name
from snnir.ops import Constant, Flatten, Reshape, Squeeze, Transpose, Unsqueeze
from snnir.passes.rewriting import Matcher, Rewrite
from snnir.provenance import fuse
from snnir.types import Array, ValueType


def as_reshape(match: Matcher, node: Node) -> Rewrite | None:  # noqa: ARG001 - every rule takes a matcher
    """Flatten, squeeze and unsqueeze are reshapes."""
    if not isinstance(node.op, Flatten | Squeeze | Unsqueeze):
        return None
    sizes = [dim if isinstance(dim, int) else -1 for dim in node.output.type.shape]
    if sizes.count(-1) > 1 or 0 in sizes:
        return None
    return (replace(node, op=Reshape(tuple(sizes))),)


def no_layout(match: Matcher, node: Node) -> Rewrite | None:
    """A reshape or transpose that changes nothing, alone or with the one before it."""
    if not isinstance(node.op, Reshape | Transpose) or len(node.inputs) != 1:
        return None
    (name,) = node.inputs
    before = match.producer(name)
    made = node.output.type
    if isinstance(node.op, Transpose):
        if node.op.perm == tuple(range(len(made.shape))):
            return name
        if before is None or not isinstance(before.op, Transpose):
            return None
        perm = tuple(before.op.perm[axis] for axis in node.op.perm)
        provenance = fuse(before.provenance, node.provenance)
        return (replace(node, op=Transpose(perm), inputs=before.inputs, provenance=provenance),)
    if match.graph.types[name] == made:
        return name
    if before is None or not isinstance(before.op, Reshape) or len(before.inputs) != 1:
        return None
    return before.inputs[0] if match.graph.types[before.inputs[0]] == made else None


def layout_after_elementwise(match: Matcher, node: Node) -> Rewrite | None:
    """``f(reshape(x), c)`` is ``reshape(f(x, c'))`` for constants c, c' being c in the layout of x."""
    varying = [name for name in node.inputs if name not in match.constants]
    if not node.op.elementwise or len(varying) != 1 or len(node.outputs) != 1:
        return None
    layout = match.producer(varying[0])
    if layout is None or not isinstance(layout.op, Reshape | Transpose) or len(layout.inputs) != 1:
        return None
    kind = match.graph.types[varying[0]]
    if not match.only_use(varying[0]) or kind.shape != node.output.type.shape:
        return None
    (source,) = layout.inputs
    inner = match.graph.types[source]
    operands: list[str] = []
    made: list[Node] = []
    for name in node.inputs:
        if name == varying[0]:
            operands.append(source)
            continue
        moved = _before(layout.op, match.constants[name], inner, kind)
        if moved is None:
            return None
        constant = _constant(match, node, name, moved)
        made.append(constant)
        operands.append(constant.output.name)
    value = Value(_free(match, f"{node.output.name}.inner"), replace(inner, dtype=node.output.type.dtype))
    outer = Node(_free(match, f"{node.name}.layout"), layout.op, (value.name,), node.outputs, layout.provenance)
    return (*made, replace(node, inputs=tuple(operands), outputs=(value,)), outer)


def _before(layout: Reshape | Transpose, constant: Array, inner: ValueType, outer: ValueType) -> Array | None:
    """Return a constant as it must be before the layout change to broadcast in the same way; None where it cannot."""
    if constant.size == 1:
        return constant.reshape(())
    if constant.ndim > len(outer.shape):
        return None
    full = constant.reshape((1,) * (len(outer.shape) - constant.ndim) + constant.shape)
    if isinstance(layout, Transpose):
        return full.transpose(np.argsort(layout.perm))
    # Only a constant with an element for every feature of a row keeps its meaning in another shape.
    if full.shape[0] != 1 or inner.shape[:1] != outer.shape[:1] or full.shape[1:] != outer.shape[1:]:
        return None
    features = tuple(dim for dim in inner.shape[1:] if isinstance(dim, int))
    return full.reshape(1, *features) if len(features) == len(inner.shape) - 1 else None


def _constant(match: Matcher, node: Node, name: str, array: Array) -> Node:
    kind = replace(match.graph.types[name], shape=tuple(array.shape))
    value = Value(_free(match, f"{node.name}.{name}"), kind)
    return Node(value.name, Constant(Tensor(array)), (), (value,), match.graph.producers[name].provenance)


def _free(match: Matcher, name: str) -> str:
    return fresh_name(name, {*match.graph.types, *match.graph.by_name})
