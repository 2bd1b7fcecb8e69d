"""Half precision: a file that computes in float16 becomes one that computes the same in float32.

Nothing that spikes computes in float16, and onnxruntime itself widens most operators on a processor. What the wide
file computes differs from the narrow one by the rounding of the latter, which the check against it allows for.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx

from snnir.ir import Graph
from snnir.ops import Constant
from snnir.types import Array
from snnir_onnx.source import Attribute, Source, SourceNode

HALF, SINGLE = int(onnx.TensorProto.FLOAT16), int(onnx.TensorProto.FLOAT)
TYPE_ATTRIBUTES = {"to", "dtype", "output_dtype"}
"""Attributes that are element types."""
NOTE = "computed in float32 where the file computes in float16"


def is_half(graph: Graph) -> bool:
    """Return whether a graph computes in float16; constants that are merely stored so do not count."""
    made = (value for node in graph.nodes if not isinstance(node.op, Constant) for value in node.outputs)
    return any(value.type.dtype == "float16" for value in (*graph.inputs, *made))


def widened(source: Source) -> Source:
    """Return a file in which float32 stands for float16; its content, for the oracle, stays."""
    return replace(
        source,
        inputs=tuple(replace(given, dtype="float32") if given.dtype == "float16" else given for given in source.inputs),
        initializers={name: wide(array) for name, array in source.initializers.items()},
        nodes=tuple(map(_widened, source.nodes)),
    )


def wide(array: Array) -> Array:
    """Return an array of float16 as float32, and any other as it is."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def rounded(array: Array) -> Array:
    """Return an array with floats rounded to what float16 can hold, its type kept."""
    return array.astype(np.float16).astype(array.dtype) if np.issubdtype(array.dtype, np.floating) else array


def _widened(node: SourceNode) -> SourceNode:
    attributes: dict[str, Attribute] = {}
    for name, value in node.attributes.items():
        if isinstance(value, np.ndarray):
            attributes[name] = wide(value)
        else:
            attributes[name] = SINGLE if name in TYPE_ATTRIBUTES and value in {HALF, "FLOAT16"} else value
    return replace(node, attributes=attributes)
