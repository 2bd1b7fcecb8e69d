"""Benchmarks of what compiling does to networks: what they build, measure and print, on few points."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

import snnir
from benchmarks import grid, real_networks
from benchmarks.fitting import ACTIVATIONS, Layer, fitted, gradients, random_layers
from benchmarks.grid import Comparison, Setting, compared
from benchmarks.models import FITS, PAPER, SHIPPED
from benchmarks.networks import NETWORKS, imported, tanh_network
from benchmarks.real_networks import Choice, Rung, climbed, largest_rise, searched, way_words
from examples.paper import PROBLEMS
from examples.paper.shipped import MODELS
from snnir.ir import Graph
from snnir.semantics import evaluate
from snnir.types import Array

SMALL = ((2, 8), (2, 16))


@pytest.fixture(scope="module")
def small() -> Graph:
    """Return a network of one layer of 4."""
    return imported(tanh_network((2, 4, 1), (1.0, 1.0)))


@pytest.fixture(scope="module")
def samples() -> Array:
    """Return few points."""
    return np.random.default_rng(0).uniform(-1, 1, (100, 2)).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_the_same_each_time_and_varies(name: str) -> None:
    """It is a valid ONNX file, imported as onnxruntime computes it, and every column varies on its domain."""
    made = NETWORKS[name]
    model = made.build()
    content = model.SerializeToString()
    assert content == made.build().SerializeToString()
    low, high = np.array(list(made.domain.values())).T
    points = np.random.default_rng(1).uniform(low, high, (500, len(low))).astype(np.float32)
    (wanted,) = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, {"x": points})
    graph = imported(model)
    values = evaluate(graph, {"x": points})[graph.outputs[0]]
    spread = wanted.std(axis=0)
    assert np.all(np.abs(values - wanted) <= 1e-4 * spread + 1e-6 * np.abs(wanted))
    assert np.all(spread > 1e-6 * np.abs(wanted).max(axis=0))


def computed(layers: list[Layer], activation: str, points: Array) -> Array:
    """Return what layers with an activation between them compute."""
    for weight, bias in layers[:-1]:
        points = ACTIVATIONS[activation](points @ weight + bias)[0]
    return points @ layers[-1][0] + layers[-1][1]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_are_the_slopes_of_the_loss(activation: str) -> None:
    """They agree with central differences of half the mean squared error."""
    rng = np.random.default_rng(0)
    layers = random_layers((2, 3, 4, 2), rng, (1.0, 1.0, 1.0))
    points, wanted = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))

    def loss() -> float:
        return float(np.sum((computed(layers, activation, points) - wanted) ** 2) / 2 / len(points))

    found = gradients(layers, activation, points, wanted)
    for array, slopes in zip((array for layer in layers for array in layer), found, strict=True):
        for place in np.ndindex(array.shape):
            kept, ends = array[place], list[float]()
            for step in (1e-5, -1e-5):
                array[place] = kept + step
                ends.append(loss())
            array[place] = kept
            assert slopes[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5, abs=1e-9)


def test_adam_fits_a_function() -> None:
    """Some hundred steps explain nearly all of a smooth function."""
    rng = np.random.default_rng(0)

    def wanted(points: Array) -> Array:
        return np.asarray(np.sin(3 * points.sum(axis=1)))[:, None]

    layers = fitted(random_layers((2, 32, 32, 1), rng, (2.0, 1.0, 1.0)), "swish", wanted, rng, steps=800, rate=1e-2)
    points = rng.uniform(size=(1000, 2))
    assert (computed(layers, "swish", points) - wanted(points)).std() < 0.05 * wanted(points).std()


def test_the_shipped_networks_are_all_measured() -> None:
    """Six of the paper with their problems' domains, and every fit."""
    assert list(PAPER) == list(PROBLEMS)
    assert {name: model.domain for name, model in PAPER.items()} == {name: PROBLEMS[name].domain for name in PAPER}
    assert {f"{name}.onnx" for name in PAPER} == {path.name for path in MODELS.glob("*.onnx")}
    assert {f"{name}.onnx" for name in FITS} == {path.name for path in (MODELS / "fits").glob("*.onnx")}


def test_a_search_is_printed_as_the_report_has_it(small: Graph, samples: Array) -> None:
    """Errors, setting, energy and whether the goal was reached, and how long the whole compile took."""
    options: dict[str, Any] = {"target": "numpy", "code": "radix", "samples": samples}
    found, report = searched(small, **options), snnir.compile(small, **options).report
    assert (found.rel_l2, found.over_variation) == tuple(
        report["conversion"][key] for key in ("rel_l2", "over_variation")
    )
    assert found.setting == f"radix, T = {report['steps']}"
    assert found.energy == report["energy_pj"]["snn"] / report["energy_pj"]["ann"]
    assert found.reached
    assert found.seconds > 0
    assert "reached" in found.cells()


def test_what_was_missed_is_printed_with_the_ways_that_reach_it() -> None:
    """A way is described by its target, its errors, its energy and its setting."""
    way = {"target": "numpy", "code": "radix", "steps": 8, "rel_l2": 5e-3, "over_variation": 6e-3, "energy": 0.6}
    ways = (way_words(way),)
    cells = Choice(2e-2, 3e-2, "population, K = 8, T = 64", 5.0, reached=False, ways=ways, seconds=3.0).cells()
    assert cells[-2] == "missed; numpy: 5.00e-03, 6.00e-03 at 0.60 (radix, 8 steps)"


def test_a_ladder_has_the_settings_as_they_are_compiled_alone(small: Graph, samples: Array) -> None:
    """Tuning that is shared changes no error and no energy; the limit is that of K, whatever T."""
    rungs = climbed(small, SMALL, samples=samples)
    assert [(each.neurons, each.steps) for each in rungs] == list(SMALL)
    assert rungs[0].limit == pytest.approx(rungs[1].limit, rel=0.5)
    alone = snnir.compile(small, samples=samples, code="population", neurons_per_unit=2, steps=16).report
    assert rungs[1].error == alone["conversion"]["over_variation"]
    assert rungs[1].energy == alone["energy_pj"]["snn"] / alone["energy_pj"]["ann"]


def test_a_rise_is_above_any_setting_with_less_of_everything() -> None:
    """Small rises add up, and settings with fewer neurons but more steps are not compared."""
    errors = {(2, 8): 1.0, (4, 8): 1.04, (4, 16): 1.08, (2, 64): 0.1}
    rungs = [Rung(neurons, steps, error, 0.0, 1.0) for (neurons, steps), error in errors.items()]
    assert largest_rise(rungs) == pytest.approx(0.08)
    assert largest_rise(rungs[:1]) == 0.0


def test_a_grid_is_compared_with_the_choice(small: Graph, samples: Array) -> None:
    """The cheapest of the grid that reaches the goal, with its own error and energy."""
    found = compared(small, SMALL, 0.3, samples=samples)
    alone = [searched(small, samples=samples, error=0.3, neurons_per_unit=size, steps=steps) for size, steps in SMALL]
    least = min(alone, key=lambda each: each.energy)
    assert found.reached
    assert found.cheapest == Setting(least.setting, least.energy)
    assert found.ratio == least.energy / found.chosen.energy


@pytest.mark.parametrize(
    ("energy", "reached", "violated"),
    [(9.4, True, True), (9.6, True, False), (20.0, False, True), (None, True, False), (None, False, False)],
)
def test_a_choice_is_violated_by_something_clearly_cheaper(
    energy: float | None, *, reached: bool, violated: bool
) -> None:
    """Below 0.95 of the chosen energy; or by anything at all that reaches a goal that the search missed."""
    cheapest = None if energy is None else Setting("population, K = 2, T = 8", energy)
    found = Comparison(Setting("population, K = 4, T = 9", 10.0), reached, cheapest)
    assert found.violated == violated
    assert ("VIOLATED" in found.cells()) == violated
    assert len(found.cells()) + 1 == len(grid.HEADER)


def called(monkeypatch: pytest.MonkeyPatch, program: Any, *arguments: object) -> int:
    """Call a benchmark as from a command line and return its exit status."""
    monkeypatch.setattr(sys, "argv", ["benchmark", *map(str, arguments)])
    try:
        program.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_networks_are_written_with_their_domains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that `snnir compile` takes them, and this benchmark, as files."""
    assert called(monkeypatch, real_networks, "--write", tmp_path, "kan", "siren10") == 0
    assert capsys.readouterr().out.splitlines()[0] == f'{tmp_path / "kan.onnx"} --domain "x0=-1:1,x1=-1:1"'
    assert snnir.load(tmp_path / "siren10.onnx").outputs == ("u",)


@pytest.mark.parametrize("program", [real_networks, grid])
def test_what_a_command_line_cannot_mean_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: Any
) -> None:
    """Unknown networks, files without domains, and domains that are none."""
    mode = ["--search"] if program is real_networks else []
    wrong = {
        "there is no network 'posson'": ["posson"],
        "give every --model its --domain": ["--model", "x.onnx"],
        "'x' is not of the form": ["--model", "x.onnx", "--domain", "x"],
    }
    for fragment, arguments in wrong.items():
        assert called(monkeypatch, program, *mode, *arguments) == 2
        assert fragment in capsys.readouterr().err


def test_a_file_that_is_refused_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are still measured; for the grid it is a failure."""
    arguments = ("--model", tmp_path / "gone.onnx", "--domain", "x=0:1")
    assert called(monkeypatch, real_networks, "--ladder", *arguments) == 0
    assert "| gone | refused: " in capsys.readouterr().out
    assert called(monkeypatch, grid, *arguments) == 1
    assert "1 of 1 violated" in capsys.readouterr().out


@pytest.mark.slow
def test_a_file_is_searched_climbed_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row of each table, on the points that users get."""
    path = tmp_path / "small.onnx"
    path.write_bytes(tanh_network((2, 6, 6, 1), (1.0, 1.0, 1.0)).SerializeToString())
    arguments = ("--model", path, "--domain", "x=-1:1,y=-1:1")
    for program, *mode in ((real_networks, "--search"), (real_networks, "--ladder"), (grid,)):
        called(monkeypatch, program, *mode, *arguments)
        header, _, row = (line for line in capsys.readouterr().out.splitlines() if line.startswith("|"))
        assert row.startswith("| small |")
        assert row.count("|") == header.count("|")
    assert len(SHIPPED) == len(PAPER) + len(FITS)
