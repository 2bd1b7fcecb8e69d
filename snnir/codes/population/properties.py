"""What holds of networks in the `population` code."""

from __future__ import annotations

from collections.abc import Iterator

from snnir.ir import Graph
from snnir.ops import Neuron
from snnir.passes.base import Property


def _populated(graph: Graph) -> Iterator[str]:
    for node in graph.of(Neuron):
        if node.op.population is None or node.op.halves > 1:
            yield f"{node.name!r} has one signed neuron for every unit"


POPULATED = Property("populated", _populated, "populate")
"""Every unit is a population of unsigned neurons."""
