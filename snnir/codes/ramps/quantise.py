"""Quantise: a network of integers in the target's format, calibrated on its own integer spikes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import Afferents, find_afferents
from snnir.arithmetic.integer import bias_exponent, bias_limit, compensated, threshold_unit, weight_limit, weight_unit
from snnir.calibration.decoders import SpikeMoments
from snnir.codes.integer_layers import MARGIN, IntegerLayers, whole
from snnir.codes.ramps.neuron import IntegrateAndFire, encoder_lines
from snnir.errors import Diagnostic, ModelError
from snnir.ir import Graph, Node, is_of
from snnir.passes.base import Context, Need, Pass, Property, run_pass
from snnir.passes.join import Join
from snnir.passes.layerwise import analog_goals, asymptotic_goals
from snnir.passes.properties import JOINED, QUANTISED, SCALED, UNIT_THRESHOLDS
from snnir.semantics import Plain
from snnir.types import Array


@dataclass(frozen=True)
class Quantise(Pass):
    """Layer by layer: fit weights to integer spikes, scale them to the format, and round them.

    For every layer, with all before it in integers already and simulated in fixed point:

    1. the best linear decoder of the pre-activations from the integer spikes, as `LeastSquares` finds it;
    2. joined with the encoder of a population (`Join`); the threshold is then as high as weights and the sum of the
       currents over all steps allow, so that the weights fill their bits;
    3. rounded so that errors compensate each other (`snnir.arithmetic.integer.compensated`); rounding each weight to
       the nearest would leave an error of about ``sqrt(n) / 2`` units of the grid in every current;
    4. biases that put the mean currents right again.

    What the host gives to the first layers is one integer for every neuron, a bias in the target's format. Readouts
    take weights of twice the bits in two matrices, high and low, and the host multiplies the sum by their scale.

    Before: thresholds of 1. After: joined; all tensors between encode and decode are integers, in units of the
    membrane; the network means the same.

    Attributes:
        tuned: The graph comes from `Tune`: decode the pre-activations of its limit.
    """

    name: ClassVar[str] = "quantise"
    requires: ClassVar[tuple[Property, ...]] = (SCALED, UNIT_THRESHOLDS)
    ensures: ClassVar[tuple[Property, ...]] = (JOINED, QUANTISED)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})
    tuned: bool = False

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the integer network.

        Raises:
            ModelError: A layer cannot be expressed; code ``mixed-current``, ``threshold-range`` or ``bias-range``.
        """
        found = find_afferents(graph, context.analog)
        goals = analog_goals(graph, context)
        if self.tuned:
            goals |= asymptotic_goals(graph, context)
        return _Neurons(graph, run_pass(Join(), graph, context), context, self.name).run(found, goals)


class _Neurons(IntegerLayers):
    """Layers of integrate-and-fire neurons."""

    def neurons(self, each: Afferents, node: Node, goal: Array) -> None:
        """Make one layer of neurons.

        Raises:
            ModelError: No threshold is low enough, or what the host injects is too large.
        """
        assert is_of(node, IntegrateAndFire)  # noqa: S101 - what quantises others is with their codes
        before = node.op.encoder(self.graph, node)
        gain, offset, per_unit = np.ones(goal.shape[1]), np.zeros(goal.shape[1]), 1
        if before is not None and node.op.per_unit is not None:
            gain, offset = encoder_lines(before.op)
            per_unit = node.op.per_unit
        wanted = np.repeat(goal, per_unit, axis=1) * gain + offset
        if each.synapses:
            spikes, weight = self.decoder(each, goal)
            self._synapses(each, node, spikes, np.repeat(weight, per_unit, axis=1) * gain, wanted)
        else:
            self._injected(node, wanted)

    def _synapses(
        self, each: Afferents, node: Node[IntegrateAndFire], spikes: SpikeMoments, weight: Array, wanted: Array
    ) -> None:
        """Make a layer behind spikes that should receive `wanted` on average; weights in thresholds."""
        threshold, unit = self._threshold(node, float(np.abs(weight).max()), wanted)
        most = weight_limit(self.form) // self.form.weight_step
        rounded = compensated(weight * (threshold / unit), spikes.gram, most)
        grid = weight_unit(self.form)
        bias = np.rint((wanted.mean(axis=0) * threshold - spikes.mean @ rounded * unit) / grid) * grid
        nodes = self.sum(node, self.current(node), self.cut(each, node, rounded * unit, bias))
        self.made[node.name] = [*nodes, self._firing(node, threshold)]
        self.simulate(self.made[node.name], node.output.name)

    def _threshold(self, node: Node[IntegrateAndFire], largest: float, wanted: Array) -> tuple[int, int]:
        """Return the threshold of a layer and the unit of its weights, both in units of the membrane.

        Raises:
            ModelError: No threshold is low enough for the sum of the currents over all steps.
        """
        form, unit = self.form, self._threshold_unit()
        drive = (self.context.steps * float(np.abs(wanted).max(initial=0)) + 1) * MARGIN
        highest = ((1 << form.threshold_bits) - 1) * unit
        top = min(float(highest), ((1 << (form.state_bits - 1)) - 1) / drive)
        full = weight_limit(form) << form.shift
        exponent = next((e for e in range(form.weight_exponent, -1, -1) if (full << e) <= top * largest), 0)
        threshold = min(top, (full << exponent) / max(largest, 1e-30))
        chosen = self._on_grid(int(threshold), unit, signed=node.op.signed)
        if chosen < 1:
            message = f"currents of up to {drive / MARGIN:.0f} thresholds in all leave no bits for a threshold"
            hint = "fewer steps, or fewer neurons per unit"
            raise ModelError((Diagnostic("threshold-range", message, f"layer {node.name!r}", hint),))
        return chosen, weight_unit(form, exponent)

    def _threshold_unit(self) -> int:
        return threshold_unit(self.form, halved=self.context.semantics.reset == "subtract")

    def _on_grid(self, threshold: int, unit: int, *, signed: bool) -> int:
        """Return the largest threshold at most as high; of a pair, one that is a weight as well."""
        if signed:
            most, unit = weight_limit(self.form) // self.form.weight_step, max(unit, weight_unit(self.form))
            while threshold // unit > most:
                unit *= 2
        return threshold // unit * unit

    def _injected(self, node: Node[IntegrateAndFire], wanted: Array) -> None:
        """Make a layer that is driven by the host only: an integer for every neuron.

        Raises:
            ModelError: It is larger than a bias can be.
        """
        most = float(np.abs(wanted).max(initial=0)) * MARGIN
        room = (bias_limit(self.form) << self.form.bias_exponent) / max(most, 1e-30)
        unit = self._threshold_unit()
        top = ((1 << (self.form.state_bits - 1)) - 1) / (self.context.steps * most + MARGIN)
        limit_ = min(room, top, ((1 << self.form.threshold_bits) - 1) * unit)
        threshold = self._on_grid(int(limit_), unit, signed=node.op.signed)
        exponent = bias_exponent(most * threshold, self.form)
        if threshold < 1 or exponent is None:
            message = f"inputs of up to {most / MARGIN:.0f} thresholds per step fit no bias"
            raise ModelError((Diagnostic("bias-range", message, f"layer {node.name!r}"),))
        scale = threshold / (1 << exponent)
        bound = bias_limit(self.form)
        injected = (np.clip(np.rint(wanted * scale), -bound, bound) * (1 << exponent))[np.newaxis]
        firing = self._firing(node, threshold)
        self.made[node.name] = [*self.on_host(node, scale, bound, exponent), firing]
        self.simulate((firing,), node.output.name, {firing.inputs[0]: Plain(injected)})

    def _firing(self, node: Node[IntegrateAndFire], threshold: int) -> Node:
        """Return the node of a layer with another threshold, behind one current."""
        op = node.op
        initial = None if op.initial is None else whole(np.rint(op.initial.array.astype(np.float64) * threshold))
        made = replace(op, threshold=whole(np.full(op.threshold.shape[0], threshold)), initial=initial)
        return replace(node, op=made, inputs=(self.joined_current(node),), provenance=node.provenance.then(self.step))
