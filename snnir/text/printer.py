"""Graph to text; `snnir.text.parser` reads it back exactly.

One node per line: outputs, op, inputs, attributes that differ from their defaults, types, name, provenance::

    %z = dense(%x) {weight = tensor float32[1, 1] [2.0]}: float32[N, 1]  @"net.0"  from "m.onnx":"/0":"Gemm" by fold

An attribute that is a graph is written in the same way; one with a single node on one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from snnir.ir import Graph, Node, Op, Tensor, Value
from snnir.provenance import Origin, Provenance, Source
from snnir.text.attributes import fields_of, fit, tensors_in
from snnir.text.scalars import INTEGER, NAME, float_text, numbers, quote, word
from snnir.types import Analog, Coding, Dim, Spikes, ValueType

VERSION = 1
DIM = re.compile(r"[A-Za-z0-9_.*+/()-]+(?: [A-Za-z0-9_.*+/()-]+)*")
"""Sizes that need no quotes: numbers, names and expressions such as ``3*N``."""


def print_graph(graph: Graph, *, inline_limit: int = 16, provenance: bool = True) -> str:
    """Return the text form of a graph.

    Args:
        graph: Any graph.
        inline_limit: Tensors of up to so many elements are written out; larger ones by digest
            (`tensors_of` has them).
        provenance: Write where each node came from. Without it, the text reads back as the same graph with
            empty provenance.
    """
    body = (f"  {line}" for line in _body(graph, inline_limit, provenance=provenance))
    return "\n".join([f"snnir {VERSION} graph {quote(graph.name)} {{", *body, "}", ""])


def tensors_of(graph: Graph, *, above: int = 0) -> dict[str, Tensor]:
    """Return the tensors of more than `above` elements by digest."""
    found = (tensor for node in graph.nodes for tensor in tensors_in(node.op).values())
    return {tensor.digest: tensor for tensor in found if tensor.array.size > above}


def name_text(name: str) -> str:
    """Return a value name with its percent sign."""
    return f"%{name}" if NAME.fullmatch(name) else f"%{quote(name)}"


def type_text(kind: ValueType) -> str:
    """Return the text of a type."""
    shape = ", ".join(map(_dim, kind.shape))
    text = f"{kind.dtype}[{shape}]"
    return text if isinstance(kind.coding, Analog) else f"{_coding(kind.coding)} {text}"


def _body(graph: Graph, inline_limit: int, *, provenance: bool) -> Iterator[str]:
    """Yield the lines between the braces."""
    if graph.source is not None:
        yield " ".join(["source", quote(graph.source.file), quote(graph.source.sha256), *_check(graph.source)])
    yield from (f"input {name_text(value.name)}: {type_text(value.type)}" for value in graph.inputs)
    yield from (_node(node, inline_limit, provenance=provenance) for node in graph.nodes)
    yield from (f"output {name_text(name)}" for name in graph.outputs)


def _check(source: Source) -> Iterator[str]:
    if source.checked_by:
        yield f"checked by {quote(source.checked_by)}"
    yield from (f"note {quote(note)}" for note in source.notes)


def attributes_of(op: Op, inline_limit: int) -> dict[str, str]:
    """Return the text of every attribute that differs from its default.

    Raises:
        TypeError: An attribute is not of its declared type.
    """
    texts: dict[str, str] = {}
    for field in fields_of(type(op)).values():
        text = _attribute(fit(getattr(op, field.name), field.hint), inline_limit)
        # Compared as text, since 0.0 equals -0.0 and NaN does not equal itself.
        if field.required or text != _attribute(field.default, inline_limit):
            texts[field.name] = text
    return texts


def _node(node: Node, inline_limit: int, *, provenance: bool) -> str:
    made = ", ".join(name_text(value.name) for value in node.outputs)
    inputs = ", ".join(map(name_text, node.inputs))
    texts = attributes_of(node.op, inline_limit)
    attributes = ", ".join(f"{name} = {text}" for name, text in texts.items())
    call = f"{node.op.mnemonic}({inputs})" + (f" {{{attributes}}}" if attributes else "")
    parts = [f"{made} = {call}{_types(node.outputs)}" if made else call, f"@{quote(node.name)}"]
    if provenance and node.provenance != Provenance():
        parts.append(_provenance(node.provenance))
    return "  ".join(parts)


def _types(values: tuple[Value, ...]) -> str:
    return f": {', '.join(type_text(value.type) for value in values)}"


def _provenance(provenance: Provenance) -> str:
    origins = f"from {', '.join(map(_origin, provenance.origins))}" if provenance.origins else ""
    steps = f"by {', '.join(map(word, provenance.steps))}" if provenance.steps else ""
    return " ".join(filter(None, [origins, steps]))


def _origin(origin: Origin) -> str:
    parts = [origin.file, origin.node, origin.op, *([origin.line] if origin.line else [])]
    return ":".join(map(quote, parts))


def _coding(coding: Coding) -> str:
    return f"spikes<{word(coding.code)},{coding.steps}>" if isinstance(coding, Spikes) else str(coding)


def _dim(dim: Dim) -> str:
    if isinstance(dim, int):
        return str(dim)
    bare = DIM.fullmatch(dim) and not INTEGER.fullmatch(dim)
    return dim if bare else quote(dim)


def _attribute(value: object, inline_limit: int) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Tensor):
        return _tensor(value, inline_limit)
    if isinstance(value, Graph):
        inner = (f"graph {quote(value.name)} {{", *_body(value, inline_limit, provenance=True), "}")
        return " ".join(inner) if len(value.nodes) < 2 else "\n    ".join(inner[:-1]) + "\n  }"
    if isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        return f"[{', '.join(_attribute(item, inline_limit) for item in items)}]"
    if isinstance(value, float):
        return float_text(value)
    return quote(value) if isinstance(value, str) else str(value)


def _tensor(tensor: Tensor, inline_limit: int) -> str:
    head = f"tensor {tensor.dtype}[{', '.join(map(str, tensor.shape))}]"
    if tensor.array.size > inline_limit:
        return f"{head} sha256:{tensor.digest}"
    return f"{head} [{', '.join(numbers(tensor.array))}]"
