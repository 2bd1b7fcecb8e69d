"""The networks in `models/`: where they are, and their values and errors without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from problems import Points, Problem, grid, relative_l2

MODELS = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Errors:
    """A network's own error against the reference solution, on a regular grid."""

    relative_l2: float
    rms: float
    largest: float


def evaluate(path: Path, points: Points) -> Points:
    """The ONNX network's outputs at `points` [N, d], by onnxruntime in float32: shape [N, m]."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (name,) = (entry.name for entry in session.get_inputs())
    (values,) = session.run(None, {name: points.astype(np.float32)})
    return np.asarray(values, dtype=np.float64)


def errors(problem: Problem, path: Path, per_axis: int) -> Errors:
    """Compares the network in `path` with the reference on `per_axis` points per axis, edges included."""
    points = grid(problem, per_axis)
    values, expected = evaluate(path, points), problem.reference(points)
    error = values - expected
    return Errors(
        relative_l2=relative_l2(values, expected),
        rms=float(np.sqrt(np.mean(error**2))),
        largest=float(np.abs(error).max()),
    )
