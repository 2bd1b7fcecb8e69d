"""Phases: neurons that send their ramps as binary digits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.codes.phase.neuron import CODE, BinaryDigits
from snnir.codes.phase.properties import BINARY
from snnir.codes.population.properties import POPULATED
from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph, Node
from snnir.passes.base import Context, Pass, Property
from snnir.passes.properties import COUPLED, UNIT_THRESHOLDS
from snnir.passes.rewriting import with_weighting
from snnir.types import Spikes

WIDE = 1024.0
"""A gate that is wide enough for layers whose weights are still to be fitted; in 32 bits it costs a ten-thousandth of a
ramp."""


@dataclass(frozen=True)
class Phases(Pass):
    """``s = fire(c)`` of a population becomes ``s = binary_digits(c)``: as many steps, each worth half the one before.

    Pipelined, layers start to send while the last ``max(0, (b - 3) // 2)`` digits still arrive: what that adds to the
    error, see `BinaryDigits`, is less than a tenth of it wherever b digits are worth sending.

    What the neurons tend to stays the same ramps, ``clip(c, 0, 1)``, so encoders and decoders stay. All currents are
    weighted as digits are.

    Before: populated, with thresholds of 1. After: all neurons read and send binary digits, with gates that are wide
    enough for any weights; `Gates` makes them as narrow as they can be.

    Attributes:
        pipelined: Layers do not wait for all digits.
    """

    name: ClassVar[str] = "phases"
    requires: ClassVar[tuple[Property, ...]] = (COUPLED, POPULATED, UNIT_THRESHOLDS)
    ensures: ClassVar[tuple[Property, ...]] = (COUPLED, BINARY)

    pipelined: bool = False

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with neurons of the `phase` code."""
        lag = max(0, (context.steps - 3) // 2) if self.pipelined else 0
        nodes = tuple(
            _neurons(node, node.op, lag) if isinstance(node.op, IntegrateAndFire) else node for node in graph.nodes
        )
        return with_weighting(graph.with_nodes(nodes), "binary")


def _neurons(node: Node, op: IntegrateAndFire, lag: int) -> Node:
    """Return a population that sends digits."""
    gate = op.threshold.scaled(np.full(op.width, WIDE))
    kind = node.output.type
    sent = replace(node.output, type=replace(kind, coding=Spikes(CODE, kind.steps)))
    made = BinaryDigits(op.threshold, gate, op.amplitude, op.per_unit or 1, lag)
    return replace(node, op=made, outputs=(sent,), provenance=node.provenance.then(Phases.name))
