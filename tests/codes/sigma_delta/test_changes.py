"""Changes: every network as streams, with thresholds that keep an error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from snnir.analysis import differences, error_bound, find_layers, limit, measure
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.activations import Activations
from snnir.codes.sigma_delta import Delta, SigmaDelta
from snnir.codes.sigma_delta.changes import Changes
from snnir.codes.sigma_delta.functions import function_of
from snnir.codes.sigma_delta.sensitivity import sensitivities
from snnir.data.sampling import sweep
from snnir.errors import ModelError
from snnir.ir import Graph, Tensor, verify
from snnir.ops import Add, Constant, Decode, Encode, Mul, Sigmoid, Tanh
from snnir.passes import Context, analog_pipeline, run_passes
from snnir.passes.couple import Couple
from snnir.passes.precision import Precision
from snnir.semantics import Semantics, evaluate
from snnir.semantics.analog import apply
from tests.networks import SHAPES, Analog, mlp, points_for, separable
from tests.support import assert_round_trip, failure


def streams(graph: Graph, error: float = 1e-2, *, gains: tuple[float, ...] = (0.2, 0.3)) -> tuple[Graph, Context]:
    """Return a network of streams, on lines through [-1, 1], and its context."""
    context = Context(sweep(graph, {value.name: (-1, 1) for value in graph.inputs}, 0).calibration, steps=1)
    context = replace(context, ann=analog_pipeline(graph, context))
    passes = (Activations(), Couple(), Precision(), Changes(error, gains))
    return run_passes(context.analog, passes, context), context


@pytest.mark.accuracy
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_keeps_the_error(name: str) -> None:
    """Whatever its shape, a network sends changes only, keeps the error on its stream, and survives as text."""
    graph, context = streams(SHAPES[name]())
    assert not list(graph.of(IntegrateAndFire))
    made = evaluate(graph, context.points, semantics=context.semantics)
    assert differences(made, evaluate(context.analog, context.points))["rel_l2"] <= 1e-2
    assert_round_trip(graph)


@pytest.mark.parametrize("name", SHAPES)
def test_the_limit_is_the_analog_network(name: str) -> None:
    """Without thresholds, a network of streams is the network that it came from."""
    graph, context = streams(SHAPES[name](), gains=(0.3,))
    ideal = limit(graph)
    verify(ideal)
    assert not list(ideal.of(SigmaDelta, Delta, Encode, Decode))
    few = points_for(context.analog, 20)
    expected = evaluate(context.analog, few)
    for ours, (theirs, array) in zip(ideal.outputs, expected.items(), strict=True):
        size = np.max(np.abs(array))
        np.testing.assert_allclose(evaluate(ideal, few)[ours], array, atol=1e-4 * size, err_msg=theirs)


@pytest.mark.accuracy
def test_the_largest_threshold_is_found() -> None:
    """A smaller error takes lower thresholds and more messages; beta = 0, as in Lava's neurons, takes more."""
    found = [streams(mlp(2, 16, 16, 1), error)[0] for error in (3e-2, 3e-3)]
    found.append(streams(mlp(2, 16, 16, 1), 3e-3, gains=(0.0,))[0])
    _, context = streams(mlp(2, 16, 16, 1))
    measured = [measure(graph, context.analog, context.points, Semantics()) for graph in found]
    rates = [each.spikes["rate"] for each in measured]
    assert rates[0] < rates[1] < rates[2] < 1
    assert measured[1].layers[0]["threshold"] < measured[0].layers[0]["threshold"]
    assert 1.5e-3 < measured[1].errors.rel_l2 <= 3e-3


def test_messages_are_multiply_accumulates() -> None:
    """Each graded message costs its fan-out in multiplications; nothing is an accumulate. The bound holds."""
    graph, context = streams(mlp(2, 16, 16, 1))
    measured = measure(graph, context.analog, context.points, Semantics())
    assert measured.messages is not None
    hidden = [layer["rate"] * layer["neurons"] for layer in measured.layers]
    expected = 16 * measured.messages["inputs_per_point"] + 16 * hidden[0] + hidden[1]
    assert measured.operations["ac"] == 0
    assert measured.operations["mac"] == pytest.approx(expected)
    (points,) = context.points.values()
    changes = np.count_nonzero(np.diff(points, axis=0, prepend=0))  # one message each, however small
    assert measured.messages["inputs_per_point"] == pytest.approx(changes / len(points), rel=2e-3)  # rounding: one more
    assert measured.messages["per_unit_per_point"] == pytest.approx(sum(hidden) / 32)
    assert measured.spikes["per_unit"] == measured.messages["per_unit_per_point"]
    assert measured.errors["rel_l2"] <= measured.bound.telescoped
    at_activations = error_bound(graph, context.analog, context.points, Semantics(), at="activations")
    assert at_activations.rel_l2 <= at_activations.telescoped


def test_axes_run_whole_and_are_compared_in_part() -> None:
    """Each axis is a stream of its own that skips no point; the error is that of an even part of their product."""
    graph, context = streams(separable(axes=("x", "y", "z")))
    measured = measure(graph, context.analog, context.points, Semantics())
    assert [part["count"] for part in measured.inferences["regions"]] == [200, 200, 200]
    assert measured.errors["points"] == 100**3
    whole = evaluate(graph, context.points)
    few = {name: array[::2] for name, array in evaluate(context.analog, context.points).items()}
    (ours,), (theirs,) = whole.values(), few.values()
    apart = ours[::2, ::2, ::2].astype(np.float64) - theirs[:, ::2, ::2]
    assert measured.errors["max_abs"] == pytest.approx(np.max(np.abs(apart)))


def test_functions_of_several_nodes() -> None:
    """Functions are cut out with their constants, one for every unit; equal layers have equal functions."""
    net = Analog()

    def act(z: str) -> str:
        scaled = net.op(Mul(), net.constant(np.linspace(0.5, 1.5, 4)[np.newaxis]), z, width=4)
        return net.op(Mul(), z, net.op(Sigmoid(), scaled))

    graph = analog_pipeline(net.graph(net.mlp(net.input(), 4, 4, 1, activation=act)), Context({}))
    one, two = (function_of(graph, layer) for layer in find_layers(graph))
    verify(one)
    assert one == two
    z = np.linspace(-2, 2, 12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_allclose(apply(one, z), z / (1 + np.exp(-z * np.linspace(0.5, 1.5, 4))), rtol=1e-5)


def test_functions_that_change_from_point_to_point() -> None:
    """An activation with a constant for every point is refused by name."""
    net = Analog()
    h = net.dense(net.input(axis=3), 4)
    shifted = net.op(Add(), h, net.constant(np.ones((3, 4))))
    a = net.op(Mul(), net.op(Tanh(), shifted), net.op(Sigmoid(), h))
    graph = net.graph(net.dense(a, 1))
    (layer,) = find_layers(graph)
    graph = graph.with_nodes(
        tuple(
            replace(node, op=Constant(Tensor(np.ones((3, 4), np.float32)))) if isinstance(node.op, Constant) else node
            for node in graph.nodes
        )
    )
    assert failure(lambda: function_of(graph, layer), ModelError).diagnostics[0].code == "not-a-function"


def test_sensitivities_are_derivatives() -> None:
    """Behind one layer, an output changes with a unit by its weight; before it, by the chain rule."""
    graph = mlp(2, 6, 6, 1, dtype="float64")
    points = {"x": np.random.default_rng(0).uniform(-1, 1, (128, 2))}
    first, second = find_layers(graph)
    found = sensitivities(graph, points)
    weights = [node.op.weight.array for node in graph.nodes if node.op.mnemonic == "dense"]
    np.testing.assert_allclose(found[second.a], np.abs(weights[2][:, 0]), rtol=1e-6)
    slope = 1 - np.square(evaluate(graph, points, outputs=[second.a])[second.a])
    expected = np.sqrt(np.mean(np.square((slope * weights[2][:, 0]) @ weights[1].T), axis=0))
    np.testing.assert_allclose(found[first.a], expected, rtol=2e-2)


def test_networks_that_do_not_change() -> None:
    """A network whose output is the same everywhere, and one whose units do not matter, compile all the same."""
    net = Analog()
    x = net.op(Mul(), net.input(), net.constant(0.0))
    graph, context = streams(net.graph(net.mlp(x, 4, 4, 1)))
    made = evaluate(graph, context.points)
    assert differences(made, evaluate(context.analog, context.points))["rel_l2"] <= 1e-2


def test_nothing_needs_to_be_sent() -> None:
    """Where the outputs are constant up to rounding, the largest threshold is one that sends nothing."""
    net = Analog()
    graph = net.graph(net.op(Add(), net.mlp(net.input(2), 6, 1), net.constant(1e7)))
    made, context = streams(graph)
    few = {name: array[:50] for name, array in context.points.items()}
    counts: list[int] = []
    evaluate(made, few, observe=lambda _, __, sent: counts.append(np.count_nonzero(sent)))
    assert counts[-1] == 0
    for node in made.of(SigmaDelta):
        assert isinstance(node.op, SigmaDelta)
        assert np.all(np.isfinite(node.op.threshold.array))
