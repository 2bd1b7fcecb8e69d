"""What is asked of the neurons of the `phase` code: their steps, what they tend to, clock, and integers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from snnir.analysis.asymptote import asymptotic
from snnir.analysis.latencies import When, timing
from snnir.analysis.operations import pulses
from snnir.analysis.ranges import Noted, most, moving, stored
from snnir.codes.phase.neuron import BinaryDigits
from snnir.codes.phase.scan import binary_digits, binary_integers
from snnir.codes.ramps.limits import clipped
from snnir.ir import Graph, Node
from snnir.metrics.chip import Range
from snnir.ops import Clip
from snnir.semantics import IntegerFormat, Semantics, Work, step
from snnir.types import Array


@step(BinaryDigits)
def _binary_digits(node: Node[BinaryDigits], operands: list[Array], work: Work) -> Array:
    current, steps = operands[0].astype(work.semantics.dtype, copy=False), node.output.type.steps
    if work.semantics.integer is not None:
        return binary_integers(node.op, current, steps, work.semantics.integer)
    return binary_digits(node.op, current, steps)


@asymptotic(BinaryDigits)
def _ramp(_: Graph, node: Node[BinaryDigits], _semantics: Semantics) -> list[Node]:
    """Return a clip: all digits of a number between 0 and 1."""
    return clipped(node, Clip(0.0, 1.0))


@timing(BinaryDigits)
def _sending(node: Node[BinaryDigits], operands: When) -> When:
    begins = max(operands.begins, operands.ends - node.op.lag)
    return When(begins, begins + node.output.type.steps)


@stored(BinaryDigits)
def _thresholds(node: Node[BinaryDigits], form: IntegerFormat, _: bool) -> Range:
    """Return the range of ``2^b theta``; twice as much must fit a state, and half a digit is half of theta."""
    threshold, limit = node.op.threshold.array, 1 << (form.state_bits - 2)
    largest = most(threshold) * 2**node.output.type.steps
    even = not np.any(threshold % 2) and bool(np.all(threshold > 0))
    return Range(node.name, "threshold", largest, limit, even and largest <= limit)


@moving(BinaryDigits)
def _currents(_: Graph, node: Node[BinaryDigits], current: Array, _semantics: Semantics) -> Iterator[Noted]:
    """Yield the range of currents; membranes saturate where numbers are cut."""
    yield node.name, "current", most(current), bool(np.all(current == np.rint(current)))


@pulses(BinaryDigits)
def _gates(node: Node[BinaryDigits]) -> int:
    """Return one for the half of a digit with which sending begins, and one where a gate is closed for reading."""
    return node.op.width + int(np.count_nonzero(node.op.gate.array))
