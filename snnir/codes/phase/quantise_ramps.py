"""Quantise the `phase` code: ramps of numbers that are decoded and sent in fixed point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import Afferents, find_afferents
from snnir.arithmetic.integer import compensated, half_limit, weight_limit
from snnir.codes.integer_layers import IntegerLayers, whole
from snnir.codes.phase.neuron import BinaryDigits
from snnir.codes.phase.properties import BINARY
from snnir.codes.ramps.neuron import encoder_lines
from snnir.ir import Graph, Node, is_of
from snnir.passes.base import Context, Need, Pass, Property, run_pass
from snnir.passes.join import Join
from snnir.passes.layerwise import analog_goals, asymptotic_goals
from snnir.passes.properties import JOINED, QUANTISED, UNIT_THRESHOLDS
from snnir.semantics import Plain
from snnir.types import Array

ROUGH = 0.5
"""Rounding errors of weights up to this part of those of digits are left to matrices of single weights."""


@dataclass(frozen=True)
class QuantiseRamps(Pass):
    """Layer by layer: fit weights to the integer digits, round them, and let thresholds have the gains of ramps.

    The neurons of a unit read the same weights, but for their sign, rounded once: ``c = +-s M + bias``, M the mantissas
    of a unit, whose largest one takes all bits. What distinguishes its neurons is their threshold,
    ``theta = S / |g|``, S the integer that 1 becomes and g the gain of the ramp, and their bias. S is as large as
    weights, ``2^(b+1) theta`` and the largest current that can reach the neuron allow, each within the bits of a
    state. Weights are rounded so that errors compensate each other (`snnir.arithmetic.integer.compensated`). A layer
    takes two matrices, high and low, where rounding would matter beside the rounding of its digits (`ROUGH`).

    What the host gives to the first layers is one integer for every neuron. There are no gates: `binary_integers`.

    Before: binary, thresholds of 1. After: joined; all tensors between encode and decode are integers; the network
    means the same.

    Attributes:
        tuned: The graph comes from `Tune`: decode the pre-activations of its limit.
        split: Matrices per layer: two or one; None for as many as matter.
    """

    name: ClassVar[str] = "quantise-ramps"
    requires: ClassVar[tuple[Property, ...]] = (BINARY, UNIT_THRESHOLDS)
    ensures: ClassVar[tuple[Property, ...]] = (BINARY, JOINED, QUANTISED)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})
    tuned: bool = False
    split: bool | None = None

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the integer network.

        Raises:
            ModelError: Spikes and inputs meet in one layer; code ``mixed-current``.
        """
        found = find_afferents(graph, context.analog)
        goals = analog_goals(graph, context)
        if self.tuned:
            goals |= asymptotic_goals(graph, context)
        layers = _Ramps(graph, run_pass(Join(), graph, context), context, self.name)
        layers.split = self.split
        return layers.run(found, goals)


@dataclass(frozen=True)
class _Decoder:
    """Weights of a layer's units.

    Attributes:
        weight: Whole numbers of the membrane, ``[senders, units]``.
        scale: What 1 becomes, ``[units]``.
        bias: What makes the mean right again, ``[units]``.
        roughness: The root mean square of what rounding did on the calibration points, in units of z, ``[units]``.
    """

    weight: Array
    scale: Array
    bias: Array
    roughness: Array


class _Ramps(IntegerLayers):
    """Layers of neurons that send ramps as digits.

    Attributes:
        split: See `QuantiseRamps`.
    """

    split: bool | None = None

    def neurons(self, each: Afferents, node: Node, goal: Array) -> None:
        """Make one layer of neurons."""
        assert is_of(node, BinaryDigits)  # noqa: S101 - of this code
        if not each.synapses:
            self._injected(node, goal)
            return
        gain, offset = _ramps(self.graph, node)
        flat = replace(self.form, shift=0)
        single, half = weight_limit(flat) // flat.weight_step, half_limit(flat)
        made = self._decoded(each, goal, np.abs(gain), single)
        rough = float(np.sqrt(np.mean(np.square(made.roughness[:, np.newaxis] * gain))))
        several = rough > ROUGH * 0.5**self.context.steps / 12**0.5 if self.split is None else self.split
        if several:
            made = self._decoded(each, goal, np.abs(gain), half * (half + 2))
        sign, share = np.sign(gain), made.scale[:, np.newaxis] / np.abs(gain)
        bias = np.rint(sign * made.bias[:, np.newaxis] + offset * share).ravel()
        weight = np.repeat(made.weight, gain.shape[1], axis=1) * sign.ravel()
        if several:
            unit = flat.weight_step
            first, *rest = self.halves(each, node, weight / unit, half, unit)
            parts = [(first[0], replace(first[1], bias=whole(bias))), *rest]
        else:
            parts = self.cut(each, node, weight, bias)
        nodes = self.sum(node, self.current(node), parts)
        self.made[node.name] = [*nodes, self._sending(node, share.ravel())]
        self.simulate(self.made[node.name], node.output.name)

    def _decoded(self, each: Afferents, goal: Array, gain: Array, levels: int) -> _Decoder:
        """Return weights that decode the pre-activations, rounded to so many levels of either sign.

        Args:
            each: What drives the layer.
            goal: Pre-activations, ``[points, units]``.
            gain: Of the ramps, ``[units, K]``, positive.
            levels: Of the largest weight of each unit.
        """
        spikes, weight = self.decoder(each, goal, levels, apart=True)
        scale, grid = self._scale(weight, gain, levels)
        rounded = compensated(weight * (scale / grid), spikes.gram, levels) * grid
        off = rounded / scale - weight
        roughness = np.sqrt(np.maximum(np.sum(off * (spikes.gram @ off), axis=0), 0))
        bias = goal.mean(axis=0) * scale - spikes.mean @ rounded
        return _Decoder(rounded, scale, bias, roughness)

    def _scale(self, weight: Array, gain: Array, levels: int) -> tuple[Array, int]:
        """Return what 1 becomes for each unit, and what its weights are multiples of."""
        form, top = self.form, (1 << (self.form.state_bits - 1)) - 1
        largest = np.maximum(np.abs(weight).max(axis=0), 1e-30)
        room = np.minimum(self._most * gain.min(axis=1), top / np.maximum(np.abs(weight).sum(axis=0), 1e-30))
        full = levels * form.weight_step
        # Two matrices need the exponents themselves, to tell them apart.
        exponents = range(form.weight_exponent, -1, -1) if full <= weight_limit(form) else (0,)
        exponent = next((e for e in exponents if np.all((full << e) <= room * largest)), 0)
        return np.minimum((full << exponent) / largest, room), form.weight_step << exponent

    @property
    def _most(self) -> int:
        """The largest threshold, ``2^(b+1)`` times which a state holds."""
        return 1 << (self.form.state_bits - 2 - self.context.steps)

    def _injected(self, node: Node[BinaryDigits], goal: Array) -> None:
        """Make a layer that is driven by the host only: an integer for every neuron."""
        gain, offset = _ramps(self.graph, node)
        bound = (1 << (self.form.state_bits - 1)) - 1
        wanted = (goal[:, :, np.newaxis] * gain + offset).reshape(len(goal), -1)
        sending = self._sending(node, np.full(node.op.width, float(self._most)))
        self.made[node.name] = [*self.on_host(node, float(self._most), bound), sending]
        injected = np.clip(np.rint(wanted * self._most), -bound, bound)[np.newaxis]
        self.simulate((sending,), node.output.name, {sending.inputs[0]: Plain(injected)})

    def _sending(self, node: Node[BinaryDigits], threshold: Array) -> Node:
        """Return the neurons of a layer behind one current, with thresholds that are even."""
        even = whole(np.maximum(2 * np.rint(threshold / 2), 2))
        op = replace(node.op, threshold=even, gate=whole(np.zeros(node.op.width)))
        return replace(node, op=op, inputs=(self.joined_current(node),), provenance=node.provenance.then(self.step))


def _ramps(graph: Graph, node: Node[BinaryDigits]) -> tuple[Array, Array]:
    """Return gains and offsets of the ramps of a layer, ``[units, K]``: they rise from 0 to 1."""
    encoder = node.op.encoder(graph, node)
    assert encoder is not None  # noqa: S101 - before joining there is one
    gain, offset = encoder_lines(encoder.op)
    return gain.reshape(-1, node.op.per_unit), offset.reshape(-1, node.op.per_unit)
