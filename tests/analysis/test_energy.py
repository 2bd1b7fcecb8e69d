"""Energy by every model, updates of neurons and rows of weights read, counted again by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import snnir
from snnir.analysis import measure, quantised_errors
from snnir.ir import Graph, Tensor
from snnir.metrics.energy_models import FLOAT32, MODELS, of_integers
from snnir.ops import Dense
from snnir.passes import Context, analog_pipeline
from snnir.report import Report
from snnir.semantics import Semantics
from snnir.types import Spikes
from tests.analysis.test_measure import STEPS, recorded, spiking
from tests.networks import SHAPES, mlp, points_for

DOMAIN = {"x": (-1.0, 1.0), "t": (0.0, 1.0)}


def test_every_model_by_hand() -> None:
    """Two layers of 5 and 7 neurons: what is added, multiplied, updated and sent, times the published figures."""
    graph, ann, points = spiking(mlp(2, 5, 7, 3))
    result = measure(graph, ann, points, Semantics())
    trains = recorded(graph, points)
    first, second = (np.count_nonzero(trains[name]) / len(points["x"]) for name in ("tanh0", "tanh1"))
    added, multiplied, ann_mac = first * 7 + second * 3, 2 * 5, 2 * 5 + 5 * 7 + 7 * 3
    updates = (5 + 7) * STEPS
    assert result.operations.neuron_updates == updates
    expected = {
        "float32": (0.9 * added + 4.6 * multiplied, 4.6 * ann_mac),
        "int32": (0.1 * added + 3.2 * multiplied, 3.2 * ann_mac),
        "int8": (0.1 * added + 0.3 * multiplied, 0.3 * ann_mac),
        "loihi": (23.6 * (added + multiplied) + 81 * updates + 1.7 * (first + second), 4.6 * ann_mac),
    }
    assert [each.model for each in result.energy_by_model] == list(expected)
    for each in result.energy_by_model:
        assert (each.snn, each.ann) == pytest.approx(expected[each.model])
        assert each.ratio == pytest.approx(each.snn / each.ann)
        assert each.source == MODELS[each.model].source
    usual = result.energy_by_model[0]
    assert (usual.snn, usual.ann) == pytest.approx((result.energy_pj.snn, result.energy_pj.ann))


def test_models_are_data() -> None:
    """Each has a source; the usual one has what `energy_pj` is by; only chips take energy for what is no operation."""
    assert (FLOAT32.accumulate, FLOAT32.multiply_accumulate, FLOAT32.ann_multiply_accumulate) == (0.9, 4.6, 4.6)
    assert FLOAT32.break_even == pytest.approx(5.11, abs=0.01)
    for name, each in MODELS.items():
        assert name == each.name
        assert each.source
        assert each.only_operations == (name != "loihi")


@pytest.mark.parametrize(("bits", "name"), [(1, "int8"), (8, "int8"), (9, "int32"), (32, "int32"), (40, "int32")])
def test_the_analog_network_in_as_many_bits(bits: int, name: str) -> None:
    """Its own energy is that of the narrowest integers that hold its activations."""
    assert of_integers(bits).name == name
    graph = mlp(2, 4, 1)
    ann = analog_pipeline(graph, Context(points_for(graph, 40)))
    found = quantised_errors(ann, points_for(graph, 40), points_for(graph, 20, seed=1), bits)
    assert found.energy_model == name
    assert found.energy_pj == pytest.approx({"int8": 0.3, "int32": 3.2}[name] * (2 * 4 + 4))


@pytest.mark.parametrize("name", SHAPES)
def test_rows_by_hand(name: str) -> None:
    """A spike reads a row of every dense layer that it reaches; the ANN, and what gets numbers, all rows of a layer."""
    graph, ann, points = spiking(SHAPES[name](), 20)
    found = measure(graph, ann, points, Semantics()).operations
    trains, rows = recorded(graph, points), 0.0
    for node in graph.of(Dense):
        if isinstance(graph.types[node.inputs[0]].coding, Spikes):
            train = trains[graph.producers[node.inputs[0]].name]
            rows += np.count_nonzero(train) / train.shape[1]
        else:
            rows += node.op.weight.shape[0]
    assert found.rows == pytest.approx(rows)
    assert found.ann_rows == sum(node.op.weight.shape[0] for node in ann.of(Dense))


def test_rows_of_zeros_are_not_read() -> None:
    """A neuron whose weights are all zero reads nothing, however often it fires; nor does such an input of the ANN."""
    graph, ann, points = spiking(mlp(2, 5, 1))
    fired = np.count_nonzero(recorded(graph, points)["tanh0"], axis=(0, 1)) / len(points["x"])
    assert measure(graph, ann, points, Semantics()).operations.rows == pytest.approx(2 + fired.sum())
    cut = measure(_without_row(graph, 3), _without_row(ann, 3), points, Semantics()).operations
    assert fired[3] > 0
    assert (cut.rows, cut.ann_rows) == pytest.approx((2 + fired.sum() - fired[3], 2 + 4))


def _without_row(graph: Graph, row: int) -> Graph:
    """Return a network whose last layer does not depend on one of its inputs."""
    last = list(graph.of(Dense))[-1]
    weight = last.op.weight.array.copy()
    weight[row] = 0
    cut = replace(last, op=replace(last.op, weight=Tensor(weight)))
    return graph.with_nodes(tuple(cut if node is last else node for node in graph.nodes))


def test_digits() -> None:
    """Phase code, two layers of 16 neurons and 4 digits: rows are spikes, and a layer reads first, then sends."""
    report = _report("phase", 4, neurons_per_unit=2)
    assert report.operations.rows == pytest.approx(2 + report.spikes.total_per_inference)
    assert report.operations.ann_rows == 2 + 8 + 8
    assert report.operations.neuron_updates == 16 * 4 + 16 * (4 + 4)
    text = f"{report.operations.rows:,.0f}, of the ANN 18 ({report.operations.rows / 18:.2f} times)"
    assert any(line.split("read", 1)[-1].strip() == text for line in str(report).splitlines())


def test_updates_where_layers_overlap() -> None:
    """Radix code: layers that wait read K steps and send as many; pipelined ones send while they still read."""
    assert _report("radix", 6).operations.neuron_updates == 8 * 6 + 8 * (6 + 6)
    report = _report("radix", 6, pipelined=True)
    lag = report.layers[1].start
    assert 0 < lag < 6
    assert report.operations.neuron_updates == 8 * 6 + 8 * (lag + 6)


def test_messages_of_a_stream_are_rows_too() -> None:
    """Changes of inputs and messages of neurons read rows, however large; a point updates every neuron once."""
    report = snnir.compile(mlp(2, 8, 8, 1), domain=DOMAIN, target="numpy", code="sigma-delta").report
    assert report.messages is not None
    messages = 16 * report.messages.per_unit_per_point + report.messages.inputs_per_point
    assert report.operations.rows == pytest.approx(messages)
    assert report.operations.neuron_updates == 16


def _report(code: str, steps: int, **options: int) -> Report:
    return snnir.compile(mlp(2, 8, 8, 1), domain=DOMAIN, target="numpy", code=code, steps=steps, **options).report
