"""Linear maps: one constant operand makes a dense layer, two computed ones a product of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import block_diag

from snnir import ops
from snnir.ir import Tensor
from snnir.types import Array
from snnir_onnx.builder import Operand
from snnir_onnx.converters.registry import converts
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError

MAX_BLOCK_ELEMENTS = 1 << 22
"""Elements of a dense layer, mostly zeros, that stands for a stack of matrices."""


def dense(node: Scope, x: Operand, weight: Array, bias: Array | None = None) -> Operand:
    """Return ``x weight + bias``.

    Raises:
        RefusedError: A weight that the file computes is not finite.
    """
    for array in (weight, *([] if bias is None else [bias])):
        if not np.isfinite(array).all():
            hint = "the training diverged, or the file is damaged"
            raise RefusedError("bad-weights", "its weights or biases are NaN or infinite", hint)
    return node.emit(ops.Dense(Tensor(weight), None if bias is None else Tensor(bias)), x)


def swapped(node: Scope, x: Operand) -> Operand:
    """Return x with its last two axes exchanged."""
    *lead, row, column = range(x.rank)
    return node.emit(ops.Transpose((*lead, column, row)), x)


@converts("MatMul")
def matmul(node: Scope) -> Operand:
    """A constant matrix on either side makes a dense layer."""
    a, b = node.operand(0), node.operand(1)
    floating = np.issubdtype(a.arrays[0].dtype, np.floating)
    if floating and b.constant is not None and b.rank in {1, 2} and a.rank:
        return _right(node, a, b.constant)
    if floating and a.constant is not None and a.rank in {1, 2} and b.rank:
        return _left(node, a.constant, b)
    if floating and b.constant is not None and b.rank == 3 and b.constant.size * len(b.constant) <= MAX_BLOCK_ELEMENTS:
        stacked = _stacked(node, a, b.constant)
        if stacked is not None:
            return stacked
    return node.emit(ops.MatMul(), a, b)


def _stacked(node: Scope, x: Operand, stack: Array) -> Operand | None:
    """Return ``x stack`` for a constant stack of matrices: one dense layer of all, members of the stack side by side.

    So the layers of an ensemble are dense layers; between them the transposes and reshapes here cancel. None where x
    is neither shared by all matrices nor a stack like this.
    """
    count, _, columns = stack.shape
    if x.rank == 3 and x.type.shape[0] == 1:
        x = node.emit(ops.Squeeze((0,)), x)
    if x.rank == 2:
        y = dense(node, x, np.concatenate(list(stack), axis=1))
    elif x.rank == 3 and x.type.shape[0] == count:
        rows = node.emit(ops.Transpose((1, 0, 2)), x)
        matrices: list[Array] = list(stack)
        blocks: Any = block_diag(*matrices)
        y = dense(node, node.emit(ops.Reshape((0, count * stack.shape[1])), rows), blocks)
    else:
        return None
    return node.emit(ops.Transpose((1, 0, 2)), node.emit(ops.Reshape((0, count, columns)), y))


def _right(node: Scope, x: Operand, weight: Array) -> Operand:
    if weight.ndim == 2:
        return dense(node, x, weight)
    return node.emit(ops.Squeeze((-1,)), dense(node, x, weight[:, np.newaxis]))


def _left(node: Scope, weight: Array, x: Operand) -> Operand:
    """``W x`` is ``(x^T W^T)^T``; a vector needs no transposes."""
    matrix = weight[np.newaxis] if weight.ndim == 1 else weight
    if x.rank == 1:
        y = dense(node, x, np.transpose(matrix))
        return y if weight.ndim == 2 else node.emit(ops.Squeeze((-1,)), y)
    y = dense(node, swapped(node, x), np.transpose(matrix))
    return swapped(node, y) if weight.ndim == 2 else node.emit(ops.Squeeze((-1,)), y)


@converts("Gemm")
def gemm(node: Scope) -> Operand:
    """``alpha A' B' + beta C``, A' and B' transposed where asked for."""
    a, b, c = _matrix(node, node.operand(0)), node.operand(1), node.optional(2)
    alpha, beta = node.real("alpha", 1.0), node.real("beta", 1.0)
    a = swapped(node, a) if node.integer("transA", 0) else a
    b = swapped(node, b) if node.integer("transB", 0) else b
    if a.rank != 2 or b.rank != 2:
        raise RefusedError("bad-operands", f"Gemm takes matrices, got {a.type} and {b.type}")
    if b.constant is not None:
        weight = _scaled(b.constant, alpha)
        bias = _bias(c, beta, weight.shape[1])
        y = dense(node, a, weight, bias)
        return y if bias is not None else _shifted(node, y, c, beta)
    if a.constant is not None:
        y = swapped(node, dense(node, swapped(node, b), np.transpose(_scaled(a.constant, alpha))))
    else:
        y = _times(node, node.emit(ops.MatMul(), a, b), alpha)
    return _shifted(node, y, c, beta)


def _matrix(node: Scope, a: Operand) -> Operand:
    """Return the first operand as a matrix: the first versions flattened it."""
    return node.emit(ops.Flatten(1), a) if node.opset < 7 and a.rank > 2 else a


def _scaled(array: Array, factor: float) -> Array:
    return array if factor == 1 else array * np.asarray(factor, array.dtype)


def _times(node: Scope, x: Operand, factor: float) -> Operand:
    return x if factor == 1 else node.emit(ops.Mul(), x, node.constant(factor, like=x))


def _bias(c: Operand | None, beta: float, outputs: int) -> Array | None:
    """Return ``beta C`` as one number per output, or None where it is nothing or not of that form."""
    if c is None or c.constant is None or beta == 0:
        return None
    if c.constant.ndim > 2 or c.constant.shape[:-1] not in {(), (1,)}:
        return None
    return np.array(np.broadcast_to(np.reshape(_scaled(c.constant, beta), -1), (outputs,)))


def _shifted(node: Scope, y: Operand, c: Operand | None, beta: float) -> Operand:
    if c is None or beta == 0:
        return y
    return node.emit(ops.Add(), y, _times(node, c, beta))


@converts("Einsum", since=12)
def einsum(node: Scope) -> Operand:
    """The equation stays as it is."""
    return node.emit(ops.Einsum(node.text("equation", "")), *node.operands())
