"""What is asked of neurons that send changes: their messages, what they tend to, and their numbers as integers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from snnir.analysis.asymptote import asymptotic
from snnir.analysis.operations import evaluations
from snnir.analysis.ranges import Noted, most, moving, state_range, stored
from snnir.codes.sigma_delta.messages import delta, sigma_delta
from snnir.codes.sigma_delta.neuron import Delta, SigmaDelta
from snnir.ir import Graph, Node, fresh_name
from snnir.metrics.chip import Range
from snnir.semantics import IntegerFormat, Semantics, Work, step
from snnir.types import Array


@step(Delta)
def _delta(node: Node[Delta], operands: list[Array], work: Work) -> Array:
    values = operands[0].astype(work.semantics.dtype, copy=False)
    return delta(node.op, values, work.memory, ("node", node.name))[np.newaxis]


@step(SigmaDelta)
def _sigma_delta(node: Node[SigmaDelta], operands: list[Array], work: Work) -> Array:
    messages = sigma_delta(node.op, operands[0][0], work.memory, ("node", node.name), work.semantics.integer)
    return messages[np.newaxis]


@asymptotic(Delta)
def _same(_graph: Graph, _node: Node, _semantics: Semantics) -> tuple[Node, ...]:
    """Return none: changes add up to the value itself."""
    return ()


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


@evaluations(SigmaDelta)
def _one_each(node: Node[SigmaDelta]) -> int:
    return node.op.width


@stored(SigmaDelta)
def _changes(node: Node[SigmaDelta], form: IntegerFormat, _: bool) -> Range:
    return state_range(node, "threshold", node.op.threshold.array, form)


@moving(SigmaDelta)
def _pre_activations(_: Graph, node: Node[SigmaDelta], current: Array, _semantics: Semantics) -> Iterator[Noted]:
    yield node.name, "membrane", most(current), True
