"""What a spiking graph becomes with ever more time steps, or ever lower thresholds of changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from snnir.analysis.renewal import renewal
from snnir.arithmetic.radix import full_scale
from snnir.ir import Graph, Node, Tensor, Value, fresh_name, rewire
from snnir.ops import (
    Accumulate,
    Clip,
    Constant,
    Decode,
    Delta,
    Dense,
    Div,
    Encode,
    IntegrateAndFire,
    SigmaDelta,
    SignedDigits,
    Sub,
)
from snnir.semantics import Semantics
from snnir.types import ANALOG, ValueType


def limit(graph: Graph, semantics: Semantics | None = None) -> Graph:
    """Return the analog network that a spiking graph becomes as T goes to infinity.

    ``mean_t s(t)`` tends to ``clip(z / theta, -1, 1)`` (from 0 on where the neuron is not signed): neurons become
    clips, encodes and decodes vanish, and all other values keep their names. That holds for reset by subtraction; where
    neurons may send many spikes in a step there is no upper end.
    Populations that reset to a value tend to `snnir.analysis.renewal` if the semantics say so. Difference neurons with
    ever more digits become f: what their digits decode to tends to ``(f(z) - offset) / scale``. So do neurons of the
    `sigma-delta` code: their thresholds, not steps, are what tends to a limit.

    Args:
        graph: Spiking.
        semantics: How the target's neurons behave; reset by subtraction if None.
    """
    loses = semantics is not None and semantics.reset == "value"
    reset_value = 0.0 if semantics is None else semantics.reset_value
    renamed: dict[str, str] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if isinstance(node.op, Encode | Decode | Accumulate | Delta):
            renamed[node.output.name] = node.inputs[0]
        elif isinstance(node.op, IntegrateAndFire):
            population = node.op.per_unit is not None
            many = semantics is not None and semantics.many
            nodes += renewal(node, node.op, reset_value) if loses and population else _clip(node, node.op, many=many)
        elif isinstance(node.op, SignedDigits):
            nodes += _scaled(node, node.op)
        elif isinstance(node.op, SigmaDelta):
            nodes += _function(graph, node, node.op)
        else:
            outputs = tuple(Value(value.name, _analog(value.type)) for value in node.outputs)
            nodes.append(replace(node, outputs=outputs))
    return rewire(graph.with_nodes(tuple(nodes)), renamed)


def _clip(node: Node, op: IntegrateAndFire, *, many: bool) -> list[Node]:
    made = Value(node.output.name, _analog(node.output.type))
    low, high = (None, None) if many and op.signed else (-1.0 if op.signed else 0.0, None if many else 1.0)
    clip = replace(node, op=Clip(low, high), outputs=(made,))
    threshold = op.threshold.array
    if np.all(threshold == 1):
        return [clip]
    scaled = replace(made, name=f"{made.name} / threshold")
    scale = replace(node, name=f"{node.name} / threshold", op=Dense(Tensor(np.diag(1 / threshold))), outputs=(scaled,))
    return [scale, replace(clip, inputs=(scaled.name,))]


def _scaled(node: Node, op: SignedDigits) -> list[Node]:
    """Return nodes for ``(y - offset) / scale``, scale being what a train of ones stands for."""
    made = Value(node.output.name, _analog(node.output.type))
    shifted = replace(made, name=f"{made.name} - offset")
    nodes: list[Node] = []
    for step, value, source, array in (
        (Sub(), shifted, node.inputs[0], op.offset.array),
        (Div(), made, shifted.name, full_scale(op.amplitude.array, node.output.type.steps)),
    ):
        constant = Value(f"{value.name}, operand", replace(made.type, shape=array.shape))
        nodes += [
            replace(node, name=constant.name, op=Constant(Tensor(array)), inputs=(), outputs=(constant,)),
            replace(node, name=f"{value.name}, scaled", op=step, inputs=(source, constant.name), outputs=(value,)),
        ]
    return nodes


def _function(graph: Graph, node: Node, op: SigmaDelta) -> list[Node]:
    """Return the nodes of f, under names of their own, in the place of a layer."""
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
