"""When digits travel: a layer that reads them sends its own when it has read all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from snnir.codes.phase import BinaryDigits
from snnir.ir import Graph, Node, is_of
from snnir.ops import Add, Dense, Encode, Receiver
from snnir.types import Array, Current
from snnir_nir.lanes import Lane

SILENCE = 2.0**20
"""How far above a ramp a value may be, in ramps, and its neuron falls silent when all digits are sent."""


@dataclass(frozen=True, order=True)
class Window:
    """Steps from the first one to before the end, counted from the start of an inference."""

    first: int
    end: int

    def lane(self, *, value: bool = False) -> Lane:
        """Return the lane of an Input that is on then."""
        return Lane(value, self.first, self.end)


@dataclass(frozen=True)
class Timetable:
    """When things happen in a spiking region whose layers send digits.

    Attributes:
        steps: Of one inference.
        sends: By name of a layer, the steps of its digits.
        reads: By name of a layer, readout, synapse or sum, the steps in which its current arrives: one step, the first,
            where that is constant, else those of the digits that arrive last.
        lanes: By name of an encode, what the columns of its Input bring; the first one has the pulses.
    """

    steps: int
    sends: Mapping[str, Window]
    reads: Mapping[str, Window]
    lanes: Mapping[str, tuple[Lane, ...]]

    @property
    def clock(self) -> str:
        """The encode whose Input has the pulses."""
        return next(iter(self.lanes))

    def pulses(self, node: Node[BinaryDigits]) -> dict[Window, Array]:
        """Return what a layer gets besides its current, ``[neurons]``, by the step in which it gets that.

        The gate, where it has one and reads digits; the half of a digit, and the gate back, as it starts to send; and
        what silences it when it has sent all, unless nothing follows. See `BinaryDigits`.
        """
        read, sent, digits = self.reads[node.name], self.sends[node.name], node.output.type.steps
        gate = node.op.gate.array.astype(np.float64) * (read.end == sent.first)
        threshold = node.op.threshold.array.astype(np.float64)
        found = {Window(sent.first, sent.first + 1): 2 * gate + threshold * 0.5**digits}
        if np.any(gate):
            found[Window(read.first, read.first + 1)] = -2 * gate * 0.5**digits
        if sent.end < self.steps:
            found[Window(sent.end, sent.end + 1)] = -threshold * SILENCE * 2.0**digits
        return found


def timetable(graph: Graph, region: Sequence[Node]) -> Timetable:
    """Return the timetable of a region.

    Args:
        graph: The whole graph.
        region: Its nodes, in order.
    """
    sent: dict[str, int] = {}
    sends: dict[str, Window] = {}
    reads: dict[str, Window] = {}
    for node in region:
        begins = max((sent.get(name, 0) for name in node.inputs), default=0)
        if isinstance(node.op, BinaryDigits):
            sends[node.name] = Window(begins, begins + node.output.type.steps)
        sent[node.output.name] = sends[node.name].end if node.name in sends else begins
        if isinstance(node.op, Receiver):
            digits = graph.types[node.inputs[0]].steps
            reads[node.name] = Window(begins - digits, begins) if begins else Window(0, 1)
            reads |= dict.fromkeys(_driving(graph, node.inputs[0]), reads[node.name])
    found = Timetable(max(sent.values(), default=0), sends, reads, {})
    encodes = [node for node in region if isinstance(node.op, Encode)]
    pulses = sorted({window.lane() for node in region for window in _clocked(node, found)})
    lanes = {node.name: (*_encoded(graph, node, found), *(pulses if node is encodes[0] else ())) for node in encodes}
    return Timetable(found.steps, sends, reads, lanes)


def _driving(graph: Graph, value: str) -> Iterator[str]:
    """Yield the names of the synapses and sums that make a current."""
    node = graph.producers.get(value)
    if node is None or not isinstance(node.op, Add | Dense) or not isinstance(graph.types[value].coding, Current):
        return
    yield node.name
    for name in node.inputs:
        yield from _driving(graph, name)


def _clocked(node: Node, table: Timetable) -> Iterator[Window]:
    """Yield when a node needs pulses."""
    if is_of(node, BinaryDigits):
        yield from table.pulses(node)
    elif isinstance(node.op, Dense) and node.op.bias is not None:
        yield table.reads[node.name]


def _encoded(graph: Graph, node: Node, table: Timetable) -> list[Lane]:
    """Return when the values of an encode are read."""
    return sorted({table.reads[each.name].lane(value=True) for each in graph.consumers[node.output.name]})
