"""Kernels of elementwise arithmetic, comparison and logic."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from snnir import ops
from snnir.semantics.kernels.base import binary, kernel, scalar, unary
from snnir.types import Array

special_functions: Any = special  # scipy's ufuncs are built at run time: their stubs lack element types

unary(ops.Neg, np.negative)
unary(ops.Abs, np.abs)
unary(ops.Exp, np.exp)
unary(ops.Log, np.log)
unary(ops.Sqrt, np.sqrt)
unary(ops.Reciprocal, np.reciprocal)
unary(ops.Sign, np.sign)
unary(ops.Floor, np.floor)
unary(ops.Ceil, np.ceil)
unary(ops.Round, np.rint)
unary(ops.Sin, np.sin)
unary(ops.Cos, np.cos)
unary(ops.Tan, np.tan)
unary(ops.Asin, np.arcsin)
unary(ops.Acos, np.arccos)
unary(ops.Atan, np.arctan)
unary(ops.Sinh, np.sinh)
unary(ops.Cosh, np.cosh)
unary(ops.Asinh, np.arcsinh)
unary(ops.Acosh, np.arccosh)
unary(ops.Atanh, np.arctanh)
unary(ops.Erf, special_functions.erf)
unary(ops.Not, np.logical_not)

binary(ops.Add, np.add)
binary(ops.Sub, np.subtract)
binary(ops.Mul, np.multiply)
binary(ops.Maximum, np.maximum)
binary(ops.Minimum, np.minimum)
binary(ops.Less, np.less)
binary(ops.LessOrEqual, np.less_equal)
binary(ops.Greater, np.greater)
binary(ops.GreaterOrEqual, np.greater_equal)
binary(ops.Equal, np.equal)
binary(ops.And, np.logical_and)
binary(ops.Or, np.logical_or)
binary(ops.Xor, np.logical_xor)


@kernel(ops.Div)
def _div(_: ops.Div, operands: tuple[Array, ...]) -> Array:
    a, b = operands
    if not np.issubdtype(a.dtype, np.integer):
        return np.divide(a, b)
    quotient, rest = np.floor_divide(a, b), np.remainder(a, b)
    return np.asarray(quotient + ((rest != 0) & ((a < 0) != (b < 0))), dtype=quotient.dtype)


@kernel(ops.Pow)
def _pow(_: ops.Pow, operands: tuple[Array, ...]) -> Array:
    a, b = operands
    if np.issubdtype(a.dtype, np.floating):
        # an exponent of another type must not widen the result, nor lose digits itself
        return np.asarray(np.power(a, b)).astype(a.dtype)
    if np.issubdtype(b.dtype, np.integer) and not np.any(b < 0):
        return np.asarray(np.power(a, b)).astype(a.dtype)
    return np.asarray(np.power(a.astype(np.float64), b)).astype(a.dtype)


@kernel(ops.Where)
def _where(_: ops.Where, operands: tuple[Array, ...]) -> Array:
    condition, a, b = operands
    return np.where(condition, a, b)


@kernel(ops.Clip)
def _clip(op: ops.Clip, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    if op.low is not None:
        x = np.maximum(x, scalar(op.low, x))
    return x if op.high is None else np.minimum(x, scalar(op.high, x))


@kernel(ops.Cast)
def _cast(op: ops.Cast, operands: tuple[Array, ...]) -> Array:
    return operands[0].astype(np.dtype(op.to))
