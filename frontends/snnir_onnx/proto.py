"""The only file that touches protobuf messages, which have no useful types: they become `snnir_onnx.source`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from math import prod
from pathlib import PurePath
from typing import Any

import numpy as np
import onnx
import onnx.checker
import onnx.shape_inference
from onnx import numpy_helper, version_converter

from snnir.provenance import Origin
from snnir.semantics.limits import MAX_ELEMENTS
from snnir.types import DTYPES, Array, DType
from snnir_onnx.source import FLOAT_MODEL, Attribute, RefusedError, SourceInput, SourceNode

_PROTOBUF: Any = import_module("google.protobuf.message")
DecodeError: type[Exception] = _PROTOBUF.DecodeError
TOOL_ERRORS: tuple[type[Exception], ...] = (
    onnx.checker.ValidationError,
    onnx.shape_inference.InferenceError,
    version_converter.ConvertError,
    RuntimeError,
    ValueError,
    TypeError,
    IndexError,
)
"""What onnx's own tools (inliner, version converter) raise on models that they cannot take."""
Message = Any
"""A protobuf message; onnx's stubs rest on protobuf's, which are not shipped."""

TENSOR: Any = onnx.TensorProto
ATTRIBUTE: Any = onnx.AttributeProto
TYPE_NAMES: dict[str, DType] = {
    {"float32": "FLOAT", "float64": "DOUBLE"}.get(dtype, dtype.upper()): dtype for dtype in DTYPES
}
_NARROW = re.compile("U?INT(2|4|16)$|FLOAT[48]")
_STACK = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')
_SCRIPT_STACK = re.compile(r"^\s*(\S+\.py)\((\d+)\): (\S+)", re.MULTILINE)


def dtype_from(element_type: int | str) -> DType:
    """Return the IR's name of an ONNX element type.

    Raises:
        RefusedError: The IR has none; code ``unsupported-type``.
    """
    known: dict[int, str] = {number: name for name, number in TENSOR.DataType.items()}
    name = element_type if isinstance(element_type, str) else known.get(element_type, f"type {element_type}")
    if name not in TYPE_NAMES:
        hint = f"known types: {', '.join(sorted(TYPE_NAMES))}"
        hint = f"{FLOAT_MODEL}; {hint}" if _NARROW.match(name) else hint
        raise RefusedError("unsupported-type", f"element type {name} is not supported", hint)
    return TYPE_NAMES[name]


def array_from(tensor: Message) -> Array:
    """Return the elements of a tensor whose data is inside the file.

    Raises:
        RefusedError: It is too large, of an unknown type, or its data do not fit its shape.
    """
    dtype = dtype_from(tensor.data_type)
    shape = tuple(tensor.dims)
    if prod(shape) > MAX_ELEMENTS:
        raise RefusedError("too-large", f"tensor {tensor.name!r} of shape {list(shape)} is larger than the limit")
    if min(shape, default=0) < 0:
        raise RefusedError("bad-tensor", f"tensor {tensor.name!r} has a negative size in {list(shape)}")
    try:
        array: Array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise RefusedError("bad-tensor", f"the data of tensor {tensor.name!r} do not fit its shape: {error}") from error
    if array.shape != shape:
        raise RefusedError(
            "bad-tensor", f"tensor {tensor.name!r} is declared {list(shape)} but has {array.size} values"
        )
    return np.asarray(array, dtype=np.dtype(dtype))


def attribute_from(attribute: Message) -> Attribute:
    """Return the value of an attribute that is a number, a text, several of them, or a tensor.

    Raises:
        RefusedError: The tensor is damaged, too large or of an unknown type.
    """
    kind = attribute.type
    if kind == ATTRIBUTE.INT:
        return int(attribute.i)
    if kind == ATTRIBUTE.FLOAT:
        return float(attribute.f)
    if kind == ATTRIBUTE.STRING:
        return str(attribute.s.decode(errors="replace"))
    if kind == ATTRIBUTE.INTS:
        return tuple(int(number) for number in attribute.ints)
    if kind == ATTRIBUTE.FLOATS:
        return tuple(float(number) for number in attribute.floats)
    if kind == ATTRIBUTE.STRINGS:
        return tuple(str(text.decode(errors="replace")) for text in attribute.strings)
    return array_from(attribute.t)


def node_from(node: Message, index: int, file: str) -> SourceNode:
    """Return a node.

    Raises:
        RefusedError: One of its tensors is damaged, too large or of an unknown type.
    """
    attributes: dict[str, Attribute] = {}
    refused: list[str] = []
    for attribute in node.attribute:
        known = attribute.type in (*range(ATTRIBUTE.FLOAT, ATTRIBUTE.TENSOR + 1), *range(6, 9))
        if known and not attribute.ref_attr_name:
            attributes[attribute.name] = attribute_from(attribute)
        else:
            refused.append(attribute.name)
    return SourceNode(
        name=node.name,
        op=node.op_type,
        domain="" if node.domain == "ai.onnx" else node.domain,
        inputs=tuple(node.input),
        outputs=tuple(node.output),
        attributes=attributes,
        origin=Origin(file, node.name or f"#{index}", node.op_type, source_line(node)),
        refused=tuple(refused),
    )


def source_line(node: Message) -> str:
    """Return the user's own source line that a torch exporter recorded, as ``file.py:12 in forward``; else empty."""
    recorded = {entry.key: entry.value for entry in node.metadata_props}
    traces = [text for key, text in recorded.items() if key.endswith("stack_trace")]
    frames: list[tuple[str, str, str]] = [frame for text in traces for frame in _STACK.findall(text)]
    frames = frames or _SCRIPT_STACK.findall(node.doc_string)[::-1]
    libraries = {"site-packages", "dist-packages"}
    users = [frame for frame in frames if libraries.isdisjoint(PurePath(frame[0].replace("\\", "/")).parts)]
    if not frames:
        return ""
    file, line, function = (users or frames)[-1]
    return f"{PurePath(file.replace(chr(92), '/')).name}:{line} in {function}"


def input_from(value: Message) -> SourceInput:
    """Return a graph input.

    Raises:
        RefusedError: It is no tensor, or of an unknown element type.
    """
    kind = value.type.WhichOneof("value")
    if kind != "tensor_type":
        found = (kind or "no type").replace("_type", "")
        raise RefusedError("unsupported-type", f"input {value.name!r} is a {found}, not a tensor")
    tensor = value.type.tensor_type
    dtype = dtype_from(tensor.elem_type)
    if not tensor.HasField("shape"):
        return SourceInput(value.name, dtype, None)
    return SourceInput(value.name, dtype, tuple(_dim(dim) for dim in tensor.shape.dim))


def _dim(dim: Message) -> int | str | None:
    if dim.HasField("dim_value"):
        return int(dim.dim_value) if dim.dim_value >= 0 else None
    return str(dim.dim_param) or None


def tensors(model: Message) -> Iterator[Message]:
    """Yield every tensor of a model: initializers and those in attributes of nodes, of functions too."""
    yield from model.graph.initializer
    bodies = [model.graph.node, *(function.node for function in model.functions)]
    for node in (node for body in bodies for node in body):
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def damaged_text(message: Message) -> bool:
    """Return whether any text in a message is not UTF-8; protobuf then hands out bytes, or fails."""
    try:
        fields = message.ListFields()
    except UnicodeDecodeError:
        return True
    for field, value in fields:
        if field.type == field.TYPE_STRING:
            texts = (value,) if isinstance(value, str | bytes) else tuple(value)
            if any(isinstance(text, bytes) for text in texts):
                return True
        if field.type == field.TYPE_MESSAGE:
            parts = (value,) if isinstance(value, _PROTOBUF.Message) else tuple(value)
            if any(damaged_text(part) for part in parts):
                return True
    return False
