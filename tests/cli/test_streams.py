"""The sigma-delta code from the command line: compile on lines or samples, run in order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import snnir as api
from tests.cli.common import DOMAIN, done, refused

STREAM = ("--target", "numpy", "--code", "sigma-delta")


def test_compile_and_run(net: Path, tmp_path: Path) -> None:
    """Lines through the domain, a report in words, a run in order, graded messages recorded."""
    out, report, points = tmp_path / "s.snnir", tmp_path / "r.json", tmp_path / "line.npy"
    text = done("compile", net, "-o", out, *STREAM, *DOMAIN, "--report", report)
    assert "a stream of 1,600 points in order, 8 lines" in text
    assert "sigma-delta code, 1 step, calibration none" in text
    assert "default goal, an error of 0.005 (the larger of relative L2 and of error over variation)" in text
    measured = json.loads(report.read_text())
    even = f"{measured['spikes']['break_even']:.3g}"
    assert f"per unit and point, graded (break-even with the ANN: {even})" in text
    assert "Of this energy: changes of the inputs" in text  # each reaches 16 neurons, a message one
    assert measured["stream"] == {"points": 1600, "lines": 8}
    assert measured["conversion"]["rel_l2"] <= 5e-3
    assert measured["steps"] == 1
    assert measured["operations"]["ac"] == 0
    assert set(measured["messages"]) == {"per_unit_per_point", "inputs_per_point", "meaning"}
    assert measured["messages"]["per_unit_per_point"] == measured["spikes"]["per_unit"] < 1
    np.save(points, np.linspace([-1, 0], [1, 1], 200).astype(np.float32))
    spikes, values = tmp_path / "m.npz", tmp_path / "u.npy"
    assert ", 1 step" in done("run", out, "--inputs", points, "--output", values, "--record", spikes)
    network = api.Compiled.load(out)
    np.testing.assert_array_equal(np.load(values), network.run(np.load(points)))
    with np.load(spikes) as file:
        kept = dict(file)
    recorded = network.record(np.load(points))
    assert set(kept) == set(recorded) == {layer["name"] for layer in measured["layers"]}
    for name, messages in kept.items():
        assert messages.dtype == np.float32
        assert messages.shape[:2] == (200, 1)
        np.testing.assert_array_equal(messages, recorded[name])


def test_samples_are_taken_in_order(net: Path, tmp_path: Path) -> None:
    """Samples are a stream: its first three quarters set thresholds, the rest is measured, neither shuffled."""
    points, report = tmp_path / "march.npy", tmp_path / "r.json"
    np.save(points, np.linspace([-1, 0], [1, 1], 400).astype(np.float32))
    done(
        "compile", net, "-o", tmp_path / "s.snnir", *STREAM, "--samples", points, "--error", "2e-2", "--report", report
    )
    measured = json.loads(report.read_text())
    assert measured["stream"] == {"points": 100, "lines": 1}
    assert measured["search"]["reached"] is True
    assert measured["conversion"]["rel_l2"] <= 2e-2


def test_the_same_seed_gives_the_same_bytes(net: Path, tmp_path: Path) -> None:
    """Lines are drawn by the seed."""
    for name in ("a", "b"):
        done("compile", net, "-o", tmp_path / f"{name}.snnir", *STREAM, *DOMAIN)
    done("compile", net, "-o", tmp_path / "c.snnir", *STREAM, *DOMAIN, "--seed", 1)
    one, two, other = ((tmp_path / f"{name}.snnir").read_bytes() for name in "abc")
    assert one == two != other


def test_an_error_out_of_reach(net: Path, tmp_path: Path) -> None:
    """Single precision has an end, and the refusal says how near it gets."""
    points = tmp_path / "march.npy"
    np.save(points, np.linspace([-1, 0], [1, 1], 200).astype(np.float32))
    given = ("--samples", points, "--error", "1e-9")
    text = refused(tmp_path, "compile", net, "-o", tmp_path / "s.snnir", *STREAM, *given, exit_code=1)
    assert "the nearest to an error of 1e-09 is" in text
    assert not (tmp_path / "s.snnir").exists()


@pytest.mark.parametrize("target", ["nir"])
def test_targets_without_streams(net: Path, tmp_path: Path, target: str) -> None:
    """Of a target that cannot carry the code, the hint names those that can."""
    options = ("--target", target, "--code", "sigma-delta", *DOMAIN)
    text = refused(tmp_path, "compile", net, "-o", tmp_path / "s.snnir", *options, exit_code=2)
    assert "cannot carry the sigma-delta code" in text
    assert "--target lava-float or loihi2 or numpy" in text


def test_integers_need_no_other_calibration(net: Path, tmp_path: Path) -> None:
    """The code has none, on any target."""
    options = ("--target", "loihi2", "--code", "sigma-delta", "--calibration", "none", *DOMAIN)
    assert "calibration none" in done("compile", net, "-o", tmp_path / "s.py", *options)
