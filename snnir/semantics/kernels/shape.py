"""Kernels of constants and of ops that move elements about."""

from __future__ import annotations

from math import prod

import numpy as np

from snnir import ops
from snnir.semantics.kernels.base import kernel
from snnir.types import Array


@kernel(ops.Constant)
def _constant(op: ops.Constant, _: tuple[Array, ...]) -> Array:
    return op.value.array


@kernel(ops.Reshape)
def _reshape(op: ops.Reshape, operands: tuple[Array, ...]) -> Array:
    x = operands[0]
    target = operands[1].tolist() if op.shape is None else list(op.shape)
    if not op.allowzero:
        target = [x.shape[axis] if size == 0 else size for axis, size in enumerate(target)]
    return np.reshape(x, target)


@kernel(ops.Flatten)
def _flatten(op: ops.Flatten, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    if not -x.ndim <= op.axis <= x.ndim:
        raise ValueError(f"axis {op.axis} is out of range for {x.ndim} axes")
    axis = op.axis + x.ndim if op.axis < 0 else op.axis
    return np.reshape(x, (prod(x.shape[:axis]), prod(x.shape[axis:])))


@kernel(ops.Transpose)
def _transpose(op: ops.Transpose, operands: tuple[Array, ...]) -> Array:
    return np.transpose(operands[0], op.perm)


@kernel(ops.Squeeze)
def _squeeze(op: ops.Squeeze, operands: tuple[Array, ...]) -> Array:
    return np.squeeze(operands[0], op.axes)


@kernel(ops.Unsqueeze)
def _unsqueeze(op: ops.Unsqueeze, operands: tuple[Array, ...]) -> Array:
    return np.expand_dims(operands[0], op.axes)


@kernel(ops.Concat)
def _concat(op: ops.Concat, operands: tuple[Array, ...]) -> Array:
    return np.concatenate(operands, axis=op.axis)


@kernel(ops.Slice)
def _slice(op: ops.Slice, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    places = [slice(None)] * x.ndim
    axes = op.axes or range(len(op.starts))
    for start, end, axis, step in zip(op.starts, op.ends, axes, op.steps or (1,) * len(op.starts), strict=True):
        places[axis] = slice(*_bounds(start, end, step, x.shape[axis]))
    return x[tuple(places)]


def _bounds(start: int, end: int, step: int, size: int) -> tuple[int, int | None, int]:
    """Return ONNX bounds as Python's: clamped, and None for an end before the first element."""
    if step == 0:
        raise ValueError("the step of a slice is 0")
    start = start + size if start < 0 else start
    end = end + size if end < 0 else end
    if step > 0:
        return min(max(start, 0), size), min(max(end, 0), size), step
    start, end = min(max(start, 0), size - 1), min(max(end, -1), size - 1)
    return start, None if end < 0 else end, step


@kernel(ops.Split)
def _split(op: ops.Split, operands: tuple[Array, ...]) -> tuple[Array, ...]:
    (x,) = operands
    if sum(op.sizes) != x.shape[op.axis] or min(op.sizes, default=0) < 0:
        raise ValueError(f"parts of sizes {op.sizes} do not add up to an axis of size {x.shape[op.axis]}")
    return tuple(np.split(x, np.cumsum(op.sizes)[:-1], axis=op.axis))


@kernel(ops.Gather)
def _gather(op: ops.Gather, operands: tuple[Array, ...]) -> Array:
    x, indices = operands
    return np.take(x, indices, axis=op.axis)


@kernel(ops.Expand)
def _expand(_: ops.Expand, operands: tuple[Array, ...]) -> Array:
    x, sizes = operands
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(sizes.tolist())))


@kernel(ops.Tile)
def _tile(_: ops.Tile, operands: tuple[Array, ...]) -> Array:
    x, repeats = operands
    if repeats.shape != (x.ndim,):
        raise ValueError(f"{repeats.size} repeats for {x.ndim} axes")
    return np.tile(x, tuple(repeats.tolist()))


@kernel(ops.Shape)
def _shape(op: ops.Shape, operands: tuple[Array, ...]) -> Array:
    return np.asarray(operands[0].shape[op.start : op.end], dtype=np.int64)


@kernel(ops.Size)
def _size(_: ops.Size, operands: tuple[Array, ...]) -> Array:
    return np.asarray(operands[0].size, dtype=np.int64)


@kernel(ops.Fill)
def _fill(op: ops.Fill, operands: tuple[Array, ...]) -> Array:
    return np.full(tuple(operands[0].tolist()), np.reshape(op.value.array, ()), dtype=op.value.array.dtype)


@kernel(ops.Range)
def _range(_: ops.Range, operands: tuple[Array, ...]) -> Array:
    start, limit, step = (np.reshape(operand, ()) for operand in operands)
    count = max(int(np.ceil((limit.item() - start.item()) / step.item())), 0)
    return np.asarray(start + np.arange(count).astype(start.dtype) * step, dtype=start.dtype)
