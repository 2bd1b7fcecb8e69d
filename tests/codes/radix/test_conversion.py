"""From an analog network to difference neurons: what the passes keep, choose and guarantee."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from snnir.analysis import (
    error_bound,
    find_layers,
    inferences,
    latency,
    limit,
    measure,
    with_further_points,
)
from snnir.codes import Radix, Rate, spiking_pipeline
from snnir.codes.radix import Accumulate, SignedDigits, estimator
from snnir.codes.radix.digits import REACH, full_scale, rounding
from snnir.codes.radix.rounding import few, rounding_errors
from snnir.ir import Graph, Tensor
from snnir.ops import Dense, Elu, Gelu, Op, Sigmoid, Sin, Softplus, Swish
from snnir.passes import Calibration, Context, analog_pipeline
from snnir.semantics import Semantics, evaluate
from snnir.types import Array
from tests.networks import SHAPES, mlp, points_for, separable
from tests.support import assert_round_trip

EXACT = Semantics(dtype="float64")
DIGITS = 12
CALIBRATIONS: tuple[Calibration, ...] = ("none", "light", "advanced", "least-squares")


def converted(
    graph: Graph,
    calibration: Calibration = "none",
    digits: int = DIGITS,
    *,
    pipelined: bool = False,
    count: int = 80,
) -> tuple[Graph, Graph, dict[str, Array], Context]:
    """Return a network of difference neurons, its analog network, points it was not calibrated on, and the context."""
    context = Context(points_for(graph, count), EXACT, digits)
    ann = analog_pipeline(graph, context)
    made = spiking_pipeline(ann, context, Radix(pipelined=pipelined), calibration)
    return made.graph, ann, points_for(graph, 60, seed=1), context


def layers(graph: Graph) -> dict[str, SignedDigits]:
    """Return the digits of every layer by its name."""
    return {node.name: node.op for node in graph.nodes if isinstance(node.op, SignedDigits)}


@pytest.mark.parametrize("name", SHAPES)
def test_many_digits_are_the_analog_network(name: str) -> None:
    """Without calibration a network of any shape computes what the analog one does, but for rounding to 24 digits."""
    graph, ann, _, context = converted(SHAPES[name](), digits=24)
    points = context.points
    assert set(layers(graph)) == {layer.a for layer in find_layers(ann)}
    sent, exact = evaluate(graph, points, semantics=EXACT), evaluate(ann, points)
    for key, value in exact.items():
        np.testing.assert_allclose(sent[key], value, atol=1e-5 * max(np.max(np.abs(value)), 1))
    ideal = evaluate(limit(graph), points)
    for value, found in zip(exact.values(), ideal.values(), strict=True):
        np.testing.assert_allclose(found, value, atol=1e-5 * max(np.max(np.abs(value)), 1))


@pytest.mark.accuracy
@pytest.mark.parametrize("pipelined", [False, True])
@pytest.mark.parametrize("calibration", CALIBRATIONS)
@pytest.mark.parametrize("name", SHAPES)
def test_the_bounds_hold(name: str, calibration: Calibration, pipelined: bool) -> None:
    """Whatever the network, the calibration and the timing: the error is below the a-priori bound and the other one."""
    for digits in (5, 10):
        graph, ann, points, _ = converted(SHAPES[name](), calibration, digits, pipelined=pipelined)
        measured = measure(graph, ann, points, EXACT)
        found = rounding_errors(graph, ann, points)
        error = measured.errors.rel_l2
        assert error <= found.bound
        assert error <= measured.bound.telescoped * (1 + 1e-9)
        assert found.expected <= found.bound
        assert error_bound(graph, ann, points, EXACT, reference=limit(graph)).rel_l2 == pytest.approx(error)


@pytest.mark.parametrize("name", ["mlp", "residual", "separable", "gated-product", "adaptive", "siren"])
def test_every_unit_is_rounded_within_its_bound(name: str) -> None:
    """Digits end within two thirds of the last one of f of the decoded input; on all units and unseen points."""
    for pipelined in (False, True):
        graph, _, points, _ = converted(SHAPES[name](), "least-squares", pipelined=pipelined, count=300)
        for node in graph.of(SignedDigits):
            goal, sent = evaluate(graph, points, outputs=[node.inputs[0], node.output.name], semantics=EXACT).values()
            op = layers(graph)[node.name]
            scale = full_scale(op.amplitude.array.astype(np.float64), DIGITS)
            assert np.max(np.abs((goal - op.offset.array) / scale - sent)) <= rounding(DIGITS) * (1 + 1e-9)


def test_the_error_halves_with_every_digit() -> None:
    """Eight more digits take the error down by about 256, and it is about what is expected of independent errors."""
    found = {}
    for digits in (8, 16):
        graph, ann, points, _ = converted(mlp(2, 20, 20, 1), digits=digits)
        error = measure(graph, ann, points, EXACT).errors.rel_l2
        assert error == pytest.approx(rounding_errors(graph, ann, points).expected, rel=0.4)
        found[digits] = error
    assert 100 < found[8] / found[16] < 600


def test_amplitudes_cover_ranges_and_spend_spikes_where_they_matter() -> None:
    """No range is cut; where it leaves a choice, the amplitude times the sensitivity is the same for all units."""
    graph, ann, _, context = converted(mlp(2, 16, 16, 1))
    ranges, products = [], []
    seen = with_further_points(ann, context.points, bounded=False)
    start = rounding_errors(graph, ann, few(ann, seen, 512))
    values = evaluate(ann, seen, outputs=layers(graph))
    for name, op in layers(graph).items():
        half = np.max(np.abs(values[name] - op.offset.array), axis=0)
        ranges += list(half / (REACH * op.amplitude.array))
        products += list(start.sensitivity[name] / (2 - 2.0 ** (1 - DIGITS)))
    free = np.array(ranges) < 0.999
    assert np.max(ranges) <= 1 + 1e-6
    assert 0 < np.count_nonzero(free) < len(free)
    np.testing.assert_allclose(np.array(products)[free], np.max(np.array(products)[free]), rtol=0.05)
    assert np.all(np.array(products)[~free] >= np.min(np.array(products)[free]) * 0.95)


def test_sensitivities_are_derivatives() -> None:
    """In a chain of two layers, how the output changes with a unit is the product of weights and slopes on the way."""
    graph, ann, points, _ = converted(mlp(2, 5, 4, 1), digits=16)
    ideal = limit(graph)
    first, second = graph.of(SignedDigits)
    weights = {node.inputs[0]: node.op.weight.array for node in ideal.nodes if isinstance(node.op, Dense)}
    behind = weights[second.output.name]
    estimate = estimator(graph, second).inputs[0]
    z = evaluate(ideal, points, outputs=[estimate])[estimate].astype(np.float64)
    scale = full_scale(layers(graph)[second.name].amplitude.array.astype(np.float64), 16)
    chain = weights[first.output.name][None] * ((1 - np.tanh(z) ** 2) / scale)[:, None, :] @ behind
    found = rounding_errors(graph, ann, points).sensitivity
    np.testing.assert_allclose(found[first.name], np.sqrt(np.sum(chain**2, axis=(0, 2))), rtol=1e-2)
    expected = np.sqrt(len(points["x"])) * np.abs(behind[:, 0])
    np.testing.assert_allclose(found[second.name], expected, rtol=1e-2)


def test_latency_of_layers_that_wait_and_of_layers_that_do_not() -> None:
    """Sequential: K steps per layer. Pipelined: K steps and the lags. The spikes of a layer start accordingly."""
    waiting, _, _, _ = converted(mlp(2, 8, 8, 8, 1))
    assert latency(waiting).steps == 3 * DIGITS
    assert list(latency(waiting).starts.values()) == [0, DIGITS, 2 * DIGITS]
    flowing, _, _, _ = converted(mlp(2, 8, 8, 8, 1), pipelined=True)
    first, *lags = (node.op.lag for node in flowing.nodes if isinstance(node.op, Accumulate))
    assert first is None
    one, two = (lag for lag in lags if lag is not None)
    assert latency(flowing).steps == DIGITS + one + two < 3 * DIGITS
    assert list(latency(flowing).starts.values()) == [0, one, one + two]


def test_latency_of_the_rate_code() -> None:
    """All layers of a region work in the same T steps; regions with the host in between follow each other."""
    for name, expected in (("mlp", 7), ("residual", 7), ("layer-norm", 14)):
        context = Context(points_for(SHAPES[name](), 30), steps=7)
        graph = spiking_pipeline(analog_pipeline(SHAPES[name](), context), context, Rate(), "none").graph
        assert latency(graph).steps == expected


@pytest.mark.parametrize("pipelined", [False, True])
def test_operations_are_counted_by_hand(pipelined: bool) -> None:
    """Spikes cost the weights behind them; f is evaluated once per unit, or at every step if a layer does not wait."""
    graph, ann, points, _ = converted(mlp(2, 6, 5, 1), pipelined=pipelined)
    trains: dict[str, Array] = {}
    evaluate(graph, points, semantics=EXACT, observe=lambda node, _, s: trains.update({node.name: s.copy()}))
    found = measure(graph, ann, points, EXACT)
    one, two = (np.count_nonzero(train) / 60 for train in trains.values())
    assert set(np.unique(np.concatenate([train.ravel() for train in trains.values()]))) <= {-1, 0, 1}
    assert found.operations["ac"] == pytest.approx(one * 5 + two * 1)
    assert found.operations["mac"] == 2 * 6
    assert found.operations["function_evaluations"] == 6 + (DIGITS if pipelined else 1) * 5
    assert found.spikes["per_unit"] == pytest.approx((one + two) / 11)
    assert found.energy_pj["snn"] == pytest.approx(0.9 * (one * 5 + two) + 4.6 * 12)
    assert found.latency == latency(graph).steps
    assert [row["start"] for row in found.layers] == list(latency(graph).starts.values())


def test_inferences_per_axis() -> None:
    """A separable network of difference neurons runs once per coordinate, as any other."""
    graph, ann, points, _ = converted(separable())
    sizes = {node.name: 63 if index else 60 for index, node in enumerate(graph.of(SignedDigits))}
    names = [layer.a for layer in find_layers(ann)]
    seen = {name: sizes.get(name, 0) for name in names}
    assert [part.inputs for part in inferences(graph, seen)] == [("x",), ("y",)]
    assert points["x"].shape[0] != points["y"].shape[0]


@pytest.mark.parametrize("name", SHAPES)
def test_text_and_back(name: str) -> None:
    """The nodes of f stay in the graph, so the text form needs nothing new: every shape reads back as it was."""
    for pipelined in (False, True):
        assert_round_trip(converted(SHAPES[name](), digits=6, pipelined=pipelined)[0])


@pytest.mark.accuracy
@pytest.mark.parametrize("op", [Sin(), Swish(), Gelu(), Softplus(), Sigmoid(), Elu()])
def test_any_activation(op: Op) -> None:
    """One-sided, bounded, growing or waving: 14 digits convert it within a thousandth of the output."""
    graph, ann, points, _ = converted(mlp(2, 16, 16, 1, activation=op), "least-squares", 14)
    measured = measure(graph, ann, points, EXACT)
    assert measured.errors["rel_l2"] <= 1e-3
    assert measured.spikes["per_unit"] <= 5


def test_units_that_never_change() -> None:
    """Dead units, even a whole dead network, get amplitudes to divide by, send nothing, and stand for their offset."""
    graph = mlp(2, 6, 5, 1)
    first = graph.nodes[0]
    assert isinstance(first.op, Dense)
    for dead in (slice(2), slice(None)):
        weight = first.op.weight.array.copy()
        weight[:, dead] = 0
        op = replace(first.op, weight=Tensor(weight))
        made, ann, points, _ = converted(graph.with_nodes((replace(first, op=op), *graph.nodes[1:])), "least-squares")
        trains: dict[str, Array] = {}
        watch = trains.update
        evaluate(made, points, semantics=EXACT, observe=lambda node, _, s, watch=watch: watch({node.name: s.copy()}))
        assert not np.any(trains["tanh0"][..., dead])
        assert all(np.all(op.amplitude.array > 0) for op in layers(made).values())
        (sent,), (exact,) = evaluate(made, points, semantics=EXACT).values(), evaluate(ann, points).values()
        np.testing.assert_allclose(sent, exact, atol=1e-2)


def test_a_lag_for_targets_that_are_late() -> None:
    """Where spikes take two steps to arrive, pipelined layers start later; their last digits are as exact."""
    graph = mlp(2, 8, 8, 1)
    late = Semantics(delay=2, dtype="float64")
    context = Context(points_for(graph, 80), late, DIGITS)
    ann = analog_pipeline(graph, context)
    made = spiking_pipeline(ann, context, Radix(pipelined=True), "none").graph
    (lag,) = (node.op.lag for node in made.nodes if isinstance(node.op, Accumulate) and node.op.lag is not None)
    assert lag >= 2
    points = points_for(graph, 60, seed=1)
    (value,), (exact,) = (evaluate(each, points, semantics=late).values() for each in (made, ann))
    assert np.linalg.norm(value - exact) <= rounding_errors(made, ann, points).bound * np.linalg.norm(exact)


def test_points_are_thinned_axis_by_axis() -> None:
    """A few points are the first of every free size, so that their product stays small."""
    graph = separable(axes=("x", "y", "z"))
    points = points_for(graph, 50)
    assert [len(array) for array in few(graph, points, 1000).values()] == [10, 10, 10]
    assert few(graph, points, 10**9)["z"] is not None
