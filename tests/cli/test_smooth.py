"""``snnir run --smooth`` and ``--report``: what is written, printed and refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import numpy_helper

import snnir as api
from snnir.types import Array
from tests.cli.common import QUICK, done, mlp, refused, saved, separable

MODELS = Path(__file__).parents[2] / "examples" / "models"


def plane(*, seed: int | None = 0) -> Array:
    """Return the points of a 20 x 16 grid, ``[320, 2]``, shuffled unless `seed` is None."""
    axes = np.meshgrid(np.linspace(-1, 1, 20), np.linspace(0, 1, 16), indexing="ij")
    points = np.stack(axes, axis=-1).reshape(-1, 2)
    return points if seed is None else np.random.default_rng(seed).permutation(points)


def relative(values: Array, expected: Array) -> float:
    """Return a relative L2 error."""
    return float(np.linalg.norm(values - expected) / np.linalg.norm(expected))


def row(text: str, name: str) -> str:
    """Return the cells of a row that is printed, behind its name."""
    (found,) = re.findall(rf"^  {re.escape(name)} +(.*)$", text, flags=re.MULTILINE)
    return found


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """A file with all points of a grid, in any order."""
    np.save(tmp_path / "grid.npy", plane())
    return tmp_path / "grid.npy"


@pytest.fixture
def axes(tmp_path: Path) -> Path:
    """A file with the axes of a grid."""
    np.savez(tmp_path / "axes.npz", x=np.linspace(-1, 1, 30), t=np.linspace(1, 0, 20))
    return tmp_path / "axes.npz"


@pytest.fixture
def apart(tmp_path: Path) -> Path:
    """A separable network, compiled."""
    done("compile", saved(tmp_path / "apart.onnx", separable()), "-o", tmp_path / "apart.snnir", *QUICK)
    return tmp_path / "apart.snnir"


def test_smoothed_values_and_both_errors(compiled: Path, grid: Path, tmp_path: Path) -> None:
    """The file holds what `Compiled.smooth` returns; both errors are printed, and what was kept."""
    text = done("run", compiled, "--inputs", grid, "--output", tmp_path / "out.npy", "--smooth")
    network, points = api.Compiled.load(compiled), np.load(grid)
    rough, exact = network.run(points), network.run_ann(points)
    smooth, kept = network.smooth(points, rough)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), smooth)
    assert smooth.dtype == np.float32
    assert row(text, "rel L2") == f"{relative(rough, exact):.2e} against the ANN on these points"
    assert row(text, "smoothed") == f"{relative(smooth, exact):.2e} against the ANN on these points"
    one, other = kept["u"]
    assert row(text, "u").split("  ") == [f"{one:.1f} x {other:.1f}", "20 x 16"]


def test_smoothing_is_asked_for(compiled: Path, grid: Path, tmp_path: Path) -> None:
    """Without --smooth, a grid is like any other points."""
    text = done("run", compiled, "--inputs", grid, "--output", tmp_path / "out.npy")
    assert "  smoothed " not in text
    assert "frequencies" not in text
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), api.Compiled.load(compiled).run(np.load(grid)))


def test_smoothed_axes(apart: Path, axes: Path, tmp_path: Path) -> None:
    """A separable network is smoothed along its axes; the spikes recorded are what they are."""
    files = ["--inputs", axes, "--output", tmp_path / "u.npz", "--record", tmp_path / "s.npz"]
    text = done("run", apart, *files, "--smooth")
    network = api.Compiled.load(apart)
    with np.load(axes) as given:
        points = dict(given)
    rough, exact = network.run(points), network.run_ann(points)
    smooth, _ = network.smooth(points, rough)
    with np.load(tmp_path / "u.npz") as values:
        np.testing.assert_array_equal(values["u"], smooth)
    assert f"{relative(rough, exact):.2e}" in row(text, "rel L2")
    assert f"{relative(smooth, exact):.2e}" in row(text, "smoothed")
    assert row(text, "u").endswith("30 x 20")
    expected = network.record(points)
    with np.load(tmp_path / "s.npz") as spikes:
        for name, array in expected.items():
            np.testing.assert_array_equal(spikes[name], array)


def test_every_column_is_smoothed(tmp_path: Path, grid: Path) -> None:
    """Of several outputs and columns each has its own row."""
    net = saved(tmp_path / "net.onnx", mlp(2, 8, 2, heads=2))
    done("compile", net, "-o", tmp_path / "net.snnir", *QUICK)
    report = tmp_path / "r.json"
    files = ["--inputs", grid, "--output", tmp_path / "v.npz", "--report", report]
    text = done("run", tmp_path / "net.snnir", *files, "--smooth")
    names = ["u0[0]", "u0[1]", "u1[0]", "u1[1]"]
    assert all("20 x 16" in row(text, name) for name in names)
    assert list(json.loads(report.read_bytes())["smoothed"]["kept"]) == names


def test_same_bytes_smoothed(compiled: Path, grid: Path, tmp_path: Path) -> None:
    """Two runs write the same bytes."""
    written: list[list[bytes]] = []
    for name in ("a", "b"):
        files = [tmp_path / f"{name}.npy", tmp_path / f"{name}.json"]
        done("run", compiled, "--inputs", grid, "--output", files[0], "--report", files[1], "--smooth")
        written.append([file.read_bytes() for file in files])
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("points", "fragment"),
    [
        (
            np.random.default_rng(0).uniform(-1, 1, (40, 2)),
            "input 'points': 40 rows are not the 40 x 40 points of a grid",
        ),
        (plane()[1:], "input 'points': 319 rows are not the 20 x 16 points of a grid"),
        (np.concatenate([plane(), plane()[7:8]]), "input 'points': 321 rows are not the 20 x 16 points of a grid"),
        (np.concatenate([plane()[1:], plane()[7:8]]), "rows [6] and [319] are the same point"),
        (plane() ** 3, "input 'points', column [:, 1]: not evenly spaced, its steps go from "),
    ],
    ids=["scattered", "missing", "too many", "twice", "uneven"],
)
def test_no_grid(compiled: Path, tmp_path: Path, points: Array, fragment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Points that are no evenly spaced grid are refused before anything runs, with what is wrong with them."""

    def ran(*_: object, **__: object) -> None:
        raise AssertionError("it was simulated")

    monkeypatch.setattr("snnir.cli.run.evaluate", ran)
    np.save(tmp_path / "bad.npy", points)
    files = ["--inputs", tmp_path / "bad.npy", "--output", tmp_path / "out.npy", "--report", tmp_path / "out.json"]
    text = refused(tmp_path, "run", compiled, *files, "--smooth", exit_code=2)
    assert "error: bad.npy: input 'points'" in text
    assert fragment in text
    assert "[not-a-grid]" in text


def test_no_grid_of_axes(apart: Path, tmp_path: Path) -> None:
    """Every axis that is not evenly spaced is named."""
    np.savez(tmp_path / "bad.npz", x=np.linspace(0, 1, 20) ** 2, t=[0, 0, 1])
    files = ["--inputs", tmp_path / "bad.npz", "--output", tmp_path / "u.npy"]
    text = refused(tmp_path, "run", apart, *files, "--smooth", exit_code=2)
    assert "bad.npz: input 'x': not evenly spaced" in text
    assert "bad.npz: input 't': 3 rows are not the 2 points of a grid" in text


def report_of(*args: object, folder: Path) -> tuple[str, dict[str, Any]]:
    """Run a network with a report and return what is printed, and the report."""
    text = done("run", *args, "--report", folder / "run.json")
    return text, json.loads((folder / "run.json").read_bytes())


@pytest.mark.parametrize("smooth", [False, True])
def test_report_of_a_plain_network(compiled: Path, grid: Path, tmp_path: Path, *, smooth: bool) -> None:
    """The report holds what is printed, and more digits of it."""
    options = ["--smooth"] if smooth else []
    text, report = report_of(compiled, "--inputs", grid, "--output", tmp_path / "out.npy", *options, folder=tmp_path)
    network, points = api.Compiled.load(compiled), np.load(grid)
    rough, exact = network.run(points), network.run_ann(points)
    layers = list(network.record(points))
    assert list(report) == [
        *("name", "target", "steps", "points", "inferences", "conversion", "outputs"),
        *(["smoothed"] if smooth else []),
        "spikes",
    ]
    assert [report[name] for name in ("name", "target", "steps", "points")] == ["net", "nir", 4, 320]
    assert report["inferences"] == {
        "total": 320,
        "regions": [{"layers": layers, "inputs": ["points"], "count": 320}],
    }
    assert row(text, "points") == row(text, "inferences") == "320"
    named = {"rel L2": ("conversion", rough)} | (
        {"smoothed": ("smoothed", np.load(tmp_path / "out.npy"))} if smooth else {}
    )
    for name, (key, values) in named.items():
        error = values.astype(np.float64) - exact
        assert report[key]["rel_l2"] == pytest.approx(relative(values, exact), rel=1e-5)
        assert report[key]["rms"] == pytest.approx(np.sqrt(np.mean(error**2)))
        assert report[key]["max_abs"] == pytest.approx(np.max(np.abs(error)))
        assert row(text, name).startswith(f"{report[key]['rel_l2']:.2e} ")
    assert row(text, "spike rate").startswith(f"{report['spikes']['rate']:.4f} ")
    if smooth:
        assert report["smoothed"]["kept"] == {"u": list(network.smooth(points, rough)[1]["u"])}
    assert str(tmp_path / "run.json") in text


def test_inferences_of_axes(apart: Path, axes: Path, tmp_path: Path) -> None:
    """A separable network runs once for every coordinate, not for every point."""
    text, report = report_of(apart, "--inputs", axes, "--output", tmp_path / "u.npy", folder=tmp_path)
    assert row(text, "inferences") == "50 (30 + 20) for 600 points"
    assert report["points"] == 600
    assert report["inferences"]["total"] == 50
    counts = {tuple(part["inputs"]): part["count"] for part in report["inferences"]["regions"]}
    assert counts == {("x",): 30, ("t",): 20}


def test_inferences_of_beltrami(tmp_path: Path) -> None:
    """A grid of 64,000 points takes 120 inferences of a separable network; its three outputs are smoothed."""
    graph = api.load(MODELS / "beltrami_separable.onnx")
    axis = {"x": np.linspace(-1, 1, 40), "y": np.linspace(-1, 1, 40), "t": np.linspace(0, 1, 40)}
    api.compile(graph, target="numpy", samples=axis, code="rate", steps=16).save(tmp_path / "net.snnir")
    np.savez(tmp_path / "axes.npz", **{name: np.random.default_rng(0).permutation(each) for name, each in axis.items()})
    files = [tmp_path / "net.snnir", "--inputs", tmp_path / "axes.npz", "--output", tmp_path / "v.npz", "--smooth"]
    text, report = report_of(*files, folder=tmp_path)
    assert row(text, "points") == "64,000"
    assert row(text, "inferences") == "120 (40 + 40 + 40) for 64,000 points"
    assert report["smoothed"]["rel_l2"] < report["conversion"]["rel_l2"]
    assert {name: len(kept) for name, kept in report["smoothed"]["kept"].items()} == {"u": 3, "v": 3, "p": 3}


def test_report_is_checked_like_the_other_files(compiled: Path, points: Path, tmp_path: Path) -> None:
    """A report that would replace an input or another result, or has no folder, is refused; then nothing is written."""
    files = ["run", compiled, "--inputs", points, "--output", tmp_path / "out.npy"]
    for place, fragment in (
        (points, "would replace"),
        (tmp_path / "out.npy", "two results go to this file"),
        (tmp_path / "no" / "r.json", "there is no folder"),
    ):
        text = refused(tmp_path, *files, "--report", place, exit_code=2)
        assert f"error: --report {place}" in text
        assert fragment in text


def test_report_of_a_pole(tmp_path: Path) -> None:
    """Where a network is infinite, the report says null: JSON has no other word for it."""
    net = mlp(2, 8, 1)
    net.graph.initializer.append(numpy_helper.from_array(np.array([[1], [0]], np.float32), "first"))
    net.graph.node.add(op_type="MatMul", name="x", input=["points", "first"], output=["x"])
    net.graph.node.add(op_type="Div", name="pole", input=["u", "x"], output=["v"])
    net.graph.output[0].name = "v"
    done("compile", saved(tmp_path / "net.onnx", net), "-o", tmp_path / "net.snnir", *QUICK)
    np.save(tmp_path / "points.npy", plane() * [0, 1])
    files = [tmp_path / "net.snnir", "--inputs", tmp_path / "points.npy", "--output", tmp_path / "v.npy"]
    text, report = report_of(*files, folder=tmp_path)
    assert row(text, "rel L2").startswith("nan ")
    numbers = ("rel_l2", "over_variation", "rms", "median", "p99", "max_abs")
    assert report["conversion"] == {**dict.fromkeys(numbers), "points": report["points"]}
