"""``snnir run`` and ``snnir inspect`` on NIR files of any origin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

import snnir as api
from snnir.text import FORMATS
from snnir_nir import read_nir, simulate
from tests.cli.common import QUICK, done, refused, snnir


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A recurrent layer of LIF neurons, as the nir package writes it; the results stand for old ones."""
    for name in ("y.npy", "y.npz", "s.npz"):
        (tmp_path / name).write_text(f"old {name}")
    size = (3,)
    nodes = {
        "input": nir.Input({"input": np.array([2])}),
        "fc": nir.Affine(np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]]), np.zeros(3)),
        "lif": nir.LIF(np.full(size, 0.01), np.full(size, 5.0), np.zeros(size), np.ones(size)),
        "rec": nir.Linear(np.eye(3) / 4),
        "output": nir.Output({"output": np.array([3])}),
    }
    edges = [("input", "fc"), ("fc", "lif"), ("lif", "output"), ("lif", "rec"), ("rec", "lif")]
    nir.write(tmp_path / "foreign.nir", nir.NIRGraph(nodes, edges))
    return tmp_path / "foreign.nir"


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Forty steps of four points."""
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(0.5, 1, (40, 4, 2)))
    return tmp_path / "x.npy"


@pytest.fixture
def emitted(net: Path, tmp_path: Path) -> Path:
    """A network of ours as a NIR file, with its archive beside it."""
    done("compile", net, "-o", tmp_path / "new.nir", *QUICK)
    return tmp_path / "new.nir"


def run(file: Path, inputs: Path, *options: object) -> str:
    """Run a file; its results go beside it."""
    return done("run", file, "--inputs", inputs, "--output", file.parent / "y.npy", *options)


def test_a_series_through_a_file_of_others(foreign: Path, series: Path, tmp_path: Path) -> None:
    """Outputs are series; spikes go by node; what was done is printed and reported."""
    options = ["--dt", "1e-3", "--record", tmp_path / "s.npz", "--report", tmp_path / "r.json"]
    text = run(foreign, series, *options)
    expected = simulate(read_nir(foreign), np.load(series), dt=1e-3)
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), expected.outputs["output"])
    with np.load(tmp_path / "s.npz") as spikes:
        assert list(spikes) == ["lif"]
        assert spikes["lif"].dtype == np.int8
        np.testing.assert_array_equal(spikes["lif"], expected.spikes["lif"])
    rate = float(np.mean(expected.spikes["lif"]))
    assert 0 < rate < 1
    for fragment in ("40 steps of 0.001", "NIR says (the reader spec)", "40 x 4 x 3", f"{rate:.4f}", "closes a cycle"):
        assert fragment in text
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["steps"], report["points"], report["dt"]) == (40, 4, 1e-3)
    assert report["spikes"]["rates"]["lif"] == pytest.approx(rate)


def test_a_constant_input_needs_steps(foreign: Path, series: Path, tmp_path: Path) -> None:
    """An array without an axis for steps is the same at every step."""
    x = np.load(series)[0]
    np.save(tmp_path / "c.npy", x)
    run(foreign, tmp_path / "c.npy", "--dt", "1e-3", "--steps", 25)
    expected = simulate(read_nir(foreign), x, dt=1e-3, steps=25)
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), expected.outputs["output"])


def test_a_reader_is_followed(foreign: Path, series: Path, tmp_path: Path) -> None:
    """Norse ignores r: other spikes come out than NIR specifies, and the reader is named."""
    text = run(foreign, series, "--dt", "1e-3", "--reader", "norse")
    assert "the reader norse runs it" in text
    expected = simulate(read_nir(foreign), np.load(series), dt=1e-3, reader="norse").outputs["output"]
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), expected)
    assert np.any(expected != simulate(read_nir(foreign), np.load(series), dt=1e-3).outputs["output"])


def test_a_file_of_ours_runs_as_its_metadata_say(emitted: Path, points: Path, tmp_path: Path) -> None:
    """Steps, semantics and the mean over the steps come from the file: values are those of the archive beside it."""
    text = run(emitted, points)
    assert "its metadata say" in text
    assert "4 steps" in text
    expected = api.Compiled.load(emitted.with_suffix(".snnir")).run(np.load(points))
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), expected, rtol=0, atol=1e-5)
    run(emitted, points, "--reader", "spec")
    assert np.max(np.abs(np.load(tmp_path / "y.npy") - expected)) > 0.01


def test_a_file_of_ours_that_was_changed_is_taken_as_it_is(emitted: Path, points: Path, tmp_path: Path) -> None:
    """It is shown and run by what is in it now, and that is reported."""
    assert "integrate_and_fire" in done("inspect", emitted)
    with h5py.File(emitted, "r+") as file:
        (name,) = [name for name in file["node/nodes"] if name.endswith("_pair") and "1" not in name][:1]
        file[f"node/nodes/{name}/bias"][0] += 1
    result = snnir("inspect", emitted)
    assert result.exit_code == 0
    assert "scan" in result.stdout
    assert "it was changed after snnir wrote it" in result.stderr
    assert "it is taken as what it is now" in run(emitted, points)


@pytest.mark.parametrize("kind", FORMATS)
def test_files_of_others_are_shown(foreign: Path, kind: str) -> None:
    """Every format shows the nodes of the file, with or without a time step; what is assumed is noted."""
    for options in ([], ["--dt", "1e-3"], ["--reader", "norse"]):
        result = snnir("inspect", foreign, "--format", kind, *options)
        assert result.exit_code == 0
        assert "lif" in result.stdout
        assert result.stderr == (
            "note: the edge 'rec' -> 'lif' closes a cycle: it brings what its source made in the step before\n"
        )


def test_parameters_are_shown_without_a_time_step(foreign: Path) -> None:
    """The time step stays an input of the network."""
    text = snnir("inspect", foreign).stdout
    assert "dt      float64[]" in text
    assert "tau 0.01, r 5, v_threshold 1, v_reset 0" in text
    assert "dt      float64[]" not in snnir("inspect", foreign, "--dt", "1e-3").stdout


REFUSALS: dict[str, tuple[list[object], int, str]] = {
    "no time step": ([], 2, "NIR files hold no time step, and this network depends on it [dt-missing]"),
    "a wrong time step": (["--dt", "-1"], 2, "-1 is no time step"),
    "other steps": (["--dt", "1e-3", "--steps", "5"], 2, "series have 40 steps, and 5 were asked for"),
    "an unknown reader": (["--dt", "1e-3", "--reader", "nors"], 2, "did you mean 'norse'?"),
    "a reader without LIF": (["--dt", "1e-3", "--reader", "spyx"], 1, "the profile of spyx does not cover LIF"),
    "smoothing": (["--dt", "1e-3", "--smooth"], 2, "--smooth is for compiled networks"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_what_cannot_be_run_is_refused(foreign: Path, series: Path, tmp_path: Path, kind: str) -> None:
    """One error says what is missing, and no file changes."""
    options, exit_code, fragment = REFUSALS[kind]
    command = ["run", foreign, "--inputs", series, "--output", tmp_path / "y.npy", *options]
    assert fragment in refused(tmp_path, *command, exit_code=exit_code)


@pytest.mark.parametrize("shape", [(40, 4), (4,), (2, 40, 4, 2)])
def test_inputs_of_another_shape(foreign: Path, tmp_path: Path, shape: tuple[int, ...]) -> None:
    """What the network takes is in the hint."""
    np.save(tmp_path / "bad.npy", np.zeros(shape))
    command = ["run", foreign, "--inputs", tmp_path / "bad.npy", "--output", tmp_path / "y.npy", "--dt", "1e-3"]
    text = refused(tmp_path, *command, exit_code=2)
    assert f"its shape is {list(shape)}" in text
    assert "input: float64[T, N, 2]" in text


@pytest.mark.parametrize("command", ["inspect", "run"])
def test_damaged_files_are_refused(foreign: Path, series: Path, tmp_path: Path, command: str) -> None:
    """Everything that is wrong with a file is reported at once, with places and hints."""
    with h5py.File(foreign, "r+") as file:
        del file["node/nodes/lif/tau"]
        del file["node/nodes/fc/type"]
    extra: list[Any] = ["--inputs", series, "--output", tmp_path / "y.npy"] if command == "run" else []
    text = refused(tmp_path, command, foreign, *extra, exit_code=1)
    assert "foreign.nir, NIR node 'lif': tau is missing [bad-parameter]" in text
    assert "foreign.nir, NIR node 'fc': it has no type [damaged-nir]" in text


def test_options_for_nir_files_only(compiled: Path, points: Path, net: Path, tmp_path: Path) -> None:
    """An archive says itself how it is run, and an ONNX file holds no steps."""
    command = ["run", compiled, "--inputs", points, "--output", tmp_path / "out.npy", "--steps", 3, "--dt", 1]
    text = refused(tmp_path, *command, exit_code=2)
    assert "--steps is for .nir files" in text
    assert "--dt is for .nir files" in text
    assert "for .nir files" in refused(tmp_path, "inspect", compiled, "--reader", "norse", exit_code=2)
    assert "[not-in-time]" in refused(tmp_path, "inspect", net, "--reader", "norse", exit_code=2)


def test_networks_in_time_are_not_compiled(foreign: Path, tmp_path: Path) -> None:
    """What runs step by step already is not compiled again."""
    command = ["compile", foreign, "-o", tmp_path / "new.snnir", "--domain", "x=0:1,y=0:1"]
    assert "runs step by step already [already-spiking]" in refused(tmp_path, *command, exit_code=1)
