"""Threshold scaling: what each rule chooses, and what becomes of the weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.activations import Activations
from snnir.codes.rate import Thresholds
from snnir.codes.rate.clipped import clip_floor, thresholds
from snnir.ir import Graph, Node
from snnir.ops import Dense, Tanh
from snnir.passes import Context, analog_pipeline, run_passes
from snnir.passes.couple import Couple
from snnir.semantics import evaluate
from snnir.types import Array
from tests.networks import SHAPES, Analog, mlp, points_for, separable

RULES = ("maximum", "percentile", "squared-error", "spread", "capped")


def scaled(graph: Graph, rule: Thresholds, steps: int = 16) -> tuple[Graph, Graph, Graph, dict[str, Array]]:
    """Return the analog, coupled and scaled graph, and the points."""
    points = points_for(graph, 100)
    context = Context(points, steps=steps)
    ann = analog_pipeline(graph, context)
    context = Context(points, steps=steps, ann=ann)
    before = run_passes(ann, (Activations(), Couple()), context)
    return ann, before, run_passes(before, (rule,), context), points


def neurons(node: Node) -> IntegrateAndFire:
    """Return the op of a neuron layer."""
    assert isinstance(node.op, IntegrateAndFire)
    return node.op


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("per", ["layer", "neuron"])
def test_positive_for_every_neuron(rule: Any, per: Any) -> None:
    """Whatever the numbers, all zero included, every neuron gets a threshold above zero."""
    rng = np.random.default_rng(0)
    for z in (rng.normal(0, 3, (50, 4)), np.zeros((50, 4)), np.pad(rng.normal(size=(50, 3)), [(0, 0), (0, 1)])):
        chosen = thresholds(z, np.tanh(z), 8, rule=rule, per=per)
        assert chosen.shape == (4,)
        assert np.all(chosen > 0)
        assert np.all(np.isfinite(chosen))


def test_rules_by_their_definition() -> None:
    """Maximum and percentile are those of the activations' sizes; of the layer, or of each neuron."""
    rng = np.random.default_rng(0)
    z = rng.normal(0, 2, (400, 5)) * np.arange(1, 6)
    a = np.tanh(z)
    a[:, 0] *= 0.5
    size = np.abs(a)
    np.testing.assert_array_equal(thresholds(z, a, 8, rule="maximum", per="neuron"), size.max(axis=0))
    np.testing.assert_array_equal(thresholds(z, a, 8, rule="maximum", per="layer"), np.full(5, size.max()))
    for percentile in (50.0, 99.0):
        got = thresholds(z, a, 8, rule="percentile", per="neuron", percentile=percentile)
        np.testing.assert_allclose(got, np.percentile(size, percentile, axis=0), rtol=1e-12)
        got = thresholds(z, a, 8, rule="percentile", per="layer", percentile=percentile)
        np.testing.assert_allclose(got, np.full(5, np.percentile(size, percentile)), rtol=1e-12)
    capped = np.minimum(0.75 * size.max(), np.abs(z).max(axis=0))
    np.testing.assert_allclose(thresholds(z, a, 8, rule="capped", per="neuron"), capped, rtol=1e-12)


def test_squared_error_is_the_best_of_95() -> None:
    """No other part of the maximum, in steps of 1 %, makes the clipped floor nearer to the activation."""
    z = np.random.default_rng(0).normal(0, 2, (400, 3))
    a = np.tanh(z)
    for per, columns in (("neuron", [0, 1, 2]), ("layer", [slice(None)])):
        chosen = thresholds(z, a, 16, rule="squared-error", per=per)  # type: ignore[arg-type]
        for column in columns:
            zs, size = z[:, column], np.abs(a[:, column]).max()
            parts = np.arange(6, 101) / 100
            errors = [np.mean((np.tanh(zs) - clip_floor(zs, np.array(size * part), 16)) ** 2) for part in parts]
            threshold = chosen[column] if isinstance(column, int) else chosen[0]
            assert threshold == pytest.approx(size * parts[int(np.argmin(errors))])


def test_spread_lies_within_the_range_of_each_neuron() -> None:
    """Spread thresholds differ between neurons, and every neuron reaches its own at its largest pre-activation."""
    z = np.random.default_rng(0).normal(0, 0.5, (400, 50))
    chosen = thresholds(z, 5 * z, 16, rule="spread", per="neuron")
    part = chosen / np.abs(z).max(axis=0)
    assert np.all(part <= 1)
    assert np.all(part >= 0.15)
    assert len(np.unique(chosen)) == 50


@pytest.mark.parametrize("name", ["mlp", "residual", "concat-skip", "separable", "two-branch", "modified-mlp"])
def test_weights_take_the_amplitudes_over(name: str) -> None:
    """Threshold and amplitude are equal, and every weight behind a neuron is multiplied by its amplitude."""
    _, before, after, _ = scaled(SHAPES[name](), Thresholds("maximum", "neuron"))
    for old, new in zip(before.nodes, after.nodes, strict=True):
        assert (old.name, old.inputs) == (new.name, new.inputs)
        source = after.producers.get(new.inputs[0]) if new.inputs else None
        if isinstance(new.op, IntegrateAndFire):
            assert new.op.threshold == new.op.amplitude
            assert new.provenance.steps[-1] == "thresholds"
        elif isinstance(new.op, Dense) and source is not None and isinstance(source.op, IntegrateAndFire):
            assert isinstance(old.op, Dense)
            expected = old.op.weight.array * source.op.amplitude.array[:, np.newaxis]
            np.testing.assert_allclose(new.op.weight.array, expected, rtol=1e-6)
            assert new.op.bias == old.op.bias
        else:
            assert new == old


@pytest.mark.parametrize("graph", [mlp(2, 5, 5, 1), separable(3, 5)], ids=["mlp", "separable"])
def test_last_layers_are_not_cut_off(graph: Graph) -> None:
    """The layer before each readout keeps the largest activation, whatever the rule is; others follow the rule."""
    small = Thresholds("percentile", "layer", percentile=50.0)
    ann, _, kept, points = scaled(graph, small)
    _, _, cut, _ = scaled(graph, Thresholds("percentile", "layer", percentile=50.0, enlarge_last=False))
    enlarged = []
    for node in kept.of(IntegrateAndFire):
        largest = np.max(np.abs(evaluate(ann, points, outputs=[node.name])[node.name]))
        if np.allclose(neurons(node).threshold.array, largest):
            enlarged.append(node.name)
        else:
            assert neurons(node) == neurons(cut.by_name[node.name])
            assert np.all(neurons(node).threshold.array < largest)
    assert len(enlarged) == len(kept.inputs)


def test_skips_do_not_make_a_layer_the_last() -> None:
    """A layer that feeds the readout and another layer is not the last one."""
    net = Analog()
    first = net.op(Tanh(), net.dense(net.input(), 4))
    second = net.op(Tanh(), net.dense(first, 4))
    graph = net.graph(net.dense(net.join(first, second), 1))
    ann, _, kept, points = scaled(graph, Thresholds("percentile", "layer", percentile=50.0))
    sizes = {name: np.abs(evaluate(ann, points, outputs=[name])[name]) for name in (first, second)}
    by_name = {node.name: neurons(node).threshold.array for node in kept.of(IntegrateAndFire)}
    np.testing.assert_allclose(by_name[first], np.percentile(sizes[first], 50), rtol=1e-6)
    np.testing.assert_allclose(by_name[second], sizes[second].max(), rtol=1e-6)
