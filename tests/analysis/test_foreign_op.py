"""An op from outside of the repository: it registers its answers, and is simulated, measured and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, final

import numpy as np
import pytest

from snnir.analysis import limit, measure
from snnir.analysis.asymptote import asymptotic
from snnir.analysis.operations import evaluations
from snnir.codes import Rate, spiking_pipeline
from snnir.codes.radix import Accumulate
from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph, Node, Op, Tensor, Value
from snnir.ops import Clip, Dense, Neuron
from snnir.passes import Context, analog_pipeline
from snnir.semantics import Semantics, Work, evaluate, step
from snnir.types import ANALOG, Array, Coding, Spikes
from tests.networks import mlp, points_for

STEPS = 16


@final
@dataclass(frozen=True)
class Ladder(Neuron):
    """``s(t) = sign(c) if |c(t)| >= theta (t + 1/2) / T else 0``: T comparisons of a current that is constant.

    Of a current that varies it compares the mean.
    """

    mnemonic: ClassVar[str] = "ladder"
    threshold: Tensor
    amplitude: Tensor

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take a current, give spikes."""
        return Spikes("ladder", STEPS)

    def membrane_scale(self) -> Array:
        """Return thresholds over amplitudes."""
        return np.asarray(self.threshold.array / self.amplitude.array)

    def activation_scale(self) -> Array:
        """Return the amplitudes."""
        return self.amplitude.array


@step(Ladder)
def _compare(node: Node[Ladder], operands: list[Array], _: Work) -> Array:
    ratio = operands[0].mean(axis=0, keepdims=True) / node.op.threshold.array
    steps = (np.arange(STEPS)[:, np.newaxis, np.newaxis] + 0.5) / STEPS
    return (np.sign(ratio) * (np.abs(ratio) >= steps)).astype(operands[0].dtype)


@asymptotic(Ladder)
def _clip(_: Graph, node: Node[Ladder], _semantics: Semantics) -> Sequence[Node]:
    made = Value(node.output.name, replace(node.output.type, coding=ANALOG))
    scaled = replace(made, name=f"{made.name}, scaled")
    scale = Dense(Tensor(np.diag(1 / node.op.threshold.array)))
    return (
        Node(scaled.name, scale, node.inputs, (scaled,)),
        Node(node.name, Clip(-1.0, 1.0), (scaled.name,), (made,)),
    )


@evaluations(Ladder)
def _comparisons(node: Node[Ladder]) -> int:
    return STEPS * node.op.width


def ladders() -> tuple[Graph, Graph]:
    """Return a network whose neurons are ladders, and the analog one that it stands for."""
    graph = mlp(2, 8, 8, 1)
    context = Context(points_for(graph, 80), steps=STEPS)
    ann = analog_pipeline(graph, context)
    network = spiking_pipeline(ann, context, Rate(), "none").graph

    def replaced(node: Node) -> Node:
        if not isinstance(node.op, IntegrateAndFire):
            return node
        kind = replace(node.output.type, coding=Spikes("ladder", STEPS))
        op: Op = Ladder(node.op.threshold, node.op.amplitude)
        return replace(node, op=op, outputs=(Value(node.output.name, kind),))

    return network.with_nodes(tuple(map(replaced, network.nodes))), ann


def test_it_is_simulated_and_tends_to_its_limit() -> None:
    """Rounding to 16 levels is all that separates the two."""
    network, ann = ladders()
    points = points_for(ann, 60, seed=1)
    made, reference = (evaluate(each, points)[each.outputs[0]] for each in (network, limit(network)))
    assert 0 < np.abs(made - reference).max() < 0.2 * np.abs(reference).max() + 0.2


def test_it_is_measured_and_bounded() -> None:
    """Spikes, operations, its start and the bound of its error come out of what it has registered."""
    network, ann = ladders()
    found = measure(network, ann, points_for(ann, 60, seed=1), Semantics(), reference=limit(network))
    assert [layer["neurons"] for layer in found.layers] == [8, 8]
    assert found.operations["function_evaluations"] == 16 * STEPS
    assert found.operations["ac"] > 0
    assert found.bound.rel_l2 <= found.bound.telescoped * (1 + 1e-6)


def test_what_has_no_answer_is_named() -> None:
    """Its mnemonic and the question stand in the message."""
    with pytest.raises(TypeError, match="clip: the spiking kernel is not defined"):
        step.of(Clip(0.0, 1.0))
    assert step.find(Accumulate()) is not None
