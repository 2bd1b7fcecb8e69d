"""The numbers of a measurement, counted again by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from snnir.analysis import Measurement, find_layers, limit, measure
from snnir.codes import Population, Rate, spiking_pipeline
from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph, Node, Tensor
from snnir.ops import Dense
from snnir.passes import Context, analog_pipeline
from snnir.semantics import Semantics, evaluate
from snnir.types import Array, Spikes
from tests.networks import SHAPES, mlp, points_for, residual, separable

STEPS = 8


def spiking(graph: Graph, count: int = 60) -> tuple[Graph, Graph, dict[str, Array]]:
    """Return a spiking graph, its analog network, and points that it was not calibrated on."""
    context = Context(points_for(graph, 80), steps=STEPS)
    ann = analog_pipeline(graph, context)
    return spiking_pipeline(ann, context, Rate(), "light").graph, ann, points_for(graph, count, seed=1)


def recorded(graph: Graph, points: dict[str, Array]) -> dict[str, Array]:
    """Return the spikes of every layer, ``[steps, points, neurons]``."""
    found: dict[str, list[Array]] = {}

    def keep(node: Node, _: slice, spikes: Array) -> None:
        found.setdefault(node.name, []).append(spikes.copy())

    evaluate(graph, points, observe=keep)
    return {name: np.concatenate(parts, axis=1) for name, parts in found.items()}


@pytest.mark.parametrize("name", SHAPES)
def test_counted_by_hand(name: str) -> None:
    """Errors, spikes and operations of every shape are those that follow from its values and spikes."""
    graph, ann, points = spiking(SHAPES[name]())
    result = measure(graph, ann, points, Semantics())
    got, exact = evaluate(graph, points), evaluate(ann, points)
    differences = np.concatenate([(got[key].astype(float) - exact[key]).ravel() for key in graph.outputs])
    values = np.concatenate([exact[key].astype(float).ravel() for key in graph.outputs])
    assert result.errors["rel_l2"] == pytest.approx(np.linalg.norm(differences) / np.linalg.norm(values))
    assert result.errors["rms"] == pytest.approx(np.sqrt(np.mean(differences**2)))
    assert result.errors["max_abs"] == pytest.approx(np.max(np.abs(differences)))
    assert [row["name"] for row in result.errors.outputs] == list(graph.outputs)

    trains = recorded(graph, points)
    per_point = {key: np.count_nonzero(train) / train.shape[1] for key, train in trains.items()}
    assert {row["name"] for row in result.layers} == set(trains)
    for row in result.layers:
        train = trains[row["name"]]
        assert row["neurons"] == train.shape[2]
        assert row["rate"] == pytest.approx(np.count_nonzero(train) / train.size)
        op = graph.by_name[row["name"]].op
        assert isinstance(op, IntegrateAndFire)
        assert row["threshold"] == pytest.approx(op.amplitude.array.mean())
        assert row["local_error"] >= 0
    assert result.spikes["rate"] == pytest.approx(np.mean([row["rate"] for row in result.layers]))
    assert result.spikes["total_per_inference"] == pytest.approx(sum(per_point.values()))
    units = sum(layer.width for layer in find_layers(ann))
    assert result.spikes["per_unit"] == pytest.approx(sum(per_point.values()) / units)

    accumulates = 0.0
    for node in graph.of(Dense):
        if isinstance(graph.types[node.inputs[0]].coding, Spikes) and isinstance(node.op, Dense):
            train = trains[graph.producers[node.inputs[0]].name]
            fan_out = np.count_nonzero(node.op.weight.array, axis=1)
            accumulates += np.sum(np.count_nonzero(train, axis=(0, 1)) * fan_out) / train.shape[1]
    assert result.operations["ac"] == pytest.approx(accumulates)
    assert result.energy_pj["snn"] == pytest.approx(0.9 * result.operations["ac"] + 4.6 * result.operations["mac"])
    assert result.energy_pj["ann"] == pytest.approx(4.6 * result.operations["ann_mac"])


def test_operations_of_a_plain_network() -> None:
    """Encoded inputs cost multiplications once, spikes cost one accumulation per fan-out, and that is all."""
    graph, ann, points = spiking(mlp(2, 5, 7, 3))
    result = measure(graph, ann, points, Semantics())
    first, second = (row["rate"] * row["neurons"] * STEPS for row in result.layers)
    assert result.operations["ann_mac"] == 2 * 5 + 5 * 7 + 7 * 3
    assert result.operations["mac"] == 2 * 5
    assert result.operations["ac"] == pytest.approx(first * 7 + second * 3)


def test_operations_of_a_separable_network() -> None:
    """One inference is one point on each axis, and one product of the features."""
    graph, ann, points = spiking(separable(rank=3, width=4))
    operations = measure(graph, ann, points, Semantics()).operations
    assert operations["ann_mac"] == 2 * (1 * 4 + 4 * 4 + 4 * 3) + 3
    assert operations["mac"] == 2 * (1 * 4) + 3


@pytest.mark.parametrize("name", SHAPES)
def test_parts_of_the_cost_sum_to_the_totals(name: str) -> None:
    """What every node costs, in operations and in energy, sums to what is printed of all."""
    graph, ann, points = spiking(SHAPES[name](), 20)
    result = measure(graph, ann, points, Semantics())
    parts = result.energy_pj["parts"]
    assert sum(part["ac"] for part in parts) == pytest.approx(result.operations["ac"])
    assert sum(part["mac"] for part in parts) == pytest.approx(result.operations["mac"])
    assert sum(part["pj"] for part in parts) == pytest.approx(result.energy_pj["snn"])
    assert {part["node"] for part in parts} <= set(graph.by_name)
    assert {"spikes", "input"} <= {part["kind"] for part in parts} <= {"spikes", "input", "host"}


def populations(steps: int) -> Measurement:
    """Return what a small network of populations does."""
    context = Context(points_for(mlp(2, 8, 8, 1), 80), steps=steps)
    ann = analog_pipeline(mlp(2, 8, 8, 1), context)
    graph = spiking_pipeline(ann, context, Population(neurons_per_unit=2), "advanced").graph
    return measure(graph, ann, points_for(ann, 60, seed=1), Semantics())


def test_break_even_is_that_of_this_network() -> None:
    """Users' row 4: 3.19 spikes per unit, below the "break-even 5.1", at 1.21 times the ANN's energy.

    At the break-even, spikes take what encoders and the first layer leave of the ANN's energy; with more steps these
    leave nothing.
    """
    assert populations(32).spikes["break_even"] == 0
    result = populations(8)
    kinds = {part["kind"]: 0.0 for part in result.energy_pj["parts"]}
    for part in result.energy_pj["parts"]:
        kinds[part["kind"]] += part["pj"]
    assert kinds["encoder"] > kinds["input"] > 0
    times = result.spikes["break_even"] / result.spikes["per_unit"]
    fixed = sum(kinds.values()) - kinds["spikes"]
    assert times > 0
    assert fixed + times * kinds["spikes"] == pytest.approx(result.energy_pj["ann"])
    assert (result.spikes["per_unit"] > result.spikes["break_even"]) == (
        result.energy_pj["snn"] > result.energy_pj["ann"]
    )


def test_exact_network_has_no_error() -> None:
    """A spiking network measured against itself in analog form has errors of zero: for example a network of zeros."""
    graph = mlp(2, 4, 1)
    nodes = tuple(
        replace(node, op=Dense(_zeros(node.op), None)) if isinstance(node.op, Dense) else node for node in graph.nodes
    )
    silent, ann, points = spiking(graph.with_nodes(nodes))
    result = measure(silent, ann, points, Semantics())
    assert result.errors["rel_l2"] == result.errors["max_abs"] == 0
    assert result.spikes["rate"] == 0
    assert result.spikes["break_even"] is None
    assert [row["local_error"] for row in result.layers] == [0]


def _zeros(op: Dense) -> Tensor:
    return Tensor(np.zeros_like(op.weight.array))


def test_local_errors_vanish_with_more_steps() -> None:
    """What a finite number of steps costs at each layer falls with the steps; the limit has none of it."""
    graph = residual()
    worst = []
    for steps in (8, 64, 512):
        context = Context(points_for(graph, 80), Semantics(dtype="float64"), steps)
        ann = analog_pipeline(graph, context)
        network = spiking_pipeline(ann, context, Rate(), "none").graph
        result = measure(network, ann, points_for(graph, 60, seed=1), context.semantics, reference=limit(network))
        worst.append(max(row["local_error"] for row in result.layers))
    assert worst[0] > 3 * worst[1] > 9 * worst[2] > 0


def test_large_products_of_axes_are_thinned() -> None:
    """A separable network is measured on no more merged points than fit, whatever its axes have."""
    graph = separable(rank=2, width=3)
    context = Context(points_for(graph, 80), steps=4)
    ann = analog_pipeline(graph, context)
    network = spiking_pipeline(ann, context, Rate(), "none").graph
    result = measure(network, ann, points_for(graph, 5000), Semantics())
    assert result.errors["points"] == 1024**2


def test_progress_is_passed_on() -> None:
    """Measuring reports how far it is, up to 1."""
    graph, ann, points = spiking(mlp(2, 4, 1))
    parts: list[float] = []
    measure(graph, ann, points, Semantics(), progress=parts.append)
    assert parts[-1] == 1.0


def test_several_spikes_in_a_step_all_count() -> None:
    """Where neurons may send several spikes in a step, cost counts every one of them."""
    graph, ann, points = spiking(mlp(2, 5, 1))
    often = Semantics(many=True)
    result = measure(graph, ann, points, often)
    trains: list[Array] = []
    evaluate(graph, points, semantics=often, observe=lambda _, __, spikes: trains.append(spikes.copy()))
    total = sum(float(np.abs(train).sum()) for train in trains)
    assert max(float(np.abs(train).max()) for train in trains) > 1
    assert result.spikes["total_per_inference"] == pytest.approx(total / len(points["x"]))


def test_accumulations_are_those_of_each_neuron() -> None:
    """A neuron whose weights are all zero costs no accumulations, however often it fires."""
    graph, ann, points = spiking(mlp(2, 5, 1))
    (readout,) = (node for node in graph.of(Dense) if isinstance(graph.types[node.inputs[0]].coding, Spikes))
    assert isinstance(readout.op, Dense)
    trains = recorded(graph, points)["tanh0"]
    fired = np.count_nonzero(trains, axis=(0, 1)) / len(points["x"])
    for neuron in range(5):
        weight = readout.op.weight.array.copy()
        weight[neuron] = 0
        cut = replace(readout, op=replace(readout.op, weight=Tensor(weight)))
        network = graph.with_nodes(tuple(cut if node is readout else node for node in graph.nodes))
        assert measure(network, ann, points, Semantics()).operations["ac"] == pytest.approx(sum(fired) - fired[neuron])
