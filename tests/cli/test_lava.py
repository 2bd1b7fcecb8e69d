"""Targets for Lava at the command line, where Lava is not installed."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from snnir_lava.backend import PROGRAM
from snnir_lava.hosting import HOST_OPS
from tests.cli.common import DOMAIN, done, mlp, refused, saved

LOIHI = (*DOMAIN, "--target", "loihi2", "--code", "population", "--neurons-per-unit", "2", "--steps", "4")


@pytest.fixture
def loihi(tmp_path: Path) -> Path:
    """A small network compiled for Loihi 2, beside its program and arrays."""
    done("compile", saved(tmp_path / "net.onnx", mlp(2, 4, 4, 1)), "-o", tmp_path / "net.py", *LOIHI)
    return tmp_path / "net.snnir"


def test_all_files_are_written(loihi: Path) -> None:
    """The program is the same for all networks; the arrays hold a plan; the report has ranges and the chip."""
    assert loihi.with_suffix(".py").read_bytes() == PROGRAM.read_bytes()
    with np.load(loihi.with_suffix(".npz"), allow_pickle=False) as arrays:
        plan = json.loads(bytes(arrays["plan"]))
        weights = [
            arrays[each["weights"]]
            for part in plan["parts"]
            for layer in part.get("layers", ())
            for each in layer["synapses"]
        ]
    assert (plan["fixed"], plan["steps"]) == (True, 4)
    assert all(np.abs(weight).max() <= 254 and not np.any(weight % 2) for weight in weights)
    text = done("inspect", loihi)
    for expected in (
        "integers, in parts of what fits",
        "on the chip",
        "bottleneck",
        "not checked: synaptic memory of a core",
    ):
        assert expected in text


def test_same_bytes_twice(loihi: Path, tmp_path: Path) -> None:
    """The same network gives the same program and arrays."""
    (tmp_path / "again").mkdir()
    done("compile", tmp_path / "net.onnx", "-o", tmp_path / "again" / "net.py", *LOIHI)
    for suffix in (".py", ".npz", ".snnir"):
        assert (tmp_path / "again" / f"net{suffix}").read_bytes() == loihi.with_suffix(suffix).read_bytes()


def test_emit_only(loihi: Path, points: Path, tmp_path: Path) -> None:
    """Without Lava, `snnir run --backend lava` says which line installs it; the simulator runs the archive."""
    run = ("run", loihi, "--inputs", points, "--output", tmp_path / "v.npy")
    text = refused(tmp_path, *run, "--backend", "lava", "--python", sys.executable, exit_code=2)
    assert "[no-lava]" in text
    assert "pip install lava-nc==0.10.0" in text
    text = refused(tmp_path, *run, "--backend", "lava", "--python", "none", exit_code=2)
    assert "[no-interpreter]" in text
    assert "conversion" in done("inspect", loihi)
    done(*run)


def test_other_targets_have_no_platform(compiled: Path, points: Path, tmp_path: Path) -> None:
    """Only what is compiled for Lava runs there."""
    text = refused(
        tmp_path, "run", compiled, "--inputs", points, "--output", tmp_path / "v.npy", "--backend", "lava", exit_code=2
    )
    assert "[unknown-backend]" in text


def test_targets_have_sources() -> None:
    """`snnir targets` shows every limit with its source, what is not known, and how to install and run Lava."""
    text = done("targets")
    for expected in (
        "loihi1",
        "loihi2",
        "lava-float",
        "1,048,576  forum.nengo.ai",
        "Not known, so not checked: synaptic memory of a core",
        "no: emit only",
        "pip install lava-nc==0.10.0",
        "lava-float readers of",
    ):
        assert expected in text


def test_calibrations_that_fit_no_integers(tmp_path: Path) -> None:
    """Integers are fitted by least squares in any case."""
    net = saved(tmp_path / "net.onnx", mlp(2, 4, 1))
    text = refused(tmp_path, "compile", net, "-o", tmp_path / "net.py", *LOIHI, "--calibration", "light", exit_code=2)
    assert "[bad-calibration]" in text


def test_digits_wait(tmp_path: Path) -> None:
    """Layers that start while digits still arrive are refused, not ignored."""
    net = saved(tmp_path / "net.onnx", mlp(2, 4, 1))
    asked = (*DOMAIN, "--target", "lava-float", "--code", "radix", "--steps", "4", "--pipelined")
    assert "[bad-pipelined]" in refused(tmp_path, "compile", net, "-o", tmp_path / "net.py", *asked, exit_code=2)


def test_the_host_of_programs() -> None:
    """The backend promises what the program's host can compute, no more and no less."""
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    (table,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "HOST"
    )
    assert isinstance(table, ast.Dict)
    assert {key.value for key in table.keys if isinstance(key, ast.Constant)} == HOST_OPS
