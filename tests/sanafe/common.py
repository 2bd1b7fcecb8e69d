"""Networks compiled for SANA-FE, and what runs them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.compiler import Compiled
from snnir.ir import Graph
from snnir.types import Array
from snnir_sanafe.run import PYTHON

REAL = os.environ.get(PYTHON, "")
needs_sanafe = pytest.mark.skipif(not REAL, reason=f"{PYTHON} names no Python with SANA-FE")
FAKE = Path(__file__).with_name("fake")
MODELS = Path(__file__).parents[2] / "examples" / "models"
BOXES = {"poisson": ((-1.0, -1.0), (1.0, 1.0)), "burgers": ((0.0, 0.0), (2 * np.pi, 4.0))}
CASES: dict[str, dict[str, Any]] = {
    "soft": {"code": "population", "steps": 8},
    "hard": {"code": "population", "steps": 8, "reader": "hard"},
    "phase": {"code": "phase", "steps": 5},
}
"""Both resets of the population code, and digits."""


def points_of(name: str, count: int, seed: int) -> Array:
    """Return random points of a problem's domain."""
    return np.random.default_rng(seed).uniform(*BOXES[name], (count, 2)).astype(np.float32)


def shipped(name: str, case: str, **further: Any) -> Compiled:
    """Return a shipped network, calibrated on few points: what is compared is what it does, not how well."""
    options = {"neurons_per_unit": 2, "calibration": "advanced", **CASES[case], **further}
    graph = snnir.load(MODELS / f"{name}.onnx")
    return snnir.compile(graph, target="sana-fe", samples=points_of(name, 600, 0), **options)


def small(graph: Graph, case: str, **further: Any) -> Compiled:
    """Return a small network, every column of whose inputs is in -1 to 1."""
    options = {"neurons_per_unit": 2, "calibration": "advanced", **CASES[case], **further}
    columns = {value.name: value.type.shape[-1] for value in graph.inputs}
    rng = np.random.default_rng(0)
    samples = {name: rng.uniform(-1, 1, (300, width)).astype(np.float32) for name, width in columns.items()}
    return snnir.compile(graph, target="sana-fe", samples=samples, **options)


def written(network: Compiled, folder: Path) -> Path:
    """Save a network, and return where its program is."""
    network.save(folder / "net.py")
    return folder / "net.py"


def plan_of(file: Path) -> tuple[Any, dict[str, Array]]:
    """Return the plan beside a program, and its arrays."""
    with np.load(file.with_suffix(".npz")) as content:
        arrays = dict(content)
    return json.loads(bytes(arrays["plan"])), arrays
