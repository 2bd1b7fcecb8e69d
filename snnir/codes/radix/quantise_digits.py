"""Quantise the `radix` code: difference neurons that compute in fixed point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import Afferents, find_afferents
from snnir.arithmetic.integer import compensated, half_limit, weight_unit
from snnir.codes.exact.tabulate import Argument, reach, tabulate
from snnir.codes.integer_layers import IntegerLayers, whole
from snnir.codes.radix.neuron import Accumulate, SignedDigits, estimator
from snnir.codes.radix.properties import DIGITAL
from snnir.ir import Graph, Node, Value, prune
from snnir.ops import Constant
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.layerwise import analog_goals
from snnir.passes.properties import JOINED, QUANTISED
from snnir.semantics import Plain, evaluate
from snnir.types import ANALOG, Array, Estimate

TOP = 22
"""Bits of the largest estimate: a factor of two below where it overflows."""
VALUES = 15
"""Bits of the largest value of f."""
AMPLITUDE = 22
"""Bits of the largest amplitude: residues reach 5/3 of it."""


@dataclass(frozen=True)
class QuantiseDigits(Pass):
    """Layer by layer: fit weights to the integer digits, round them to two times 8 bits, and put f into a table.

    The scale of a layer's membrane is the largest that leaves its estimates room in 24 bits; weights take two
    matrices, high and low, for digits carry more than the precision of 8 bits of weights; f is sampled where the
    estimate can be (`Table`), and amplitudes and offsets become integers in its units.

    Before: in the radix code, not pipelined, calibrated. After: all tensors between encode and decode are integers; the
    network means the same.
    """

    name: ClassVar[str] = "quantise-digits"
    requires: ClassVar[tuple[Property, ...]] = (DIGITAL,)
    ensures: ClassVar[tuple[Property, ...]] = (JOINED, QUANTISED)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the integer network.

        Raises:
            ModelError: A layer cannot be expressed; code ``mixed-current``, or ``table-range``.
        """
        found = find_afferents(graph, context.analog)
        goals = analog_goals(graph, context)
        return _Digits(graph, context, self.name).run(found, goals)


class _Digits(IntegerLayers):
    """Layers of difference neurons."""

    def __init__(self, graph: Graph, context: Context, step: str) -> None:
        super().__init__(graph, graph, context, step)
        self.near = not context.filled

    def neurons(self, each: Afferents, node: Node, goal: Array) -> None:
        """Make one layer of neurons.

        Raises:
            ModelError: f has no finite values where the estimates can be.
        """
        none: Array = np.zeros(len(goal[0]))
        scale = (1 << TOP) / reach(goal)
        if not each.synapses:
            estimates = np.rint(np.clip(goal * scale, -(1 << TOP), 1 << TOP))
            nodes = self.on_host(node, scale, 1 << TOP)
            self.made[node.name] = [*nodes, *self._digits(node, goal, Argument(scale, none), estimates)]
            return
        largest, unit = half_limit(self.form), weight_unit(self.form)
        spikes, weight = self.decoder(each, goal, largest * (largest + 2))
        # A digit arrives shifted by its place: the mean's weights are 2^(K-1) / (2^K - 1) times these powers.
        weight = weight * (2 ** (self.context.steps - 1) / (2**self.context.steps - 1))
        room = largest * (largest + 2) * unit
        scale = min(scale, room / max(float(np.abs(weight).max()), 1e-30))
        rounded = compensated(weight * (scale / unit), spikes.gram, largest * (largest + 2))
        parts = self.halves(each, node, rounded, largest)
        nodes = self.sum(node, self.current(node), parts)
        waiting = self._waiting(node)
        estimates = self.simulate((*nodes, waiting), waiting.output.name)
        bias = np.rint((goal * scale).mean(axis=0) - estimates.mean(axis=0))
        self.made[node.name] = [*nodes, *self._digits(node, goal, Argument(scale, bias), estimates)]

    def _waiting(self, node: Node) -> Node:
        """Return the accumulate of a layer, which waits for all digits."""
        waiting = estimator(self.graph, node)
        return replace(waiting, op=Accumulate(), provenance=waiting.provenance.then(self.step))

    def _digits(self, node: Node, goal: Array, argument: Argument, estimates: Array) -> list[Node]:
        """Return the nodes of a layer behind its current, and run them.

        Args:
            node: Its digits.
            goal: Its pre-activations on the calibration points.
            argument: How its estimates are counted.
            estimates: Without the bias, on the calibration points.
        """
        assert isinstance(node.op, SignedDigits)  # noqa: S101 - of this code
        waiting = self._waiting(node)
        steps, kind = node.output.type.steps, waiting.output.type
        made = tabulate(
            lambda z: self._function(node, waiting, z),
            goal,
            argument,
            value_bits=VALUES,
            where=f"layer {node.name!r}",
        )
        offset = np.rint(node.op.offset.array.astype(np.float64) * made.unit)
        largest = np.abs(made.values - offset[:, np.newaxis]).max(axis=1)
        amplitude = np.maximum(np.rint(node.op.amplitude.array.astype(np.float64) * made.unit), 1)
        silent = 3 * largest * 2.0 ** (steps - 1) < 2 * amplitude
        amplitude = np.where(silent, 0, np.minimum(amplitude, 1 << AMPLITUDE))
        digits = SignedDigits(whole(amplitude), whole(offset))
        name = self.fresh(f"{node.name}.table")
        provenance = node.provenance.then(self.step)
        behind = (
            Node(name, made.table, (waiting.output.name,), (Value(name, kind),), provenance),
            replace(node, op=digits, inputs=(name,), provenance=provenance),
        )
        self.simulate(behind, node.output.name, {waiting.output.name: Plain(estimates[np.newaxis])})
        return [waiting, *behind]

    def _function(self, node: Node, waiting: Node, z: Array) -> Array:
        """Return f of pre-activations ``[places, neurons]``, as the graph has it."""
        start = waiting.output.name
        nodes = tuple(
            replace(
                each, outputs=tuple(replace(value, type=replace(value.type, coding=ANALOG)) for value in each.outputs)
            )
            for each in self.graph.nodes
            if isinstance(each.op, Constant) or isinstance(each.outputs[0].type.coding, Estimate)
        )
        given = Value(start, replace(waiting.output.type, coding=ANALOG))
        kept = tuple(each for each in nodes if each.name != waiting.name)
        function = prune(replace(self.graph, inputs=(given,), nodes=kept, outputs=node.inputs))
        points = z.astype(waiting.output.type.dtype)
        return evaluate(function, {start: points}, outputs=node.inputs)[node.inputs[0]]
