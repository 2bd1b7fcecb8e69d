"""What is asked of the neurons of the `phase` code: their steps, what they tend to, and what the clock sends them."""

from __future__ import annotations

import numpy as np

from snnir.analysis.asymptote import asymptotic
from snnir.analysis.latencies import When, timing
from snnir.analysis.operations import pulses
from snnir.codes.phase.neuron import BinaryDigits
from snnir.codes.phase.scan import binary_digits
from snnir.codes.ramps.limits import clipped
from snnir.ir import Graph, Node
from snnir.ops import Clip
from snnir.semantics import Semantics, Work, step
from snnir.types import Array


@step(BinaryDigits)
def _binary_digits(node: Node[BinaryDigits], operands: list[Array], work: Work) -> Array:
    return binary_digits(node.op, operands[0].astype(work.semantics.dtype, copy=False), node.output.type.steps)


@asymptotic(BinaryDigits)
def _ramp(_: Graph, node: Node[BinaryDigits], _semantics: Semantics) -> list[Node]:
    """Return a clip: all digits of a number between 0 and 1."""
    return clipped(node, Clip(0.0, 1.0))


@timing(BinaryDigits)
def _sending(node: Node[BinaryDigits], operands: When) -> When:
    return When(operands.ends, operands.ends + node.output.type.steps)


@pulses(BinaryDigits)
def _gates(node: Node[BinaryDigits]) -> int:
    """Return one for the half of a digit with which sending begins, and one where a gate is closed for reading."""
    return node.op.width + int(np.count_nonzero(node.op.gate.array))
