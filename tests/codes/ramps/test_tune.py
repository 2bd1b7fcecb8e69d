"""Tuning: the limit of a spiking network, and gradients against finite differences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from snnir.analysis import limit
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.activations import Activations
from snnir.codes.ramps.normalise import Normalise
from snnir.codes.ramps.region import Region
from snnir.codes.ramps.tune import Tune, boundary
from snnir.codes.rate import Thresholds
from snnir.ir import Graph, Tensor, regions, verify
from snnir.ops import Clip, Decode, Dense, Encode
from snnir.passes import Context, Pass, analog_pipeline, run_passes
from snnir.passes.couple import Couple
from snnir.passes.least_squares import LeastSquares
from snnir.semantics import Semantics, evaluate
from snnir.types import Array
from tests.networks import SHAPES, Spiking, mlp, points_for

CHAIN = (Activations(), Couple(), Thresholds("capped", enlarge_last=False), Normalise())
VARIED = ("mlp", "residual", "concat-skip", "modified-mlp", "separable", "operator", "two-branch", "two-outputs")


def prepared(graph: Graph, *passes: Pass, steps: int = 16) -> tuple[Graph, Context]:
    """Return the normalised graph, after some passes, and their context."""
    context = Context(points_for(graph, 120), steps=steps)
    context = replace(context, ann=analog_pipeline(graph, context))
    return run_passes(context.analog, (*CHAIN, *passes), context), context


@pytest.mark.parametrize("name", SHAPES)
def test_limit_is_reached_for_many_steps(name: str) -> None:
    """The limit is a legal analog graph, and what the spiking network tends to."""
    graph, context = prepared(SHAPES[name](), Tune(iterations=0), steps=1024)
    ideal = limit(graph)
    verify(ideal)
    assert not list(ideal.of(Encode, Decode, IntegrateAndFire))
    assert len(list(ideal.of(Clip))) == len(list(graph.of(IntegrateAndFire)))
    few = {name: array[:8] for name, array in context.points.items()}
    spiking = evaluate(graph, few, semantics=Semantics(dtype="float64"))
    clipped = evaluate(ideal, few)
    for ours, theirs in zip(graph.outputs, ideal.outputs, strict=True):
        np.testing.assert_allclose(spiking[ours], clipped[theirs], atol=0.02 * np.max(np.abs(clipped[theirs])))


@pytest.mark.parametrize("signed", [True, False])
def test_limit_of_any_threshold(signed: bool) -> None:
    """Whatever its threshold and sign, a neuron tends to a clipped line."""
    net = Spiking(np.float64, 4096)
    threshold = np.array([0.5, 1.0, 3.0])
    graph = net.graph(net.decode(net.fire(net.encode(net.input(3)), threshold, signed=signed)))
    points = {"x": np.random.default_rng(0).uniform(-4, 4, (50, 3))}
    ideal = limit(graph)
    verify(ideal)
    (spikes,) = evaluate(graph, points, semantics=Semantics(dtype="float64")).values()
    (clipped,) = evaluate(ideal, points).values()
    np.testing.assert_allclose(clipped, np.clip(points["x"] / threshold, -1.0 if signed else 0.0, 1.0), rtol=1e-12)
    np.testing.assert_allclose(spikes, clipped, atol=1.001 / 4096)


@pytest.mark.parametrize("name", VARIED)
def test_gradients_equal_finite_differences(name: str) -> None:
    """In double precision every sampled derivative of the loss is that of a small step."""
    graph, context = prepared(SHAPES[name]())
    rng = np.random.default_rng(0)
    for nodes in regions(graph):
        region = Region(nodes, boundary(nodes, context), 0.03, dtype="float64")
        for weight, _ in region.parameters.values():
            np.multiply(weight, 1.03, out=weight)  # no point is exactly on a kink any more
        rows = np.arange(40)
        gradients = [gradient.copy() for gradient in region.gradients(rows)]
        for array, gradient in zip(_arrays(region), gradients, strict=True):
            where = np.unravel_index(rng.integers(array.size), array.shape)
            if gradient[where] == 0 and array[where] == 0:
                continue  # off the diagonal of a diagonal readout
            slopes = [_slope(region, rows, array, where, step) for step in (1e-4, 1e-5, 1e-6)]
            # A kink of a clipped line within the step spoils one difference, not all three.
            assert min(abs(slope - gradient[where]) for slope in slopes) < 1e-4 * max(1, abs(gradient[where]))


def _arrays(region: Region) -> list[Array]:
    """Return all parameters in the order of `Region.gradients`."""
    return [array for pair in region.parameters.values() for array in pair]


def _slope(region: Any, rows: Any, array: Any, where: Any, step: float) -> float:
    kept = array[where]
    losses = []
    for sign in (1, -1):
        array[where] = kept + sign * step
        losses.append(_loss(region, rows))
    array[where] = kept
    return (losses[0] - losses[1]) / (2 * step)


def _loss(region: Any, rows: Any) -> float:
    """Return what the docstring of `Tune` says is minimised."""
    values, _ = region._forward(rows)
    total = 0.0
    spikes = 0.0
    for node in region.order:
        name = node.output.name
        if isinstance(node.op, Decode):
            error = (values[name] - region.ends.wanted[name][rows]) ** 2 / region.ends.power[name]
            total += float(np.sum(np.mean(error, axis=0))) / region.ends.outputs
        if isinstance(node.op, IntegrateAndFire):
            spikes += float(np.sum(np.mean(np.abs(values[name]), axis=0))) / region.neurons
    return total + float(region.activity) * spikes


@pytest.mark.parametrize("name", VARIED)
def test_tuning_lowers_the_error(name: str) -> None:
    """The tuned limit is nearer to the analog network than the closed form, and stays so in spikes."""
    errors = []
    for iterations in (0, 300):
        graph, context = prepared(SHAPES[name](), Tune(iterations=iterations, activity=0.0))
        ideal = limit(graph)
        exact = evaluate(context.analog, context.points)
        got = evaluate(ideal, context.points)
        differences = [
            np.linalg.norm(got[there] - exact[here]) / np.linalg.norm(exact[here])
            for here, there in zip(graph.outputs, ideal.outputs, strict=True)
        ]
        errors.append(float(np.mean(differences)))
    assert errors[1] < errors[0]


def test_activity_costs_spikes() -> None:
    """The larger its weight, the less the neurons of the limit are active."""
    activity = []
    for weight in (0.0, 0.1, 1.0):
        graph, context = prepared(mlp(2, 12, 12, 1), Tune(iterations=200, activity=weight))
        names = [node.output.name for node in graph.of(IntegrateAndFire)]
        values = evaluate(limit(graph), context.points, outputs=names)
        activity.append(float(np.mean([np.mean(np.abs(array)) for array in values.values()])))
    assert activity == sorted(activity, reverse=True)


def test_structure_and_diagonals_stay() -> None:
    """Tuning changes weights only, and a readout of one neuron each stays one."""
    before, _ = prepared(SHAPES["operator"]())
    after, _ = prepared(SHAPES["operator"](), Tune(iterations=20))
    assert [(node.name, node.inputs) for node in after.nodes] == [(node.name, node.inputs) for node in before.nodes]
    readout = after.producers[after.by_name["tanh2.readout.decode"].inputs[0]].op
    assert isinstance(readout, Dense)
    assert np.array_equal(readout.weight.array, np.diag(np.diag(readout.weight.array)))


def test_seed_decides() -> None:
    """The same seed gives the same weights, another one others."""
    graph = mlp(2, 6, 1)
    context = Context(points_for(graph, 200), steps=8)
    context = replace(context, ann=analog_pipeline(graph, context))
    first, same, other = (
        run_passes(context.analog, (*CHAIN, Tune(iterations=5)), replace(context, seed=seed)) for seed in (0, 0, 1)
    )
    assert first == same
    assert first != other


def test_least_squares_decodes_the_limits_currents() -> None:
    """After tuning, mean currents are fitted to those of the tuned limit, and outputs to the analog network's."""
    tuned, context = prepared(mlp(2, 12, 12, 1), Tune(iterations=100))
    graph, _ = prepared(mlp(2, 12, 12, 1), Tune(iterations=100), LeastSquares(tuned=True))
    (current,) = (node.inputs[0] for node in graph.of(IntegrateAndFire) if node.name == "tanh1")
    wanted = evaluate(limit(tuned), context.points, outputs=[current])[current]
    before, after = (
        float(np.mean((evaluate(each, context.points, outputs=[current])[current] - wanted) ** 2))
        for each in (tuned, graph)
    )
    assert after < before


@pytest.mark.parametrize("size", [1e-8, 1e-3, 1e5])
def test_the_size_of_outputs_does_not_matter(size: float) -> None:
    """Tuning works in units of the outputs: a network of tiny or huge numbers is tuned as well as any other."""
    graph = mlp(2, 16, 16, 1)
    last = graph.nodes[-1]
    assert isinstance(last.op, Dense)
    assert last.op.bias is not None
    op = Dense(*(Tensor((each.array * size).astype(np.float32)) for each in (last.op.weight, last.op.bias)))
    scaled = graph.with_nodes((*graph.nodes[:-1], replace(last, op=op)))
    errors: list[float] = []
    for each in (graph, scaled):
        tuned, context = prepared(each, Tune())
        (made,) = evaluate(limit(tuned), context.points).values()
        (exact,) = evaluate(context.analog, context.points).values()
        errors.append(float(np.linalg.norm(made - exact) / np.linalg.norm(exact)))
    assert errors[1] == pytest.approx(errors[0], rel=0.2)


def test_an_output_that_is_always_zero_does_not_rule() -> None:
    """A column without any signal does not spoil the others."""
    graph = mlp(2, 16, 16, 2)
    last = graph.nodes[-1]
    assert isinstance(last.op, Dense)
    dead = np.array([1, 0], np.float32)
    op = Dense(Tensor(last.op.weight.array * dead), Tensor(last.op.bias.array * dead if last.op.bias else dead * 0))
    tuned, context = prepared(graph.with_nodes((*graph.nodes[:-1], replace(last, op=op))), Tune())
    (made,) = evaluate(limit(tuned), context.points).values()
    (exact,) = evaluate(context.analog, context.points).values()
    assert np.linalg.norm(made - exact) < 0.05 * np.linalg.norm(exact)


def test_an_input_that_never_changes_gets_no_huge_weights() -> None:
    """A column without spread is not standardised: its weights stay as large as they were."""
    context = Context(
        {"x": points_for(mlp(2, 8, 1), 120)["x"] * np.array([1, 0], np.float32) + np.float32(0.3)}, steps=8
    )
    context = replace(context, ann=analog_pipeline(mlp(2, 8, 8, 1), context))
    graph = run_passes(context.analog, (*CHAIN, Tune()), context)
    assert max(np.max(np.abs(node.op.weight.array)) for node in graph.nodes if isinstance(node.op, Dense)) < 100
