"""Pipelining: layers that start before the layers in front of them are done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import find_afferents
from snnir.calibration.sweep import SpikingSweep
from snnir.codes.radix.digits import full_scale, rounding
from snnir.codes.radix.neuron import Accumulate, SignedDigits, estimator
from snnir.codes.radix.properties import DIGITAL
from snnir.ir import Graph, Node
from snnir.passes.base import Context, Need, Pass, Property
from snnir.types import Array

TOLERANCE = 8
"""Units in the last place of the target's numbers: what they may add to the rounding error."""


@dataclass(frozen=True)
class Pipelining(Pass):
    """Let every layer start as soon as later digits can still correct its first ones.

    A layer that starts `lag` steps after the one before sends digit k while the next digit that it receives is worth
    ``2^-lag`` of digit k, times the gain from one layer to the other: ``max |f'|`` times the largest sum of absolute
    weights times the ratio of amplitudes. Where the gain is at most ``2^lag / 3``, nothing is lost for certain (see
    `SignedDigits`). No point of the domain comes near this worst case, so the lag is measured: the smallest with
    which every unit, on every calibration point, ends within the rounding error of its digits. Layers are
    taken in order, each behind those that are pipelined already.

    Before: digital, calibrated. After: every layer that receives digits has a lag, unless it needs all digits.
    """

    name: ClassVar[str] = "pipelining"
    requires: ClassVar[tuple[Property, ...]] = (DIGITAL,)
    ensures: ClassVar[tuple[Property, ...]] = (DIGITAL,)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with lags."""
        driven = {each.receiver for each in find_afferents(graph, context.analog) if each.synapses}
        layers = [node for node in graph.of(SignedDigits) if node.name in driven]
        sweep = SpikingSweep(context.points, context.semantics)
        for index, node in enumerate(layers):
            sweep.keep(graph, [each.output.name for each in layers[index:]])
            graph = _pipelined(graph, node, sweep, context)
            context.progress((index + 1) / len(layers))
        return graph


def _pipelined(graph: Graph, node: Node[SignedDigits], sweep: SpikingSweep, context: Context) -> Graph:
    """Return the graph where a layer has the smallest lag that serves; the layers before it are run once only."""
    wanted = node.inputs[0], node.output.name
    for lag in range(context.semantics.delay, context.steps - 1):
        tried = _with_lag(graph, node, lag)
        if _exact(node, sweep.values(tried, wanted), context):
            return tried
        sweep.forget(node.output.name)
    return graph


def _with_lag(graph: Graph, node: Node, lag: int) -> Graph:
    """Return the graph where a layer starts so many steps after the digits that it receives."""
    reader = estimator(graph, node)
    changed = replace(reader, op=Accumulate(lag), provenance=reader.provenance.then(Pipelining.name))
    return graph.with_nodes(tuple(changed if each.name == reader.name else each for each in graph.nodes))


def _exact(node: Node[SignedDigits], values: Mapping[str, Array], context: Context) -> bool:
    """Whether the trains of a layer end within the rounding error of their digits, all units at all points.

    Args:
        node: The layer.
        values: What it follows, in the end, and what its digits decode to.
        context: Steps and number type.
    """
    op = node.op
    goal, sent = (values[name].astype(np.float64) for name in (node.inputs[0], node.output.name))
    scale, offset = full_scale(op.amplitude.array.astype(np.float64), context.steps), op.offset.array
    noise = TOLERANCE * np.finfo(context.semantics.dtype).eps * np.maximum(1, np.abs(offset) / scale)
    return bool(np.all(np.abs((goal - offset) / scale - sent) <= rounding(context.steps) + noise))
