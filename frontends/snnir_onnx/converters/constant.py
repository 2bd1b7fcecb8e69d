"""Constants, and arrays made from sizes."""

from __future__ import annotations

import numpy as np

from snnir import ops
from snnir.ir import Tensor
from snnir.types import Array
from snnir_onnx.builder import Operand
from snnir_onnx.converters.registry import converts
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError


@converts("Constant")
def constant(node: Scope) -> Operand:
    """A tensor, a number or a list of numbers."""
    given = node.node.attributes
    if "value" in given and isinstance(given["value"], np.ndarray):
        return node.constant(given["value"])
    if "value_float" in given:
        return node.constant(np.float32(node.real("value_float", 0.0)))
    if "value_floats" in given:
        return node.constant(np.asarray(node.reals("value_floats"), np.float32))
    if "value_int" in given:
        return node.constant(np.int64(node.integer("value_int")))
    if "value_ints" in given:
        return node.constant(np.asarray(node.integers("value_ints"), np.int64))
    raise RefusedError("unsupported-type", "a constant that is a text or a sparse tensor is not supported")


@converts("ConstantOfShape", since=9)
def constant_of_shape(node: Scope) -> Operand:
    """One value everywhere, 0 where none is given."""
    value: Array = np.zeros(1, np.float32)
    given = node.node.attributes.get("value")
    if isinstance(given, np.ndarray):
        value = np.reshape(given, -1)
    if value.size != 1:
        raise RefusedError("bad-model", f"its value has {value.size} elements instead of 1", "the file is damaged")
    return node.emit(ops.Fill(Tensor(value)), node.operand(0))


@converts("Shape")
def shape(node: Scope) -> Operand:
    """All sizes, or from operator set 15 on those of some axes."""
    end = node.integer("end") if "end" in node.node.attributes else None
    return node.emit(ops.Shape(node.integer("start", 0), end), node.operand(0))


@converts("Size")
def size(node: Scope) -> Operand:
    """The number of elements."""
    return node.emit(ops.Size(), node.operand(0))


@converts("Range", since=11)
def range_(node: Scope) -> Operand:
    """Numbers at equal distances."""
    return node.emit(ops.Range(), node.operand(0), node.operand(1), node.operand(2))
