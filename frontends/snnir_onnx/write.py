"""The way back: analog graphs as ONNX files, checked against onnxruntime as imports are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from itertools import count
from math import pi, sqrt
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import onnx
from onnx import numpy_helper

from snnir import ops
from snnir.errors import Diagnostic, ModelError, model_error
from snnir.ir import Graph, Node, Op, Tensor, Value
from snnir_onnx.compare import compare
from snnir_onnx.oracle import POINTS, RANGES, draw
from snnir_onnx.proto import TENSOR, TYPE_NAMES
from snnir_onnx.runtime import Runtime
from snnir_onnx.source import RefusedError

OPSET = 18
"""The operator set that is written: every onnxruntime that snnir runs with has it."""
FILE_FORMAT = 8
_helper: Any = onnx.helper
_numpy: Any = numpy_helper

_RENAMED = {"maximum": "Max", "minimum": "Min", "matmul": "MatMul", "fill": "ConstantOfShape"}
_ATTRIBUTES = ("alpha", "axis", "beta", "end", "epsilon", "equation", "gamma", "perm", "start")
"""Fields of ops that ONNX has as attributes of the same name."""


class _Writer:
    """Collects the nodes and initializers of a file, and what cannot be in it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.findings: list[Diagnostic] = []
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.taken = {*graph.types}
        self.numbers = count()

    def fresh(self) -> str:
        """Return a name that no value has."""
        name = next(name for name in (f"c{number}" for number in self.numbers) if name not in self.taken)
        self.taken.add(name)
        return name

    def constant(self, array: Any, dtype: str = "int64") -> str:
        """Return the name of a constant."""
        name = self.fresh()
        self.initializers.append(_numpy.from_array(np.asarray(array, dtype), name))
        return name

    def call(self, op: str, inputs: Iterable[str], outputs: Iterable[str] = (), **attributes: Any) -> str:
        """Add a node and return its first output, a new one if none is given."""
        made = list(outputs) or [self.fresh()]
        self.nodes.append(_helper.make_node(op, list(inputs), made, **attributes))
        return made[0]

    def node(self, node: Node) -> None:
        """Add what a node of the IR does, or note that ONNX has no such operator."""
        write = _SPECIAL.get(type(node.op))
        if write is not None:
            write(self, node, node.op)
        elif isinstance(node.op, _PLAIN):
            self.call(_operator(node.op), node.inputs, _names(node), **_attributes(node.op))
        else:
            message, place = f"ONNX has no operator for {node.op.mnemonic}", f"node {node.name!r} ({node.provenance})"
            self.findings.append(Diagnostic("not-in-onnx", message, place, "compute it by hand"))


def to_onnx(graph: Graph) -> bytes:
    """Return an analog graph as the content of an ONNX file, which onnxruntime computes the same from.

    Raises:
        ModelError: An op is none that ONNX has, code ``not-in-onnx``; or onnxruntime does not run the file, or to
            another result, code ``export-differs``.
    """
    writer = _Writer(graph)
    for node in graph.nodes:
        writer.node(node)
    if writer.findings:
        raise ModelError(writer.findings)
    outputs = [_info(Value(name, graph.types[name])) for name in graph.outputs]
    inputs = [_info(value) for value in graph.inputs]
    body = _helper.make_graph(writer.nodes, graph.name, inputs, outputs, writer.initializers)
    sets = [_helper.make_opsetid("", OPSET)]
    model = _helper.make_model(body, opset_imports=sets, ir_version=FILE_FORMAT, producer_name="snnir")
    content = bytes(model.SerializeToString(deterministic=True))
    _check(graph, content)
    return content


def _check(graph: Graph, content: bytes) -> None:
    """Return if onnxruntime computes what the graph does."""
    try:
        found = _difference(graph, Runtime(content))
    except RefusedError as error:
        found = error.message
    if found:
        raise model_error("export-differs", f"its ONNX file cannot be used: {found}", graph.name)


def _difference(graph: Graph, runtime: Runtime) -> str:
    """Return how a file differs from its graph; empty where it does not."""
    names = sorted({dim for value in graph.inputs for dim in value.type.shape if isinstance(dim, str)})
    for points in POINTS[1:]:
        feeds = draw(graph.inputs, dict.fromkeys(names, points), RANGES[1], points, 1)
        difference = compare(graph, feeds, runtime.run(feeds))
        if difference is not None:
            return f"onnxruntime computes something else: {difference.text}"
    return ""


def _info(value: Value) -> Any:
    return _helper.make_tensor_value_info(value.name, _element(value.type.dtype), list(value.type.shape))


def _element(dtype: str) -> int:
    number: int = TENSOR.DataType.Value(next(name for name, known in TYPE_NAMES.items() if known == dtype))
    return number


def _names(node: Node) -> list[str]:
    return [value.name for value in node.outputs]


def _operator(op: Op) -> str:
    """Return ONNX's name of an op: that of ours, without underscores."""
    return _RENAMED.get(op.mnemonic) or "".join(part.capitalize() for part in op.mnemonic.split("_"))


def _attributes(op: Op) -> dict[str, object]:
    found = {each.name: getattr(op, each.name) for each in fields(op) if each.name in _ATTRIBUTES}
    return {name: value for name, value in found.items() if value is not None and value != ()}


_PLAIN = (
    *(
        ops.Unary,
        ops.Binary,
        ops.Concat,
        ops.Einsum,
        ops.Expand,
        ops.Flatten,
        ops.Gather,
        ops.LayerNormalization,
        ops.MatMul,
        ops.Range,
    ),
    *(ops.Shape, ops.Size, ops.Softmax, ops.Tile, ops.Transpose, ops.Where),
)
Write: TypeAlias = Callable[[_Writer, Node, Any], object]


def _dtype(writer: _Writer, node: Node) -> str:
    return writer.graph.types[node.inputs[0]].dtype


def _dense(writer: _Writer, node: Node, op: ops.Dense) -> None:
    weight = writer.constant(op.weight.array, op.weight.dtype)
    if op.bias is None:
        writer.call("MatMul", [node.inputs[0], weight], _names(node))
        return
    product = writer.call("MatMul", [node.inputs[0], weight])
    writer.call("Add", [product, writer.constant(op.bias.array, op.bias.dtype)], _names(node))


def _conv(writer: _Writer, node: Node, op: ops.Conv) -> None:
    operands = [writer.constant(each.array, each.dtype) for each in (op.weight, op.bias) if each is not None]
    given = {"strides": op.strides, "pads": op.pads, "dilations": op.dilations}
    attributes = {name: value for name, value in given.items() if value}
    writer.call("Conv", [node.inputs[0], *operands], _names(node), group=op.groups, **attributes)


def _reduce(writer: _Writer, node: Node, op: ops.Reduction) -> None:
    axes = [] if op.axes is None else [writer.constant(op.axes)]
    empty = {"noop_with_empty_axes": 1} if op.axes == () else {}
    writer.call(_operator(op), [node.inputs[0], *axes], _names(node), keepdims=int(op.keepdims), **empty)


def _clip(writer: _Writer, node: Node, op: ops.Clip) -> None:
    limits = ["" if each is None else writer.constant(each, _dtype(writer, node)) for each in (op.low, op.high)]
    writer.call("Clip", [node.inputs[0], *limits], _names(node))


def _cast(writer: _Writer, node: Node, op: ops.Cast) -> None:
    writer.call("Cast", node.inputs, _names(node), to=_element(op.to))


def _constant(writer: _Writer, node: Node, op: ops.Constant) -> None:
    writer.call("Constant", [], _names(node), value=_numpy.from_array(op.value.array, node.output.name))


def _fill(writer: _Writer, node: Node, op: ops.Fill) -> None:
    value: Tensor = op.value
    element = _numpy.from_array(np.reshape(value.array, (1,)), "value")
    writer.call("ConstantOfShape", node.inputs, _names(node), value=element)


def _reshape(writer: _Writer, node: Node, op: ops.Reshape) -> None:
    shape = [] if op.shape is None else [writer.constant(op.shape)]
    writer.call("Reshape", [*node.inputs, *shape], _names(node), allowzero=int(op.allowzero))


def _axes(writer: _Writer, node: Node, op: ops.Squeeze | ops.Unsqueeze) -> None:
    axes = [] if op.axes is None else [writer.constant(op.axes)]
    writer.call(_operator(op), [node.inputs[0], *axes], _names(node))


def _slice(writer: _Writer, node: Node, op: ops.Slice) -> None:
    steps = op.steps or (1,) * len(op.starts)
    operands = [writer.constant(each) for each in (op.starts, op.ends, op.axes or range(len(op.starts)), steps)]
    writer.call("Slice", [node.inputs[0], *operands], _names(node))


def _split(writer: _Writer, node: Node, op: ops.Split) -> None:
    writer.call("Split", [node.inputs[0], writer.constant(op.sizes)], _names(node), axis=op.axis)


def _gelu(writer: _Writer, node: Node, op: ops.Gelu) -> None:
    """Write ``x/2 (1 + erf(x / sqrt(2)))``, or the approximation by tanh: older operator sets have no Gelu."""
    (x,), dtype = node.inputs, _dtype(writer, node)

    def number(value: float) -> str:
        return writer.constant(value, dtype)

    if op.approximate:
        cubed = writer.call("Mul", [writer.call("Mul", [x, x]), x])
        inner = writer.call("Add", [x, writer.call("Mul", [cubed, number(0.044715)])])
        bent = writer.call("Tanh", [writer.call("Mul", [inner, number(sqrt(2 / pi))])])
    else:
        bent = writer.call("Erf", [writer.call("Mul", [x, number(sqrt(0.5))])])
    half = writer.call("Mul", [x, number(0.5)])
    writer.call("Mul", [half, writer.call("Add", [bent, number(1.0)])], _names(node))


def _swish(writer: _Writer, node: Node, op: ops.Swish) -> None:
    """Write ``x sigmoid(alpha x)``: older operator sets have no Swish."""
    (x,) = node.inputs
    scaled = writer.call("Mul", [x, writer.constant(op.alpha, _dtype(writer, node))])
    writer.call("Mul", [x, writer.call("Sigmoid", [scaled])], _names(node))


_SPECIAL: Mapping[type[Op], Write] = MappingProxyType(
    {
        ops.Cast: _cast,
        ops.Clip: _clip,
        ops.Constant: _constant,
        ops.Conv: _conv,
        ops.Dense: _dense,
        ops.Fill: _fill,
        ops.Gelu: _gelu,
        ops.Reshape: _reshape,
        ops.Slice: _slice,
        ops.Split: _split,
        ops.Squeeze: _axes,
        ops.Swish: _swish,
        ops.Unsqueeze: _axes,
        **dict.fromkeys((each for each in ops.OPS.values() if issubclass(each, ops.Reduction)), _reduce),
    }
)
