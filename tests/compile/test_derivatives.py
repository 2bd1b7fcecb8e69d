"""Derivatives in the report, against differences taken by hand on the points that it states."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.compiler import Compiled
from snnir.data.box import box_of, labels_of
from snnir.data.derivatives import derivative_errors
from snnir.data.sampling import sample
from snnir.ir import Graph
from snnir.ops import Add, Log
from snnir.semantics import Semantics
from tests.networks import SHAPES, Analog, mlp, operator_network, separable, two_branch, two_outputs

DOMAIN = {"x": (-1.0, 1.0), "t": (0.0, 2.0)}
SIDE = 51


def row(compiled: Compiled, output: str, along: str, order: int) -> Mapping[str, Any]:
    """Return one row of the report."""
    found = [
        each
        for each in compiled.report["derivatives"]["rows"]
        if (each["output"], each["input"], each["order"]) == (output, along, order)
    ]
    assert len(found) == 1
    return found[0]


def by_hand(spiking: Any, analog: Any, step: float, axis: int, order: int) -> float:
    """Return the relative L2 error of a central difference, with NumPy's own."""
    made, wanted = (np.asarray(each, np.float64) for each in (spiking, analog))

    def differences(field: Any) -> Any:
        if order == 2:
            return np.diff(field, 2, axis) / step**2
        inside = (slice(None),) * axis + (slice(1, -1),)
        return np.gradient(field, step, axis=axis)[inside]

    error = np.linalg.norm(differences(made) - differences(wanted))
    return float(error / np.linalg.norm(differences(wanted)))


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    """A network of two columns, as populations."""
    return snnir.compile(mlp(2, 12, 12, 1), target="numpy", domain=DOMAIN, code="population", steps=16)


@pytest.mark.parametrize(("along", "axis", "step"), [("x", 0, 2 / 50), ("t", 1, 2 / 50)])
@pytest.mark.parametrize("order", [1, 2])
def test_rows_are_differences_taken_by_hand(compiled: Compiled, along: str, axis: int, step: float, order: int) -> None:
    """Users' row 5: residuals were wrong without a word. Raw and smoothed, rows are what a user finds on the grid."""
    assert compiled.report["derivatives"]["description"] == "a grid of 51 x 51 points"
    low, high = np.array(compiled.report["domain"]["x"])
    ends = [np.linspace(a, b, SIDE) for a, b in zip(low, high, strict=True)]
    points = np.stack([each.ravel() for each in np.meshgrid(*ends, indexing="ij")], axis=1)
    spiking, analog = compiled.run(points), compiled.run_ann(points)
    smooth, _ = compiled.smooth(points, spiking)
    fields = [each.reshape(SIDE, SIDE) for each in (spiking, smooth, analog)]
    found = row(compiled, compiled.graph.outputs[0], along, order)
    assert compiled.report["derivatives"]["step"][along] == pytest.approx(step)
    assert found["rel_l2"] == pytest.approx(by_hand(fields[0], fields[2], step, axis, order), rel=1e-3)
    assert found["smoothed"] == pytest.approx(by_hand(fields[1], fields[2], step, axis, order), rel=1e-3)
    assert found["value"] == pytest.approx(compiled.error(points)["rel_l2"], rel=1e-3)


def test_an_error_beyond_half_of_the_derivative_is_called_useless(compiled: Compiled) -> None:
    """What is useless even smoothed is named, and nothing else is."""
    found = compiled.report["derivatives"]
    far = [each for each in found["rows"] if min(each["rel_l2"], each["smoothed"]) > 0.5]
    assert found["useless"] == [{key: each[key] for key in ("output", "input", "order")} for each in far]
    coarse = snnir.compile(mlp(2, 12, 12, 1), target="numpy", domain=DOMAIN, code="rate", steps=4)
    assert {"output": "dense2", "input": "x", "order": 2} in coarse.report["derivatives"]["useless"]


def test_more_columns_are_measured_on_lines_that_stand_for_the_domain() -> None:
    """With three columns, other lines than those of the report give the same errors within a fifth."""
    domain = dict.fromkeys("xyz", (-1.0, 1.0))
    compiled = snnir.compile(mlp(3, 10, 10, 1), target="numpy", domain=domain, code="population", steps=8)
    assert compiled.report["derivatives"]["description"] == "48 lines of 51 points through the domain"
    rng = np.random.default_rng(7)
    lines = np.repeat(rng.uniform(-1, 1, (60, 1, 3)), SIDE, axis=1)
    lines[:, :, 1] = np.linspace(-1, 1, SIDE)
    spiking, analog = (run(lines.reshape(-1, 3)).reshape(60, SIDE) for run in (compiled.run, compiled.run_ann))
    for order in (1, 2):
        found = row(compiled, "dense2", "y", order)
        assert found["rel_l2"] == pytest.approx(by_hand(spiking, analog, 2 / 50, 1, order), rel=0.2)
        assert found["smoothed"] <= found["rel_l2"]


def test_separable_networks_are_measured_on_the_grid_of_their_axes() -> None:
    """A separable network has a grid of its axes, and rows that agree with differences along each."""
    compiled = snnir.compile(
        separable(axes=("x", "y", "z")), target="numpy", domain=dict.fromkeys("xyz", (0.0, 1.0)), code="radix", steps=6
    )
    assert compiled.report["derivatives"]["description"] == "a grid of 51 x 51 x 51 points"
    axis = np.linspace(0, 1, SIDE)[:, np.newaxis]
    points = dict.fromkeys("xyz", axis)
    spiking, analog = compiled.run(points), compiled.run_ann(points)
    (output,) = compiled.graph.outputs
    for place, name in enumerate("xyz"):
        found = row(compiled, output, name, 1)["rel_l2"]
        assert found == pytest.approx(by_hand(spiking, analog, 1 / 50, place, 1), rel=1e-3)


def test_samples_are_stayed_close_to() -> None:
    """With samples, lines are short and run around them: these lie on a circle, which no line through the box would."""
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 400)
    samples = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    compiled = snnir.compile(mlp(2, 8, 1), target="numpy", samples=samples, code="radix", steps=6)
    found = compiled.report["derivatives"]
    assert found["description"] == "48 lines of 11 points around samples"
    assert list(found["step"]) == ["x[0]", "x[1]"]
    assert found["step"]["x[0]"] == pytest.approx(2 / 50, rel=1e-2)


def test_a_grid_is_not_taken_where_its_points_would_be_too_many() -> None:
    """A network of two axes with seven columns is measured on lines along each, beside few points of the other."""
    domain = {"u": (-1.0, 1.0), "x": (0.0, 1.0)}
    compiled = snnir.compile(operator_network(), target="numpy", domain=domain, code="radix", steps=8)
    found = compiled.report["derivatives"]
    assert found["kind"] == "lines"
    assert [each["input"] for each in found["rows"]][::2] == [*(f"u[{index}]" for index in range(5)), "x[0]", "x[1]"]


def test_every_number_of_an_output_has_rows() -> None:
    """Outputs with several columns have rows for each."""
    compiled = snnir.compile(two_outputs(), target="numpy", domain=DOMAIN, code="radix", steps=8)
    names = dict.fromkeys(each["output"] for each in compiled.report["derivatives"]["rows"])
    assert list(names) == [compiled.graph.outputs[0], *(f"{compiled.graph.outputs[1]}[{index}]" for index in (0, 1))]


def test_what_is_left_out_is_reported() -> None:
    """More columns than are shown, and derivatives that vanish, are named; and no number of the report is infinite."""
    compiled = snnir.compile(mlp(10, 6, 1), target="numpy", domain={"x": (-1.0, 1.0)}, code="radix", steps=6)
    found = compiled.report["derivatives"]
    assert len(found["step"]) == 8
    assert "inputs x[8] to x[9]: the first 8 stand for all" in found["omitted"]
    graph = mlp(2, 6, 1)
    domain = {"x": (-1.0, 1.0), "t": (0.0, 1e-9)}
    vanishing = errors(graph, domain)
    assert "d2dense1/dt2: it vanishes up to rounding" in vanishing.omitted
    far = errors(graph, {"x": (-1.0, 1.0), "t": (1e6, 1e6 + 1)})
    assert "input t: float32 cannot resolve 51 points in its range" in far.omitted
    json.dumps(vanishing.to_json(), allow_nan=False)


def test_a_network_that_is_not_defined_at_the_end_of_its_domain_still_compiles() -> None:
    """A logarithm that is added to the output is not infinite on any point drawn, but at the first one of the grid."""
    net = Analog()
    x = net.input(1)
    graph = net.graph(net.op(Add(), net.mlp(x, 6, 1), net.op(Log(), x)))
    compiled = snnir.compile(graph, target="numpy", domain={"x": (0.0, 1.0)}, code="radix", steps=6)
    found = compiled.report["derivatives"]
    assert found["rows"] == []
    assert found["omitted"] == [f"output {graph.outputs[0]}: it is not finite everywhere on these points"]


def errors(graph: Graph, domain: Mapping[str, tuple[float, float]]) -> Any:
    """Return the errors of a network against itself."""
    box = box_of(graph, sample(graph, domain, 0).calibration, domain)
    return derivative_errors(graph, graph, Semantics(), box, labels_of(graph, domain))


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_has_derivatives_and_a_network_has_no_error_against_itself(name: str) -> None:
    """Whatever inputs and outputs a network has, rows come, with errors of zero against the network itself."""
    graph = SHAPES[name]()
    found = errors(graph, {value.name: (-1.0, 1.0) for value in graph.inputs})
    assert len(found.rows) >= 2 * len(found.step)
    assert all(each.rel_l2 == 0 for each in found.rows)


def test_streams_and_integers_have_derivatives() -> None:
    """The sigma-delta code on integers is measured like any other."""
    compiled = snnir.compile(two_branch(), target="loihi2", domain={"x": (-1, 1), "t": (0, 1)}, code="sigma-delta")
    assert {each["order"] for each in compiled.report["derivatives"]["rows"]} == {1, 2}
