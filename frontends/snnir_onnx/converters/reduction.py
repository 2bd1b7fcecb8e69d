"""Reductions, normalisations and softmax."""

from __future__ import annotations

import numpy as np

from snnir import ops
from snnir.ops import Reduction
from snnir_onnx.builder import Operand
from snnir_onnx.converters.registry import converts
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError

REDUCTIONS: dict[str, type[Reduction]] = {
    "ReduceL1": ops.ReduceL1,
    "ReduceL2": ops.ReduceL2,
    "ReduceLogSum": ops.ReduceLogSum,
    "ReduceLogSumExp": ops.ReduceLogSumExp,
    "ReduceMax": ops.ReduceMax,
    "ReduceMean": ops.ReduceMean,
    "ReduceMin": ops.ReduceMin,
    "ReduceProd": ops.ReduceProd,
    "ReduceSum": ops.ReduceSum,
    "ReduceSumSquare": ops.ReduceSumSquare,
}


@converts(*REDUCTIONS)
def reduce(node: Scope) -> Operand:
    """Axes are an attribute in old operator sets, an operand in new ones; none given means all, by default."""
    axes = node.integers("axes") if node.optional(1) is None else node.known_integers(1, "axes")
    if not axes:
        axes = () if node.integer("noop_with_empty_axes", 0) else None
    return node.emit(REDUCTIONS[node.node.op](axes=axes, keepdims=node.integer("keepdims", 1) == 1), node.operand(0))


@converts("BatchNormalization")
def batch_normalization(node: Scope) -> Operand:
    """At inference ``x factor + shift``, one of each per channel."""
    if node.integer("training_mode", 0):
        hint = "export in evaluation mode: model.eval()"
        raise RefusedError("training-mode", "BatchNormalization is in training mode", hint)
    x = node.operand(0)
    scale, shift, mean, variance = (node.known(index, "statistics").astype(np.float64) for index in range(1, 5))
    with np.errstate(all="ignore"):
        factor = scale / np.sqrt(variance + node.real("epsilon", 1e-5))
        offset = shift - mean * factor
    shape = (-1, *(1,) * (x.rank - 2))
    y = node.emit(ops.Mul(), x, node.constant(np.reshape(factor, shape), like=x))
    return node.emit(ops.Add(), y, node.constant(np.reshape(offset, shape), like=x))


@converts("LayerNormalization", since=17)
def layer_normalization(node: Scope) -> tuple[Operand, ...]:
    """Mean and inverse deviation are outputs too; they are made where they are used."""
    x, axis, epsilon = node.operand(0), node.integer("axis", -1), node.real("epsilon", 1e-5)
    y = node.emit(ops.LayerNormalization(axis, epsilon), *node.operands())
    if not any(node.node.outputs[1:]):
        return (y,)
    axes = tuple(range(axis % x.rank, x.rank))
    mean = node.emit(ops.ReduceMean(axes), x)
    centred = node.emit(ops.Sub(), x, mean)
    variance = node.emit(ops.ReduceMean(axes), node.emit(ops.Mul(), centred, centred))
    deviation = node.emit(ops.Sqrt(), node.emit(ops.Add(), variance, node.constant(epsilon, like=x)))
    return y, mean, node.emit(ops.Reciprocal(), deviation)


@converts("RMSNormalization", since=23)
def rms_normalization(node: Scope) -> Operand:
    """``x / sqrt(mean x^2 + epsilon) scale``."""
    x, scale = node.operand(0), node.operand(1)
    axes = tuple(range(node.integer("axis", -1) % x.rank, x.rank))
    square = node.emit(ops.ReduceMean(axes), node.emit(ops.Mul(), x, x))
    raised = node.emit(ops.Add(), square, node.constant(node.real("epsilon", 1e-5), like=x))
    return node.emit(ops.Mul(), node.emit(ops.Div(), x, node.emit(ops.Sqrt(), raised)), scale)


@converts("LpNormalization")
def lp_normalization(node: Scope) -> Operand:
    """``x / |x|_p``, and 0 where the norm is 0."""
    x, order, axis = node.operand(0), node.integer("p", 2), node.integer("axis", -1)
    if order not in {1, 2}:
        raise RefusedError("bad-model", f"p={order} is neither 1 nor 2")
    norm = node.emit((ops.ReduceL1 if order == 1 else ops.ReduceL2)(axes=(axis,)), x)
    zero = node.constant(0, like=x)
    return node.emit(ops.Where(), node.emit(ops.Equal(), norm, zero), zero, node.emit(ops.Div(), x, norm))


@converts("Softmax", "LogSoftmax", since=13)
def softmax(node: Scope) -> Operand:
    """Along one axis."""
    return _softmax(node, node.operand(0), node.integer("axis", -1))


@converts("Softmax", "LogSoftmax", until=12)
def legacy_softmax(node: Scope) -> Operand:
    """Over all axes from the given one on, as one."""
    x, axis = node.operand(0), node.integer("axis", 1)
    if axis % x.rank == x.rank - 1:
        return _softmax(node, x, -1)
    y = _softmax(node, node.emit(ops.Flatten(axis), x), -1)
    return node.emit(ops.Reshape(), y, node.emit(ops.Shape(), x))


def _softmax(node: Scope, x: Operand, axis: int) -> Operand:
    if node.node.op == "Softmax":
        return node.emit(ops.Softmax(axis), x)
    return node.emit(ops.Sub(), x, node.emit(ops.ReduceLogSumExp(axes=(axis,)), x))
