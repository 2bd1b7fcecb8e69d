"""Populations: structure, decoders, tuning and calibration, each against its definition, computed in another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from snnir.analysis import find_afferents, find_layers, limit, received
from snnir.calibration.ridge import unit_fit, unit_mask
from snnir.codes import Population, spiking_pipeline
from snnir.codes.population.populate import Populate
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.activations import Activations
from snnir.codes.ramps.normalise import Normalise
from snnir.codes.ramps.populations import expected
from snnir.codes.ramps.region import Region
from snnir.codes.ramps.tune import Tune, boundary
from snnir.ir import Graph, Op, regions, verify
from snnir.ops import Cos, Dense, Elu, Gelu, Relu, Sigmoid, Sin, Softplus, Swish, Tanh
from snnir.passes import CALIBRATIONS, Context, Pass, analog_pipeline, run_passes
from snnir.passes.couple import Couple
from snnir.passes.least_squares import LeastSquares
from snnir.passes.light import Light
from snnir.passes.precision import Precision
from snnir.semantics import Semantics, evaluate
from snnir.types import Array, Spikes
from tests.networks import SHAPES, mlp, points_for
from tests.support import assert_round_trip

SOFT = Semantics()
HARD = Semantics(reset="value", compare=">")
MANY = Semantics(many=True, floor=-1.0, initial=False)
VARIED = ("mlp", "residual", "concat-skip", "modified-mlp", "separable", "operator", "two-branch", "two-outputs")
ACTIVATIONS: tuple[Op, ...] = (
    Tanh(),
    Sin(),
    Cos(),
    Sigmoid(),
    Swish(),
    Gelu(),
    Softplus(),
    Elu(),
    Relu(),
)


def prepared(
    graph: Graph, *passes: Pass, semantics: Semantics = SOFT, per_unit: int = 4, steps: int = 16, count: int = 150
) -> tuple[Graph, Context]:
    """Return the populated graph, after some passes, and their context."""
    context = Context(points_for(graph, count), semantics, steps)
    context = replace(context, ann=analog_pipeline(graph, context))
    chain = (Activations(), Couple(), Precision(), Populate(per_unit), *passes)
    return run_passes(context.analog, chain, context), context


def relative(got: Array, wanted: Array) -> float:
    """Return the relative L2 error."""
    return float(np.linalg.norm(got - wanted) / np.linalg.norm(wanted))


def neurons(graph: Graph) -> list[IntegrateAndFire]:
    """Return the neuron layers' ops."""
    return [node.op for node in graph.nodes if isinstance(node.op, IntegrateAndFire)]


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("semantics", [SOFT, HARD, MANY])
def test_every_unit_gets_its_neurons(name: str, semantics: Semantics) -> None:
    """Each layer has K unipolar neurons per unit behind an encoder that gives each of them its own unit."""
    graph, context = prepared(SHAPES[name](), semantics=semantics, per_unit=3)
    widths = {layer.a: layer.width for layer in find_layers(context.analog)}
    for node in graph.of(IntegrateAndFire):
        op = node.op
        assert isinstance(op, IntegrateAndFire)
        assert (op.per_unit, op.signed) == (3, False)
        assert op.threshold.shape == op.amplitude.shape == (3 * widths[node.name],)
        assert node.output.type.coding == Spikes("population", 16)
        assert node.output.type.shape[-1] == 3 * widths[node.name]
        before = node.op.encoder(graph, node)
        assert before is not None
        assert isinstance(before.op, Dense)
        weight = before.op.weight.array
        assert np.array_equal(weight != 0, unit_mask(weight.T, 3).T)
        np.testing.assert_allclose(np.abs(weight.sum(axis=0)), 1 / op.amplitude.array, rtol=1e-6)
        assert np.all(op.threshold.array == 1)
        assert (op.initial is not None) == semantics.initial
    assert {each.receiver for each in find_afferents(graph, context.analog)} >= widths.keys()
    assert_round_trip(graph)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda op: op.mnemonic)
@pytest.mark.parametrize("semantics", [SOFT, HARD, MANY])
def test_the_limit_comes_near_any_function(activation: Op, semantics: Semantics) -> None:
    """Without any simulation, eight neurons per unit already compute the network to some percent."""
    graph, context = prepared(mlp(2, 12, 12, 1, activation=activation), semantics=semantics, per_unit=8)
    ideal = limit(graph, semantics)
    verify(ideal)
    name = graph.outputs[0]
    got = evaluate(ideal, context.points)[ideal.outputs[0]]
    assert relative(got, evaluate(context.analog, context.points)[name]) < 0.1


@pytest.mark.parametrize("semantics", [SOFT, HARD, MANY])
def test_the_limit_is_what_the_code_expects(semantics: Semantics) -> None:
    """The analog ops of the limit compute `expected` of the currents, bit for bit but for rounding."""
    graph, context = prepared(mlp(2, 6, 1), semantics=semantics)
    (node,) = graph.of(IntegrateAndFire)
    values = evaluate(limit(graph, semantics), context.points, outputs=[node.inputs[0], node.output.name])
    wanted = expected(values[node.inputs[0]], semantics)
    np.testing.assert_allclose(values[node.output.name], wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.accuracy
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda op: op.mnemonic)
def test_any_activation_spikes_well(activation: Op) -> None:
    """Calibrated, a small network of any activation loses little on points that calibration did not see."""
    graph = mlp(2, 12, 12, 1, activation=activation)
    context = Context(points_for(graph, 600), SOFT, 32)
    ann = analog_pipeline(graph, context)
    result = spiking_pipeline(ann, context, Population(neurons_per_unit=8), "advanced").graph
    unseen = points_for(graph, 500, seed=1)
    assert relative(evaluate(result, unseen)[graph.outputs[0]], evaluate(ann, unseen)[graph.outputs[0]]) < 0.045


@pytest.mark.accuracy
@pytest.mark.parametrize(("semantics", "most"), [(SOFT, 0.02), (HARD, 0.06), (Semantics(delay=1), 0.06)])
def test_calibrations_in_order(semantics: Semantics, most: float) -> None:
    """The more a calibration fits, the smaller the error, whatever the neurons do; the default is good."""
    graph = mlp(2, 12, 12, 1)
    context = Context(points_for(graph, 600), semantics, 32)
    ann = analog_pipeline(graph, context)
    unseen = points_for(graph, 500, seed=1)
    exact = evaluate(ann, unseen)[graph.outputs[0]]
    errors = [
        relative(
            evaluate(spiking_pipeline(ann, context, Population(), calibration).graph, unseen, semantics=semantics)[
                graph.outputs[0]
            ],
            exact,
        )
        for calibration in CALIBRATIONS
    ]
    assert errors[1] < errors[0]
    assert max(errors[2:]) < errors[1]
    assert errors[3] < most


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    "passes", [(Light(),), (LeastSquares(),), (Tune(iterations=5, noise=1e-4), LeastSquares(tuned=True))]
)
def test_structure_survives(name: str, passes: tuple[Pass, ...]) -> None:
    """Every calibration leaves the nodes and their wiring as they were, and all numbers finite."""
    before, _ = prepared(SHAPES[name](), per_unit=2, steps=8, count=60)
    result, _ = prepared(SHAPES[name](), *passes, per_unit=2, steps=8, count=60)
    assert [(node.name, node.inputs) for node in result.nodes] == [(node.name, node.inputs) for node in before.nodes]
    for node in result.of(Dense):
        assert isinstance(node.op, Dense)
        assert np.all(np.isfinite(node.op.weight.array))
        assert node.op.bias is None or np.all(np.isfinite(node.op.bias.array))


def test_a_readout_of_one_unit_each_stays_one() -> None:
    """Where activations go to the host one by one, each is decoded from its own neurons only."""
    graph, _ = prepared(SHAPES["operator"](), Tune(iterations=20, noise=1e-4), LeastSquares(tuned=True))
    op = graph.producers[graph.by_name["tanh2.readout.decode"].inputs[0]].op
    assert isinstance(op, Dense)
    weight = op.weight.array
    assert np.array_equal(weight != 0, unit_mask(weight, 4))


def test_unit_fit_is_least_squares() -> None:
    """Each unit's decoders are those of NumPy, up to the damping."""
    rng = np.random.default_rng(0)
    features = rng.uniform(size=(200, 3, 4))
    goal = rng.normal(size=(200, 3))
    decoder, offset = unit_fit(features, goal)
    for unit in range(3):
        padded = np.pad(features[:, unit], [(0, 0), (0, 1)], constant_values=1)
        wanted = np.linalg.lstsq(padded, goal[:, unit], rcond=None)[0]
        np.testing.assert_allclose([*decoder[unit], offset[unit]], wanted, rtol=0, atol=1e-2)


@pytest.mark.parametrize("semantics", [SOFT, HARD])
@pytest.mark.parametrize("name", VARIED)
def test_gradients_equal_finite_differences(name: str, semantics: Semantics) -> None:
    """In double precision sampled derivatives of the loss, encoders' too, are those of a small step."""
    graph, context = prepared(SHAPES[name](), semantics=semantics)
    rng = np.random.default_rng(0)
    for nodes in regions(graph):
        region = Region(nodes, boundary(nodes, context), 0.03, semantics, dtype="float64")
        for weight, _ in region.parameters.values():
            np.multiply(weight, 1.03, out=weight)
        rows = np.arange(40)
        gradients = [gradient.copy() for gradient in region.gradients(rows)]
        arrays = [array for pair in region.parameters.values() for array in pair]
        for array, gradient in zip(arrays, gradients, strict=True):
            where = np.unravel_index(rng.integers(array.size), array.shape)
            if gradient[where] == 0 and array[where] == 0:
                continue  # outside the blocks of a readout of one unit each
            slopes = [_slope(region, rows, array, where, step) for step in (1e-4, 1e-5, 1e-6)]
            assert min(abs(slope - gradient[where]) for slope in slopes) < 1e-4 * max(1, abs(gradient[where]))


def test_gradients_of_digits_equal_finite_differences() -> None:
    """The same where activity is the number of ones."""
    graph, context = prepared(SHAPES["mlp"]())
    (nodes,) = regions(graph)
    region = Region(nodes, boundary(nodes, context), 0.3, steps=64, digits=6, dtype="float64")
    rows, step = np.arange(40), 1e-6
    gradients = [gradient.copy() for gradient in region.gradients(rows)]
    arrays = [array for pair in region.parameters.values() for array in pair]
    for array, gradient in zip(arrays, gradients, strict=True):
        where = np.unravel_index(int(np.argmax(np.abs(gradient))), array.shape)
        kept, losses = array[where], []
        for sign in (1, -1):
            array[where] = kept + sign * step
            losses.append(region.loss(rows))
        array[where] = kept
        assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(gradient[where], rel=1e-3)


def _slope(region: Region, rows: Array, array: Array, where: tuple[np.intp, ...], step: float) -> float:
    kept = array[where]
    losses = []
    for sign in (1, -1):
        array[where] = kept + sign * step
        values, _ = region._forward(rows)
        total = 0.0
        for name, power in region.ends.power.items():
            error = (values[name] - region.ends.wanted[name][rows]) ** 2 / power
            total += float(np.sum(np.mean(error, axis=0))) / region.ends.outputs
        spikes = sum(float(np.sum(np.mean(np.abs(values[name]), axis=0))) for name in region.fires)
        losses.append(total + float(region.activity) * spikes / region.neurons)
    array[where] = kept
    return (losses[0] - losses[1]) / (2 * step)


def test_noise_is_as_predicted() -> None:
    """In training, activities scatter around what they are without noise, and only where neurons are alive."""
    graph, context = prepared(mlp(2, 6, 1), per_unit=8)
    (nodes,) = regions(graph)
    region = Region(nodes, boundary(nodes, context), 0.0, SOFT, steps=16)
    (name,) = region.fires
    rows = np.arange(100)
    values, slopes = region._forward(rows)
    quiet, slope = values[name].copy(), slopes[name].copy()  # buffers that the next call writes into
    rng = np.random.default_rng(0)
    noisy = np.stack([region._forward(rows, rng)[0][name].copy() for _ in range(300)])
    live = (quiet > 0) & (quiet < 1)
    assert np.array_equal(noisy[:, ~live], np.broadcast_to(quiet[~live], (300, np.sum(~live))))
    np.testing.assert_allclose(noisy[:, live].mean(axis=0), quiet[live], atol=5e-3)
    np.testing.assert_allclose(noisy[:, live].std(axis=0).mean(), 1 / (12**0.5 * 16), rtol=0.02)
    assert np.array_equal(slope, live)


@pytest.mark.accuracy
@pytest.mark.parametrize("semantics", [SOFT, HARD])
def test_tuning_lowers_the_error_and_the_activity(semantics: Semantics) -> None:
    """The tuned limit is nearer to the analog network than the closed form, and quieter where that is asked for."""
    errors, rates = [], []
    for options in ({"iterations": 0}, {"iterations": 300, "activity": 0.0}, {"iterations": 300, "activity": 0.3}):
        step = Tune(**options, rate=2e-2, noise=1e-4)  # type: ignore[arg-type]
        # Of many fewer points, those that training does not see are too few to show that it is better.
        graph, context = prepared(mlp(2, 12, 12, 1), step, semantics=semantics, count=1000)
        ideal = limit(graph, semantics)
        names = [node.output.name for node in graph.of(IntegrateAndFire)]
        got = evaluate(ideal, context.points, outputs=(*names, *ideal.outputs))
        errors.append(relative(got[ideal.outputs[0]], evaluate(context.analog, context.points)[graph.outputs[0]]))
        rates.append(float(np.mean([np.mean(got[name]) for name in names])))
    assert errors[1] < errors[0]
    assert rates[2] < 0.7 * rates[1]


def test_tuning_keeps_amplitudes_true() -> None:
    """Amplitudes are the reciprocals of the gains, before and after."""
    graph, _ = prepared(mlp(2, 8, 8, 1), Tune(iterations=50, noise=1e-4))
    for node in graph.of(IntegrateAndFire):
        before = node.op.encoder(graph, node)
        assert before is not None
        assert isinstance(before.op, Dense)
        assert isinstance(node.op, IntegrateAndFire)
        np.testing.assert_allclose(np.abs(before.op.weight.array.sum(axis=0)) * node.op.amplitude.array, 1, rtol=1e-6)


def test_least_squares_decodes_pre_activations() -> None:
    """After calibration without tuning, mean currents before the encoders are the analog pre-activations."""
    graph, context = prepared(mlp(2, 12, 12, 1), LeastSquares(), per_unit=8, steps=64)
    for node in graph.of(IntegrateAndFire):
        current = received(graph, node)
        (layer,) = (each for each in find_layers(context.analog) if each.a == node.name)
        got = evaluate(graph, context.points, outputs=[current])[current]
        assert relative(got, evaluate(context.analog, context.points, outputs=[layer.z])[layer.z]) < 0.01


@pytest.mark.parametrize("semantics", [SOFT])
def test_thresholds_in_analog_units_change_no_spike(semantics: Semantics) -> None:
    """With amplitudes as thresholds, encoders are 1 and -1 and spikes stay, but for ties that rounding decides."""
    double = replace(semantics, dtype="float64")
    before, context = prepared(mlp(2, 8, 8, 1), semantics=double)
    after = Normalise(amplitudes=True).run(before, context)
    recorded: list[dict[str, Array]] = []
    for graph in (before, after):
        spikes: dict[str, Array] = {}
        recorded.append(spikes)
        evaluate(
            graph,
            context.points,
            semantics=double,
            observe=lambda node, part, fired, spikes=spikes: spikes.update({node.name: fired.copy()}),  # type: ignore[misc]
        )
    for layer, fired in recorded[0].items():
        assert np.mean(fired != recorded[1][layer]) < 1e-3
    for node in after.of(IntegrateAndFire):
        made = node.op.encoder(after, node)
        assert made is not None
        assert isinstance(made.op, Dense)
        assert isinstance(node.op, IntegrateAndFire)
        assert set(np.unique(made.op.weight.array)) <= {-1.0, 0.0, 1.0}
        assert node.op.threshold == node.op.amplitude


def test_the_same_seed_gives_the_same_network() -> None:
    """Nothing is random but by the seed."""
    graph = mlp(2, 6, 6, 1)
    context = Context(points_for(graph, 200), SOFT, 8)
    ann = analog_pipeline(graph, context)
    first, same, other = (
        spiking_pipeline(ann, replace(context, seed=seed), Population(neurons_per_unit=2), "least-squares").graph
        for seed in (0, 0, 1)
    )
    assert first == same
    assert first != other
