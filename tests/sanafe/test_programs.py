"""Emitted programs, run by a stand-in whose neurons do what SANA-FE's were observed to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snnir.compiler import verify_file
from snnir.errors import ModelError, UsageError
from tests.cli.common import done
from tests.networks import gated_product, mlp, separable
from tests.sanafe.common import CASES, FAKE, plan_of, small, written
from tests.support import failure

pytestmark = pytest.mark.usefixtures("stand_in")
NETS = {"chain": mlp(2, 6, 5, 1), "between": gated_product(4), "axes": separable(3, 5)}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("net", NETS)
def test_all_spikes_are_the_simulators(net: str, case: str, tmp_path: Path) -> None:
    """Of parts with the host between them, and of parts with points of their own; outputs up to rounding."""
    result = verify_file(written(small(NETS[net], case), tmp_path), points=6)
    assert result.findings == ()
    report = result.report
    assert report["spikes"]["sent"] > 20
    assert report["spikes"]["different"] == 0
    assert report["output"]["max_abs"] < 1e-6
    parts = report["simulated_chip"]["parts"]
    assert len(parts) == {"chain": 1, "between": 3, "axes": 2}[net]
    assert all(part["stray"] == 0 and part["events"] > 0 for part in parts)


def test_a_changed_weight_is_found(tmp_path: Path) -> None:
    """In the file, and in what it does."""
    file = written(small(NETS["chain"], "phase"), tmp_path)
    plan, arrays = plan_of(file)
    name = plan["parts"][0]["synapses"][0]["weight"]
    np.savez(file.with_suffix(".npz"), **{**arrays, name: arrays[name] * 4})
    result = verify_file(file, points=6)
    assert {each.code for each in result.findings} == {"changed-file", "drift"}
    assert [layer["different"] > 0 for layer in result.report["layers"]] == [False, True]


def test_files_of_another_network_or_damaged(tmp_path: Path) -> None:
    """What cannot be compared is not run."""
    file = written(small(NETS["chain"], "phase"), tmp_path)
    plan, arrays = plan_of(file)
    plan["parts"][0]["groups"][0]["neurons"] += 1
    np.savez(file.with_suffix(".npz"), **{**arrays, "plan": np.frombuffer(json.dumps(plan).encode(), np.uint8)})
    assert "not-its-archive" in str(failure(lambda: verify_file(file, points=2), ModelError))
    file.with_suffix(".npz").write_bytes(b"PK")
    assert "damaged-npz" in str(failure(lambda: verify_file(file, points=2), ModelError))


def test_another_chip(tmp_path: Path) -> None:
    """Layers are placed anew on a chip of the user's, which the report names; what does not fit is refused."""
    file = written(small(NETS["chain"], "soft"), tmp_path)
    text = (FAKE / "sanafe" / "examples" / "loihi.yaml").read_text(encoding="utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text(text.replace("1024", "8").replace("beats[0..1023]", "beats[0..3]"), encoding="utf-8")
    section = verify_file(file, points=3, architecture=mine).report["simulated_chip"]
    assert section["architecture"] == "mine.yaml"
    assert section["parts"][0]["cores"] == 5  # 12 neurons with a clock, 10 with three, a readout
    mine.write_text(
        text.replace("tile[0..31]", "tile[0..0]").replace("max_neurons_supported: 1024", "max_neurons_supported: 2")
    )
    error = failure(lambda: verify_file(file, points=3, architecture=mine), ModelError)
    assert [each.code for each in error.diagnostics] == ["sanafe-failed"]
    assert "does not fit 4 cores of 2 neurons" in str(error)


def test_architectures_are_for_chips(tmp_path: Path) -> None:
    """There must be such a file."""
    file = written(small(NETS["chain"], "soft"), tmp_path)
    missing = tmp_path / "none.yaml"
    assert "no-such-file" in str(failure(lambda: verify_file(file, architecture=missing), UsageError))


def test_time_is_limited(tmp_path: Path) -> None:
    """A program that takes too long is ended."""
    file = written(small(NETS["chain"], "soft"), tmp_path)
    error = failure(lambda: verify_file(file, points=2, seconds=0.001), ModelError)
    assert [each.code for each in error.diagnostics] == ["sanafe-timeout"]


def test_without_sanafe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` states how to install it."""
    file = written(small(NETS["chain"], "soft"), tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    error = failure(lambda: verify_file(file, points=2), UsageError)
    assert [each.code for each in error.diagnostics] == ["no-sanafe"]
    assert "pip install sanafe==2.2.9" in str(error)


def test_compiles_measure_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A named interpreter runs a few points for the report; one that fails does not spoil the compile."""
    monkeypatch.setenv("SNNIR_SANAFE_PYTHON", sys.executable)
    report = small(NETS["chain"], "phase").report
    (part,) = report["simulated_chip"]["parts"]
    assert report["simulated_chip"]["points"] == 8
    assert part["energy_pj"]["total"] == pytest.approx(part["events"])  # as the stand-in counts
    assert part["steps"] == 2 * (5 + 1) + 1  # digits of two layers, a step for each synapse, and the end
    assert "one inference on the simulated chip" in str(report)
    monkeypatch.setenv("SNNIR_SANAFE_PYTHON", "no-such-python")
    assert "no-such-python" in small(NETS["chain"], "phase").report["simulated_chip"]["note"]


def test_the_command_line(tmp_path: Path) -> None:
    """`verify` and `run` start programs; a target without a chip has no architecture."""
    file = written(small(NETS["chain"], "phase"), tmp_path)
    assert "spikes differ   0 of" in done("verify", file, "--points", "3")
    np.save(tmp_path / "points.npy", np.zeros((2, 2), np.float32))
    places: tuple[Any, ...] = ("--inputs", tmp_path / "points.npy", "--output", tmp_path / "values.npy")
    done("run", tmp_path / "net.snnir", *places, "--backend", "sana-fe")
    there = np.load(tmp_path / "values.npy")
    done("run", tmp_path / "net.snnir", *places)
    np.testing.assert_allclose(np.load(tmp_path / "values.npy"), there, atol=1e-12)
