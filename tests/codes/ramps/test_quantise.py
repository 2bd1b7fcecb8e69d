"""Joined and integer networks: structure, numbers, and what they compute."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from snnir.analysis import delays, depths, incoming, range_findings, static_ranges, timing_findings
from snnir.codes import Code, Population, Radix, Rate, spiking_pipeline
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.tune import Tune
from snnir.errors import ModelError
from snnir.ir import Graph, Node, is_spiking, verify
from snnir.ops import Constant, Decode, Dense, Encode
from snnir.passes import Context, analog_pipeline
from snnir.passes.join import Join
from snnir.semantics import Semantics, evaluate
from snnir.types import Array, Current
from snnir_lava.targets import FORMAT
from tests.networks import SHAPES, concat_skip, mlp, points_for, residual
from tests.support import assert_round_trip, failure

POPULATION = Population(neurons_per_unit=3)
PLAIN = Semantics(dtype="float64")
SOFT = Semantics(dtype="float64", integer=replace(FORMAT, threshold_bits=12))
HARD = Semantics(reset="value", compare=">", dtype="float64", integer=FORMAT)
CHAINS = ("mlp", "modified-mlp", "separable", "operator", "two-branch", "hard-constraint", "two-outputs")


def converted(graph: Graph, semantics: Semantics, code: Code = POPULATION, steps: int = 16, count: int = 300) -> Graph:
    """Return the spiking network of an analog one for a target without relays."""
    context = Context(points_for(graph, count), semantics, steps)
    ann = analog_pipeline(graph, context)
    return spiking_pipeline(ann, context, code, "least-squares", lowering=(Join(),)).graph


def outputs(graph: Graph, semantics: Semantics, points: dict[str, Array]) -> Array:
    """Return all outputs in one row per point."""
    values = evaluate(graph, points, semantics=semantics)
    return np.concatenate([array.reshape(-1) for array in values.values()])


@pytest.mark.parametrize("name", SHAPES)
def test_join_changes_no_current(name: str) -> None:
    """No current passes through a second matrix any more, and every neuron integrates what it did before."""
    graph = SHAPES[name]()
    context = Context(points_for(graph, 200), PLAIN, 8)
    ann = analog_pipeline(graph, context)
    made = spiking_pipeline(ann, context, Population(neurons_per_unit=3), "light").graph
    joined = Join().run(made, context)
    verify(joined)
    assert any(node.op.encoder(made, node) is not None for node in made.of(IntegrateAndFire))
    for node in joined.of(Dense):
        source = joined.producers.get(node.inputs[0])
        relayed = isinstance(joined.types[node.inputs[0]].coding, Current)
        assert not relayed or (source is not None and isinstance(source.op, Encode))
    currents = [node.inputs[0] for node in made.of(IntegrateAndFire)]
    before, after = (evaluate(each, context.points, outputs=currents, semantics=PLAIN) for each in (made, joined))
    for current in currents:
        np.testing.assert_allclose(after[current], before[current], rtol=1e-9, atol=1e-9)


@pytest.fixture
def tuned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tune once what integers and floating point both start from: tuning takes nearly all the time."""
    run = Tune.run
    known: list[tuple[tuple[Any, ...], Graph]] = []

    def remembered(step: Tune, graph: Graph, context: Context) -> Graph:
        key = (step, graph, context.semantics, context.steps, context.seed)
        for other, result in known:
            if other == key:
                return result
        known.append((key, run(step, graph, context)))
        return known[-1][1]

    monkeypatch.setattr(Tune, "run", remembered)


@pytest.mark.accuracy
@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize(("semantics", "code"), [(SOFT, Rate()), (SOFT, POPULATION), (HARD, POPULATION)])
def test_integers_lose_little(name: str, semantics: Semantics, code: Code, tuned_once: None) -> None:
    """All tensors between encode and decode are integers that fit, and the error is that of the float network."""
    graph = SHAPES[name]()
    made = converted(graph, semantics, code)
    assert_round_trip(made)
    for node in made.nodes:
        if is_spiking(made, node) and isinstance(node.op, Dense):
            assert node.op.weight.dtype == "int32"
        if isinstance(node.op, IntegrateAndFire):
            assert node.op.threshold.dtype == "int32"
    assert not tuple(range_findings(static_ranges(made, semantics)))
    assert not tuple(timing_findings(made))
    points = points_for(graph, 200, seed=7)
    expected = outputs(graph, PLAIN, points)
    float_semantics = replace(semantics, integer=None)
    plain = outputs(converted(graph, float_semantics, code), float_semantics, points)
    error, of_floats = (
        float(np.linalg.norm(each - expected) / np.linalg.norm(expected))
        for each in (outputs(made, semantics, points), plain)
    )
    assert error <= 1.5 * of_floats + 5e-3


def test_thresholds_leave_room() -> None:
    """More steps lower the thresholds, so that the sum of all currents still fits; weights keep their bits."""
    graph = mlp(2, 10, 10, 1)
    thresholds = []
    for steps in (8, 128):
        made = converted(graph, SOFT, Rate(), steps)
        thresholds.append(
            [node.op.threshold.array[0] for node in made.of(IntegrateAndFire) if isinstance(node.op, IntegrateAndFire)]
        )
    assert all(few > 4 * many for few, many in zip(*thresholds, strict=True))


def test_pairs_can_reach_each_other() -> None:
    """A signed neuron's threshold is also a weight, from one of a pair to the other."""
    made = converted(mlp(2, 10, 10, 1), SOFT, Rate())
    for node in made.of(IntegrateAndFire):
        assert isinstance(node.op, IntegrateAndFire)
        threshold = int(node.op.threshold.array[0])
        while threshold % 256 == 0:
            threshold //= 2
        assert threshold % 128 == 0
        assert threshold // 128 <= 127


def test_what_the_host_injects_is_a_bias() -> None:
    """The inputs become one integer for every neuron: a mantissa of 13 bits and one power of two, on every point."""
    graph = mlp(2, 10, 10, 1)
    made = converted(graph, SOFT)
    (encode,) = made.of(Encode)
    far = {"x": np.array([[0.1, 0.2], [1e6, -1e6], [0.0, 0.0]], np.float32)}
    injected = evaluate(made, far, outputs=[encode.inputs[0]])[encode.inputs[0]]
    factor = next(
        node.op.value.array[0]
        for node in made.of(Constant)
        if node.name.endswith(".unit") and isinstance(node.op, Constant)
    )
    mantissas = injected / factor
    np.testing.assert_array_equal(mantissas, np.rint(mantissas))
    assert np.abs(mantissas).max() == 4095


def test_no_threshold_is_low_enough() -> None:
    """Where the currents of all steps add up to more than 24 bits even with the lowest threshold, that is reported."""
    error = failure(lambda: converted(mlp(2, 6, 6, 1), SOFT, Rate(), 1 << 16, 40), ModelError)
    (found,) = error.diagnostics
    assert found.code in {"threshold-range", "bias-range"}
    assert "layer" in found.where


def test_skip_connections_from_inputs_are_refused() -> None:
    """What the host injects behind the first layer would come too early."""
    (found,) = failure(lambda: converted(concat_skip(), SOFT), ModelError).diagnostics
    assert found.code == "mixed-current"


def test_skip_connections_wait() -> None:
    """Of several ways to a layer, all but the longest take delays, which have a limit."""
    made = converted(residual(6), SOFT)
    assert not tuple(timing_findings(made))
    readout: Node = next(iter(made.of(Decode)))
    terms = incoming(made, readout.inputs[0]).terms
    assert sorted(delays(terms, depths(made)).values()) == [0, 0, 1, 1, 2, 2]  # weights high and low


def test_delays_have_a_limit() -> None:
    """Digits wait for all digits of the layers in between: 2 layers of 32 are more than 6 bits hold."""
    made = converted(residual(6), PLAIN, Radix(), 32)
    assert not tuple(timing_findings(made))
    (found,) = timing_findings(made, 62)
    assert found.code == "delay-range"
    assert "must wait 64 steps, the limit is 62" in found.message


def test_depths() -> None:
    """A layer is one synapse deeper than its presynaptic layers."""
    made = converted(mlp(2, 6, 6, 6, 1), SOFT)
    assert list(depths(made).values()) == [0, 1, 2]
    last: Node = next(iter(made.of(IntegrateAndFire)))
    assert incoming(made, last.inputs[0]).host == (last.inputs[0],)
