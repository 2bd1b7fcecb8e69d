"""Convolutions; one whose kernel spans its whole input is a dense layer."""

from __future__ import annotations

import numpy as np

from snnir import ops
from snnir.ir import Tensor
from snnir.types import Array
from snnir_onnx.builder import Operand
from snnir_onnx.converters.linear import dense
from snnir_onnx.converters.registry import converts
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError


@converts("Conv")
def conv(node: Scope) -> Operand:
    """Weights and bias must be constants."""
    x, weight = node.operand(0), node.known(1, "weights")
    bias = None if node.optional(2) is None else node.known(2, "bias")
    rank = weight.ndim - 2
    if rank < 1 or x.rank != weight.ndim:
        raise RefusedError("bad-operands", f"Conv takes [N, C, ...] and weights of equal rank, got {x.type}")
    strides = node.integers("strides") or (1,) * rank
    dilations = node.integers("dilations") or (1,) * rank
    groups = node.integer("group", 1)
    pads = _pads(node, x, weight, strides, dilations)
    if groups == 1 and not any(pads) and x.type.shape[2:] == weight.shape[2:] and set(dilations) == {1}:
        return _spanning(node, x, weight, bias)
    if min(*strides, *dilations, groups) < 1 or min(pads) < 0 or not np.isfinite(weight).all():
        raise RefusedError("bad-model", "strides, dilations, groups, pads or weights are out of range")
    offset = None if bias is None else Tensor(bias)
    return node.emit(ops.Conv(Tensor(weight), offset, strides, pads, dilations, groups), x)


def _spanning(node: Scope, x: Operand, weight: Array, bias: Array | None) -> Operand:
    """What MATLAB writes for a dense layer: every output sees every element of the input."""
    outputs = weight.shape[0]
    flat = x if x.rank == 2 else node.emit(ops.Flatten(1), x)
    y = dense(node, flat, np.transpose(np.reshape(weight, (outputs, -1))), bias)
    return node.emit(ops.Reshape((0, outputs, *(1,) * (x.rank - 2))), y)


def _pads(
    node: Scope, x: Operand, weight: Array, strides: tuple[int, ...], dilations: tuple[int, ...]
) -> tuple[int, ...]:
    """Return zeros before each axis, then after each; ``SAME`` keeps ``ceil(size / stride)`` places."""
    rank = weight.ndim - 2
    mode = node.text("auto_pad", "NOTSET")
    if mode in {"NOTSET", ""}:
        return node.integers("pads") or (0,) * (2 * rank)
    if mode == "VALID":
        return (0,) * (2 * rank)
    if mode not in {"SAME_UPPER", "SAME_LOWER"}:
        raise RefusedError("bad-model", f"auto_pad={mode!r} is not known")
    before: list[int] = []
    after: list[int] = []
    for size, width, stride, gap in zip(x.type.shape[2:], weight.shape[2:], strides, dilations, strict=True):
        if isinstance(size, str):
            raise RefusedError("unsupported-operand", f"auto_pad={mode} needs a fixed size instead of {size!r}")
        total = max((-(-size // stride) - 1) * stride + (width - 1) * gap + 1 - size, 0)
        small, large = total // 2, total - total // 2
        before.append(small if mode == "SAME_UPPER" else large)
        after.append(large if mode == "SAME_UPPER" else small)
    return (*before, *after)
