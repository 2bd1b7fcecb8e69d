"""``snnir verify`` under Lava: the simulator's spikes are found, and so are changes of the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.compiler import Verification, verify_file
from snnir.ir import Graph
from tests.lava.common import PYTHON, needs_lava
from tests.networks import mlp, residual

pytestmark = [pytest.mark.lava, needs_lava]
CASES: dict[str, dict[str, Any]] = {
    "integers": {"target": "loihi2", "code": "population", "neurons_per_unit": 2, "steps": 8},
    "pairs": {"target": "lava-float", "code": "rate", "steps": 8},
    "digits": {"target": "loihi2", "code": "radix", "steps": 8},
    "ramps": {"target": "loihi2", "code": "phase", "neurons_per_unit": 2, "steps": 5},
    "many digits": {"target": "loihi2", "code": "phase", "neurons_per_unit": 2, "steps": 12},
    "ramps in floats": {"target": "lava-float", "code": "phase", "neurons_per_unit": 2, "steps": 5},
    "changes": {"target": "loihi2", "code": "sigma-delta"},
    "changes in floats": {"target": "lava-float", "code": "sigma-delta"},
}


def written(folder: Path, case: str, graph: Graph) -> Path:
    """Compile a small network, and return where its program is."""
    network = snnir.compile(graph, domain={"x": (-1, 1), "y": (-1, 1)}, **CASES[case])
    network.save(folder / "net.py")
    return folder / "net.py"


def verified(file: Path) -> Verification:
    """Verify a program on a few points."""
    return verify_file(file, python=PYTHON, points=5)


@pytest.mark.parametrize("case", CASES)
def test_what_was_compiled_is_what_runs(case: str, tmp_path: Path) -> None:
    """All spikes are the simulator's, and so are outputs, of integers exactly."""
    result = verified(written(tmp_path, case, mlp(2, 6, 6, 1)))
    assert result.findings == ()
    spikes, output, reader = (result.report[key] for key in ("spikes", "output", "reader"))
    assert spikes["sent"] > 20
    assert spikes["different"] == 0
    assert output["max_abs"] == 0 if CASES[case]["target"] == "loihi2" else output["max_abs"] < 1e-6
    assert reader["versions"]["lava-nc"] == reader["observed"].removeprefix("lava-nc ")


@pytest.mark.parametrize("case", ["integers", "digits", "changes", "pairs", "ramps", "ramps in floats"])
def test_skip_connections(case: str, tmp_path: Path) -> None:
    """Spikes on the shorter way wait for those on the longer one."""
    result = verified(written(tmp_path, case, residual(6)))
    assert result.findings == ()
    assert result.report["spikes"]["sent"] > 20
    assert result.report["spikes"]["different"] == 0


def test_a_changed_weight_is_found(tmp_path: Path) -> None:
    """In the file, and in what it does."""
    file = written(tmp_path, "integers", mlp(2, 6, 6, 1))
    with np.load(file.with_suffix(".npz")) as content:
        arrays = dict(content)
    (layers,) = (part["layers"] for part in json.loads(bytes(arrays["plan"]))["parts"] if "layers" in part)
    arrays[layers[1]["synapses"][0]["weights"]] //= 4
    np.savez(file.with_suffix(".npz"), **arrays)
    result = verified(file)
    assert {each.code for each in result.findings} == {"changed-file", "drift"}
    assert [layer["different"] > 0 for layer in result.report["layers"]] == [False, True]
