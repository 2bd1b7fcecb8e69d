"""What holds of networks in the `sigma-delta` code."""

from __future__ import annotations

from collections.abc import Iterator

from snnir.codes.sigma_delta.neuron import SigmaDelta
from snnir.ir import Graph
from snnir.ops import Neuron
from snnir.passes.base import Property


def _graded(graph: Graph) -> Iterator[str]:
    for node in graph.of(Neuron):
        if not node.op.graded:
            yield f"{node.name!r} sends spikes"
    if next(graph.of(SigmaDelta), None) is None:
        yield "no neurons send changes"


GRADED = Property("graded", _graded, "changes")
"""All neurons send graded changes."""
