"""Training by gradients: what it must not make worse, on points that it did not see."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.analysis import limit
from snnir.codes import Code, Population, Rate, spiking_pipeline
from snnir.codes.population.populate import Populate
from snnir.codes.ramps.activations import Activations
from snnir.codes.ramps.region import Region
from snnir.codes.ramps.training import VALIDATION, Training
from snnir.codes.ramps.tune import STEPS, Tune, boundary
from snnir.ir import Graph, regions, verify
from snnir.ops import Encode
from snnir.passes import CALIBRATIONS, Context, analog_pipeline, run_passes
from snnir.passes.couple import Couple
from snnir.passes.precision import Precision
from snnir.passes.rewriting import with_steps
from snnir.semantics import evaluate
from snnir.types import Analog
from tests.networks import SHAPES, mlp, points_for


def made(graph: Graph, count: int, *, pool: int = 0, steps: int = 16) -> Context:
    """Return a context with calibration points, and with more to train on if there is a pool."""
    more = points_for(graph, pool, seed=5) if pool else None
    context = Context(points_for(graph, count), steps=steps, pool=more)
    return replace(context, ann=analog_pipeline(graph, context))


def populated(context: Context, per_unit: int, *, iterations: int) -> Graph:
    """Return the tuned network of populations, or its closed form."""
    tune = Tune(iterations=iterations, activity=0.003, rate=1e-2, noise=1 / (24 * STEPS**2), batch=64)
    chain = (Activations(), Couple(), Precision(), Populate(per_unit), tune)
    return run_passes(context.analog, chain, context)


def relative(graph: Graph, ann: Graph, points: Any) -> float:
    """Return the relative L2 error of the first output."""
    got, wanted = evaluate(graph, points)[graph.outputs[0]], evaluate(ann, points)[ann.outputs[0]]
    return float(np.linalg.norm(got - wanted) / np.linalg.norm(wanted))


@pytest.mark.parametrize("name", ["mlp", "residual", "operator", "two-outputs"])
@pytest.mark.parametrize("rate", [5e-3, 1e3])
def test_training_is_never_worse_on_unseen_points(name: str, rate: float) -> None:
    """Whatever the steps are, even where they lead far away, a region is left as it was best on unseen points."""
    context = made(SHAPES[name](), 400)
    graph = populated(context, 4, iterations=0)
    for nodes in regions(graph):
        region = Region(nodes, boundary(nodes, context), 0.003)
        unseen = slice(region.points - min(VALIDATION, region.points // 8), None)
        before = region.loss(unseen, np.random.default_rng(0))
        with np.errstate(all="ignore"):
            parts = list(Training(60, rate, 64).run(region, np.random.default_rng(0)))
        assert parts == sorted(parts)
        assert parts[-1] == 1
        assert region.is_finite()
        assert region.loss(unseen, np.random.default_rng(0)) <= before


@pytest.mark.parametrize("budget", [0.05, 0.2])
def test_a_budget_is_spent_on_silence(budget: float) -> None:
    """The error ends near the budget, on unseen points, and the activity far below what the closed form has."""
    context = made(mlp(2, 12, 12, 1), 600)
    (nodes,) = regions(populated(context, 4, iterations=0))
    region = Region(nodes, boundary(nodes, context), 0.1, steps=64, digits=6)
    unseen = slice(region.points - min(VALIDATION, region.points // 8), None)
    _, before = region.measured(unseen)
    list(Training(1500, 1e-2, 64, budget).run(region, np.random.default_rng(0)))
    error, active = region.measured(unseen, np.random.default_rng(0))
    assert np.sqrt(error) < 1.3 * budget
    assert np.sqrt(error) > budget / 4
    assert active < before / 2


def test_a_larger_budget_leaves_less_activity() -> None:
    """What more error may cost is less."""
    context = made(mlp(2, 12, 12, 1), 600)
    found: list[float] = []
    for budget in (0.02, 0.1, 0.5):
        (nodes,) = regions(populated(context, 4, iterations=0))
        region = Region(nodes, boundary(nodes, context), 0.1, steps=64, digits=6)
        list(Training(900, 1e-2, 64, budget).run(region, np.random.default_rng(0)))
        found.append(region.measured(slice(None))[1])
    assert found == sorted(found, reverse=True)


def test_parameters_are_copied_and_restored() -> None:
    """A copy stays while the region changes, and restoring brings it back in the arrays that the optimiser changes."""
    context = made(mlp(2, 6, 1), 100)
    (nodes,) = regions(populated(context, 2, iterations=0))
    region = Region(nodes, boundary(nodes, context), 0.0)
    arrays = [array for pair in region.parameters.values() for array in pair]
    loss, kept = region.loss(slice(None)), region.copied()
    for array in arrays:
        np.add(array, 1, out=array)
    assert region.loss(slice(None)) != loss
    region.restore(kept)
    assert region.loss(slice(None)) == loss
    now = [array for pair in region.parameters.values() for array in pair]
    assert all(one is other for one, other in zip(arrays, now, strict=True))


def test_noise_is_that_of_its_generator() -> None:
    """Generators of the same seed give the same noise, the first time too: else validation compared two of them."""
    context = made(mlp(2, 6, 1), 100)
    (nodes,) = regions(populated(context, 2, iterations=0))
    region = Region(nodes, boundary(nodes, context), 0.0)
    first, second, other = (region.loss(slice(None), np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first == second != other


def test_loss_of_rows_is_that_of_those_points() -> None:
    """Buffers that are used again for other rows leave nothing behind: losses of halves average to that of all."""
    context = made(mlp(2, 6, 1), 100)
    (nodes,) = regions(populated(context, 2, iterations=0))
    region = Region(nodes, boundary(nodes, context), 0.01, dtype="float64")
    whole = region.loss(slice(None))
    halves = [region.loss(rows) for rows in (np.arange(50), slice(50, None))]
    assert np.mean(halves) == pytest.approx(whole)
    region.gradients(np.arange(30), np.random.default_rng(0))
    assert region.loss(slice(None)) == whole


@pytest.mark.accuracy
@pytest.mark.parametrize("per_unit", [2, 4, 8])
def test_few_samples_of_many_inputs_are_not_learnt_by_heart(per_unit: int) -> None:
    """Real networks, row 4: with 300 samples of 12 inputs, training makes nothing worse on samples it did not see."""
    context = made(mlp(12, 16, 16, 1), 300)
    unseen = points_for(context.analog, 2000, seed=1)
    closed, tuned = (limit(populated(context, per_unit, iterations=iterations)) for iterations in (0, 500))
    assert relative(tuned, context.analog, unseen) <= relative(closed, context.analog, unseen)


@pytest.mark.accuracy
def test_populations_of_many_inputs_do_not_overfit() -> None:
    """Real networks, row 4: 12 inputs had 5e-2 on calibration points, 3.1e-1 on others."""
    graph = mlp(12, 16, 16, 1)
    context = made(graph, 1024, pool=8192)
    found = spiking_pipeline(context.analog, context, Population(neurons_per_unit=4), "least-squares").graph
    unseen = points_for(graph, 2000, seed=1)
    assert relative(found, context.analog, unseen) <= 1.25 * relative(found, context.analog, context.points)


@pytest.mark.accuracy
@pytest.mark.parametrize(("widths", "per_unit"), [((2, 12, 12, 12, 12, 1), 4), ((4, 16, 16, 1), 8)])
def test_more_steps_are_never_worse(widths: tuple[int, ...], per_unit: int) -> None:
    """Real networks, row 5: K = 8, T = 16, 32, 64 had 2.0e-2, 2.4e-2, 2.8e-2: it was tuned for T."""
    graph = mlp(*widths)
    context = made(graph, 1024, pool=8192)
    unseen = points_for(graph, 2000, seed=1)
    memo: dict[tuple[Any, ...], Graph] = {}
    errors = [
        relative(
            spiking_pipeline(
                context.analog,
                replace(context, steps=steps),
                Population(neurons_per_unit=per_unit),
                "least-squares",
                memo=memo,
            ).graph,
            context.analog,
            unseen,
        )
        for steps in (8, 16, 32, 64)
    ]
    for fewer, more in pairwise(errors):
        assert more <= 1.05 * fewer


@pytest.mark.parametrize("code", [Rate(), Population(neurons_per_unit=2)])
def test_numbers_of_steps_share_what_is_tuned(code: Code) -> None:
    """Tuned weights do not depend on the steps: with a memo or without, networks and what they mean are equal."""
    context = made(mlp(2, 4, 4, 1), 200)
    memo: dict[tuple[Any, ...], Graph] = {}
    references: list[Graph] = []
    for steps in (8, 32):
        here = replace(context, steps=steps)
        first = spiking_pipeline(context.analog, here, code)
        second = spiking_pipeline(context.analog, here, code, memo=memo)
        assert first == second
        references.append(first.reference)
    assert len(memo) == 1
    assert references[0] == references[1]


def test_a_memo_keeps_settings_apart() -> None:
    """Codes and neurons per unit do not take each other's tuned networks."""
    context = made(mlp(2, 6, 1), 200, steps=8)
    memo: dict[tuple[Any, ...], Graph] = {}
    for code in (Rate(), Population(neurons_per_unit=2), Population(neurons_per_unit=3), Rate()):
        kept = spiking_pipeline(context.analog, context, code, memo=memo)
        assert kept == spiking_pipeline(context.analog, context, code)
    for calibration in CALIBRATIONS[:-1]:
        kept = spiking_pipeline(context.analog, context, Population(neurons_per_unit=2), calibration, memo=memo)
        assert kept == spiking_pipeline(context.analog, context, Population(neurons_per_unit=2), calibration)


@given(st.sampled_from(sorted(SHAPES)), st.integers(1, 300), st.integers(1, 300))
@settings(deadline=None, derandomize=True, max_examples=30)
def test_with_steps_changes_the_steps_alone(name: str, first: int, second: int) -> None:
    """Every train has the new number, weights stay, the last number counts, and Populate gives the same at once."""
    chain = (Activations(), Couple(), Precision(), Populate(2))
    one, other = (made(SHAPES[name](), 30, steps=steps) for steps in (first, second))
    graph, wanted = (run_passes(each.analog, chain, each) for each in (one, other))
    changed = with_steps(graph, second)
    verify(changed)
    assert changed == wanted
    assert with_steps(graph, first) == graph
    assert with_steps(with_steps(graph, 7), second) == changed
    trains = [value.type.coding for node in changed.nodes for value in node.outputs]
    assert {coding.steps for coding in trains if not isinstance(coding, Analog)} == {second}
    for before, after in zip(graph.nodes, changed.nodes, strict=True):
        assert before.op == after.op or isinstance(after.op, Encode)
