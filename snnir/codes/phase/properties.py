"""What holds of networks in the `phase` code."""

from __future__ import annotations

from collections.abc import Iterator

from snnir.codes.phase.neuron import BinaryDigits
from snnir.ir import Graph
from snnir.ops import Neuron
from snnir.passes.base import Property


def _binary(graph: Graph) -> Iterator[str]:
    for node in graph.of(Neuron):
        if not isinstance(node.op, BinaryDigits):
            yield f"{node.name!r} sends no binary digits"


BINARY = Property("binary", _binary, "phases")
"""All neurons read and send binary digits."""
