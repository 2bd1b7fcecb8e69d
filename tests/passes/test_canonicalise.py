"""Canonicalise, rule by rule in text form, and on random networks in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.ir import Graph, Tensor, verify
from snnir.ops import Add, Constant, Dense, Div, Mul, Neg, Relu, Reshape, Sin, Sub, Tanh, Transpose
from snnir.passes import Context, run_passes
from snnir.passes.canonicalise import Canonicalise
from snnir.passes.fold import Fold
from snnir.passes.fuse import Fuse
from snnir.passes.separate import Separate
from snnir.semantics import evaluate
from snnir.text import parse_graph, print_graph
from tests.networks import SHAPES, Analog, points_for
from tests.support import GOLDEN, assert_golden

TOLERANCE = {"float32": 1e-6, "float64": 1e-12}
PASSES = (Fold(), Canonicalise(), Fuse(), Separate())


@pytest.mark.parametrize("case", sorted(file.stem for file in (GOLDEN / "canonicalise").glob("*.txt")))
def test_rule_in_text_form(case: str) -> None:
    """The graph above the arrow becomes the one below it, and stays it."""
    file = f"canonicalise/{case}.txt"
    before, _, _ = (GOLDEN / file).read_text(encoding="utf-8").partition("=>\n")
    graph = Canonicalise().run(parse_graph(before), Context({}))
    verify(graph)
    assert_golden(file, f"{before}=>\n{print_graph(graph, provenance=False)}")
    assert Canonicalise().run(graph, Context({})) == graph


def affine(draw: st.DrawFn, net: Analog, x: str) -> str:
    """Add one affine step: a constant to the left or right, of any shape that broadcasts along the last axis."""
    width = net.widths[x]
    shape = draw(st.sampled_from([(), (1,), (width,), (1, width), (1, 1)]))
    constant = net.constant(net.rng.uniform(0.5, 1.5, shape) * net.rng.choice([-1, 1], shape))
    op = draw(st.sampled_from([Add(), Sub(), Mul(), Div()]))
    swapped = not isinstance(op, Div) and draw(st.booleans())
    return net.op(op, *((constant, x) if swapped else (x, constant)), width=width)


@st.composite
def networks(draw: st.DrawFn) -> Graph:
    """Return a random chain of dense, affine, elementwise and layout ops, some values used twice or handed out."""
    net = Analog(draw(st.sampled_from(["float32", "float64"])), draw(st.integers(0, 1000)))
    x = net.input(draw(st.integers(1, 3)))
    values = [x]
    for _ in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(["dense", "dense", "affine", "affine", "function", "layout", "neg", "skip"]))
        if kind == "dense":
            x = net.dense(x, draw(st.integers(1, 4)), gain=1.0, bias=draw(st.booleans()))
        elif kind == "affine":
            x = affine(draw, net, x)
        elif kind == "function":
            x = net.op(draw(st.sampled_from([Tanh(), Sin(), Relu()])), x)
        elif kind == "neg":
            x = net.op(Neg(), x)
        elif kind == "layout":
            there, back = (1, 0), (1, 0)
            x = net.op(Transpose(there), x)
            x = net.op(Transpose(back), net.op(Tanh(), x) if draw(st.booleans()) else x)
            x = net.op(Reshape((-1, net.widths[x])), x)
        else:
            partners = [name for name in values if net.widths[name] == net.widths[x]]
            x = net.op(Add(), x, draw(st.sampled_from([*partners, x])))
        values.append(x)
    extra = draw(st.lists(st.sampled_from(values[1:]), max_size=2, unique=True))
    return net.graph(*dict.fromkeys([x, *extra]))


def assert_same(before: Graph, after: Graph, points: Any, tolerance: float) -> None:
    """Check that outputs agree up to a part of the largest value anywhere in the network."""
    expected = evaluate(before, points, outputs=before.types)
    scale = max(1.0, *(float(np.max(np.abs(array), initial=0)) for array in expected.values()))
    for name, array in evaluate(after, points).items():
        assert array.dtype == expected[name].dtype
        np.testing.assert_allclose(array, expected[name], rtol=0, atol=tolerance * scale, err_msg=name)


@given(networks())
@settings(deadline=None, derandomize=True, max_examples=150)
def test_function_is_preserved(graph: Graph) -> None:
    """Any network computes the same after folding, canonicalising, fusing and separating, and keeps its names."""
    points = points_for(graph, 20)
    kind = graph.inputs[0].type.dtype
    result = run_passes(graph, PASSES, Context(points))
    assert result.outputs == graph.outputs
    assert result.inputs == graph.inputs
    assert [result.types[name] for name in result.outputs] == [graph.types[name] for name in graph.outputs]
    assert_same(graph, result, points, 4 * TOLERANCE[kind])


@given(networks())
@settings(deadline=None, derandomize=True, max_examples=60)
def test_canonical_is_a_fixed_point(graph: Graph) -> None:
    """Canonicalising twice changes nothing, and the same graph always gives the same result."""
    context = Context({})
    once = run_passes(graph, (Fold(), Canonicalise()), context)
    assert run_passes(once, (Fold(), Canonicalise()), context) == once
    assert run_passes(graph, (Fold(), Canonicalise()), context) == once


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_keep_their_function(name: str) -> None:
    """Every shape of this field computes the same after the analog passes."""
    graph = SHAPES[name]()
    points = points_for(graph)
    result = run_passes(graph, PASSES, Context(points))
    double = graph.types[graph.outputs[0]].dtype == "float64"
    # Five times steeper, and so are its rounding errors.
    steep = 10 if name == "siren" else 1
    assert_same(graph, result, points, steep * 2 * TOLERANCE["float64" if double else "float32"])


def test_input_scaling_ends_in_the_first_layer() -> None:
    """Normalisation of inputs and outputs leaves no node behind but dense layers and activations."""
    graph = run_passes(SHAPES["normalised"](), PASSES, Context({}))
    assert [type(node.op) for node in graph.nodes] == [Dense, Tanh, Dense, Tanh, Dense]
    assert not list(graph.of(Constant))


def test_merged_nodes_remember_all_they_came_from() -> None:
    """The provenance of a merged layer names every node that went into it, and the pass."""
    net = Analog()
    graph = net.graph(net.affine(net.dense(net.input(), 3), 2.0, 1.0))
    (node,) = run_passes(graph, PASSES, Context({})).nodes
    assert [origin.node for origin in node.provenance.origins] == ["/dense0", "/mul0", "/add0"]
    assert "canonicalise" in node.provenance.steps


def test_merging_costs_half_a_unit_in_the_last_place_per_node() -> None:
    """Scales are multiplied in double precision, so that merging a node costs one rounding."""
    net = Analog()
    factors = [float(np.float32(factor)) for factor in (1.1, 1 / 3, 0.7, 3.3)]
    dense = net.op(Dense(Tensor(np.ones((1, 1), np.float32))), net.input(1), width=1)
    for factor in factors:
        dense = net.op(Mul(), dense, net.constant(factor))
    (node,) = run_passes(net.graph(dense), PASSES, Context({})).nodes
    assert isinstance(node.op, Dense)
    exact = float(np.prod(factors))
    assert abs(node.op.weight.array[0, 0] - exact) <= len(factors) / 2 * np.spacing(np.float32(exact))
