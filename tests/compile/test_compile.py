"""The compiler from end to end: every number of the report counted again, and what users may ask for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.analysis import find_layers
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.rate import Thresholds
from snnir.compiler import Compiled
from snnir.data.sampling import sample
from snnir.errors import ModelError, UsageError
from snnir.ir import Graph, Tensor
from snnir.ops import Add, Dense, Encode, Log, Mul
from snnir.semantics import evaluate
from snnir.types import Spikes
from tests.networks import Analog, mlp, separable, two_branch, two_outputs
from tests.support import failure

MODELS = Path(__file__).parents[2] / "examples" / "models"
DOMAIN = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
EXAMPLES = {"poisson": {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}, "burgers": {"x": (0.0, 2 * np.pi), "t": (0.0, 4.0)}}
STEPS = 16


def fitted() -> Graph:
    """Return a tanh network whose readout is fitted to ``sin(pi x) cos(pi y)``."""
    graph = mlp(2, 20, 20, 1)
    last = graph.nodes[-1]
    (hidden,) = last.inputs
    x = np.random.default_rng(0).uniform(-1, 1, (500, 2)).astype(np.float32)
    features = np.pad(evaluate(graph, {"x": x}, outputs=[hidden])[hidden], [(0, 0), (0, 1)], constant_values=1)
    wanted = np.sin(np.pi * x[:, :1]) * np.cos(np.pi * x[:, 1:])
    weight = np.linalg.lstsq(features, wanted, rcond=1e-3)[0].astype(np.float32)
    readout = replace(last, op=Dense(Tensor(weight[:-1]), Tensor(weight[-1])))
    return graph.with_nodes((*graph.nodes[:-1], readout))


@pytest.fixture(scope="module")
def graph() -> Graph:
    """The fitted network."""
    return fitted()


@pytest.fixture(scope="module")
def compiled(graph: Graph) -> Compiled:
    """It, compiled for 16 steps."""
    return snnir.compile(graph, domain=DOMAIN, code="rate", steps=STEPS, seed=3)


@pytest.fixture(scope="module")
def held_out(graph: Graph) -> Any:
    """The points that its error was measured on."""
    return sample(graph, DOMAIN, 3).held_out["x"]


def codes(call: Any, kind: Any) -> list[str]:
    """Return the codes of the findings that a call raises."""
    return [each.code for each in failure(call, kind).diagnostics]


def test_report_is_complete(compiled: Compiled, graph: Graph) -> None:
    """The report has everything that was promised, and nothing that JSON cannot hold."""
    report = compiled.report
    assert json.loads(json.dumps(report.to_json())) == report
    assert (report["target"], report["code"], report["steps"], report["seed"]) == ("nir", "rate", STEPS, 3)
    assert report["calibration"] == "least-squares"
    assert report["units"] == report["neurons"] == 40
    assert report["source"] == {"file": "", "sha256": "", "checked_by": "", "notes": []}
    assert {"rel_l2", "rms", "max_abs", "points"} <= report["conversion"].keys()
    assert {"rate", "per_unit", "total_per_inference"} <= report["spikes"].keys()
    assert {"ac", "mac", "ann_mac"} <= report["operations"].keys()
    assert {"snn", "ann"} <= report["energy_pj"].keys()
    assert [layer["name"] for layer in report["layers"]] == ["tanh0", "tanh1"]
    for layer in report["layers"]:
        assert {"name", "neurons", "rate", "threshold", "local_error"} <= layer.keys()
    assert {"snnir", "numpy"} <= report["versions"].keys()
    assert report["host"] == {"before": [], "between": [], "after": []}


def test_report_is_true(compiled: Compiled, held_out: Any) -> None:
    """Error, spikes, operations and energy follow from running and recording the network on the held-out points."""
    report = compiled.report
    spiking, exact = compiled.run(held_out).astype(float), compiled.run_ann(held_out).astype(float)
    conversion = report["conversion"]
    assert conversion["points"] == len(held_out) == 4096
    assert conversion["rel_l2"] == compiled.rel_l2
    assert conversion["rel_l2"] == pytest.approx(np.linalg.norm(spiking - exact) / np.linalg.norm(exact))
    assert conversion["rms"] == pytest.approx(np.sqrt(np.mean((spiking - exact) ** 2)))
    assert conversion["max_abs"] == pytest.approx(np.max(np.abs(spiking - exact)))

    trains = compiled.record(held_out)
    rates = [np.count_nonzero(train) / train.size for train in trains.values()]
    total = sum(np.count_nonzero(train) for train in trains.values()) / len(held_out)
    assert [layer["rate"] for layer in report["layers"]] == pytest.approx(rates)
    assert report["spikes"]["rate"] == pytest.approx(np.mean(rates))
    assert report["spikes"]["total_per_inference"] == pytest.approx(total)
    assert report["spikes"]["per_unit"] == pytest.approx(total / 40)

    accumulates = 0.0
    for node in compiled.graph.of(Dense):
        source = compiled.graph.producers[node.inputs[0]].name
        if source in trains and isinstance(node.op, Dense):
            fan_out = np.count_nonzero(node.op.weight.array, axis=1)
            accumulates += np.count_nonzero(trains[source], axis=(0, 1)) @ fan_out / len(held_out)
    assert report["operations"]["ac"] == pytest.approx(accumulates)
    assert report["operations"]["mac"] == 2 * 20
    assert report["operations"]["ann_mac"] == 2 * 20 + 20 * 20 + 20
    assert report["energy_pj"]["snn"] == pytest.approx(0.9 * accumulates + 4.6 * 40)
    assert report["energy_pj"]["ann"] == pytest.approx(4.6 * 460)


def test_conversion_is_good(compiled: Compiled) -> None:
    """The fitted network of random features is converted within a sixth of its size."""
    assert compiled.rel_l2 < 1 / 6


def test_records_are_spikes(compiled: Compiled, held_out: Any) -> None:
    """Recorded spikes are -1, 0 and 1, by layer, for every point, step and neuron; their means give the output."""
    points = held_out[:50]
    trains = compiled.record(points)
    assert {name: train.shape for name, train in trains.items()} == dict.fromkeys(["tanh0", "tanh1"], (50, STEPS, 20))
    for train in trains.values():
        assert train.dtype == np.int8
        assert set(np.unique(train)) <= {-1, 0, 1}
    (readout,) = (
        node.op
        for node in compiled.graph.of(Dense)
        if node.inputs[0] == compiled.graph.by_name["tanh1"].output.name and isinstance(node.op, Dense)
    )
    assert readout.bias is not None
    by_hand = trains["tanh1"].mean(axis=1) @ readout.weight.array + readout.bias.array
    np.testing.assert_allclose(compiled.run(points), by_hand, atol=1e-5)


def test_compiled_graph_is_normalised(compiled: Compiled) -> None:
    """All thresholds are 1 and every neuron is signed; amplitudes define what a spike stands for."""
    for node in compiled.graph.of(IntegrateAndFire):
        assert isinstance(node.op, IntegrateAndFire)
        assert np.all(node.op.threshold.array == 1)
        assert np.all(node.op.amplitude.array > 0)
        assert node.op.signed
    assert all(node.op == Encode(STEPS) for node in compiled.graph.of(Encode))
    assert {str(kind.coding) for kind in compiled.graph.types.values() if isinstance(kind.coding, Spikes)} == {
        f"spikes<rate,{STEPS}>"
    }


def test_same_seed_same_bytes(compiled: Compiled, graph: Graph) -> None:
    """Compiling again gives the same files, byte for byte; another seed gives others."""
    again = snnir.compile(graph, domain=DOMAIN, code="rate", steps=STEPS, seed=3)
    assert again.artifacts() == compiled.artifacts()
    other = snnir.compile(graph, domain=DOMAIN, code="rate", steps=STEPS, seed=4)
    assert other.artifacts()[".snnir"] != compiled.artifacts()[".snnir"]
    assert other.rel_l2 != compiled.rel_l2


@pytest.mark.parametrize(("name", "endings"), [("net.snnir", {".snnir"}), ("net.nir", {".nir", ".snnir"})])
def test_saved_and_loaded(compiled: Compiled, held_out: Any, tmp_path: Path, name: str, endings: set[str]) -> None:
    """A loaded archive is the same network with the same report, and computes the same values."""
    written = compiled.save(tmp_path / name)
    assert {path.suffix for path in written} == endings
    assert set(tmp_path.iterdir()) == set(written)
    loaded = Compiled.load(tmp_path / "net.snnir")
    assert loaded == compiled
    np.testing.assert_array_equal(loaded.run(held_out), compiled.run(held_out))
    np.testing.assert_array_equal(loaded.run_ann(held_out), compiled.run_ann(held_out))


def test_unknown_ending(compiled: Compiled, tmp_path: Path) -> None:
    """A file that the target does not write is refused, and nothing is written."""
    assert codes(lambda: compiled.save(tmp_path / "net.txt"), UsageError) == ["unknown-ending"]
    assert not list(tmp_path.iterdir())


def test_samples_instead_of_a_domain(graph: Graph) -> None:
    """Given points are split, and the error is measured on those that calibration did not see."""
    points = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    by_position = snnir.compile(graph, samples=points, code="rate", steps=4)
    by_name = snnir.compile(graph, samples={"x": points}, code="rate", steps=4)
    assert by_position.report["conversion"]["points"] == 100
    assert by_name == by_position


@pytest.mark.parametrize(
    ("graph", "domain", "shapes"),
    [
        (two_branch(6), {"x": (-1, 1), "t": (0, 1)}, [(7, 1)]),
        (separable(3, 6), {"x": (-1, 1), "y": (0, 1)}, [(7, 9)]),
        (two_outputs(6), {"a": (-1, 1), "b": (0, 1)}, [(7, 1), (7, 2)]),
    ],
    ids=["two-inputs", "separable", "two-outputs"],
)
def test_several_inputs_and_outputs(graph: Graph, domain: Any, shapes: list[tuple[int, ...]]) -> None:
    """Points go in by input name, values come out by output name; the report counts all outputs."""
    compiled = snnir.compile(graph, domain=domain, code="rate", steps=4)
    rows = {"N": 7, "Nx": 7, "Ny": 9}
    points = {
        value.name: np.zeros([rows.get(str(dim), dim) for dim in value.type.shape])  # type: ignore[misc]
        for value in graph.inputs
    }
    result = compiled.run(points)
    values = result if isinstance(result, dict) else {graph.outputs[0]: result}
    assert list(values) == list(graph.outputs)
    assert [array.shape for array in values.values()] == shapes
    assert [row["name"] for row in compiled.report["outputs"]] == list(graph.outputs)
    assert set(compiled.record(points)) == {layer.a for layer in find_layers(graph)}


def test_all_options_are_checked_at_once(graph: Graph) -> None:
    """Everything that is wrong with the options is reported together, each with what to do."""
    error = failure(
        lambda: snnir.compile(
            graph,
            domain=DOMAIN,
            code="rat",
            steps=0,
            error=2.0,
            calibration="least",  # type: ignore[arg-type]
            seed=-1,
            reader="nose",
        ),
        UsageError,
    )
    found = {each.code: each for each in error.diagnostics}
    assert {
        "unknown-code",
        "bad-steps",
        "bad-error",
        "unknown-calibration",
        "bad-seed",
        "unknown-reader",
    } <= found.keys()
    assert "did you mean 'rate'" in found["unknown-code"].hint
    assert "least-squares" in found["unknown-calibration"].hint


def test_compiled_networks_are_not_compiled_again(graph: Graph, compiled: Compiled) -> None:
    """A graph with spikes in it has lost the functions that a compile starts from."""
    with pytest.raises(ModelError, match=r"this network is compiled already \[already-spiking\]"):
        snnir.compile(compiled.graph, domain=DOMAIN, steps=STEPS)


def test_a_preference_that_there_is_not(graph: Graph) -> None:
    """A search prefers less energy or less time."""
    with pytest.raises(UsageError, match=r"'beauty' is nothing to prefer \[unknown-preference\]"):
        snnir.compile(graph, domain=DOMAIN, prefer="beauty")  # type: ignore[arg-type]


def test_thresholds_that_the_target_makes_equal(graph: Graph) -> None:
    """Where a layer has one threshold, its neurons cannot keep the units of the analog network."""
    with pytest.raises(UsageError, match=r"one threshold on target 'loihi2' \[bad-normalise\]"):
        snnir.compile(graph, domain=DOMAIN, target="loihi2", code="rate", steps=STEPS, normalise=False)


def test_networks_that_rounding_holds_together() -> None:
    """``(x + 1e8) - 1e8`` is x in whole steps of 8 in single precision, and x where the sums are merged."""
    net = Analog()
    shifted = net.op(Add(), net.op(Add(), net.input(), net.constant([1e8])), net.constant([-1e8]))
    graph = net.graph(net.mlp(shifted, 6, 1))
    with pytest.raises(ModelError, match=r"canonicalising changed the result by .* \[canonical-differs\]"):
        snnir.compile(graph, domain=DOMAIN, steps=STEPS)


@pytest.fixture(scope="module")
def population(graph: Graph) -> Compiled:
    """The fitted network as a population."""
    return snnir.compile(graph, domain=DOMAIN, steps=STEPS, seed=3, code="population", neurons_per_unit=4)


def test_population_report_is_true(population: Compiled, held_out: Any) -> None:
    """Spikes, operations and energy of populations follow from recording them; encoders are counted at every step."""
    report = population.report
    assert (report["code"], report["units"], report["neurons"], report["neurons_per_unit"]) == (
        "population",
        40,
        160,
        4,
    )
    trains = population.record(held_out)
    assert {name: train.shape[1:] for name, train in trains.items()} == dict.fromkeys(["tanh0", "tanh1"], (STEPS, 80))
    total = sum(np.count_nonzero(train) for train in trains.values()) / len(held_out)
    assert report["spikes"]["total_per_inference"] == pytest.approx(total)
    assert report["spikes"]["per_unit"] == pytest.approx(total / 40)
    assert report["spikes"]["rate"] == pytest.approx(total / 160 / STEPS)
    first, second = (np.count_nonzero(trains[name]) / len(held_out) for name in ("tanh0", "tanh1"))
    # A spike costs the pre-activations that it reaches: 20 units, or one output.
    # The first encoder reads a constant current and works once, the second one at every step; both only add.
    added = first * 20 + second + 80 + STEPS * 80
    assert report["operations"]["ac"] == pytest.approx(added)
    assert report["operations"]["mac"] == 2 * 20
    assert report["energy_pj"]["snn"] == pytest.approx(0.9 * added + 4.6 * 40)


def test_population_is_better_than_rate(compiled: Compiled, population: Compiled) -> None:
    """With four neurons per unit the error is less than half of the rate code's."""
    assert population.rel_l2 < compiled.rel_l2 / 2


def test_normalised_encoders_multiply(graph: Graph, population: Compiled, held_out: Any) -> None:
    """Thresholds of 1 leave encoders their gains: the same spikes, and multiplications instead of accumulates."""
    other = snnir.compile(
        graph, domain=DOMAIN, steps=STEPS, seed=3, code="population", neurons_per_unit=4, normalise=True
    )
    assert other.report["operations"]["mac"] == 2 * 20 + 80 + STEPS * 80
    saved = population.report["operations"]["ac"] - other.report["operations"]["ac"]
    assert saved == pytest.approx(80 + STEPS * 80, rel=0.01)
    assert other.rel_l2 == pytest.approx(population.rel_l2, rel=0.05)
    different = [np.mean(other.record(held_out)[name] != train) for name, train in population.record(held_out).items()]
    assert max(different) < 0.01


def test_population_round_trip(population: Compiled, tmp_path: Path) -> None:
    """An archive reads back as the same network, which gives the same numbers."""
    (path,) = population.save(tmp_path / "net.snnir")
    again = Compiled.load(path)
    assert again == population
    points = np.random.default_rng(0).uniform(-1, 1, (20, 2))
    np.testing.assert_array_equal(again.run(points), population.run(points))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"neurons_per_unit": 4}, ["bad-neurons-per-unit"]),
        ({"code": "population", "neurons_per_unit": 0}, ["bad-neurons-per-unit"]),
        ({"code": "population", "neurons_per_unit": 1000}, ["bad-neurons-per-unit"]),
        ({"code": "population", "neurons_per_unit": 2.5}, ["bad-number"]),
        ({"code": "population", "neurons_per_unit": True}, ["bad-number"]),
        ({"code": "population", "thresholds": Thresholds()}, ["bad-thresholds"]),
    ],
)
def test_what_does_not_go_with_a_code(graph: Graph, options: dict[str, Any], expected: list[str]) -> None:
    """Neurons per unit are a whole number from 1 to 64, and for the population code; thresholds are for the other."""
    assert (
        codes(lambda: snnir.compile(graph, domain=DOMAIN, steps=4, **{"code": "rate", **options}), UsageError)
        == expected
    )


def test_points_are_needed(graph: Graph) -> None:
    """Exactly one of a domain and samples is given."""
    points = np.zeros((20, 2))
    assert codes(lambda: snnir.compile(graph, code="rate", steps=4), UsageError) == ["no-points"]
    assert codes(lambda: snnir.compile(graph, code="rate", steps=4, domain=DOMAIN, samples=points), UsageError) == [
        "no-points"
    ]


def test_unknown_targets(graph: Graph) -> None:
    """A target that does not exist is refused with the nearest that does."""
    error = failure(lambda: snnir.compile(graph, target="nri", domain=DOMAIN), UsageError)
    assert error.diagnostics[0].code == "unknown-target"
    assert "did you mean 'nir'" in error.diagnostics[0].hint


def test_models_that_are_not_finite_on_the_domain() -> None:
    """A model that gives NaN on the domain is refused before anything is calibrated."""
    net = Analog()
    x = net.input()
    scale = net.op(Log(), x)
    graph = net.graph(net.op(Mul(), net.mlp(x, 4, 2), scale))
    assert codes(lambda: snnir.compile(graph, domain=DOMAIN, code="rate", steps=4), ModelError) == ["not-finite"]


def test_progress_is_reported(graph: Graph) -> None:
    """A callback sees the passes and the measurement go from 0 to 1."""
    seen: list[tuple[str, float]] = []
    snnir.compile(graph, domain=DOMAIN, code="rate", steps=4, progress=lambda name, part: seen.append((name, part)))
    names = list(dict.fromkeys(name for name, _ in seen))
    assert names[0] == "setting 1 (rate, T = 4): activations"
    assert names[-2:] == ["setting 1 (rate, T = 4): measure", "derivatives"]
    assert seen[-1][1] == 1.0


@pytest.mark.accuracy
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_convert_well(name: str) -> None:
    """The trained examples are converted within 1e-1 at 32 steps, five times better than without calibration."""
    path = MODELS / f"{name}.onnx"
    graph = snnir.load(path)
    compiled = snnir.compile(graph, domain=EXAMPLES[name], code="rate", steps=32)
    assert compiled.rel_l2 <= 0.1
    assert compiled.report["source"] == {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "checked_by": "onnxruntime",
        "notes": [],
    }
    plain = snnir.compile(graph, domain=EXAMPLES[name], code="rate", steps=32, calibration="none")
    assert plain.rel_l2 >= 5 * compiled.rel_l2


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_more_steps_and_better_calibrations_help(name: str) -> None:
    """The error falls from light to advanced to least squares, and from 8 to 32 to 128 steps."""
    graph = snnir.load(MODELS / f"{name}.onnx")
    calibrations: list[Any] = ["none", "light", "advanced", "least-squares"]
    errors = [
        snnir.compile(graph, domain=EXAMPLES[name], code="rate", steps=32, calibration=calibration).rel_l2
        for calibration in calibrations
    ]
    assert errors == sorted(errors, reverse=True)
    errors = [snnir.compile(graph, domain=EXAMPLES[name], code="rate", steps=steps).rel_l2 for steps in (8, 32, 128)]
    assert errors == sorted(errors, reverse=True)
