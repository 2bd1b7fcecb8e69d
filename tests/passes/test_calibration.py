"""Calibrations, each against what its docstring says, computed in another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from snnir.analysis import find_afferents
from snnir.calibration.ridge import RIDGE_WEIGHTS, Moments, diagonal_fit, ridge
from snnir.codes import Rate, spiking_pipeline
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.activations import Activations
from snnir.codes.ramps.normalise import Normalise
from snnir.codes.rate import Thresholds
from snnir.codes.rate.advanced import Advanced
from snnir.ir import Graph
from snnir.ops import Dense
from snnir.passes import CALIBRATIONS, Context, Pass, analog_pipeline, run_passes
from snnir.passes.couple import Couple
from snnir.passes.least_squares import LeastSquares
from snnir.passes.light import Light
from snnir.passes.precision import Precision
from snnir.semantics import Semantics, evaluate
from snnir.types import Array
from tests.networks import SHAPES, mlp, operator_network, points_for, residual

THRESHOLDS = Thresholds("maximum", "layer")
VARIED = ("mlp", "residual", "concat-skip", "modified-mlp", "separable", "operator", "two-branch", "two-outputs")

SEMANTICS = (Semantics(), Semantics(compare=">"), Semantics(reset="value", dtype="float64"))


def prepared(graph: Graph, *passes: Pass, semantics: Semantics | None = None) -> tuple[Graph, Context]:
    """Return the graph with thresholds, after some passes, and their context."""
    points = points_for(graph, 120)
    context = Context(points, semantics or Semantics(), 16)
    context = replace(context, ann=analog_pipeline(graph, context))
    chain = (Activations(), Couple(), Precision(), THRESHOLDS, *passes)
    return run_passes(context.analog, chain, context), context


def rows(array: Array) -> Array:
    """Return an array as ``[points, width]`` in double precision."""
    return array.reshape(-1, array.shape[-1]).astype(np.float64)


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize("name", VARIED)
def test_light_makes_means_agree(name: str, semantics: Semantics) -> None:
    """On the calibration points every mean current equals the analog network's mean pre-activation or output."""
    graph, context = prepared(SHAPES[name](), Light(), semantics=semantics)
    afferents = [each for each in find_afferents(graph, context.analog) if each.synapses]
    currents = evaluate(graph, context.points, outputs=[each.current for each in afferents], semantics=semantics)
    targets = evaluate(context.analog, context.points, outputs=[each.target for each in afferents])
    for each in afferents:
        expected = rows(targets[each.target])
        got = rows(currents[each.current])
        np.testing.assert_allclose(got.mean(axis=0), expected.mean(axis=0), rtol=0, atol=2e-5 * np.abs(expected).max())


@pytest.mark.parametrize("delay", [1, 3])
def test_calibration_respects_delays(delay: int) -> None:
    """What a synapse loses to its delay is made good by calibration, as every other property of the target."""
    semantics = Semantics(delay=delay)
    graph, context = prepared(mlp(2, 8, 8, 1), Light(), semantics=semantics)
    spiking = evaluate(graph, context.points, semantics=semantics)[graph.outputs[0]]
    exact = evaluate(context.analog, context.points)[graph.outputs[0]]
    np.testing.assert_allclose(spiking.mean(), exact.mean(), atol=1e-5)


def test_light_changes_biases_only() -> None:
    """Weights and thresholds stay as they were; layers that no spikes drive stay whole."""
    before, _ = prepared(residual())
    after, _ = prepared(residual(), Light())
    for old, new in zip(before.nodes, after.nodes, strict=True):
        if isinstance(new.op, Dense) and isinstance(old.op, Dense):
            assert new.op.weight == old.op.weight
        else:
            assert new.op == old.op


@pytest.mark.parametrize("semantics", SEMANTICS)
def test_least_squares_lowers_the_error(semantics: Semantics) -> None:
    """Calibrating lowers the error on the calibration points clearly, for any semantics of the neurons."""
    before, context = prepared(mlp(2, 12, 12, 1), semantics=semantics)
    after, _ = prepared(mlp(2, 12, 12, 1), LeastSquares(), semantics=semantics)
    exact = evaluate(context.analog, context.points)
    errors = [
        float(np.linalg.norm(evaluate(each, context.points, semantics=semantics)[name] - exact[name]))
        for each in (before, after)
        for name in exact
    ]
    assert errors[1] < 0.7 * errors[0]


@pytest.mark.parametrize("name", VARIED)
def test_least_squares_solves_the_normal_equations(name: str) -> None:
    """For some ridge weight, the weights of every layer are numpy's least squares of the augmented system."""
    graph, context = prepared(SHAPES[name](), LeastSquares())
    for each in find_afferents(graph, context.analog):
        if not each.synapses:
            continue
        sources = [graph.by_name[synapse].inputs[0] for synapse in each.synapses]
        values = evaluate(graph, context.points, outputs=(*sources, *each.fixed), semantics=context.semantics)
        features = np.concatenate([rows(values[source]) for source in sources], axis=1)
        goal = rows(evaluate(context.analog, context.points, outputs=[each.target])[each.target])
        goal = goal - sum(rows(values[current]) for current in each.fixed)
        ops = [graph.by_name[synapse].op for synapse in each.synapses]
        weight = np.concatenate([op.weight.array for op in ops if isinstance(op, Dense)])
        bias = sum(op.bias.array for op in ops if isinstance(op, Dense) and op.bias)
        if weight.shape[0] == weight.shape[1] and np.array_equal(weight, np.diag(np.diag(weight))):
            slopes = [np.polyfit(features[:, unit], goal[:, unit], 1) for unit in range(len(weight))]
            np.testing.assert_allclose(np.diag(weight), [slope for slope, _ in slopes], atol=1e-4)
            continue
        nearest = min(np.max(np.abs(augmented(features, goal, 0 * weight, m) - weight)) for m in RIDGE_WEIGHTS)
        assert nearest < 1e-4 * np.max(np.abs(weight))
        np.testing.assert_allclose(bias, (goal - features @ weight).mean(axis=0), atol=1e-4 * np.max(np.abs(weight)))


def augmented(features: Array, goal: Array, centre: Array, weight: float) -> Array:
    """Return ridge weights by numpy's least squares: rows of ``sqrt(n m)`` below the centred features."""
    spread = features - features.mean(axis=0)
    m = weight * np.linalg.eigvalsh(spread.T @ spread / len(spread)).clip(0).mean()
    left = np.concatenate([spread, np.sqrt(len(features) * m) * np.eye(features.shape[1])])
    right = np.concatenate([goal - goal.mean(axis=0), np.sqrt(len(features) * m) * centre])
    return np.linalg.lstsq(left, right)[0]


@pytest.mark.parametrize("weight", [1e-9, 1e-5, 1e-2, 1.0])
@pytest.mark.parametrize("centred", [False, True])
def test_ridge_equals_the_augmented_system(weight: float, centred: bool) -> None:
    """Elimination and eigendecomposition give what least squares of the augmented system gives; parts join."""
    rng = np.random.default_rng(0)
    features, goal = rng.normal(1, 2, (80, 6)), rng.normal(3, 1, (80, 2))
    centre = rng.normal(size=(6, 2)) if centred else np.zeros((6, 2))
    moments = Moments.of(features[:50], goal[:50]).joined(Moments.of(features[50:], goal[50:]))
    for solved, bias in (moments.solution(weight, centre), *moments.solutions([weight], centre)):
        np.testing.assert_allclose(solved, augmented(features, goal, centre, weight), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(bias, goal.mean(axis=0) - features.mean(axis=0) @ solved, rtol=1e-9)


def test_ridge_weight_is_the_best_on_held_out_points() -> None:
    """The weight is chosen on the last quarter of the points, then used on all."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40, 25))
    goal = features @ rng.normal(size=(25, 1)) + rng.normal(0, 3, (40, 1))
    none = np.zeros((25, 1))

    def error(m: float) -> float:
        w, b = Moments.of(features[:30], goal[:30]).solution(m, none)
        return float(np.sum((features[30:] @ w + b - goal[30:]) ** 2))

    best = min(RIDGE_WEIGHTS, key=error)
    assert RIDGE_WEIGHTS[0] < best
    expected, _ = Moments.of(features, goal).solution(best, none)
    np.testing.assert_allclose(ridge(features, goal, none)[0], expected, rtol=1e-9)


def test_given_weights_that_predict_best_stay() -> None:
    """No calibration makes a layer worse on held-out points: where every fit would, the given weights are kept."""
    rng = np.random.default_rng(0)
    features, weight = rng.normal(size=(40, 25)), rng.normal(size=(25, 1))
    goal, none = features @ weight + rng.normal(0, 3, (40, 1)), np.zeros((25, 1))
    given, bias = ridge(features, goal, none, given=(weight, np.zeros(1)))
    assert given is weight
    assert not np.any(bias)
    fitted = ridge(features, goal, none, given=(-weight, np.zeros(1)))[0]
    np.testing.assert_array_equal(fitted, ridge(features, goal, none)[0])


def test_ridge_of_constant_features() -> None:
    """Neurons that never change get the centre's weight, and the bias does the rest."""
    weight, bias = ridge(np.ones((20, 3)), np.full((20, 2), 5.0), np.zeros((3, 2)))
    assert np.all(np.isfinite(weight))
    np.testing.assert_allclose(np.ones(3) @ weight + bias, 5.0)


def test_diagonal_fit_is_a_line_per_neuron() -> None:
    """Every receiver is fitted to its own neuron; one whose neuron is silent gets its mean."""
    rng = np.random.default_rng(0)
    features, goal = rng.normal(size=(50, 4)), rng.normal(size=(50, 4))
    features[:, 2] = 0
    weight, bias = diagonal_fit(features, goal)
    assert np.array_equal(weight, np.diag(np.diag(weight)))
    for unit in (0, 1, 3):
        slope, offset = np.polyfit(features[:, unit], goal[:, unit], 1)
        assert weight[unit, unit] == pytest.approx(slope)
        assert bias[unit] == pytest.approx(offset)
    assert (weight[2, 2], bias[2]) == (0, pytest.approx(goal[:, 2].mean()))


def test_advanced_stays_near_the_given_weights() -> None:
    """With all its weight on the penalty, the ridge of advanced calibration gives the analog network's weights back."""
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(6, 2))
    solved, _ = Moments.of(rng.normal(size=(80, 6)), rng.normal(size=(80, 2))).solution(1e12, centre)
    np.testing.assert_allclose(solved, centre, atol=1e-9)


def test_advanced_aims_at_what_a_neuron_can_emit() -> None:
    """The mean current of every layer comes nearer to the activation, cut off at the threshold, than before."""
    before, context = prepared(mlp(2, 12, 12, 1))
    after, _ = prepared(mlp(2, 12, 12, 1), Advanced())
    (last,) = (each for each in find_afferents(after, context.analog) if each.receiver == "tanh1")
    op = after.by_name["tanh1"].op
    assert isinstance(op, IntegrateAndFire)
    goal = evaluate(context.analog, context.points, outputs=["tanh1"])["tanh1"]
    goal = np.clip(goal, -op.threshold.array, op.threshold.array)
    errors = [
        np.mean((evaluate(each, context.points, outputs=[last.current])[last.current] - goal) ** 2)
        for each in (before, after)
    ]
    assert errors[1] < 0.5 * errors[0]


@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_activated_trunk_keeps_one_neuron_per_feature(calibration: str) -> None:
    """A readout that decodes each neuron by itself goes on doing so: nothing is mixed that the model did not mix."""
    graph = operator_network()
    context = Context(points_for(graph, 100), steps=16)
    ann = analog_pipeline(graph, context)
    result = spiking_pipeline(ann, context, Rate(), calibration).graph  # type: ignore[arg-type]
    (readout,) = (each for each in find_afferents(result, ann) if each.target == "tanh2")
    op = result.by_name[readout.synapses[0]].op
    assert isinstance(op, Dense)
    assert np.array_equal(op.weight.array, np.diag(np.diag(op.weight.array)))
    assert np.count_nonzero(op.weight.array) == len(op.weight.array)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_structure_survives(name: str, calibration: str) -> None:
    """Every calibration leaves the nodes and their wiring as they were, and all numbers finite."""
    graph = SHAPES[name]()
    context = Context(points_for(graph, 60), steps=8)
    ann = analog_pipeline(graph, context)
    coupled = run_passes(ann, (Activations(), Couple()), context)
    result = spiking_pipeline(ann, context, Rate(), calibration).graph  # type: ignore[arg-type]
    assert [(node.name, node.inputs) for node in result.nodes] == [(node.name, node.inputs) for node in coupled.nodes]
    for node in result.of(Dense):
        assert isinstance(node.op, Dense)
        assert np.all(np.isfinite(node.op.weight.array))
        assert node.op.bias is None or np.all(np.isfinite(node.op.bias.array))


@pytest.mark.parametrize("name", VARIED)
def test_normalise_changes_no_spike(name: str) -> None:
    """Thresholds become 1 and all spikes stay, except where rounding decides a tie (under one in a thousand)."""
    before, context = prepared(SHAPES[name](), semantics=Semantics(dtype="float64"))
    after = run_passes(before, (Normalise(),), context)
    recorded: list[dict[str, Array]] = []
    for graph in (before, after):
        spikes: dict[str, Array] = {}
        recorded.append(spikes)
        evaluate(
            graph,
            context.points,
            semantics=context.semantics,
            observe=lambda node, part, fired, spikes=spikes: spikes.update({node.name: fired.copy()}),  # type: ignore[misc]
        )
    assert recorded[0].keys() == recorded[1].keys()
    for layer, fired in recorded[0].items():
        assert np.mean(fired != recorded[1][layer]) < 1e-3
    for node in after.of(IntegrateAndFire):
        assert isinstance(node.op, IntegrateAndFire)
        assert np.all(node.op.threshold.array == 1)
        assert node.op.amplitude == _neurons(before, node.name).amplitude


def test_normalise_scales_the_initial_membrane() -> None:
    """An initial membrane is scaled together with its threshold, and back again."""
    graph, context = prepared(mlp(2, 4, 1), semantics=Semantics(dtype="float64"))
    (node,) = graph.of(IntegrateAndFire)
    op = _neurons(graph, node.name)
    started = replace(op, initial=op.threshold)
    graph = graph.with_nodes(tuple(replace(each, op=started) if each is node else each for each in graph.nodes))
    after = run_passes(graph, (Normalise(),), context)
    scaled = _neurons(after, node.name)
    assert scaled.initial == scaled.threshold
    back = _neurons(run_passes(after, (Normalise(amplitudes=True),), context), node.name)
    np.testing.assert_allclose(back.threshold.array, op.threshold.array)
    assert back.initial is not None
    np.testing.assert_allclose(back.initial.array, op.threshold.array)


def _neurons(graph: Graph, name: str) -> IntegrateAndFire:
    op = graph.by_name[name].op
    assert isinstance(op, IntegrateAndFire)
    return op
