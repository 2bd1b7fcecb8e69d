"""Fold: constants are computed once, at compile time."""

from __future__ import annotations

import numpy as np

from snnir.ops import Add, Constant, Mul, Sin, Split, Tanh
from snnir.passes import Context, run_passes
from snnir.passes.fold import Fold
from snnir.semantics import evaluate
from tests.networks import Analog, points_for


def test_only_varying_nodes_remain() -> None:
    """Whatever depends on constants alone becomes one constant; the inputs of folded nodes are dropped."""
    net = Analog()
    factor = net.op(Sin(), net.op(Add(), net.constant(1.0), net.constant([0.5, 1.5])))
    graph = net.graph(net.op(Mul(), net.input(2), factor))
    folded = run_passes(graph, [Fold()], Context({}))
    assert [type(node.op) for node in folded.nodes] == [Constant, Mul]
    (constant,) = folded.of(Constant)
    assert isinstance(constant.op, Constant)
    np.testing.assert_array_equal(constant.op.value.array, np.sin(np.float32([1.5, 2.5])))
    assert constant.provenance.steps == ("fold",)
    points = points_for(graph)
    np.testing.assert_array_equal(evaluate(graph, points)[graph.outputs[0]], evaluate(folded, points)[graph.outputs[0]])


def test_every_output_of_a_folded_node_is_a_constant() -> None:
    """A node with several outputs folds into as many constants, under the same value names."""
    net = Analog()
    first, second = net.several(Split((1, 1), 0), net.constant([2.0, 3.0]), widths=(1, 1))
    graph = net.graph(net.op(Mul(), net.op(Mul(), net.input(1), first), second))
    folded = run_passes(graph, [Fold()], Context({}))
    assert {first, second} <= set(folded.types)
    assert len(list(folded.of(Constant))) == 2
    assert evaluate(folded, {"x": np.ones((1, 1), np.float32)})[graph.outputs[0]] == [[6]]


def test_constant_outputs_stay() -> None:
    """A constant graph output keeps its name."""
    net = Analog()
    net.input(1)
    graph = net.graph(net.op(Tanh(), net.constant([1.0])))
    folded = run_passes(graph, [Fold()], Context({}))
    assert folded.outputs == graph.outputs
    assert evaluate(folded, {})[graph.outputs[0]] == np.tanh(np.float32(1))
