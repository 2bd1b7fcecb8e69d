"""Separate: dense layers over concatenations of units become sums."""

from __future__ import annotations

import numpy as np

from snnir.ops import Add, Concat, Dense, Sin, Tanh
from snnir.passes import Context, run_passes
from snnir.passes.canonicalise import Canonicalise
from snnir.passes.fold import Fold
from snnir.passes.separate import Separate
from snnir.semantics import evaluate
from tests.networks import Analog, concat_skip, fourier_features, points_for

PASSES = (Fold(), Canonicalise(), Separate())


def test_sum_of_dense_layers() -> None:
    """No dense layer reads a concatenation of units; the parts hold the rows of the weights, and one the bias."""
    graph = concat_skip(8)
    result = run_passes(graph, PASSES, Context({}))
    joined = {node.output.name for node in result.of(Concat)}
    readout = graph.nodes[-1]
    parts = [node for node in result.of(Dense) if node.name.startswith(f"{readout.name}.")]
    assert len(parts) == 3
    assert not any(name in joined for part in parts for name in part.inputs)
    by_source = {part.inputs[0]: part.op.weight.array for part in parts if isinstance(part.op, Dense)}
    sources = ("x", "tanh0", "tanh1")
    assert isinstance(readout.op, Dense)
    np.testing.assert_array_equal(np.concatenate([by_source[name] for name in sources]), readout.op.weight.array)
    assert [part.op.bias for part in parts if isinstance(part.op, Dense) and part.op.bias] == [readout.op.bias]


def test_units_are_added_first() -> None:
    """What comes from units is added up before what does not, so that the sum stays in one piece when it spikes."""
    result = run_passes(concat_skip(8), PASSES, Context({}))
    readout = [node for node in result.nodes if node.name.startswith("/dense2.")]
    assert [node.inputs[0] for node in readout if isinstance(node.op, Dense)][-1] == "x"
    assert isinstance(readout[-1].op, Add)


def test_same_function() -> None:
    """The sum computes what the layer over the concatenation did."""
    graph = concat_skip(8)
    points = points_for(graph)
    result = run_passes(graph, PASSES, Context({}))
    before, after = (evaluate(each, points)[graph.outputs[0]] for each in (graph, result))
    np.testing.assert_allclose(after, before, rtol=0, atol=2e-6)


def test_features_of_the_input_stay_together() -> None:
    """A concatenation that no units feed is left alone: it is made on the host anyway."""
    graph = run_passes(fourier_features(), (Fold(), Canonicalise()), Context({}))
    assert run_passes(graph, (Separate(),), Context({})) == graph


def test_concatenation_along_points_stays() -> None:
    """Only features are separated, not points one below the other."""
    net = Analog()
    x = net.input()
    hidden = net.op(Tanh(), net.dense(x, 4)), net.op(Sin(), net.dense(x, 4))
    stacked = net.op(Concat(0), *hidden)
    graph = run_passes(net.graph(net.dense(stacked, 1)), (Fold(), Canonicalise()), Context({}))
    assert run_passes(graph, (Separate(),), Context({})) == graph
