"""What each op of a spiking region does: all steps of one node, for one chunk of points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from snnir.ir import Answers, Graph, Node
from snnir.ops import Add, Decode, Dense, Encode, sender
from snnir.semantics.buffers import Loan
from snnir.semantics.decoding import decoded
from snnir.semantics.delay import delayed, lateness
from snnir.semantics.kernels import KERNELS
from snnir.semantics.settings import Semantics
from snnir.semantics.streams import StateKey, StreamState, summed
from snnir.types import Array, Estimate

Weights: TypeAlias = "tuple[Array, Array | None]"


@dataclass(frozen=True)
class Work:
    """What a step may read besides its operands.

    Attributes:
        graph: The whole graph.
        semantics: How neurons behave.
        weights: And biases of dense nodes, in the precision that they compute in.
        loan: Memory for currents, until all that the chunk gives is read.
        memory: The state of a stream between chunks.
    """

    graph: Graph
    semantics: Semantics
    weights: Mapping[str, Weights]
    loan: Loan
    memory: StreamState


Step: TypeAlias = Callable[[Node, list[Array], Work], Array]
step: Answers[Step] = Answers("the spiking kernel")
"""Takes a node, its operands, arrays ``[steps, points, n]`` (``[1, points, n]`` where constant, ``[points, n]`` of
analog values), and the work; returns its result, of the same shapes. Ops that have none, and do not integrate, follow
estimates by their analog kernels."""


def run_step(node: Node, operands: list[Array], work: Work) -> Array:
    """Return what a node of a spiking region makes.

    Raises:
        TypeError: Its op has no spiking kernel, nor follows estimates.
    """
    if isinstance(node.output.type.coding, Estimate) and not node.op.integrates:
        (result,) = KERNELS[type(node.op)](node.op, tuple(operands))
        return result
    return step.of(node.op)(node, operands, work)


def decoded_value(value: str, signal: Array, work: Work, place: StateKey) -> Array:
    """Return what a signal decodes to, ``[points, n]``; `place` is the key of a stream's state."""
    source = sender(work.graph, value)
    if source is not None and source.op.graded:
        return summed(signal[0], source.op.extrapolation, work.memory, place).astype(signal.dtype)
    return decoded(signal, work.graph.types[value].coding)


@step(Encode)
def _encode(_: Node[Encode], operands: list[Array], work: Work) -> Array:
    return operands[0].astype(work.semantics.dtype, copy=False)[np.newaxis]


@step(Dense)
def _dense(node: Node[Dense], operands: list[Array], work: Work) -> Array:
    source = sender(work.graph, node.inputs[0])
    weight, bias = work.weights[node.name]
    if source is not None and source.op.graded:
        changes, place = operands[0][0] @ weight, _here(node)
        current = summed(changes, source.op.extrapolation, work.memory, place, bias)
        return current[np.newaxis].astype(work.semantics.dtype)
    late = lateness(work.graph.types[node.inputs[0]].coding, work.semantics)
    return _synapse(delayed(operands[0], late), weight, bias, work.loan)


@step(Add)
def _add(_: Node[Add], operands: list[Array], _work: Work) -> Array:
    total: Array = operands[0] + operands[1]
    return total


@step(Decode)
def _decode(node: Node[Decode], operands: list[Array], work: Work) -> Array:
    dtype = np.promote_types(work.semantics.dtype, node.output.type.dtype)
    return decoded_value(node.inputs[0], operands[0], work, _here(node)).astype(dtype, copy=False)


def _here(node: Node) -> StateKey:
    return "node", node.name


def _synapse(signal: Array, weight: Array, bias: Array | None, loan: Loan) -> Array:
    steps, points, width = signal.shape
    made = loan.array((steps * points, weight.shape[1]), str(signal.dtype))
    current: Array = np.matmul(signal.reshape(steps * points, width), weight, out=made)
    if bias is not None:
        current += bias
    return current.reshape(steps, points, weight.shape[1])
