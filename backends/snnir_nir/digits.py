"""Layers that send binary digits, in NIR: membranes that double, and pulses of a clock.

A step of ``LIF`` with ``tau = -1`` and ``r = -1`` (forward Euler, dt = 1) is ``v <- 2 v + i``: the neuron of
`BinaryDigits`, reset by subtraction provided. What that op does at given steps comes through further columns of the
Input, see `snnir_nir.lanes`: biases, which must not act outside the steps in which a current arrives; the gate that
keeps a neuron from firing while it reads; the half of a digit with which it starts to send; and at its end what
silences it, for a stock neuron would go on with the digits of what is left::

    spikes -> Affine -+-> Affine -+-> Scale(2^-b) -+-> LIF -> spikes
    Input  -> Linear -+   Linear -+        Linear -+

In the exact form the last node is ``LI``, with ``Threshold`` and a feedback of ``Scale(-2 theta)``: a spike of the step
before takes theta from a membrane that has doubled since. The threshold is the largest number below theta, for
``Threshold`` fires above it and the neuron at theta.

No node sums up more than two signals, but for the sums of the network itself and that feedback, which is 0 when there
is another: so membranes do not depend on the order in which a reader adds.
"""

from __future__ import annotations

import numpy as np

from snnir.codes.phase import BinaryDigits
from snnir.ir import Graph, Node, Tensor, is_of, regions
from snnir.ops import Add, Dense, Encode
from snnir.types import Array, Spikes
from snnir_nir.lanes import Lane, width_of
from snnir_nir.lower import Lowered, Lowering
from snnir_nir.net import Affine, Delay, LeakyIntegrator, LeakyNeurons, Port, Scale, Threshold
from snnir_nir.timetable import Timetable, Window, timetable


class DigitLowering(Lowering):
    """Lowers a graph whose layers send binary digits to LIF nodes."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.tables: dict[str, Timetable] = {}
        """That of its region, by node."""
        for region in regions(graph):
            table = timetable(graph, region)
            self.tables |= dict.fromkeys((node.name for node in region), table)
            self.extra |= {name: {"lanes": [lane.to_json() for lane in lanes]} for name, lanes in table.lanes.items()}

    def run(self) -> Lowered:
        """Return the net."""
        found = super().run()
        return Lowered(found.net, found.placed, found.extra, max(table.steps for table in self.tables.values()))

    def port(self, node: Node) -> Port:
        """Return an Input with its lanes, or an Output."""
        port = super().port(node)
        return Port(width_of(self.tables[node.name].lanes[node.name], port.size), into=True) if port.into else port

    def neurons(self, node: Node) -> None:
        """Place a layer: its current, scaled to the last digit, and its pulses, into a membrane that doubles."""
        assert is_of(node, BinaryDigits)  # noqa: S101 - graphs of this code have no others
        name = self.placed[node.name] = self.names.new(node.name)
        table, digits = self.tables[node.name], node.output.type.steps
        read, pulses = table.reads[node.name], table.pulses(node)
        reads = read.end == table.sends[node.name].first
        # A constant current comes with the first step of sending, as all digits of it would.
        factor = 0.5**digits if reads else 2 * (1 - 0.5**digits)
        current = self.node(f"{name}_current", Scale(self.all(node.op.width, factor)))
        self.connect(self.currents(node.inputs[0], read), current)
        clock = self.pulsed(node, f"{name}_clock", pulses)
        gated = Window(read.first, read.first + 1)
        self.extra[node.name] = {
            "first": table.sends[node.name].first,
            "clock": clock,
            "gate": self.column(table, gated.lane()) if reads and gated in pulses else None,
        }
        self.fire(node, [current, clock])

    def fire(self, node: Node[BinaryDigits], sources: list[str]) -> None:
        """Place the membrane and the spikes of a layer."""
        name = self.placed[node.name]
        self.nodes[name] = LeakyNeurons(self.membrane(node.op), node.op.threshold, self.all(node.op.width, 0.0))
        self.connect(sources, name)

    def membrane(self, op: BinaryDigits) -> LeakyIntegrator:
        """Return a membrane that doubles."""
        minus = self.all(op.width, -1.0)
        return LeakyIntegrator(minus, minus, self.all(op.width, 0.0), op.amplitude)

    def read_out(self, node: Node) -> None:
        """Place what reaches an Output."""
        (value,), read = node.inputs, self.tables[node.name].reads[node.name]
        self.extra[node.name] = {"first": read.first, "digits": read.end - read.first}
        sources = self.currents(value, read)
        if isinstance(self.graph.types[value].coding, Spikes):
            identity = self.affine(f"{node.name}_readout", np.eye(self.width(value), dtype=self.dtype))
            self.connect(sources, identity)
            sources = [identity]
        self.into_output(node, sources)

    def currents(self, value: str, read: Window) -> list[str]:
        """Return the nodes whose sum is a current, or spikes, that are read in some steps."""
        node = self.graph.producers[value]
        if isinstance(node.op, Add):
            return [source for name in node.inputs for source in self.currents(name, read)]
        if is_of(node, Dense):
            return self.synapse(node, read)
        if isinstance(node.op, Encode):
            return [self.relay(node, read)]
        return [self.awaited(node, read)]

    def synapse(self, node: Node[Dense], read: Window) -> list[str]:
        """Return the nodes of a synapse or an encoder: its weights, and its bias at the steps in which it is read."""
        value, bias = node.inputs[0], node.op.bias
        before = self.graph.producers[value]
        weight, first = np.transpose(node.op.weight.array), 0
        if isinstance(before.op, Encode):
            first = self.column(self.tables[before.name], read.lane(value=True), before.name)
            weight = self.spread(weight, first, before)
        name = self.placed[node.name] = self.affine(node.name, weight)
        sources = [self.placed[before.name]] if isinstance(before.op, Encode) else self.currents(value, read)
        self.connect(sources, name)
        self.extra[node.name] = {"first": first, "offset": None}
        if bias is None:
            return [name]
        offset = self.pulsed(node, f"{name}_bias", {read: bias.array})
        self.extra[node.name] |= {"offset": [offset, self.column(self.tables[node.name], read.lane())]}
        return [name, offset]

    def relay(self, node: Node, read: Window) -> str:
        """Return a node that passes on what an Input brings in some steps."""
        first = self.column(self.tables[node.name], read.lane(value=True), node.name)
        size = self.width(node.inputs[0])
        name = self.affine(f"{node.name}_relay", self.spread(np.eye(size, dtype=self.dtype), first, node))
        self.connect([self.placed[node.name]], name)
        return name

    def awaited(self, node: Node, read: Window) -> str:
        """Return what sends the spikes of a layer in the steps in which they are read, late where they must wait."""
        name, steps = self.placed[node.name], read.first - self.tables[node.name].sends[node.name].first
        if steps == 0:
            return name
        waiting = self.node(f"{name}_delay", Delay(self.all(self.width(node.output.name), steps)))
        self.connect([name], waiting)
        return waiting

    def pulsed(self, node: Node, wanted: str, pulses: dict[Window, Array]) -> str:
        """Return a new node that sends numbers at some steps, zero at others."""
        table = self.tables[node.name]
        weight = np.zeros((len(next(iter(pulses.values()))), self.columns(table.clock)), self.dtype)
        for window, array in pulses.items():
            weight[:, self.column(table, window.lane())] = array
        name = self.node(wanted, Affine(Tensor(weight), None))
        self.connect([self.placed[table.clock]], name)
        return name

    def spread(self, weight: Array, first: int, encode: Node) -> Array:
        """Return weights in the columns of a lane."""
        wide = np.zeros((len(weight), self.columns(encode.name)), weight.dtype)
        wide[:, first : first + weight.shape[1]] = weight
        return wide

    def column(self, table: Timetable, lane: Lane, encode: str | None = None) -> int:
        """Return the first column of a lane: of an encode, or of the clock."""
        lanes = table.lanes[encode or table.clock]
        size = self.width(self.graph.by_name[encode or table.clock].output.name)
        return width_of(lanes[: lanes.index(lane)], size)

    def columns(self, encode: str) -> int:
        """Return how many columns the Input of an encode has."""
        return width_of(self.tables[encode].lanes[encode], self.width(self.graph.by_name[encode].output.name))

    def all(self, count: int, number: float) -> Tensor:
        """Return the same number for so many neurons."""
        return Tensor(np.full(count, number, self.dtype))


class ExactDigitLowering(DigitLowering):
    """Lowers it to LI nodes with thresholds and feedback."""

    def fire(self, node: Node[BinaryDigits], sources: list[str]) -> None:
        """Place the membrane, the threshold and the feedback of a layer."""
        name, threshold = self.placed[node.name], node.op.threshold.array
        membrane = self.node(f"{name}_membrane", self.membrane(node.op))
        self.nodes[name] = Threshold(Tensor(np.nextafter(threshold, np.zeros_like(threshold))))
        reset = self.node(f"{name}_reset", Scale(Tensor(-2 * threshold)))
        self.connect([*sources, reset], membrane)
        self.edges += [(membrane, name), (name, reset)]
        self.extra[node.name] |= {"membrane": membrane, "minus": None, "start": None}
