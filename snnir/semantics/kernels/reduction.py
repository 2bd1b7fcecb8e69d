"""Kernels of reductions and normalisations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from snnir import ops
from snnir.ops import Reduction
from snnir.semantics.kernels.base import kernel
from snnir.types import Array

Axes: TypeAlias = "tuple[int, ...] | None"


def _reduction(kind: type[Reduction], function: Callable[[Array, Axes, bool], Any]) -> None:
    """Register a reduction; the result has the element type of the operand."""
    kernel(kind)(lambda op, operands: np.asarray(function(operands[0], op.axes, op.keepdims), operands[0].dtype))


def _sum(x: Array, axes: Axes, keepdims: bool) -> Any:
    return np.sum(x, axis=axes, keepdims=keepdims, dtype=x.dtype)


def _mean(x: Array, axes: Axes, keepdims: bool) -> Any:
    taken = range(x.ndim) if axes is None else axes
    count = np.prod([x.shape[axis] for axis in taken], dtype=np.int64)
    total = _sum(x, axes, keepdims)
    return total / count if np.issubdtype(x.dtype, np.floating) else np.trunc(total / count)


def _max(x: Array, axes: Axes, keepdims: bool) -> Any:
    return np.max(x, axis=axes, keepdims=keepdims, initial=_limits(x)[0])


def _min(x: Array, axes: Axes, keepdims: bool) -> Any:
    return np.min(x, axis=axes, keepdims=keepdims, initial=_limits(x)[1])


def _limits(x: Array) -> tuple[Any, Any]:
    """Return the neutral elements of max and min, which an empty set reduces to."""
    if np.issubdtype(x.dtype, np.floating):
        return -np.inf, np.inf
    if x.dtype == np.bool_:
        return False, True
    info = np.iinfo(x.dtype)
    return info.min, info.max


def _log_sum_exp(x: Array, axes: Axes, keepdims: bool) -> Any:
    wide = x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
    top: Array = np.max(wide, axis=axes, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    total: Array = np.log(np.sum(np.exp(wide - top), axis=axes, keepdims=True)) + top
    return total if keepdims else np.sum(total, axis=axes)


_reduction(ops.ReduceSum, _sum)
_reduction(ops.ReduceMean, _mean)
_reduction(ops.ReduceProd, lambda x, axes, keep: np.prod(x, axis=axes, keepdims=keep, dtype=x.dtype))
_reduction(ops.ReduceMax, _max)
_reduction(ops.ReduceMin, _min)
_reduction(ops.ReduceL1, lambda x, axes, keep: _sum(np.abs(x), axes, keep))
_reduction(ops.ReduceL2, lambda x, axes, keep: np.sqrt(_sum(x * x, axes, keep)))
_reduction(ops.ReduceSumSquare, lambda x, axes, keep: _sum(x * x, axes, keep))
_reduction(ops.ReduceLogSum, lambda x, axes, keep: np.log(_sum(x, axes, keep)))
_reduction(ops.ReduceLogSumExp, _log_sum_exp)


@kernel(ops.LayerNormalization)
def _layer_normalization(op: ops.LayerNormalization, operands: tuple[Array, ...]) -> Array:
    x, *affine = operands
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    axes = tuple(range(op.axis % x.ndim, x.ndim))
    centred = wide - np.mean(wide, axis=axes, keepdims=True)
    variance = np.mean(centred * centred, axis=axes, keepdims=True)
    y: Array = (centred / np.sqrt(variance + np.asarray(op.epsilon, wide.dtype))).astype(x.dtype) * affine[0]
    return np.add(y, affine[1]) if len(affine) == 2 else y


@kernel(ops.Softmax)
def _softmax(op: ops.Softmax, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    parts = np.exp(x - np.max(x, axis=op.axis, keepdims=True, initial=-np.inf))
    return np.asarray(np.divide(parts, np.sum(parts, axis=op.axis, keepdims=True)))
