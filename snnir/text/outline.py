"""A graph as JSON: everything but the elements of its tensors, for other programs to read."""

from __future__ import annotations

import json
import math

from snnir.ir import Graph, Node, Tensor, Value
from snnir.provenance import Origin
from snnir.text.attributes import Attribute, fields_of
from snnir.text.summary import part_of
from snnir.types import Analog, Coding, Current, Estimate, Json, JsonObject, ValueType

VERSION = 1


def render_json(graph: Graph) -> str:
    """Return the structure of a graph as JSON; infinite and undefined numbers as the strings inf, -inf and nan."""
    return f"{json.dumps(structure(graph), indent=2, allow_nan=False)}\n"


def structure(graph: Graph) -> JsonObject:
    """Return the structure of a graph as plain JSON values."""
    return {
        "format": "snnir graph",
        "version": VERSION,
        "name": graph.name,
        "inputs": [_value(value) for value in graph.inputs],
        "nodes": [_node(graph, node) for node in graph.nodes],
        "outputs": list(graph.outputs),
    }


def _node(graph: Graph, node: Node) -> JsonObject:
    return {
        "name": node.name,
        "op": node.op.mnemonic,
        "attributes": {name: _attribute(getattr(node.op, name)) for name in fields_of(type(node.op))},
        "inputs": list(node.inputs),
        "outputs": [_value(value) for value in node.outputs],
        "part": part_of(graph, node),
        "provenance": {
            "origins": [_origin(origin) for origin in node.provenance.origins],
            "steps": list(node.provenance.steps),
        },
    }


def _value(value: Value) -> JsonObject:
    return {"name": value.name, **_type(value.type)}


def _type(kind: ValueType) -> JsonObject:
    return {"dtype": kind.dtype, "shape": list(kind.shape), "coding": _coding(kind.coding)}


def _coding(coding: Coding) -> JsonObject:
    if isinstance(coding, Analog):
        return {"kind": "analog"}
    if isinstance(coding, Current):
        return {"kind": "current", "steps": coding.steps, "weighting": coding.weighting}
    if isinstance(coding, Estimate):
        return {"kind": "estimate", "steps": coding.steps}
    return {"kind": "spikes", "code": coding.code, "steps": coding.steps}


def _origin(origin: Origin) -> dict[str, str]:
    return {"file": origin.file, "node": origin.node, "op": origin.op, "line": origin.line}


def _attribute(value: Attribute) -> Json:
    if isinstance(value, Tensor):
        return _tensor(value)
    if isinstance(value, Graph):
        return structure(value)
    if isinstance(value, tuple):
        return [_attribute(item) for item in value]
    return _number(value) if isinstance(value, float) else value


def _tensor(tensor: Tensor) -> JsonObject:
    flat = tensor.array
    empty = flat.size == 0
    return {
        "tensor": tensor.digest,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "min": None if empty else _number(flat.min().item()),
        "max": None if empty else _number(flat.max().item()),
    }


def _number(value: float) -> float | str:
    """JSON has no infinities and no NaN."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
