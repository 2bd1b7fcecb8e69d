"""What holds of networks in the `first-spike` code."""

from __future__ import annotations

from collections.abc import Iterator

from snnir.codes.first_spike.neuron import FirstSpike
from snnir.ir import Graph
from snnir.ops import Neuron
from snnir.passes.base import Property


def _once(graph: Graph) -> Iterator[str]:
    for node in graph.of(Neuron):
        if not isinstance(node.op, FirstSpike):
            yield f"{node.name!r} does not fire once"


ONCE = Property("of first spikes", _once, "first-spikes")
"""All neurons fire once."""
