"""Pipelining: layers that start before the layers in front of them are done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import find_afferents
from snnir.arithmetic.radix import full_scale, rounding
from snnir.codes.radix.properties import DIGITAL
from snnir.ir import Graph, Node
from snnir.ops import Accumulate, SignedDigits, estimator
from snnir.passes.base import Context, Need, Pass, Property
from snnir.semantics import evaluate

TOLERANCE = 8
"""Units in the last place of the target's numbers: what they may add to the rounding error."""


@dataclass(frozen=True)
class Pipelining(Pass):
    """Let every layer start as soon as later digits can still repair what it says first.

    A layer that starts `lag` steps after the one before sends digit k while the next digit that it hears is worth
    ``2^-lag`` of digit k, times the gain from one layer to the other: ``max |f'|`` times the largest sum of absolute
    weights times the ratio of amplitudes. Where the gain is at most ``2^lag / 3``, nothing is lost for certain (see
    `SignedDigits`). No point of the domain comes near this worst case, so the lag is measured: the smallest with
    which every unit, on every calibration point, ends within the rounding error of its digits. Layers are
    taken in order, each behind those that are pipelined already.

    Before: digital, calibrated. After: every layer that hears digits has a lag, unless it needs all digits.
    """

    name: ClassVar[str] = "pipelining"
    requires: ClassVar[tuple[Property, ...]] = (DIGITAL,)
    ensures: ClassVar[tuple[Property, ...]] = (DIGITAL,)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with lags."""
        driven = {each.receiver for each in find_afferents(graph, context.analog) if each.synapses}
        layers = [node for node in graph.of(SignedDigits) if node.name in driven]
        for index, node in enumerate(layers):
            for lag in range(context.semantics.delay, context.steps - 1):
                tried = _with_lag(graph, node, lag)
                if _exact(tried, node, context):
                    graph = tried
                    break
            context.progress((index + 1) / len(layers))
        return graph


def _with_lag(graph: Graph, node: Node, lag: int) -> Graph:
    """Return the graph where a layer starts so many steps after the digits that it hears."""
    reader = estimator(graph, node)
    changed = replace(reader, op=Accumulate(lag), provenance=reader.provenance.then(Pipelining.name))
    return graph.with_nodes(tuple(changed if each.name == reader.name else each for each in graph.nodes))


def _exact(graph: Graph, node: Node, context: Context) -> bool:
    """Whether the trains of a layer end within the rounding error of their digits, all units at all points."""
    op = node.op
    assert isinstance(op, SignedDigits)  # noqa: S101 - only called for these
    wanted = (node.inputs[0], node.output.name)
    values = evaluate(graph, context.points, outputs=wanted, semantics=context.semantics)
    goal, sent = (values[name].astype(np.float64) for name in wanted)
    scale, offset = full_scale(op.amplitude.array.astype(np.float64), context.steps), op.offset.array
    noise = TOLERANCE * np.finfo(context.semantics.dtype).eps * np.maximum(1, np.abs(offset) / scale)
    return bool(np.all(np.abs((goal - offset) / scale - sent) <= rounding(context.steps) + noise))
