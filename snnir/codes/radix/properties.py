"""What holds of networks in the `radix` code."""

from __future__ import annotations

from collections.abc import Iterator

from snnir.codes.radix.neuron import SignedDigits
from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph
from snnir.passes.base import Property


def _digital(graph: Graph) -> Iterator[str]:
    for node in graph.of(IntegrateAndFire):
        yield f"{node.name!r} sends spikes that all count the same"
    if next(graph.of(SignedDigits), None) is None:
        yield "no neurons send digits"


DIGITAL = Property("digital", _digital, "difference")
"""All neurons send digits."""
