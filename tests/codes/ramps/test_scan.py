"""The simulator against a second model of one neuron, one point and one step at a time."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.scan import integrate_and_fire
from snnir.codes.rate.clipped import clip_floor
from snnir.ir import Graph, Node, Tensor
from snnir.ops import Add, Decode, Dense, Encode
from snnir.semantics import Semantics, evaluate
from snnir.types import ANALOG, Array, Spikes
from tests.networks import Spiking

SETTINGS = settings(deadline=None, derandomize=True, max_examples=150)
EIGHTHS = st.integers(-16, 16).map(lambda k: k / 8)
"""Sums and products of a few are exact in both precisions, so membranes meet thresholds exactly."""


def neuron(op: IntegrateAndFire, index: int, currents: list[Any], semantics: Semantics) -> list[Any]:
    """Return the spikes of one neuron for its current at every step, in the scalar type of the currents."""
    kind = np.dtype(semantics.dtype).type
    threshold = kind(op.threshold.array[index])
    membrane = kind(0 if op.initial is None else op.initial.array[index])
    spikes = []
    for current in currents:
        membrane = membrane + current
        spike = 0
        if membrane > threshold or (membrane == threshold and semantics.compare == ">="):
            spike = 1
        elif op.signed and (membrane < -threshold or (membrane == -threshold and semantics.compare == ">=")):
            spike = -1
        if spike and semantics.reset == "subtract":
            membrane = membrane - spike * threshold
        elif spike:
            membrane = spike * kind(semantics.reset_value)
        spikes.append(kind(spike))
    return spikes


def one_point(graph: Graph, inputs: dict[str, Array], semantics: Semantics) -> dict[str, Any]:
    """Return every value of a spiking graph for one point: per step, a list of scalars per element; analog: scalars."""
    kind = np.dtype(semantics.dtype).type
    values: dict[str, Any] = {name: [kind(number) for number in array] for name, array in inputs.items()}
    for node in graph.nodes:
        operands = [values[name] for name in node.inputs]
        spiking = isinstance(graph.types[node.inputs[0]].coding, Spikes)
        values[node.output.name] = _result(node, operands, spiking, semantics)
    return values


def _result(node: Node, operands: list[Any], spiking: bool, semantics: Semantics) -> Any:
    op, (first, *others) = node.op, operands
    kind = np.dtype(semantics.dtype).type
    if isinstance(op, Encode):
        return [first] * op.steps
    if isinstance(op, Dense):
        silent = [kind(0)] * op.weight.shape[0]
        delay = semantics.delay if spiking else 0
        return [_row(op, silent if step < delay else first[step - delay], kind) for step in range(len(first))]
    if isinstance(op, Add):
        return [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(first, others[0], strict=True)]
    if isinstance(op, Decode):
        return [sum(column, kind(0)) / kind(len(first)) for column in zip(*first, strict=True)]
    assert isinstance(op, IntegrateAndFire)
    columns = [neuron(op, index, list(column), semantics) for index, column in enumerate(zip(*first, strict=True))]
    return [list(row) for row in zip(*columns, strict=True)]


def _row(op: Dense, arriving: list[Any], kind: Any) -> list[Any]:
    inputs, outputs = op.weight.shape
    bias = np.zeros(outputs) if op.bias is None else op.bias.array
    return [
        sum((arriving[i] * kind(op.weight.array[i, j]) for i in range(inputs)), kind(0)) + kind(bias[j])
        for j in range(outputs)
    ]


def eighths(draw: st.DrawFn, *shape: int) -> Array:
    """Draw an array of multiples of 1/8."""
    size = int(np.prod(shape))
    return np.array(draw(st.lists(EIGHTHS, min_size=size, max_size=size))).reshape(shape)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Return a region of up to three layers with every kind of synapse, skip, threshold and initial membrane."""
    net = Spiking(draw(st.sampled_from([np.float32, np.float64])), draw(st.integers(1, 9)))
    value = net.encode(net.input(draw(st.integers(1, 3))))
    sources = [value]
    for _ in range(draw(st.integers(1, 3))):
        width = draw(st.integers(1, 3))
        bias = eighths(draw, width) if draw(st.booleans()) else None
        current = net.dense(value, eighths(draw, net.width(value), width), bias)
        if draw(st.booleans()):
            other = draw(st.sampled_from(sources))
            current = net.add(current, net.dense(other, eighths(draw, net.width(other), width)))
        uniform = draw(st.sampled_from([None, 1.0, 0.5]))
        threshold = uniform or np.abs(eighths(draw, width)) + 0.125
        initial = eighths(draw, width) if draw(st.booleans()) else None
        value = net.fire(current, threshold, initial, signed=draw(st.booleans()))
        sources.append(value)
    readout = net.decode(net.dense(value, eighths(draw, net.width(value), 2), eighths(draw, 2)))
    return net.graph(readout, net.decode(draw(st.sampled_from(sources[1:]))))


semantics_of_all_kinds = st.builds(
    Semantics,
    reset=st.sampled_from(["subtract", "value"]),
    reset_value=st.sampled_from([0.0, 0.25, -0.5]),
    compare=st.sampled_from([">=", ">"]),
    delay=st.integers(0, 3),
    dtype=st.sampled_from(["float32", "float64"]),
)


@given(st.data(), graphs(), semantics_of_all_kinds)
@SETTINGS
def test_simulator_equals_the_second_model(data: st.DataObject, graph: Graph, semantics: Semantics) -> None:
    """In numbers that add without rounding every value of every region is exactly that of the second model."""
    width = graph.inputs[0].type.shape[-1]
    assert isinstance(width, int)
    points = eighths(data.draw, 3, width).astype(graph.inputs[0].type.dtype)
    seen: dict[str, Array] = {}
    values = evaluate(
        graph,
        {"x": points},
        outputs=graph.types,
        semantics=semantics,
        observe=lambda node, part, spikes: seen.update({node.name: spikes.copy()}),
    )
    for index, point in enumerate(points):
        expected = one_point(graph, {"x": point}, semantics)
        for name, kind in graph.types.items():
            exact = np.array(expected[name], dtype=semantics.dtype)
            decoded = exact if kind.coding == ANALOG else exact.sum(axis=0) / exact.dtype.type(len(exact))
            np.testing.assert_array_equal(values[name][index], decoded, err_msg=name)
        for node in graph.of(IntegrateAndFire):
            np.testing.assert_array_equal(seen[node.name][:, index], expected[node.output.name])


@given(graphs(), semantics_of_all_kinds, st.integers(1, 80), st.integers(0, 1000))
@SETTINGS
def test_chunks_do_not_change_spikes(graph: Graph, semantics: Semantics, count: int, seed: int) -> None:
    """Spikes and outputs are the same however the points are cut into chunks, and observers see every point once."""
    module = import_module("snnir.semantics.simulator")
    rng = np.random.default_rng(seed)
    points = rng.integers(-16, 17, (count, graph.inputs[0].type.shape[-1])) / 8
    whole, cut = (_recorded(graph, points, semantics, module, size) for size in (1 << 30, 1))
    assert whole.keys() == cut.keys()
    for name, array in whole.items():
        np.testing.assert_array_equal(array, cut[name], err_msg=name)


def _recorded(graph: Graph, points: Array, semantics: Semantics, module: Any, size: int) -> dict[str, Array]:
    spikes: dict[str, Array] = {}

    def observe(node: Node, part: slice, fired: Array) -> None:
        whole = spikes.setdefault(node.name, np.full((fired.shape[0], len(points), fired.shape[2]), np.nan))
        assert np.all(np.isnan(whole[:, part]))
        whole[:, part] = fired

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK_BYTES", size)
        values = evaluate(graph, {"x": points}, semantics=semantics, observe=observe)
    assert not any(np.any(np.isnan(array)) for array in spikes.values())
    return {**spikes, **values}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(seed=st.integers(0, 10_000), steps=st.integers(1, 40), initial=st.booleans(), constant=st.booleans())
@SETTINGS
def test_fast_path_equals_the_general_one(dtype: str, seed: int, steps: int, initial: bool, constant: bool) -> None:
    """Signed neurons with thresholds of 1 take a shorter way to the same spikes, for currents of any size."""
    rng = np.random.default_rng(seed)
    width = 5
    current = rng.normal(0, 10.0 ** rng.integers(-3, 2), (1 if constant else steps, 7, width)).astype(dtype)
    ties = rng.random(current.shape) < 0.2
    current[ties] = rng.choice(np.array([-2, -1, -0.5, -0.0, 0.5, 1, 2], dtype), np.count_nonzero(ties))
    start = Tensor(rng.choice([-1.5, -1.0, 0.0, 0.25, 1.0], width).astype(dtype)) if initial else None
    ones = Tensor(np.ones(width, dtype))
    fast = integrate_and_fire(IntegrateAndFire(ones, ones, start), current, steps, Semantics())
    # One more neuron with another threshold sends all of them the general way.
    more = Tensor(np.append(np.ones(width), 2).astype(dtype))
    wider = np.concatenate([current, np.zeros((*current.shape[:2], 1), dtype)], axis=2)
    begin = start and Tensor(np.append(start.array, 0).astype(dtype))
    general = integrate_and_fire(IntegrateAndFire(more, more, begin), wider, steps, Semantics())[..., :width]
    np.testing.assert_array_equal(fast, general)
    assert set(np.unique(fast)) <= {-1, 0, 1}


@pytest.mark.parametrize("steps", [*range(1, 65), 100, 128, 255])
def test_constant_current_gives_clip_floor(steps: int) -> None:
    """A signed neuron under a constant current emits exactly `clip_floor`, less than theta / T from the current."""
    z, threshold = np.arange(-64, 65) / 8, np.arange(1, 41) / 8
    net = Spiking(np.float64, steps)
    graph = net.graph(net.fire(net.dense(net.encode(net.input(1)), np.ones((1, 40))), threshold))
    points = {"x": z[:, np.newaxis]}
    mean = evaluate(graph, points, semantics=Semantics(dtype="float64"))[graph.outputs[0]]
    np.testing.assert_array_equal(threshold * np.rint(mean * steps) / steps, clip_floor(z[:, None], threshold, steps))
    inside = np.abs(z[:, None]) <= threshold
    assert np.all(np.abs(threshold * mean - z[:, None])[inside] < (threshold / steps * np.ones_like(mean))[inside])
    assert np.all((mean == np.sign(z)[:, None])[~inside])


@given(st.integers(0, 10_000), st.sampled_from([">=", ">"]))
@SETTINGS
def test_membrane_stays_bounded(seed: int, compare: Any) -> None:
    """Where no current exceeds the threshold, charge is conserved up to one threshold: no current is ever lost."""
    rng = np.random.default_rng(seed)
    threshold = rng.uniform(0.2, 3, 4)
    current = rng.uniform(-1, 1, (50, 6, 4)) * threshold
    limit = Tensor(threshold)
    spikes = integrate_and_fire(
        IntegrateAndFire(limit, limit), current, 50, Semantics(compare=compare, dtype="float64")
    )
    membrane = np.cumsum(current - spikes * threshold, axis=0)
    assert np.all(np.abs(membrane) <= threshold * (1 + 1e-9))


def test_delay_loses_what_would_arrive_after_the_end() -> None:
    """With delay d a readout sees all spikes but those of the last d steps, and biases at every step."""
    net = Spiking(steps=8)
    spikes = net.fire(net.encode(net.input(1)), 1.0)
    graph = net.graph(net.decode(net.dense(spikes, [[1.0]], [0.5])))
    for delay in range(4):
        result = evaluate(graph, {"x": np.array([[1.0]])}, semantics=Semantics(delay=delay))
        assert result[graph.outputs[0]][0, 0] == (8 - delay) / 8 + 0.5
    assert evaluate(graph, {"x": np.array([[1.0]])}, semantics=Semantics(delay=20))[graph.outputs[0]][0, 0] == 0.5


def test_encoded_values_are_not_delayed() -> None:
    """A synapse delays spikes; a constant current through a dense layer is there from the first step."""
    net = Spiking(steps=4)
    graph = net.graph(net.decode(net.fire(net.dense(net.encode(net.input(1)), [[1.0]]))))
    assert evaluate(graph, {"x": np.array([[1.0]])}, semantics=Semantics(delay=2))[graph.outputs[0]][0, 0] == 1.0
