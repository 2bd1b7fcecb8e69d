"""Graphs inside other files: their text and what it does not write out, as plain JSON."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import TypedDict

from snnir.errors import ModelError
from snnir.ir import Graph, Tensor
from snnir.text.npy import decode_array, encode_array
from snnir.text.parser import parse_graph
from snnir.text.printer import print_graph, tensors_of
from snnir.types import JsonObject

_INLINE = 16


class GraphRecord(TypedDict):
    """A graph in JSON: its text, and ``.npy`` files in base 64 by digest."""

    text: str
    tensors: Mapping[str, str]


def graph_to_json(graph: Graph) -> JsonObject:
    """Return a graph as ``text`` and ``tensors``, ``.npy`` files in base 64 by digest; the same for equal graphs."""
    tensors = sorted(tensors_of(graph, above=_INLINE).items())
    arrays = {digest: b64encode(encode_array(tensor.array)).decode() for digest, tensor in tensors}
    return {"text": print_graph(graph, inline_limit=_INLINE), "tensors": arrays}


def graph_from_json(record: GraphRecord, source: str) -> Graph:
    """Return the graph that `graph_to_json` was given, verified.

    Args:
        record: What it returned.
        source: What messages call it.

    Raises:
        ValueError: The record is anything else.
    """
    try:
        tensors = {key: Tensor(decode_array(b64decode(text))) for key, text in record["tensors"].items()}
        if any(tensor.digest != digest for digest, tensor in tensors.items()):
            raise ValueError(f"{source}: the name of a tensor is not its digest")
        return parse_graph(record["text"], tensors, source=source)
    except (LookupError, TypeError, AttributeError, ModelError) as error:
        raise ValueError(f"{source}: {str(error).partition(chr(10))[0]}") from None
