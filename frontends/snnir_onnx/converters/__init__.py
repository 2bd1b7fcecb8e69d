"""One converter per operator and range of versions, by family."""

from snnir_onnx.converters import (
    activation,
    constant,
    conv,
    elementwise,
    linear,
    ml,
    pad,
    quantised,
    reduction,
    scatter,
    shape,
)
from snnir_onnx.converters.registry import MAX_OPSET, TABLE, Converter, converts, find, versions

FAMILIES = (activation, constant, conv, elementwise, linear, ml, pad, quantised, reduction, scatter, shape)
"""Importing a family registers its converters."""

__all__ = ["FAMILIES", "MAX_OPSET", "TABLE", "Converter", "converts", "find", "versions"]
