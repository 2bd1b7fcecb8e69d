"""Products of signals as squares of sums: the same function, and nothing between layers on the host."""

from __future__ import annotations

import numpy as np
import pytest

import snnir
from snnir.analysis import find_layers, host_parts, measure
from snnir.codes import Population, Rate, spiking_pipeline
from snnir.codes.population.products import Products
from snnir.ir import Graph
from snnir.ops import Add, Dense, Mul, Tanh
from snnir.passes import Context, analog_pipeline, run_passes
from snnir.semantics import Semantics, evaluate
from tests.networks import SHAPES, Analog, points_for

GATED = ("modified-mlp", "gated-product")


def canonical(graph: Graph, count: int = 200) -> tuple[Graph, Context]:
    """Return the canonical network and a context to run passes in."""
    context = Context(points_for(graph, count), steps=32)
    return analog_pipeline(graph, context), context


@pytest.mark.parametrize("name", SHAPES)
def test_the_function_stays(name: str) -> None:
    """Every shape computes the same on unseen points; only gates and ``1 - tanh^2`` are changed at all."""
    ann, context = canonical(SHAPES[name]())
    changed = run_passes(ann, (Products(),), context)
    points = points_for(ann, 100, seed=1)
    before, after = evaluate(ann, points), evaluate(changed, points)
    for key, array in before.items():
        np.testing.assert_allclose(after[key], array, rtol=2e-5, atol=2e-5)
    assert (changed != ann) == (name in (*GATED, "several-uses"))


@pytest.mark.accuracy
@pytest.mark.parametrize("name", GATED)
def test_no_product_is_left_between_layers(name: str) -> None:
    """Only squares are multiplied any more, each a layer of units, and the network is a single spiking region."""
    ann, context = canonical(SHAPES[name]())
    changed = Products().run(ann, context)
    squares = [node for node in changed.nodes if isinstance(node.op, Mul)]
    assert all(node.inputs[0] == node.inputs[1] for node in squares)
    assert {node.output.name for node in squares} <= {layer.a for layer in find_layers(changed)}
    made = spiking_pipeline(changed, context, Population(neurons_per_unit=4), "least-squares")
    assert host_parts(made.graph)["between"] == []
    assert host_parts(spiking_pipeline(ann, context, Rate(), "none").graph)["between"] != []
    points = points_for(ann, 100, seed=1)
    result = measure(made.graph, changed, points, Semantics(), reference=made.reference, original=ann)
    assert result.errors.rel_l2 < 5e-2
    assert (
        result.operations["ann_mac"]
        == measure(made.graph, changed, points, Semantics(), original=ann).operations["ann_mac"]
    )


def test_constants_on_the_way_become_weights() -> None:
    """Factors, offsets, differences and signs between a product and the next layer leave no node of their own."""
    net = Analog(seed=3)
    x = net.input()
    a, b = (net.op(Tanh(), net.dense(x, 6)) for _ in range(2))
    product = net.affine(net.op(Mul(), a, b), np.linspace(1, 2, 6), -0.5)
    graph = net.graph(net.dense(net.op(Tanh(), net.dense(product, 5)), 1))
    ann, context = canonical(graph)
    changed = Products().run(ann, context)
    kinds = {type(node.op) for node in changed.nodes}
    assert kinds == {Dense, Add, Tanh, Mul}
    points = points_for(ann, 100, seed=1)
    for key, array in evaluate(ann, points).items():
        np.testing.assert_allclose(evaluate(changed, points)[key], array, rtol=2e-5, atol=2e-5)


def test_units_and_cost_are_those_of_the_network_given() -> None:
    """Compiled with products in spikes, units are the ANN's: squares are the price, not what it is compared with."""
    graph = SHAPES["modified-mlp"]()
    domain = {"x": (-1, 1), "y": (-1, 1)}
    host, spikes = (
        snnir.compile(
            graph, domain=domain, code="population", steps=4, neurons_per_unit=2, calibration="none", products=where
        ).report
        for where in ("host", "spikes")
    )
    assert host["units"] == spikes["units"]
    assert host["operations"]["ann_mac"] == spikes["operations"]["ann_mac"]
    assert host["neurons"] < spikes["neurons"]
    assert spikes["host"]["between"] == [] != host["host"]["between"]


@pytest.mark.parametrize(("products", "code"), [("spikes", "rate"), ("chip", "population")])
def test_what_is_refused(products: str, code: str) -> None:
    """The rate code has no squares, and there are only two places."""
    with pytest.raises(snnir.UsageError, match=r"products|squares"):
        snnir.compile(SHAPES["mlp"](), domain={"x": (-1, 1), "y": (-1, 1)}, code=code, steps=4, products=products)
