"""What passes may not change, on random networks: the function, or of spiking networks what their neurons tend to."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from snnir.analysis import find_layers, limit
from snnir.codes.population.populate import Populate
from snnir.codes.population.products import Products
from snnir.codes.ramps.activations import Activations
from snnir.ir import Graph
from snnir.ops import Add, Concat, Mul, Sin, Tanh
from snnir.passes import Context, analog_pipeline, run_pass, run_passes
from snnir.passes.canonicalise import Canonicalise
from snnir.passes.couple import Couple
from snnir.passes.fold import Fold
from snnir.passes.join import Join
from snnir.passes.separate import Separate
from snnir.semantics import Semantics, evaluate
from tests.networks import Analog, points_for


@st.composite
def networks(draw: st.DrawFn) -> Graph:
    """Return a random network of dense layers, functions, sums, products and concatenations, in double precision."""
    net = Analog("float64", draw(st.integers(0, 1000)))
    values = [net.op(Tanh(), net.dense(net.input(2), draw(st.integers(1, 3))))]
    for _ in range(draw(st.integers(1, 5))):
        x = draw(st.sampled_from(values))
        kind = draw(st.sampled_from(["layer", "layer", "sum", "product", "concat"]))
        other = draw(st.sampled_from([name for name in values if net.widths[name] == net.widths[x]]))
        if kind == "layer":
            dense = net.dense(x, draw(st.integers(1, 4)))
            values.append(net.op(draw(st.sampled_from([Tanh(), Sin()])), dense))
        elif kind == "concat":
            values.append(net.op(Concat(1), x, other, width=2 * net.widths[x]))
        else:
            values.append(net.op(Add() if kind == "sum" else Mul(), x, other))
    return net.graph(net.dense(values[-1], draw(st.integers(1, 2))))


def assert_same(before: Graph, after: Graph, graph: Graph) -> None:
    """Check that two networks compute the same on points of a third, output by output."""
    points = points_for(graph, 20, seed=1)
    expected, made = evaluate(before, points), evaluate(after, points)
    for old, new in zip(before.outputs, after.outputs, strict=True):
        np.testing.assert_allclose(made[new], expected[old], rtol=1e-8, atol=1e-8 * (1 + np.abs(expected[old]).max()))


def canonical(graph: Graph) -> tuple[Graph, Context]:
    """Return the canonical network, which must have layers, and a context of points."""
    context = Context(points_for(graph, 40), Semantics(dtype="float64"), steps=8)
    ann = analog_pipeline(graph, context)
    assume(find_layers(ann))
    return ann, context


@given(networks())
@settings(deadline=None, derandomize=True, max_examples=40)
def test_separate_keeps_the_function(graph: Graph) -> None:
    """A dense layer over a concatenation is a sum of dense layers."""
    before = run_passes(graph, (Fold(), Canonicalise()), Context({}))
    assert_same(before, run_pass(Separate(), before, Context({})), graph)


@given(networks())
@settings(deadline=None, derandomize=True, max_examples=40)
def test_products_keep_the_function(graph: Graph) -> None:
    """Squares of sums are products."""
    ann, context = canonical(graph)
    assert_same(ann, run_pass(Products(), ann, context), graph)


@given(networks())
@settings(deadline=None, derandomize=True, max_examples=40)
def test_couple_keeps_the_limit(graph: Graph) -> None:
    """With ever more steps, neurons that exchange spikes tend to what they tend to through the host."""
    ann, context = canonical(graph)
    apart = run_pass(Activations(), ann, context)
    coupled = run_pass(Couple(), apart, context)
    assert_same(limit(apart, context.semantics), limit(coupled, context.semantics), graph)


@given(networks())
@settings(deadline=None, derandomize=True, max_examples=25)
def test_join_keeps_the_limit(graph: Graph) -> None:
    """One matrix in the place of two in a row computes the same."""
    ann, context = canonical(graph)
    context = Context(context.points, context.semantics, 8, ann=ann)
    populated = run_passes(ann, (Activations(), Couple(), Populate(3)), context)
    joined = run_pass(Join(), populated, context)
    assert_same(limit(populated, context.semantics), limit(joined, context.semantics), graph)
