"""What a spiking graph becomes with ever more time steps, or ever lower thresholds of changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from snnir.analysis.renewal import renewal
from snnir.arithmetic.radix import full_scale
from snnir.ir import Answers, Graph, Node, Tensor, Value, fresh_name, rewire
from snnir.ops import (
    Accumulate,
    BinaryDigits,
    Clip,
    Constant,
    Decode,
    Delta,
    Dense,
    Div,
    Encode,
    FiringNeuron,
    IntegrateAndFire,
    SigmaDelta,
    SignedDigits,
    Sub,
)
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
    Populations tend to `snnir.analysis.renewal` where the semantics reset to a value. Difference neurons with
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


@asymptotic(Encode, Decode, Accumulate, Delta)
def _same(_graph: Graph, _node: Node, _semantics: Semantics) -> tuple[Node, ...]:
    """Return none: these carry a value, they do not change it."""
    return ()


@asymptotic(IntegrateAndFire)
def _rate(_: Graph, node: Node[IntegrateAndFire], semantics: Semantics) -> list[Node]:
    if semantics.reset == "value" and node.op.population is not None:
        return renewal(node, node.op, semantics.reset_value)
    low = -1.0 if node.op.signed else 0.0
    if semantics.many:
        return _clip(node, Clip(None if node.op.signed else low, None))
    return _clip(node, Clip(low, 1.0))


@asymptotic(BinaryDigits)
def _ramp(_: Graph, node: Node[BinaryDigits], _semantics: Semantics) -> list[Node]:
    """Return a clip: all digits of a number between 0 and 1."""
    return _clip(node, Clip(0.0, 1.0))


def _clip(node: Node[FiringNeuron], op: Clip) -> list[Node]:
    """Return nodes that clip what goes into neurons over their thresholds."""
    made = Value(node.output.name, _analog(node.output.type))
    threshold = node.op.threshold.array
    layer: Node = node
    clip = replace(layer, op=op, outputs=(made,))
    if np.all(threshold == 1):
        return [clip]
    scaled = replace(made, name=f"{made.name} / threshold")
    scale = replace(layer, name=f"{node.name} / threshold", op=Dense(Tensor(np.diag(1 / threshold))), outputs=(scaled,))
    return [scale, replace(clip, inputs=(scaled.name,))]


@asymptotic(SignedDigits)
def _scaled(_: Graph, node: Node[SignedDigits], _semantics: Semantics) -> list[Node]:
    """Return nodes for ``(y - offset) / scale``, scale being what a train of ones stands for."""
    neurons: Node = node
    made = Value(node.output.name, _analog(node.output.type))
    shifted = replace(made, name=f"{made.name} - offset")
    nodes: list[Node] = []
    for step, value, source, array in (
        (Sub(), shifted, node.inputs[0], node.op.offset.array),
        (Div(), made, shifted.name, full_scale(node.op.amplitude.array, node.output.type.steps)),
    ):
        constant = Value(f"{value.name}, operand", replace(made.type, shape=array.shape))
        nodes += [
            replace(neurons, name=constant.name, op=Constant(Tensor(array)), inputs=(), outputs=(constant,)),
            replace(neurons, name=f"{value.name}, scaled", op=step, inputs=(source, constant.name), outputs=(value,)),
        ]
    return nodes


@asymptotic(SigmaDelta)
def _function(graph: Graph, node: Node[SigmaDelta], _: Semantics) -> list[Node]:
    """Return the nodes of f, under names of their own, in the place of a layer."""
    op = node.op
    (argument,), (result,) = op.function.inputs, op.function.outputs
    taken = {*graph.types, *graph.by_name}
    names = {argument.name: node.inputs[0], result: node.output.name}
    names |= {name: fresh_name(f"{node.name}.{name}", taken) for name in op.function.types if name not in names}
    return [
        replace(
            each,
            name=fresh_name(f"{node.name}.{each.name}", taken),
            inputs=tuple(names[name] for name in each.inputs),
            outputs=tuple(replace(value, name=names[value.name]) for value in each.outputs),
            provenance=node.provenance,
        )
        for each in op.function.nodes
    ]


def _analog(kind: ValueType) -> ValueType:
    return replace(kind, coding=ANALOG)
