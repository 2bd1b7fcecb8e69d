"""``snnir run`` where all is well, or where points are not where they should be."""

from __future__ import annotations

import json
from dataclasses import replace
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


def test_points_outside_the_domain_are_counted(compiled: Path, tmp_path: Path) -> None:
    """Row 16 of the networks from repositories: outside of what it was compiled for there was no word.

    How many points and how far is printed and reported; inside of it there is no word.
    """
    values, report = tmp_path / "out.npy", tmp_path / "r.json"
    np.save(tmp_path / "in.npy", [[-1.0, 0.0], [1.0, 1.0], [0.0, 0.5]])
    text = done("run", compiled, "--inputs", tmp_path / "in.npy", "--output", values, "--report", report)
    assert "warning" not in text
    assert "outside" not in json.loads(report.read_text())
    np.save(tmp_path / "beyond.npy", [[0.0, 0.5], [1.5, 0.5], [-2.0, 2.0], [0.0, 1.0]])
    text = done("run", compiled, "--inputs", tmp_path / "beyond.npy", "--output", values, "--report", report)
    assert "2 of 4 points are outside what it was compiled for" in text
    assert "2 in x = -2, 0.5 of its width beyond -1:1" in text
    assert "1 in t = 2, 1 of its width beyond 0:1" in text
    found = json.loads(report.read_text())["outside"]
    assert (found["points"], found["of"]) == (2, 4)
    assert [column["furthest"] for column in found["columns"]] == [-2.0, 2.0]


def test_an_archive_of_before_is_not_asked_for_its_domain(tmp_path: Path, archive: bytes, points: Path) -> None:
    """Archives that do not know their domain run as ever."""
    (tmp_path / "net.snnir").write_bytes(archive)
    network = api.Compiled.load(tmp_path / "net.snnir")
    setting = replace(network.setting, columns={}, domain={})
    report = replace(network.report, columns=None, domain=None)
    (tmp_path / "old.snnir").write_bytes(replace(network, setting=setting, report=report).artifacts()[".snnir"])
    text = done("run", tmp_path / "old.snnir", "--inputs", points, "--output", tmp_path / "out.npy")
    assert "warning" not in text


def test_points_in_a_table(compiled: Path, points: Path, tmp_path: Path) -> None:
    """Point 13 of the first-time user: a .csv file, with names or without, does what the array does."""
    done("run", compiled, "--inputs", points, "--output", tmp_path / "out.npy")
    expected = np.load(tmp_path / "out.npy")
    for header in ("", "x,t"):
        np.savetxt(tmp_path / "p.csv", np.load(points), delimiter=",", header=header, comments="", fmt="%.17g")
        done("run", compiled, "--inputs", tmp_path / "p.csv", "--output", tmp_path / "out.npy")
        np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), expected)


def test_columns_of_a_table_go_by_their_names(compiled: Path, points: Path, tmp_path: Path) -> None:
    """Columns that are called as the domain calls them are not swapped; for the file without its archive, too."""
    done("run", compiled, "--inputs", points, "--output", tmp_path / "out.npy")
    api.Compiled.load(compiled).save(tmp_path / "net.nir")
    np.savetxt(tmp_path / "p.csv", np.load(points)[:, ::-1], delimiter=",", header="t,x", comments="", fmt="%.17g")
    for file in (compiled, tmp_path / "net.nir"):
        done("run", file, "--inputs", tmp_path / "p.csv", "--output", tmp_path / "again.npy")
        np.testing.assert_allclose(np.load(tmp_path / "again.npy"), np.load(tmp_path / "out.npy"), rtol=0, atol=1e-5)


def test_a_single_point(compiled: Path, tmp_path: Path) -> None:
    """Point 13 of the first-time user: inputs of rank 1 are one point of a network with several columns."""
    np.save(tmp_path / "p.npy", [0.5, 0.25])
    done("run", compiled, "--inputs", tmp_path / "p.npy", "--output", tmp_path / "out.npy")
    expected = api.Compiled.load(compiled).run(np.array([[0.5, 0.25]]))
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), expected)
