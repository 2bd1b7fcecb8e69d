"""What is asked of difference neurons: their steps, limit and timing, evaluations of f, and numbers as integers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

import numpy as np

from snnir.analysis.asymptote import asymptotic
from snnir.analysis.latencies import When, timing
from snnir.analysis.operations import evaluations
from snnir.analysis.ranges import Noted, most, moving
from snnir.codes.radix.digits import full_scale
from snnir.codes.radix.neuron import Accumulate, SignedDigits
from snnir.codes.radix.scan import accumulate, accumulate_integers, integer_digits, signed_digits
from snnir.ir import Graph, Node, Tensor, Value
from snnir.ops import Constant, Div, Neuron, Sub
from snnir.semantics import Semantics, Work, step
from snnir.types import ANALOG, Array


@step(Accumulate)
def _accumulate(node: Node[Accumulate], operands: list[Array], work: Work) -> Array:
    if work.semantics.integer is not None:
        return accumulate_integers(operands[0])
    return accumulate(node.op, operands[0], work.semantics.delay)


@step(SignedDigits)
def _signed_digits(node: Node[SignedDigits], operands: list[Array], work: Work) -> Array:
    steps = node.output.type.steps
    if work.semantics.integer is not None:
        return integer_digits(node.op, operands[0], steps)
    return signed_digits(node.op, operands[0].astype(work.semantics.dtype, copy=False), steps)


@asymptotic(Accumulate)
def _same(_graph: Graph, _node: Node, _semantics: Semantics) -> tuple[Node, ...]:
    """Return none: the last estimate is what the digits decode to."""
    return ()


@asymptotic(SignedDigits)
def _scaled(_: Graph, node: Node[SignedDigits], _semantics: Semantics) -> list[Node]:
    """Return nodes for ``(y - offset) / scale``, scale being what a train of ones stands for."""
    neurons: Node = node
    made = Value(node.output.name, replace(node.output.type, coding=ANALOG))
    shifted = replace(made, name=f"{made.name} - offset")
    nodes: list[Node] = []
    for op, value, source, array in (
        (Sub(), shifted, node.inputs[0], node.op.offset.array),
        (Div(), made, shifted.name, full_scale(node.op.amplitude.array, node.output.type.steps)),
    ):
        constant = Value(f"{value.name}, operand", replace(made.type, shape=array.shape))
        nodes += [
            replace(neurons, name=constant.name, op=Constant(Tensor(array)), inputs=(), outputs=(constant,)),
            replace(neurons, name=f"{value.name}, scaled", op=op, inputs=(source, constant.name), outputs=(value,)),
        ]
    return nodes


@timing(Accumulate)
def _reading(node: Node[Accumulate], operands: When) -> When:
    begins = operands.ends if node.op.lag is None else min(operands.begins + node.op.lag, operands.ends)
    return When(begins, operands.ends)


@evaluations(Accumulate)
def _evaluations(node: Node[Accumulate]) -> int:
    """Return how often the neurons of a layer evaluate their functions in one inference."""
    kind = node.output.type
    units = prod(dim for dim in kind.shape if isinstance(dim, int))
    return units * (1 if node.op.lag is None else kind.steps)


@moving(Accumulate)
def _digits(graph: Graph, node: Node[Accumulate], current: Array, _: Semantics) -> Iterator[Noted]:
    partial = np.cumsum(np.floor(current * 0.5 ** np.arange(len(current))[:, np.newaxis, np.newaxis]), axis=0)
    senders = [each.name for each in graph.of(Neuron) if each.op.membrane_input(graph, each) == node.inputs[0]]
    yield senders[-1], "membrane", most(partial), bool(np.all(current == np.rint(current)))
