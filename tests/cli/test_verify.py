"""``snnir verify``, with the reader that comes along and with programs that only pretend to be one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from snnir.compiler import Compiled
from tests.cli.common import QUICK, done, mlp, refused, saved, separable, snnir

H5: Any = h5py


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with networks compiled for spec, norse and no reader, and one of two axes, each with its archive."""
    folder = tmp_path_factory.mktemp("verify")
    net, axes = saved(folder / "net.onnx", mlp(2, 8, 8, 1)), saved(folder / "axes.onnx", separable())
    quick = (*QUICK, "--code", "population", "--neurons-per-unit", "2", "--calibration", "light")
    done("compile", net, "-o", folder / "spec.nir", "--reader", "spec", *quick)
    done("compile", net, "-o", folder / "norse.nir", "--reader", "norse", *quick)
    done("compile", net, "-o", folder / "anyone.nir", *QUICK)
    done("compile", axes, "-o", folder / "axes.nir", "--reader", "spec", *quick)
    return folder


@pytest.fixture
def file(written: Path, tmp_path: Path) -> Path:
    """The network compiled for spec, in a folder of its own."""
    return copied(written, tmp_path, "spec")


def copied(written: Path, folder: Path, name: str) -> Path:
    """Copy a file with its archive, and return where it is."""
    for suffix in (".nir", ".snnir"):
        shutil.copy(written / f"{name}{suffix}", folder / f"{name}{suffix}")
    return folder / f"{name}.nir"


def program(path: Path, script: str) -> Path:
    """Write a shell script that is taken for an interpreter."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_file_that_does_as_it_should(file: Path, tmp_path: Path) -> None:
    """Not a spike differs, and the report has the numbers."""
    text = done("verify", file, "--report", tmp_path / "r.json")
    assert "spec.nir in spec: verified" in text
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["verified"] is True
    assert report["findings"] == []
    assert report["points"] == {"points": 256}
    assert report["spikes"]["compared"] == 256 * 4 * 32
    assert report["spikes"]["sent"] > 1000
    assert report["spikes"]["different"] == 0
    assert [layer["compared"] for layer in report["layers"]] == [256 * 4 * 16] * 2
    assert sum(layer["sent"] for layer in report["layers"]) == report["spikes"]["sent"]
    assert report["conversion"]["reader"] == pytest.approx(report["conversion"]["simulated"])
    assert set(report["reader"]["versions"]) == {"snnir", "nir"}


def test_as_many_points_as_asked_for(file: Path, tmp_path: Path) -> None:
    """--points takes the first of the archive's."""
    done("verify", file, "--points", "7", "--report", tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text())["spikes"]["compared"] == 7 * 4 * 32


def test_several_spiking_parts_with_a_host(written: Path, tmp_path: Path) -> None:
    """Each axis of a separable network is run on its own points, and the merge is ours."""
    file = copied(written, tmp_path, "axes")
    done("verify", file, "--report", tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert len(report["layers"]) == 2
    assert report["conversion"]["reader"] == pytest.approx(report["conversion"]["simulated"])


def test_a_profile_with_the_same_semantics_is_the_same(written: Path, tmp_path: Path) -> None:
    """What was compiled for norse does the same under the NIR specification, and that is verified."""
    assert "in spec: verified" in done("verify", copied(written, tmp_path, "norse"), "--reader", "spec")


def test_what_was_compiled_for_something_else_is_not_verified(written: Path, tmp_path: Path) -> None:
    """The reader does what its profile says, but not what the file was compiled for; both are shown."""
    file = copied(written, tmp_path, "anyone")
    report = tmp_path / "r.json"
    archive = Compiled.load(file.with_suffix(".snnir"))
    assert archive.report["code"] == "rate"
    result = snnir("verify", file, "--reader", "nirtorch", "--python", program(tmp_path / "python", "exit 3"))
    assert "[reader-missing]" in result.stderr
    for_us = copied_for_subtraction(tmp_path, file)
    result = snnir("verify", for_us, "--reader", "spec", "--report", report)
    assert result.exit_code == 1
    assert "[other-profile]" in result.stderr
    assert "compile it with --reader spec" in result.stderr
    found = json.loads(report.read_text())
    assert found["verified"] is False
    assert found["spikes"]["different"] == 0
    assert found["as_compiled"]["spikes"]["different"] > 100
    assert "as compiled" in result.stdout


def copied_for_subtraction(folder: Path, file: Path) -> Path:
    """Return a file of plain neurons for reset by subtraction."""
    net = saved(folder / "plain.onnx", mlp(2, 8, 8, 1))
    done("compile", net, "-o", folder / "plain.nir", *QUICK, "--code", "population", "--neurons-per-unit", "2")
    return folder / "plain.nir"


def test_a_changed_weight_drifts(file: Path, tmp_path: Path) -> None:
    """A weight that was edited is seen in the file and in what it does."""
    with H5.File(file, "r+") as tree:
        nodes = tree["node/nodes"]
        name = next(name for name in nodes if "weight" in nodes[name] and nodes[name]["weight"].shape[0] > 1)
        nodes[name]["weight"][...] = nodes[name]["weight"][...] * np.float32(1.5)
    result = snnir("verify", file, "--report", tmp_path / "r.json")
    assert result.exit_code == 1
    assert "[changed-file]" in result.stderr
    assert f"node '{name}'" in result.stderr
    assert "[drift]" in result.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["spikes"]["different"] > 100
    assert [each["code"] for each in report["findings"]] == ["changed-file", "drift", "drift"]


def test_limits_decide_what_drift_is(file: Path) -> None:
    """What drifts can be allowed, but not that the file was changed."""
    with H5.File(file, "r+") as tree:
        bias = next(node["bias"] for node in tree["node/nodes"].values() if "bias" in node)
        bias[...] = bias[...] + np.float32(0.01)
    result = snnir("verify", file, "--spike-limit", "1", "--output-limit", "1")
    assert result.exit_code == 1
    assert "[changed-file]" in result.stderr
    assert "[drift]" not in result.stderr


def test_a_reader_that_is_not_installed(written: Path, tmp_path: Path) -> None:
    """The line that installs it is in the message."""
    message = refused(tmp_path, "verify", copied(written, tmp_path, "norse"), exit_code=1)
    assert "norse is not installed for " in message
    assert "No module named 'norse'" in message
    assert "pip install --no-deps norse" in message


@pytest.mark.parametrize(
    ("script", "limit", "fragment"),
    [
        ("sleep 60", "0.3", "reader-timeout: did not finish within 0.3 seconds"),
        ("kill -SEGV $$", "60", "reader-failed: it was killed by signal 11"),
        ("echo 'ValueError: bad node' >&2; exit 4", "60", "reader-failed: cannot run the file: ValueError: bad node"),
        ("exit 0", "60", "reader-failed: left no result"),
        ("exit 9", "60", "reader-failed: exit code 9"),
    ],
)
def test_readers_that_misbehave(written: Path, tmp_path: Path, script: str, limit: str, fragment: str) -> None:
    """One that hangs, dies, fails or is silent is reported, and takes no other program with it."""
    file = copied(written, tmp_path, "norse")
    python = program(tmp_path / "python", script)
    message = refused(tmp_path, "verify", file, "--python", python, "--time-limit", limit, exit_code=1, hint=None)
    code, _, text = fragment.partition(": ")
    assert f"[{code}]" in message
    assert text in message


def test_files_that_cannot_be_compared(written: Path, tmp_path: Path) -> None:
    """A damaged file, one of another archive, and signed neurons where there are none, are reported."""
    file = copied(written, tmp_path, "spec")
    file.write_bytes(file.read_bytes()[:2000])
    assert "[damaged-nir]" in refused(tmp_path, "verify", file, exit_code=1)
    shutil.copy(written / "anyone.nir", file)
    assert "[not-its-archive]" in refused(tmp_path, "verify", file, exit_code=1)
    message = refused(
        tmp_path, "verify", copied(written, tmp_path, "anyone"), "--reader", "norse", exit_code=1, hint=None
    )
    assert "norse cannot run signed neurons" in message


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--reader", "nors"), "unknown-reader"),
        (("--reader", "snntorch"), "reader-refused"),
        (("--points", "257"), "bad-points"),
        (("--points", "0"), "bad-points"),
        (("--spike-limit", "2"), "bad-limit"),
        (("--output-limit", "nan"), "bad-limit"),
        (("--time-limit", "0"), "bad-limit"),
        (("--reader", "norse", "--python", "no/such/python"), "no-interpreter"),
        (("--report", "spec.nir"), "cannot-write"),
    ],
)
def test_wrong_commands(
    file: Path, options: tuple[str, ...], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for in vain ends with exit code 2."""
    monkeypatch.chdir(tmp_path)
    assert f"[{code}]" in refused(tmp_path, "verify", "spec.nir", *options, exit_code=2, hint=None)


def test_wrong_files(written: Path, tmp_path: Path) -> None:
    """The archive itself, a file without one, none at all, and one for no reader in particular."""
    file = copied(written, tmp_path, "anyone")
    assert "[no-reader]" in refused(tmp_path, "verify", file, exit_code=2)
    assert "[unknown-ending]" in refused(tmp_path, "verify", file.with_suffix(".snnir"), exit_code=2)
    lonely = tmp_path / "lonely.nir"
    shutil.copy(file, lonely)
    assert "lonely.snnir" in refused(tmp_path, "verify", lonely, exit_code=2)
    assert "[no-such-file]" in refused(tmp_path, "verify", tmp_path / "no.nir", exit_code=2)
