"""What a spiking graph becomes with ever more time steps, or ever lower thresholds of changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from snnir.ir import Answers, Graph, Node, Value, rewire
from snnir.ops import Decode, Encode
from snnir.semantics import Semantics
from snnir.types import ANALOG, ValueType

Asymptote: TypeAlias = Callable[[Graph, Node, Semantics], Sequence[Node]]
"""Takes a node and how neurons behave; returns analog nodes that make its result, or none if that is its operand."""
asymptotic: Answers[Asymptote] = Answers("the asymptotic function")
"""What a node tends to with ever more time steps. An op without an answer stays what it is, on analog values."""


def limit(graph: Graph, semantics: Semantics | None = None) -> Graph:
    """Return the analog network that a spiking graph becomes as T goes to infinity.

    ``mean_t s(t)`` tends to ``clip(z / theta, -1, 1)`` (from 0 on where the neuron is not signed): neurons become
    clips, encodes and decodes vanish, and all other values keep their names. That holds for reset by subtraction; where
    neurons may send many spikes in a step there is no upper end.
    Populations tend to `snnir.codes.ramps.limits.renewal` where the semantics reset to a value. Difference neurons with
    ever more digits become f: what their digits decode to tends to ``(f(z) - offset) / scale``; neurons of the `phase`
    code become ``clip(z / theta, 0, 1)``. Neurons of the `sigma-delta` code become f as well: their thresholds, not
    steps, are what tends to a limit.

    Args:
        graph: Spiking.
        semantics: How the target's neurons behave; reset by subtraction if None.
    """
    semantics = semantics or Semantics()
    renamed: dict[str, str] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        answer = asymptotic.find(node.op)
        if answer is None:
            outputs = tuple(Value(value.name, _analog(value.type)) for value in node.outputs)
            nodes.append(replace(node, outputs=outputs))
        elif made := answer(graph, node, semantics):
            nodes += made
        else:
            renamed[node.output.name] = node.inputs[0]
    return rewire(graph.with_nodes(tuple(nodes)), renamed)


@asymptotic(Encode, Decode)
def _same(_graph: Graph, _node: Node, _semantics: Semantics) -> tuple[Node, ...]:
    """Return none: these carry a value, they do not change it."""
    return ()


def _analog(kind: ValueType) -> ValueType:
    return replace(kind, coding=ANALOG)
