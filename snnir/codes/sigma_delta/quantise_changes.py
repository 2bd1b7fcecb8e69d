"""Quantise the `sigma-delta` code: streams of whole numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, log2
from typing import ClassVar

import numpy as np

from snnir.analysis import MIXED_GAIN, Afferents, find_afferents
from snnir.arithmetic.integer import compensated, half_limit, weight_limit
from snnir.calibration.ridge import ridge
from snnir.codes.exact.table import looked_up
from snnir.codes.exact.tabulate import Argument, tabulate
from snnir.codes.integer_layers import MARGIN, IntegerLayers, dense_of, whole
from snnir.codes.sigma_delta.neuron import Delta, SigmaDelta
from snnir.codes.sigma_delta.properties import GRADED
from snnir.errors import Diagnostic, ModelError
from snnir.ir import Graph, Node, Tensor, Value
from snnir.ops import Cast, Clip, Constant, Mul, Round, Sub
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.layerwise import analog_goals
from snnir.passes.properties import JOINED, QUANTISED
from snnir.semantics import evaluate
from snnir.semantics.analog import apply
from snnir.types import ANALOG, Array

INPUTS = 12
"""Bits of the largest input."""
VALUES = 12
"""Bits of the largest value of f."""
BOUND = int((1 + MARGIN) / 2 * (1 << INPUTS))
"""Where inputs are clipped: a quarter of their range on the calibration points outside of it."""
WIDEST = 28
"""Bits of the largest pre-activation with its bias, which only the table has."""
SPARE = 1.01
"""For rounding, where the largest sum is known."""


@dataclass(frozen=True)
class _Decoded:
    """The decoded values of a sender that sends all changes.

    Attributes:
        values: On the calibration points, ``[points, units]``; whole numbers.
        unit: How many make 1, ``[units]``.
    """

    values: Array
    unit: Array


@dataclass(frozen=True)
class QuantiseChanges(Pass):
    """Layer by layer: inputs, sums, values and thresholds become whole numbers, f a table.

    A sum takes all bits of a state, less a margin, and weights and values share them: what values take, weights lose.
    So nothing that stays the same is in them: inputs and values of f are counted from their middles, each input in its
    own unit, and biases are in the tables (those of readouts on the host). Every layer's weights are fitted again to
    the decoded values of the quantised ones before, then rounded so that errors compensate each other
    (`snnir.arithmetic.integer.compensated`). Two inputs leave little to compensate with, so the weights behind them
    take two matrices, high and low. Inputs are clipped a quarter of their range outside of what calibration saw.

    Relative L2 errors on lines that calibration did not see, with thresholds made for 5e-3 and beta = 1/4, and in
    brackets with all changes sent, for 11, 12 and 13 bits of values: Poisson 5.6e-3 (4.4e-3), 4.2e-3 (2.5e-3), 3.5e-3
    (1.4e-3), in floating point 4.2e-3; Burgers 5.0e-3 (2.0e-3), 6.0e-3 (1.5e-3), 5.8e-3 (9e-4), in floating point
    6.7e-3; wave, whose weights vary most, 4.6e-3 (2.9e-3), 4.5e-3 (2.1e-3), 5.9e-3 (4.3e-3), in floating point 4.4e-3.
    Tried before sums were without their biases: two matrices in all layers gained next to nothing; one matrix behind
    the inputs made 1.8e-2 of wave; the weights as they are, not fitted again, 1.0e-2 of Poisson.

    Before: in the sigma-delta code. After: all tensors between delta and decode are integers; the network means the
    same.
    """

    name: ClassVar[str] = "quantise-changes"
    requires: ClassVar[tuple[Property, ...]] = (GRADED,)
    ensures: ClassVar[tuple[Property, ...]] = (JOINED, QUANTISED)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the integer network.

        Raises:
            ModelError: A layer cannot be expressed; code ``mixed-current``, ``mixed-gain`` or ``table-range``.
        """
        found = find_afferents(graph, context.analog)
        goals = analog_goals(graph, context)
        work = _Changes(graph, context, self.name)
        for node in graph.of(Delta):
            work.inputs(node)
        return work.run(found, goals)


class _Changes(IntegerLayers):
    """Layers of sigma-delta neurons."""

    def __init__(self, graph: Graph, context: Context, step: str) -> None:
        super().__init__(graph, graph, context, step)
        self.form = replace(self.form, shift=0)
        self.top = (1 << (self.form.state_bits - 1)) - 1
        self.decoded: dict[str, _Decoded] = {}

    def inputs(self, node: Node) -> None:
        """Make an encoder of whole numbers: the host scales and rounds."""
        (name,) = node.inputs
        values = evaluate(self.graph, self.context.points, outputs=(name,))[name]
        rows = values.reshape(-1, values.shape[-1]).astype(np.float64)
        low, high = rows.min(axis=0), rows.max(axis=0)
        middle = (low + high) / 2
        unit = (1 << INPUTS) / np.maximum((high - low) / 2, 1e-9 * np.abs(middle) + 1e-30)
        host = self.host(node, Value(name, self.graph.types[name]))
        shift, scale = (
            host.add(suffix, Constant(Tensor(array)), shape=array.shape)
            for suffix, array in (("middle", middle), ("unit", unit))
        )
        centred = host.add("centred", Sub(), host.add("wide", Cast("float64"), name), shift)
        rounded = host.add("rounded", Round(), host.add("scaled", Mul(), centred, scale))
        clipped = host.add("clipped", Clip(-float(BOUND), float(BOUND)), rounded)
        sent = replace(node, inputs=(clipped,), provenance=node.provenance.then(self.step))
        self.made[node.name] = [*host.nodes, sent]
        self.decoded[node.output.name] = _Decoded(np.rint((rows - middle) * unit), unit)

    def layer(self, each: Afferents, goal: Array) -> None:
        """Make one layer of neurons, or one readout.

        Raises:
            ModelError: It cannot be expressed.
        """
        makers = [self.graph.producers[name] for name in each.fixed]
        inputs = tuple(maker.name for maker in makers if maker.inputs and maker.inputs[0] in self.decoded)
        if inputs and each.synapses:
            where = f"layer {each.receiver!r}"
            raise ModelError((Diagnostic("mixed-gain", MIXED_GAIN, where, "use `target` numpy"),))
        rest = tuple(maker.output.name for maker in makers if maker.name not in inputs)
        super().layer(replace(each, synapses=each.synapses or inputs, fixed=rest), goal)

    def neurons(self, each: Afferents, node: Node, goal: Array) -> None:
        """Make one layer of neurons."""
        op = node.op
        assert isinstance(op, SigmaDelta)  # noqa: S101 - of this code
        scale, weights, sums = self._synapses(each, goal)
        bias: Array = np.rint((goal * scale - sums).mean(axis=0))
        nodes = self._summed(each, node, self.current(node), weights)
        made = tabulate(
            lambda z: apply(op.function, z),
            goal,
            Argument(scale, bias),
            value_bits=VALUES,
            where=f"layer {node.name!r}",
            centred=True,
        )
        (argument,) = op.function.inputs
        wide = replace(argument, type=replace(argument.type, dtype="float64", coding=ANALOG))
        entry = Node("y", made.table, (argument.name,), (replace(wide, name="y"),), node.provenance.then(self.step))
        function = Graph("f", (wide,), (entry,), ("y",))
        threshold = np.clip(np.floor(op.threshold.array.astype(np.float64) * made.unit), 1, self.top)
        fire = replace(op, threshold=whole(threshold), function=function)
        self.decoded[node.output.name] = _Decoded(looked_up(made.table, sums), np.full(len(bias), made.unit))
        self.made[node.name] = [*nodes, replace(node, op=fire, provenance=node.provenance.then(self.step))]

    def _synapses(self, each: Afferents, goal: Array) -> tuple[float, Array, Array]:
        """Return what a pre-activation counts, weights, and their sums on the calibration points."""
        decoded = [self.decoded[self.graph.by_name[name].inputs[0]] for name in each.synapses]
        features = np.concatenate([source.values for source in decoded], axis=1)
        unit = np.concatenate([source.unit for source in decoded])
        given = np.concatenate([dense_of(self.graph, name).weight.array.astype(np.float64) for name in each.synapses])
        fitted, _ = ridge(features / unit, goal, given)
        counted = fitted / unit[:, np.newaxis]
        if self._has_inputs(each):
            largest = BOUND * np.abs(counted).sum(axis=0) * SPARE  # for certain: they are clipped
        else:
            largest = np.abs(features @ counted) * MARGIN
        scale = self.top / (float(largest.max(initial=0)) or 1.0)
        scale = min(scale, (1 << WIDEST) / (float(np.abs(goal).max(initial=0)) or 1.0))
        weights = counted * (scale / self.form.weight_step)
        most, room = self._rooms(each)
        factor = min(1.0, room / max(float(np.abs(weights).max()), 1e-30))
        weights, scale = weights * factor, scale * factor
        step = 2.0 ** max(ceil(log2(max(float(np.abs(weights).max()), 1.0) / most)), 0)
        spread = features - features.mean(axis=0)
        rounded = compensated(weights / step, spread.T @ spread / len(features), most) * step
        return scale, rounded, features @ rounded * self.form.weight_step

    def _rooms(self, each: Afferents) -> tuple[int, int]:
        """Return the largest mantissa of a layer's weights, and the largest weight, on the grid."""
        if self._has_inputs(each):
            half = half_limit(self.form)
            return half * (half + 2), half * (half + 2)
        most = weight_limit(self.form) // self.form.weight_step
        return most, most << self.form.weight_exponent

    def _has_inputs(self, each: Afferents) -> bool:
        sources = (self.graph.by_name[name].inputs[0] for name in each.synapses)
        return any(isinstance(self.graph.producers[name].op, Delta) for name in sources)

    def _summed(self, each: Afferents, node: Node, value: Value, weights: Array) -> list[Node]:
        """Return the nodes of a sum of messages, weights on the grid."""
        if self._has_inputs(each):
            parts = self.halves(each, node, weights, half_limit(self.form))
        else:
            parts = self.cut(each, node, weights * self.form.weight_step, np.zeros(len(weights[0])))
        return self.sum(node, value, parts)

    def readout(self, each: Afferents, node: Node, goal: Array) -> None:
        """Make a readout: a sum of whole numbers, its scale and offset on the host."""
        if not each.synapses:
            return
        scale, weights, sums = self._synapses(each, goal)
        value = Value(node.inputs[0], self.graph.types[node.inputs[0]])
        nodes = self._summed(each, node, value, weights)
        self.made[node.name] = [*nodes, *self.read(node, scale, (goal - sums / scale).mean(axis=0))]
