"""Kernels of activation functions, written so that no intermediate result overflows."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from snnir import ops
from snnir.semantics.kernels.base import kernel, scalar, unary
from snnir.types import Array

special_functions: Any = special  # scipy's ufuncs are built at run time: their stubs lack element types


def _sigmoid(x: Array) -> Array:
    return np.asarray(special_functions.expit(x), dtype=x.dtype)


def _softplus(x: Array) -> Array:
    return np.logaddexp(x, scalar(0, x))


def _exp_minus_1(x: Array) -> Array:
    """Return ``e^x - 1`` left of 0 and 0 elsewhere."""
    return np.expm1(np.minimum(x, scalar(0, x)))


def _ramp(x: Array, slope: float, offset: float) -> Array:
    line = x * scalar(slope, x) + scalar(offset, x)
    return np.asarray(np.minimum(np.maximum(line, scalar(0, x)), scalar(1, x)))


unary(ops.Tanh, np.tanh)
unary(ops.Sigmoid, _sigmoid)
unary(ops.Relu, lambda x: np.maximum(x, scalar(0, x)))
unary(ops.Softplus, _softplus)
unary(ops.Softsign, lambda x: x / (1 + np.abs(x)))
unary(ops.Mish, lambda x: x * np.tanh(_softplus(x)))
unary(ops.HardSwish, lambda x: x * _ramp(x, 1 / 6, 0.5))


@kernel(ops.LeakyRelu)
def _leaky_relu(op: ops.LeakyRelu, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    return np.where(x >= 0, x, x * scalar(op.alpha, x))


@kernel(ops.Elu)
def _elu(op: ops.Elu, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    return np.where(x >= 0, x, scalar(op.alpha, x) * _exp_minus_1(x))


@kernel(ops.Selu)
def _selu(op: ops.Selu, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    return np.where(x >= 0, x, scalar(op.alpha, x) * _exp_minus_1(x)) * scalar(op.gamma, x)


@kernel(ops.Celu)
def _celu(op: ops.Celu, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    alpha = scalar(op.alpha, x)
    left = np.minimum(alpha * np.expm1(x / alpha), scalar(0, x))
    return np.asarray(np.maximum(x, scalar(0, x)) + left)


@kernel(ops.Gelu)
def _gelu(op: ops.Gelu, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    if op.approximate:
        inner = scalar(np.sqrt(2 / np.pi), x) * (x + scalar(0.044715, x) * x * x * x)
        return np.asarray(x * scalar(0.5, x) * (1 + np.tanh(inner)), dtype=x.dtype)
    return np.asarray(x * special_functions.ndtr(x), dtype=x.dtype)


@kernel(ops.Swish)
def _swish(op: ops.Swish, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    return np.multiply(x, _sigmoid(x * scalar(op.alpha, x)))


@kernel(ops.HardSigmoid)
def _hard_sigmoid(op: ops.HardSigmoid, operands: tuple[Array, ...]) -> Array:
    return _ramp(operands[0], op.alpha, op.beta)


@kernel(ops.ThresholdedRelu)
def _thresholded_relu(op: ops.ThresholdedRelu, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    return np.where(x > scalar(op.alpha, x), x, scalar(0, x))
