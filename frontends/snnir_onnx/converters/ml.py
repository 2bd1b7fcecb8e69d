"""Operators of ``ai.onnx.ml``: what scikit-learn's exporter writes for the steps of a pipeline, in single precision."""

from __future__ import annotations

import numpy as np

from snnir import ops
from snnir.types import Array
from snnir_onnx.builder import Operand
from snnir_onnx.converters.linear import dense
from snnir_onnx.converters.registry import converts
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError

ML = "ai.onnx.ml"


@converts("Scaler", domain=ML)
def scaler(node: Scope) -> Operand:
    """``(x - offset) scale``."""
    x = _single(node, node.operand(0))
    shifted = node.emit(ops.Sub(), x, node.constant(node.reals("offset"), like=x))
    return node.emit(ops.Mul(), shifted, node.constant(node.reals("scale"), like=x))


@converts("FeatureVectorizer", domain=ML)
def feature_vectorizer(node: Scope) -> Operand:
    """Columns side by side; each operand brings as many as are listed."""
    operands = tuple(_single(node, x) for x in node.operands())
    listed = node.integers("inputdimensions") or ()
    if tuple(x.type.shape[-1:] for x in operands) != tuple((columns,) for columns in listed):
        found = ", ".join(str(x.type) for x in operands)
        raise RefusedError("bad-operands", f"FeatureVectorizer takes {list(listed)} columns, got {found}")
    return node.emit(ops.Concat(-1), *operands)


@converts("Normalizer", domain=ML)
def normalizer(node: Scope) -> Operand:
    """``x / |x|`` row by row; a row whose norm is 0 stays."""
    x, kind = _single(node, node.operand(0)), node.text("norm", "MAX")
    norms: dict[str, ops.Reduction] = {
        "L1": ops.ReduceL1(axes=(-1,)),
        "L2": ops.ReduceL2(axes=(-1,)),
        "MAX": ops.ReduceMax(axes=(-1,)),
    }
    if kind not in norms:
        raise RefusedError("bad-model", f"norm={kind!r} is none of {', '.join(norms)}")
    norm = node.emit(norms[kind], x)
    zero = node.emit(ops.Equal(), norm, node.constant(0, like=x))
    return node.emit(ops.Div(), x, node.emit(ops.Where(), zero, node.constant(1, like=x), norm))


@converts("Imputer", domain=ML)
def imputer(node: Scope) -> Operand:
    """Another value, one for all columns or one for each, in the place of the one that stands for a missing value."""
    x, missing = node.operand(0), node.real("replaced_value_float", 0.0)
    values = node.reals("imputed_value_floats")
    if not values or not np.issubdtype(x.arrays[0].dtype, np.floating):
        raise RefusedError("unsupported-operand", "Imputer of integers is not supported", "make its columns floats")
    wanted = x if np.isnan(missing) else node.constant(missing, like=x)
    found = node.emit(ops.Equal(), x, wanted)
    if np.isnan(missing):  # which alone differs from itself
        found = node.emit(ops.Not(), found)
    given = node.constant(values[0] if len(values) == 1 else values, like=x)
    return node.emit(ops.Where(), found, given, x)


@converts("Binarizer", domain=ML)
def binarizer(node: Scope) -> Operand:
    """1 above a threshold, else 0."""
    x = _single(node, node.operand(0))
    above = node.emit(ops.Greater(), x, node.constant(node.real("threshold", 0.0), like=x))
    return node.emit(ops.Cast("float32"), above)


@converts("ArrayFeatureExtractor", domain=ML)
def array_feature_extractor(node: Scope) -> Operand:
    """Chosen columns."""
    x, places = node.operand(0), np.reshape(node.known(1, "columns"), -1).astype(np.int64)
    if x.rank < 2:
        raise RefusedError("unsupported-operand", f"ArrayFeatureExtractor takes rows of columns, got {x.type}")
    return node.emit(ops.Gather(x.rank - 1), x, node.constant(places))


@converts("LinearRegressor", domain=ML)
def linear_regressor(node: Scope) -> Operand:
    """``x W + b``."""
    x, targets = _single(node, node.operand(0)), node.integer("targets", 1)
    transform = node.text("post_transform", "NONE")
    weights: Array = np.asarray(node.reals("coefficients"), np.float32)
    if transform != "NONE" or targets < 1 or weights.size % targets:
        what = f"LinearRegressor with post_transform={transform!r} and {weights.size} weights for {targets} targets"
        raise RefusedError("unsupported-operand", f"{what} is not supported")
    intercepts = node.reals("intercepts") or (0.0,) * targets
    return dense(node, x, np.transpose(np.reshape(weights, (targets, -1))), np.asarray(intercepts, np.float32))


def _single(node: Scope, x: Operand) -> Operand:
    return x if x.type.dtype == "float32" else node.emit(ops.Cast("float32"), x)
