"""Quantised networks whose numbers are floats between the nodes: ``QuantizeLinear`` and ``DequantizeLinear``.

They are imported as they compute: weights become the floats that they stand for, and an activation followed by its
rounding to integers is one function of its pre-activation, a staircase. So nothing is approximated in silence.
"""

from __future__ import annotations

from snnir import ops
from snnir.types import DType
from snnir_onnx.builder import Operand
from snnir_onnx.converters.registry import converts
from snnir_onnx.proto import dtype_from
from snnir_onnx.scope import Scope
from snnir_onnx.source import FLOAT_MODEL, RefusedError

LIMITS: dict[DType, tuple[int, int]] = {"int8": (-128, 127), "uint8": (0, 255)}


@converts("QuantizeLinear", since=10)
def quantize(node: Scope) -> Operand:
    """``clip(round(x / scale) + zero)``, in the integers of the zero point."""
    x, scale, zero = node.operand(0), node.operand(1), node.optional(2)
    kind = _kind(node, zero)
    levels = node.emit(ops.Round(), node.emit(ops.Div(), x, _aligned(node, scale, x)))
    if zero is not None:
        shift = node.emit(ops.Cast(x.type.dtype), zero)
        levels = node.emit(ops.Add(), levels, _aligned(node, shift, x))
    low, high = LIMITS[kind]
    levels = node.emit(ops.Clip(float(low), float(high)), levels)
    return node.emit(ops.Cast(kind), levels)


@converts("DequantizeLinear", since=10)
def dequantize(node: Scope) -> Operand:
    """``(x - zero) scale``; of constant weights the floats that they stand for."""
    x, scale, zero = node.operand(0), node.operand(1), node.optional(2)
    kind = scale.type.dtype
    y = node.emit(ops.Cast(kind), x)
    if zero is not None:
        y = node.emit(ops.Sub(), y, _aligned(node, node.emit(ops.Cast(kind), zero), x))
    return node.emit(ops.Mul(), y, _aligned(node, scale, x))


def _kind(node: Scope, zero: Operand | None) -> DType:
    kind = "uint8" if zero is None else zero.type.dtype
    if zero is None and node.integer("output_dtype", 0):
        kind = dtype_from(node.integer("output_dtype"))
    if kind not in LIMITS:
        raise RefusedError("unsupported-type", f"QuantizeLinear to {kind} is not supported", FLOAT_MODEL)
    return kind


def _aligned(node: Scope, number: Operand, x: Operand) -> Operand:
    """Return a scale or zero point for all of x, or one for each place along an axis, so that it broadcasts."""
    if node.integer("block_size", 0):
        raise RefusedError("unsupported-operand", f"{node.node.op} in blocks is not supported", FLOAT_MODEL)
    if number.rank != 1 or number.type.shape == (1,):
        return number
    axis = node.integer("axis", 1) % max(x.rank, 1)
    return node.emit(ops.Unsqueeze(tuple(range(1, x.rank - axis))), number)
