"""Resolution: how finely each unit is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import find_layers
from snnir.codes.radix.digits import REACH, amplitudes, full_scale, least_amplitude
from snnir.codes.radix.neuron import SignedDigits
from snnir.codes.radix.properties import DIGITAL
from snnir.codes.radix.rounding import few, rounding_errors
from snnir.ir import Graph, Node, Tensor
from snnir.ops import Dense
from snnir.passes.base import Context, Need, Pass, Property
from snnir.types import Array

MIN_SENSITIVITY = 1e-4
"""Of the largest: a unit that hardly matters may be rounded ten thousand times as coarsely as others, no more."""
POINTS = 512
FINER = 0.25
"""Level of `amplitudes`, in units of that at which no amplitude is chosen by the range alone: see `Resolution`."""


@dataclass(frozen=True)
class Resolution(Pass):
    """Choose amplitudes so that the rounding errors of all units cost the same at the outputs.

    Units that matter keep amplitudes that just cover their ranges; all others get larger ones: their leading digits
    are zero, and zeros cost nothing. Units that are hardly needed fall silent, and the next calibration makes do
    without them; so this pass and `LeastSquares` are worth repeating. Rule: `snnir.codes.radix.digits.amplitudes`;
    sensitivities: `rounding_errors`.

    What was tried on Poisson, with least squares (error on unseen points, spikes per unit). Amplitudes of the largest
    values, no offsets, K = 14: 7.5e-4, 4.7. Amplitudes and offsets that just cover the ranges, K = 13: 5.2e-4, 4.6.
    By sensitivity, K = 15, after 1, 2, 3, 4 and 6 rounds: 4.1e-4, 3.9; 4.9e-4, 3.2; 4.5e-4, 2.8; 4.2e-4, 2.6; 4.0e-4,
    2.4. Offsets at the mean or median instead of the middle: a tenth less error for the same spikes, but with a
    digit more. The level, at 2.1 spikes: where no unit is rounded more finely than the one that needs its whole range
    most, K = 15: 4.2e-4; half as high, K = 14: 4.5e-4; a quarter, K = 13: 6.3e-4. Digits are latency: a quarter.

    Before: digital. After: the same, with other amplitudes, and weights behind them to match.
    """

    name: ClassVar[str] = "resolution"
    requires: ClassVar[tuple[Property, ...]] = (DIGITAL,)
    ensures: ClassVar[tuple[Property, ...]] = (DIGITAL,)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with other amplitudes."""
        ann = context.analog
        neurons = {node.name: node.op for node in graph.nodes if isinstance(node.op, SignedDigits)}
        widths = {layer.a: layer.width for layer in find_layers(ann)}
        values = context.values(neurons)
        half = {
            name: np.max(np.abs(values[name].reshape(-1, widths[name]) - op.offset.array), axis=0).astype(np.float64)
            for name, op in neurons.items()
        }
        sensitivity = self._sensitivity(graph, context, neurons)
        level = FINER * max(float(np.max(half[name] / REACH * sensitivity[name])) for name in neurons)
        chosen = {
            name: np.maximum(
                amplitudes(half[name], sensitivity[name], level),
                least_amplitude(np.abs(op.offset.array) + half[name], context.steps),
            )
            for name, op in neurons.items()
        }
        return _rescaled(graph, chosen, self.name)

    def _sensitivity(self, graph: Graph, context: Context, neurons: Mapping[str, SignedDigits]) -> dict[str, Array]:
        """Return how much the outputs change with every unit; none of them zero."""
        ann = context.analog
        points = context.known.once("few", context.points, lambda: few(ann, context.points, POINTS))
        found = rounding_errors(graph, ann, points, context.known).sensitivity
        per_unit = {
            name: found[name] / full_scale(op.amplitude.array.astype(np.float64), context.steps)
            for name, op in neurons.items()
        }
        largest = max(float(np.max(each)) for each in per_unit.values()) or 1.0
        return {name: np.maximum(each, MIN_SENSITIVITY * largest) for name, each in per_unit.items()}


def _rescaled(graph: Graph, chosen: Mapping[str, Array], step: str) -> Graph:
    """Return the graph with other amplitudes, and weights that take them over."""
    factor: dict[str, Array] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        op = node.op
        if isinstance(op, SignedDigits):
            amplitude = chosen[node.name].astype(op.amplitude.dtype)
            factor[node.output.name] = amplitude / op.amplitude.array.astype(np.float64)
            op = replace(op, amplitude=Tensor(amplitude))
        elif isinstance(op, Dense) and node.inputs[0] in factor:
            weight = op.weight.array * factor[node.inputs[0]][:, np.newaxis]
            op = replace(op, weight=Tensor(weight.astype(op.weight.dtype)))
        changed = op is not node.op
        nodes.append(replace(node, op=op, provenance=node.provenance.then(step)) if changed else node)
    return graph.with_nodes(tuple(nodes))
