"""Reshaping: the same elements in another arrangement."""

from __future__ import annotations

import numpy as np

from snnir import ops
from snnir_onnx.builder import Operand
from snnir_onnx.converters.registry import converts
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError

TO_THE_END = 2**31 - 1
"""An end that every axis stops before."""


@converts("Reshape")
def reshape(node: Scope) -> Operand:
    """The target is an attribute, a constant, or computed; of a computed one that varies in one place, -1 is left."""
    x, zero = node.operand(0), bool(node.integer("allowzero", 0))
    target = node.integers("shape")
    if target is None:
        sizes = node.operand(1)
        columns = np.stack([np.reshape(array, -1) for array in sizes.arrays], axis=-1).tolist()
        varying = [len(set(column)) > 1 for column in columns]
        if sum(varying) > 1 or (any(varying) and any(-1 in column for column in columns)):
            return node.emit(ops.Reshape(None, zero), x, sizes)
        target = tuple(-1 if varies else int(column[0]) for column, varies in zip(columns, varying, strict=True))
    return node.emit(ops.Reshape(_freed(node, x, target), zero), x)


def _freed(node: Scope, x: Operand, target: tuple[int, ...]) -> tuple[int, ...]:
    """Return the target with the batch that is being freed left open."""
    if not target or target[0] not in node.freed or not any(isinstance(dim, str) for dim in x.type.shape):
        return target
    if x.type.shape and isinstance(x.type.shape[0], str) and not node.integer("allowzero", 0):
        return (0, *target[1:])
    return target if -1 in target else (-1, *target[1:])


@converts("Flatten")
def flatten(node: Scope) -> Operand:
    """A matrix."""
    return node.emit(ops.Flatten(node.integer("axis", 1)), node.operand(0))


@converts("Transpose")
def transpose(node: Scope) -> Operand:
    """Axes reversed where no order is given."""
    x = node.operand(0)
    perm = node.integers("perm")
    return node.emit(ops.Transpose(tuple(reversed(range(x.rank))) if perm is None else perm), x)


@converts("Squeeze")
def squeeze(node: Scope) -> Operand:
    """Axes are an attribute before operator set 13."""
    return node.emit(ops.Squeeze(_axes(node)), node.operand(0))


@converts("Unsqueeze")
def unsqueeze(node: Scope) -> Operand:
    """Axes are an attribute before operator set 13."""
    axes = _axes(node)
    if axes is None:
        raise RefusedError("bad-model", "its axes are missing", "the file is damaged")
    return node.emit(ops.Unsqueeze(axes), node.operand(0))


def _axes(node: Scope) -> tuple[int, ...] | None:
    return node.integers("axes") if node.optional(1) is None else node.known_integers(1, "axes")


@converts("Concat")
def concat(node: Scope) -> Operand:
    """Joined along an axis; what lacks the batch that is being freed is repeated first."""
    axis = node.integer("axis", 1 if node.opset < 4 else None)
    operands = node.operands()
    batched = [x for x in operands if x.rank and isinstance(x.type.shape[0], str)]
    if node.freed and batched and len(batched) < len(operands) and axis % batched[0].rank != 0:
        operands = tuple(_repeated(node, x, like=batched[0]) for x in operands)
    return node.emit(ops.Concat(axis), *operands)


def _repeated(node: Scope, x: Operand, like: Operand) -> Operand:
    if x.rank == 0 or x.type.shape[0] != 1:
        return x
    batch = node.emit(ops.Shape(0, 1), like)
    ones = node.constant(np.ones(x.rank - 1, np.int64))
    return node.emit(ops.Expand(), x, node.emit(ops.Concat(0), batch, ones))


@converts("Slice")
def slice_(node: Scope) -> Operand:
    """Bounds are attributes before operator set 10."""
    x = node.operand(0)
    if "starts" in node.node.attributes:
        starts, ends = node.integers("starts") or (), node.integers("ends") or ()
        axes, steps = node.integers("axes"), None
    else:
        starts = node.known_integers(1, "starts") or ()
        axes = node.known_integers(3, "axes")
        ends = _ends(node, x, axes)
        steps = node.known_integers(4, "steps")
    axes = tuple(range(len(starts))) if axes is None else axes
    steps = (1,) * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise RefusedError("bad-model", "starts, ends, axes and steps differ in number", "the file is damaged")
    return node.emit(ops.Slice(starts, ends, axes, steps), x)


def _ends(node: Scope, x: Operand, axes: tuple[int, ...] | None) -> tuple[int, ...]:
    """Return the ends; a computed one that is the size of its axis becomes "to the end"."""
    ends = node.operand(2)
    if ends.constant is not None or ends.depends == "data":
        return node.known_integers(2, "ends") or ()
    found: list[int] = []
    columns = np.stack([np.reshape(array, -1) for array in ends.arrays], axis=-1).tolist()
    for place, column in enumerate(columns):
        axis = place if axes is None else axes[place]
        sizes = [array.shape[axis] for array in x.arrays]
        if len(set(column)) > 1 and column != sizes:
            raise RefusedError("unsupported-operand", "Slice with computed ends is not supported")
        found.append(int(column[0]) if len(set(column)) == 1 else TO_THE_END)
    return tuple(found)


@converts("Split")
def split(node: Scope) -> tuple[Operand, ...]:
    """Sizes are an attribute before operator set 13; none given means equal parts, the last one smaller."""
    x, axis = node.operand(0), node.integer("axis", 0)
    sizes = node.integers("split") if node.optional(1) is None else node.known_integers(1, "sizes")
    if sizes is None:
        size = x.type.shape[axis]
        if isinstance(size, str):
            raise RefusedError("unsupported-operand", f"an axis of open size {size!r} cannot be split into equal parts")
        parts = node.integer("num_outputs", len(node.node.outputs))
        if not 1 <= parts <= len(node.node.outputs):
            raise RefusedError(
                "bad-model", f"it splits into {parts} parts for {len(node.node.outputs)} outputs", "the file is damaged"
            )
        width = -(-size // parts)
        sizes = (*(width,) * (parts - 1), size - width * (parts - 1))
    return node.emit_several(ops.Split(sizes, axis), (x,), len(sizes))


@converts("Gather")
def gather(node: Scope) -> Operand:
    """Selects along one axis."""
    return node.emit(ops.Gather(node.integer("axis", 0)), node.operand(0), node.operand(1))


@converts("Expand", since=8)
def expand(node: Scope) -> Operand:
    """Broadcasts; the batch that is being freed needs no repeating where x has it."""
    x, sizes = node.operand(0), node.operand(1)
    target = sizes.constant
    open_batch = x.rank > 0 and isinstance(x.type.shape[0], str)
    if target is not None and open_batch and target.shape == (x.rank,) and target[0] in node.freed:
        sizes = node.constant(np.concatenate([np.ones(1, np.int64), target[1:]]))
    return node.emit(ops.Expand(), x, sizes)


@converts("Tile", since=6)
def tile(node: Scope) -> Operand:
    """Repeats whole axes."""
    return node.emit(ops.Tile(), node.operand(0), node.operand(1))
