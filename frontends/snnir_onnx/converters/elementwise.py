"""Elementwise arithmetic, comparison and logic."""

from __future__ import annotations

from functools import reduce

import numpy as np

from snnir import ops
from snnir.ir import Op, Tensor
from snnir.types import dtype_of
from snnir_onnx.builder import Operand
from snnir_onnx.converters.registry import converts
from snnir_onnx.proto import dtype_from
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError

UNARY: dict[str, Op] = {
    "Abs": ops.Abs(),
    "Acos": ops.Acos(),
    "Acosh": ops.Acosh(),
    "Asin": ops.Asin(),
    "Asinh": ops.Asinh(),
    "Atan": ops.Atan(),
    "Atanh": ops.Atanh(),
    "Ceil": ops.Ceil(),
    "Cos": ops.Cos(),
    "Cosh": ops.Cosh(),
    "Erf": ops.Erf(),
    "Exp": ops.Exp(),
    "Floor": ops.Floor(),
    "Log": ops.Log(),
    "Neg": ops.Neg(),
    "Not": ops.Not(),
    "Reciprocal": ops.Reciprocal(),
    "Round": ops.Round(),
    "Sign": ops.Sign(),
    "Sin": ops.Sin(),
    "Sinh": ops.Sinh(),
    "Sqrt": ops.Sqrt(),
    "Tan": ops.Tan(),
}
BINARY: dict[str, Op] = {
    "Add": ops.Add(),
    "And": ops.And(),
    "Div": ops.Div(),
    "Equal": ops.Equal(),
    "Greater": ops.Greater(),
    "GreaterOrEqual": ops.GreaterOrEqual(),
    "Less": ops.Less(),
    "LessOrEqual": ops.LessOrEqual(),
    "Mul": ops.Mul(),
    "Or": ops.Or(),
    "Pow": ops.Pow(),
    "Sub": ops.Sub(),
    "Xor": ops.Xor(),
}
CHAINS: dict[str, Op] = {"Sum": ops.Add(), "Mean": ops.Add(), "Max": ops.Maximum(), "Min": ops.Minimum()}


@converts(*UNARY)
def unary(node: Scope) -> Operand:
    """One operand, no attributes that matter."""
    return node.emit(UNARY[node.node.op], node.operand(0))


@converts(*BINARY, since=7)
def binary(node: Scope) -> Operand:
    """Two operands that broadcast as in NumPy."""
    return node.emit(BINARY[node.node.op], node.operand(0), node.operand(1))


@converts(*BINARY, until=6)
def legacy_binary(node: Scope) -> Operand:
    """Before operator set 7 the second operand broadcasts only where asked for, from a given axis on."""
    a, b = node.operand(0), node.operand(1)
    if node.integer("broadcast", 0) and "axis" in node.node.attributes and 0 < b.rank < a.rank:
        axis = node.integer("axis") % a.rank
        trailing = a.rank - axis - b.rank
        b = node.emit(ops.Unsqueeze(tuple(range(b.rank, b.rank + trailing))), b) if trailing > 0 else b
    return node.emit(BINARY[node.node.op], a, b)


@converts(*CHAINS)
def chain(node: Scope) -> Operand:
    """Any number of operands: two at a time; the mean then divides by their number."""
    operands = node.operands()
    if not operands:
        raise RefusedError("bad-model", "it has no operands", "the file is damaged")
    total = reduce(lambda a, b: node.emit(CHAINS[node.node.op], a, b), operands)
    if node.node.op != "Mean" or len(operands) == 1:
        return total
    return node.emit(ops.Div(), total, node.constant(len(operands), like=total))


@converts("Where", since=9)
def where(node: Scope) -> Operand:
    """Condition, then, else."""
    return node.emit(ops.Where(), node.operand(0), node.operand(1), node.operand(2))


@converts("Clip", until=10)
def legacy_clip(node: Scope) -> Operand:
    """Limits are attributes."""
    most = float(np.finfo(np.float32).max)
    return _clip(node, node.operand(0), node.real("min", -most), node.real("max", most))


@converts("Clip", since=11)
def clip(node: Scope) -> Operand:
    """Limits are operands, computed ones included."""
    x, low, high = node.operand(0), node.optional(1), node.optional(2)
    if all(limit is None or limit.constant is not None for limit in (low, high)):
        limits = [None if limit is None else _number(limit) for limit in (low, high)]
        return _clip(node, x, *limits)
    x = x if low is None else node.emit(ops.Maximum(), x, low)
    return x if high is None else node.emit(ops.Minimum(), x, high)


def _number(operand: Operand) -> float:
    assert operand.constant is not None  # noqa: S101 - the caller looked
    return float(np.reshape(operand.constant, ()).item())


def _clip(node: Scope, x: Operand, low: float | None, high: float | None) -> Operand:
    """Clip by numbers; a limit at the end of the element type does not limit, and may not fit a float exactly."""
    dtype = x.arrays[0].dtype
    if np.issubdtype(dtype, np.floating):
        least, most = float(np.finfo(dtype).min), float(np.finfo(dtype).max)
    else:
        least, most = float(np.iinfo(dtype).min), float(np.iinfo(dtype).max)
    low = None if low is None or low <= least else low
    high = None if high is None or high >= most else high
    return node.emit(ops.Clip(low, high), x) if low is not None or high is not None else x


@converts("Cast")
def cast(node: Scope) -> Operand:
    """A cast to the type that it has already vanishes."""
    kind = node.node.attributes.get("to")
    if not isinstance(kind, int | str):
        raise RefusedError("bad-model", "attribute 'to' is missing", "the file is damaged")
    to = dtype_from(kind)
    x = node.operand(0)
    return x if x.type.dtype == to else node.emit(ops.Cast(to), x)


@converts("CastLike", since=15)
def cast_like(node: Scope) -> Operand:
    """A cast to the type of the second operand."""
    x, to = node.operand(0), dtype_of(node.operand(1).arrays[0])
    return x if x.type.dtype == to else node.emit(ops.Cast(to), x)


@converts("Identity")
def identity(node: Scope) -> Operand:
    """The operand itself."""
    return node.operand(0)


@converts("Dropout")
def dropout(node: Scope) -> tuple[Operand, ...]:
    """At inference the operand itself, and a mask of nothing but true."""
    x = node.operand(0)
    if node.optional(2) is not None and node.known(2, "training mode").any():
        raise RefusedError("training-mode", "Dropout is in training mode", "export in evaluation mode: model.eval()")
    if len([name for name in node.node.outputs if name]) < 2:
        return (x,)
    return x, node.emit(ops.Fill(_true()), node.emit(ops.Shape(), x))


def _true() -> Tensor:
    return Tensor(np.ones(1, np.bool_))
