"""``snnir run`` where all is well."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import snnir as api
from tests.cli.common import QUICK, done, mlp, saved, separable


def test_values_are_those_of_the_api(compiled: Path, points: Path, tmp_path: Path) -> None:
    """The .npy file holds what `Compiled.run` returns, and the text says how exact it is."""
    text = done("run", compiled, "--inputs", points, "--output", tmp_path / "out.npy")
    values = np.load(tmp_path / "out.npy", allow_pickle=False)
    network = api.Compiled.load(compiled)
    expected = network.run(np.load(points))
    np.testing.assert_array_equal(values, expected)
    assert values.dtype == np.float32
    analog = network.run_ann(np.load(points))
    error = np.linalg.norm(expected - analog) / np.linalg.norm(analog)
    assert f"{error:.2e} against the ANN on these points" in text
    assert "points        40" in text


def test_spikes_are_those_of_the_api(compiled: Path, points: Path, tmp_path: Path) -> None:
    """The recorded spikes are int8 arrays [points, steps, neurons] by layer, and their rate is the one printed."""
    record = tmp_path / "spikes.npz"
    text = done("run", compiled, "--inputs", points, "--output", tmp_path / "out.npy", "--record", record)
    expected = api.Compiled.load(compiled).record(np.load(points))
    with np.load(record, allow_pickle=False) as spikes:
        assert list(spikes) == list(expected)
        for name, array in expected.items():
            np.testing.assert_array_equal(spikes[name], array)
            assert (spikes[name].shape, spikes[name].dtype) == ((40, 4, 8), np.int8)
    rate = np.mean([np.mean(array != 0) for array in expected.values()])
    assert f"spike rate    {rate:.4f}" in text


def test_same_bytes_twice(compiled: Path, points: Path, tmp_path: Path) -> None:
    """Two runs write the same bytes."""
    written = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        files = [folder / name for name in ("v.npz", "s.npz")]
        done("run", compiled, "--inputs", points, "--output", files[0], "--record", files[1])
        written.append([file.read_bytes() for file in files])
    assert written[0] == written[1]


def test_several_outputs_by_name(points: Path, tmp_path: Path) -> None:
    """Several outputs go to a .npz file under their names."""
    net = saved(tmp_path / "net.onnx", mlp(2, 8, 8, 1, heads=2))
    done("compile", net, "-o", tmp_path / "net.snnir", *QUICK)
    done("run", tmp_path / "net.snnir", "--inputs", points, "--output", tmp_path / "v.npz")
    expected = api.Compiled.load(tmp_path / "net.snnir").run(np.load(points))
    with np.load(tmp_path / "v.npz", allow_pickle=False) as values:
        assert list(values) == ["u0", "u1"] == list(expected)
        for name in values:
            np.testing.assert_array_equal(values[name], expected[name])


def test_named_points(compiled: Path, points: Path, tmp_path: Path) -> None:
    """Points can come from a .npz file, by the name of the input."""
    np.savez(tmp_path / "points.npz", points=np.load(points))
    for source in ("points.npy", "points.npz"):
        done("run", compiled, "--inputs", tmp_path / source, "--output", tmp_path / f"{source}.values.npy")
    first, second = ((tmp_path / f"points.{kind}.values.npy").read_bytes() for kind in ("npy", "npz"))
    assert first == second


def test_axes_of_different_lengths(tmp_path: Path) -> None:
    """A separable network takes an array for each axis, and records the spikes of each on its own points."""
    net = saved(tmp_path / "net.onnx", separable())
    text = done("compile", net, "-o", tmp_path / "net.snnir", *QUICK)
    assert "--inputs POINTS.npz --output VALUES.npy" in text
    np.savez(tmp_path / "points.npz", x=np.linspace(-1, 1, 30), t=np.linspace(0, 1, 20))
    files = ["--inputs", tmp_path / "points.npz", "--output", tmp_path / "u.npy", "--record", tmp_path / "s.npz"]
    assert "points        600" in done("run", tmp_path / "net.snnir", *files)
    assert np.load(tmp_path / "u.npy").shape == (30, 20)
    with np.load(tmp_path / "s.npz") as spikes:
        assert sorted(array.shape for array in spikes.values()) == [(20, 4, 8), (30, 4, 8)]
