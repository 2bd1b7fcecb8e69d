"""``snnir verify`` for Lava programs, where Lava is not installed: programs that pretend to be it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from snnir.compiler import Compiled
from snnir.types import Array
from tests.cli.common import DOMAIN, UNTUNED, done, mlp, refused, saved, snnir

SHORT = (*DOMAIN, "--steps", "4")
CODES = {
    "loihi2": ("--target", "loihi2", "--code", "population", "--neurons-per-unit", "2"),
    "loihi1": ("--target", "loihi1", "--code", "population", "--neurons-per-unit", "2"),
    "rate": ("--target", "lava-float", "--code", "rate"),
    "radix": ("--target", "lava-float", "--code", "radix"),
    "lif": ("--target", "lava-float", "--reader", "lif", "--code", "population", "--neurons-per-unit", "2"),
}
POINTS = 16


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network compiled in several ways, each with its archive."""
    folder = tmp_path_factory.mktemp("verify-lava")
    net = saved(folder / "net.onnx", mlp(2, 4, 4, 1))
    for name, options in CODES.items():
        done("compile", net, "-o", folder / f"{name}.py", *SHORT, *UNTUNED, *options)
    return folder


@pytest.fixture
def file(written: Path, tmp_path: Path) -> Path:
    """The program for Loihi 2, in a folder of its own."""
    return copied(written, tmp_path, "loihi2")


def copied(written: Path, folder: Path, name: str) -> Path:
    """Copy a program with its arrays and its archive, and return where it is."""
    for suffix in (".py", ".npz", ".snnir"):
        shutil.copy(written / f"{name}{suffix}", folder / f"{name}{suffix}")
    return folder / f"{name}.py"


def lava(file: Path, *, spike: int = 0, output: float = 0.0, points: int = POINTS) -> Path:
    """Return an interpreter that makes of any program what the simulator does, but for one spike and all outputs."""
    network = Compiled.load(file.with_suffix(".snnir"))
    given = {name: array[:points] for name, array in network.points.items()}
    trains = {f"spikes/{name}": pair(train) for name, train in network.record(given).items()}
    next(iter(trains.values()))[0, 0, 0] += spike
    np.savez(file.with_name("record"), **trains)
    np.savez(file.with_name("values"), u=network.run(given) + output)
    python = file.with_name("python")
    copy = f'cp "{file.with_name("values.npz")}" "$3" && cp "{file.with_name("record.npz")}" "$5"'
    python.write_text(f'#!/bin/sh\n[ "$1" = -c ] && exec "{sys.executable}" "$@"\n{copy}\n')
    python.chmod(0o755)
    return python


def pair(train: Array) -> Array:
    """Return spikes as programs record those of signed neurons: both of a pair."""
    return np.concatenate([train > 0, train < 0], axis=-1).astype(np.int8) if np.any(train < 0) else train


@pytest.mark.parametrize("name", ["loihi2", "loihi1"])
def test_integers(written: Path, tmp_path: Path, name: str) -> None:
    """Few points unless more are asked for; nothing is near a threshold, as integers do not round."""
    file = copied(written, tmp_path, name)
    text = done("verify", file, "--python", lava(file), "--report", tmp_path / "r.json")
    assert f"{name}.py in lava: verified" in text
    assert "16 of 256 in the archive" in text
    assert "ties" not in text.lower()
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["verified"] is True
    assert report["compiled_for"] == "lava"
    assert report["points"] == {"points": POINTS}
    assert report["archive_points"] == {"points": 256}
    assert report["spikes"]["compared"] == POINTS * 4 * 16
    assert report["spikes"]["sent"] == sum(layer["sent"] for layer in report["layers"]) > 0
    assert set(report["layers"][0]) == {"name", "compared", "sent", "different", "share"}
    assert report["limits"]["spikes"] == 0
    assert report["conversion"]["reader"] == report["conversion"]["simulated"]
    assert report["reader"]["name"] == "lava"
    assert {"python", "numpy"} <= set(report["reader"]["versions"])


@pytest.mark.parametrize(("name", "close"), [("rate", True), ("lif", True), ("radix", False)])
def test_floating_point(written: Path, tmp_path: Path, name: str, close: bool) -> None:
    """Signed neurons are pairs in the program; digits are spikes, too, and come from no membrane near a threshold."""
    file = copied(written, tmp_path, name)
    text = done("verify", file, "--python", lava(file, points=5), "--points", "5", "--report", tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["spikes"]["sent"] > 0
    assert report["limits"] == {"spikes": 1e-4, "output": 1e-4}
    assert report["compiled_for"] == ("lif" if name == "lif" else "lava")
    for keys in (report["spikes"], *report["layers"]):
        assert ("ties" in keys, "backlog" in keys) == (close, close)
    assert ("Backlog: " in text) == close


def test_not_one_spike_may_differ(file: Path, tmp_path: Path) -> None:
    """A single spike is found, and can be allowed."""
    python = lava(file, spike=1)
    result = snnir("verify", file, "--python", python, "--report", tmp_path / "r.json")
    assert result.exit_code == 1
    assert "1 spikes differ" in result.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert [layer["different"] for layer in report["layers"]] == [1, 0]
    assert [each["code"] for each in report["findings"]] == ["drift"]
    done("verify", file, "--python", python, "--spike-limit", "0.1")


def test_outputs_are_compared(file: Path) -> None:
    """Outputs may differ by no more than rounding on the host."""
    result = snnir("verify", file, "--python", lava(file, output=1e-3))
    assert result.exit_code == 1
    assert "its output differs by" in result.stderr


def test_changed_files(file: Path) -> None:
    """A weight and a program that were edited are named, whatever they do."""
    with np.load(file.with_suffix(".npz")) as content:
        arrays = dict(content)
    plan = json.loads(bytes(arrays["plan"]))
    (layers,) = (part["layers"] for part in plan["parts"] if "layers" in part)
    weights = layers[1]["synapses"][0]["weights"]
    arrays[weights][0, 0] += 2
    np.savez(file.with_suffix(".npz"), **arrays)
    file.write_text(f"{file.read_text()}\n")
    result = snnir("verify", file, "--python", lava(file))
    assert result.exit_code == 1
    assert "[changed-file]" in result.stderr
    assert f"written as: the program, {weights} of '{layers[1]['name']}'" in result.stderr


def test_packed_again_is_not_changed(file: Path) -> None:
    """What counts is what is in the arrays, not how they are packed."""
    before = file.with_suffix(".npz").read_bytes()
    with np.load(file.with_suffix(".npz")) as content:
        np.savez(file.with_suffix(".npz"), **content)
    assert file.with_suffix(".npz").read_bytes() != before
    done("verify", file.with_suffix(".npz"), "--python", lava(file))


def test_a_program_that_returns_something_else(file: Path) -> None:
    """Spikes of another number of points are not taken for those asked for."""
    result = snnir("verify", file, "--python", lava(file, points=3))
    assert result.exit_code == 1
    assert "[reader-failed]" in result.stderr


@pytest.mark.parametrize("damage", ["missing", "an axis less", "another width", "words"])
def test_records_that_are_none(file: Path, damage: str) -> None:
    """What was not recorded as it should be is named by its layer."""
    python = lava(file)
    with np.load(file.with_name("record.npz")) as content:
        arrays = dict(content)
    (name, *_), train = arrays, next(iter(arrays.values()))
    made = {"an axis less": train[:, 0], "another width": train[..., :3], "words": train.astype("U1")}
    arrays = {key: made.get(damage, array) if key == name else array for key, array in arrays.items()}
    np.savez(file.with_name("record"), **({} if damage == "missing" else arrays))
    result = snnir("verify", file, "--python", python)
    assert result.exit_code == 1
    assert "could not be observed" in result.stderr
    assert name.removeprefix("spikes/") in result.stderr


@pytest.mark.parametrize(
    ("script", "limit", "fragment"),
    [
        ("sleep 60", "0.3", "lava-timeout: did not finish within 0.3 seconds"),
        ("kill -SEGV $$", "60", "lava-failed: it was killed by signal 11"),
        ("echo 'ValueError: bad shape' >&2; exit 1", "60", "lava-failed: cannot run the file: ValueError: bad shape"),
        ("exit 0", "60", "lava-failed: left no result"),
    ],
)
def test_programs_that_misbehave(file: Path, tmp_path: Path, script: str, limit: str, fragment: str) -> None:
    """One that hangs, dies, fails or is silent is reported."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    message = refused(tmp_path, "verify", file, "--python", python, "--time-limit", limit, exit_code=1, hint=None)
    code, _, text = fragment.partition(": ")
    assert f"[{code}]" in message
    assert text in message


@pytest.mark.parametrize(("end", "code"), [("wait", "lava-timeout"), ("exit 1", "lava-failed")])
def test_what_fails_is_ended_with_what_it_started(file: Path, tmp_path: Path, end: str, code: str) -> None:
    """Lava's processes do not outlive the program that waits for them in vain, or that fails."""
    python, started = tmp_path / "python", tmp_path / "started"
    python.write_text(f'#!/bin/sh\nsleep 60 &\necho $! > "{started}"\n{end}\n')
    python.chmod(0o755)
    assert f"[{code}]" in snnir("verify", file, "--python", python, "--time-limit", "1").stderr
    command = ["ps", "-o", "stat=", "-p", started.read_text().strip()]
    for _ in range(100):
        state = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - ours
        if not state or state.startswith("Z"):
            return
        time.sleep(0.05)
    pytest.fail(f"it is still there: {state}")


def test_without_lava(file: Path, tmp_path: Path) -> None:
    """The line that installs it is in the message; an interpreter that is not there is another matter."""
    text = refused(tmp_path, "verify", file, "--python", sys.executable, exit_code=2)
    assert "[no-lava]" in text
    assert "pip install lava-nc==0.10.0" in text
    assert "[no-interpreter]" in refused(tmp_path, "verify", file, "--python", "no/such/python", exit_code=2)


def test_files_that_cannot_be_compared(written: Path, file: Path, tmp_path: Path) -> None:
    """Arrays of another network, damaged ones, and none at all."""
    arrays = file.with_suffix(".npz")
    shutil.copy(written / "rate.npz", arrays)
    assert "[not-its-archive]" in refused(tmp_path, "verify", file, exit_code=1)
    arrays.write_bytes(arrays.read_bytes()[:2000])
    assert "[damaged-npz]" in refused(tmp_path, "verify", file, exit_code=1)
    np.savez(arrays, plan=np.frombuffer(b"[]", np.uint8))
    assert "[damaged-npz]" in refused(tmp_path, "verify", file, exit_code=1)
    arrays.unlink()
    text = refused(tmp_path, "verify", file, exit_code=2)
    assert "[no-such-file]" in text
    assert arrays.name in text


def test_wrong_commands(file: Path, tmp_path: Path) -> None:
    """The neurons of a program are in it, and an archive has only so many points."""
    assert "[bad-option]" in refused(tmp_path, "verify", file, "--reader", "lif", exit_code=2)
    assert "[bad-points]" in refused(tmp_path, "verify", file, "--points", "257", exit_code=2)
    assert "[unknown-ending]" in refused(tmp_path, "verify", file.with_suffix(".snnir"), exit_code=2)
