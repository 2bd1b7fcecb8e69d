"""NIR neurons with one number for all, as older programs write them (snntorch 0.9: CubaLIF)."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from snnir.errors import ModelError
from snnir.registry import frontend_for
from snnir.stepwise import Run, run_stepwise
from snnir.types import Array
from tests.support import failure

SIZE = 5


def neurons(kind: str, size: Any) -> Any:
    """Return a layer whose neurons are all the same."""
    full = {
        name: np.full(size, value, np.float32)
        for name, value in (("tau", 0.01), ("tau_syn", 0.005), ("r", 2.0), ("leak", 0.1), ("theta", 0.5), ("w", 1.5))
    }
    if kind == "CubaLIF":
        return nir.CubaLIF(full["tau_syn"], full["tau"], full["r"], full["leak"], full["theta"], w_in=full["w"])
    if kind == "LIF":
        return nir.LIF(full["tau"], full["r"], full["leak"], full["theta"])
    if kind == "LI":
        return nir.LI(full["tau"], full["r"], full["leak"])
    return nir.IF(full["r"], full["theta"])


def written(path: Path, kind: str, names: set[str], *, spatial: bool = False) -> Path:
    """Write a network of one layer and, of its neurons, the named parameters as single numbers; all if none is."""
    weight = np.random.default_rng(1).normal(size=(SIZE, 3)).astype(np.float32)
    shape: tuple[int, ...] = (SIZE,)
    first: Any = nir.Affine(weight, np.full(SIZE, 0.2, np.float32))
    taken: tuple[int, ...] = (3,)
    if spatial:
        shape, taken = (2, 3, 3), (1, 4, 4)
        first = nir.Conv2d(
            (4, 4), weight[:2, :1, np.newaxis, np.newaxis].repeat(2, 2).repeat(2, 3), 1, 0, 1, 1, np.ones(2)
        )
    nodes = {
        "input": nir.Input({"input": np.array(taken)}),
        "first": first,
        "cells": neurons(kind, shape),
        "output": nir.Output({"output": np.array(shape)}),
    }
    nir.write(path, nir.NIRGraph(nodes, list(pairwise(nodes))))
    with h5py.File(path, "r+") as file:
        group = file["node/nodes/cells"]
        for name in [name for name in group if name not in {"type", "metadata"} and (not names or name in names)]:
            value = np.ravel(group[name][()])[0]
            del group[name]
            group[name] = value
    return path


def run(path: Path, taken: tuple[int, ...]) -> Run:
    """Run a file for thirty steps."""
    x: Array = np.random.default_rng(2).normal(50, 50, (30, 4, *taken))
    return run_stepwise(frontend_for(path).stepwise(path), {"": x}, dt=1e-3, record=True)


CASES = [
    ("LIF", set[str](), False),
    ("CubaLIF", set[str](), False),
    ("LI", set[str](), True),
    ("IF", set[str](), True),
    ("LIF", {"v_reset", "v_threshold"}, True),
    ("CubaLIF", {"r", "w_in"}, False),
]


@pytest.mark.parametrize(("kind", "names", "spatial"), CASES)
def test_one_number_holds_for_all_neurons(kind: str, names: set[str], spatial: bool, tmp_path: Path) -> None:
    """Files with single numbers, in all or some parameters, do what those with one for each neuron do."""
    taken = (1, 4, 4) if spatial else (3,)
    one = run(written(tmp_path / "one.nir", kind, names, spatial=spatial), taken)
    each = run(written(tmp_path / "each.nir", kind, {"none of them"}, spatial=spatial), taken)
    np.testing.assert_array_equal(one.outputs["output"], each.outputs["output"])
    assert np.count_nonzero(each.outputs["output"]) > 0
    assert one.outputs["output"].shape[2:] == ((2, 3, 3) if spatial else (SIZE,))


def test_arrays_of_other_sizes_are_refused(tmp_path: Path) -> None:
    """Only a number without a shape holds for all: an array of one is a layer of one neuron."""
    path = written(tmp_path / "one.nir", "LIF", {"none of them"})
    with h5py.File(path, "r+") as file:
        del file["node/nodes/cells/tau"]
        file["node/nodes/cells/tau"] = np.full(1, 0.01, np.float32)
    error = failure(lambda: frontend_for(path).stepwise(path), ModelError)
    assert "its parameters are not one number for each neuron: tau [1]" in str(error)
