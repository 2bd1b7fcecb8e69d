"""Activation functions."""

from __future__ import annotations

from snnir import ops
from snnir.ir import Op
from snnir_onnx.builder import Operand
from snnir_onnx.converters.registry import converts
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError

PLAIN: dict[str, Op] = {
    "HardSwish": ops.HardSwish(),
    "Mish": ops.Mish(),
    "Relu": ops.Relu(),
    "Sigmoid": ops.Sigmoid(),
    "Softplus": ops.Softplus(),
    "Softsign": ops.Softsign(),
    "Tanh": ops.Tanh(),
}


@converts(*PLAIN)
def plain(node: Scope) -> Operand:
    """No attributes that matter."""
    return node.emit(PLAIN[node.node.op], node.operand(0))


@converts("LeakyRelu")
def leaky_relu(node: Scope) -> Operand:
    """Slope on the left."""
    return node.emit(ops.LeakyRelu(node.real("alpha", 0.01)), node.operand(0))


@converts("Elu")
def elu(node: Scope) -> Operand:
    """Minus the limit on the left."""
    return node.emit(ops.Elu(node.real("alpha", 1.0)), node.operand(0))


@converts("Celu", since=12)
def celu(node: Scope) -> Operand:
    """Minus the limit on the left, slope 1 at 0."""
    return node.emit(ops.Celu(node.real("alpha", 1.0)), node.operand(0))


@converts("Selu", until=5)
def legacy_selu(node: Scope) -> Operand:
    """The first version rounds its constants to four digits."""
    return node.emit(ops.Selu(node.real("alpha", 1.6732), node.real("gamma", 1.0507)), node.operand(0))


@converts("Selu", since=6)
def selu(node: Scope) -> Operand:
    """Defaults are the single-precision neighbours of the exact constants."""
    alpha = node.real("alpha", 1.67326319217681884765625)
    gamma = node.real("gamma", 1.05070102214813232421875)
    return node.emit(ops.Selu(alpha, gamma), node.operand(0))


@converts("Gelu", since=20)
def gelu(node: Scope) -> Operand:
    """Exact, or by tanh."""
    kind = node.text("approximate", "none")
    if kind not in {"none", "tanh"}:
        raise RefusedError("bad-model", f"approximate={kind!r} is neither 'none' nor 'tanh'")
    return node.emit(ops.Gelu(kind == "tanh"), node.operand(0))


@converts("Swish", since=24)
def swish(node: Scope) -> Operand:
    """Steepness of the gate."""
    return node.emit(ops.Swish(node.real("alpha", 1.0)), node.operand(0))


@converts("HardSigmoid")
def hard_sigmoid(node: Scope) -> Operand:
    """Slope and value at 0."""
    return node.emit(ops.HardSigmoid(node.real("alpha", 0.2), node.real("beta", 0.5)), node.operand(0))


@converts("ThresholdedRelu", since=10)
def thresholded_relu(node: Scope) -> Operand:
    """Where it starts."""
    return node.emit(ops.ThresholdedRelu(node.real("alpha", 1.0)), node.operand(0))


@converts("PRelu")
def prelu(node: Scope) -> Operand:
    """A slope per element or channel on the left: ``x where x >= 0, else slope x``."""
    x, slope = node.operand(0), node.operand(1)
    if node.opset < 7 and slope.rank == 1 and x.rank > 2:
        slope = node.emit(ops.Unsqueeze(tuple(range(1, x.rank - 1))), slope)
    zero = node.constant(0, like=x)
    return node.emit(ops.Where(), node.emit(ops.Less(), x, zero), node.emit(ops.Mul(), x, slope), x)


@converts("Shrink", since=9)
def shrink(node: Scope) -> Operand:
    """``x + bias`` left of -lambd, ``x - bias`` right of lambd, 0 between."""
    x = node.operand(0)
    limit, bias, zero = node.real("lambd", 0.5), node.constant(node.real("bias", 0.0), like=x), node.constant(0, like=x)
    left = node.emit(ops.Less(), x, node.constant(-limit, like=x))
    right = node.emit(ops.Greater(), x, node.constant(limit, like=x))
    rest = node.emit(ops.Where(), right, node.emit(ops.Sub(), x, bias), zero)
    return node.emit(ops.Where(), left, node.emit(ops.Add(), x, bias), rest)
