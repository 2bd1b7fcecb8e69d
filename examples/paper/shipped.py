"""The networks in `models/`: where they are, and their values and errors without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from . import SINES, Axes, Points, Problem, product, regular_axes, relative_l2
from .sine import MESH

MODELS = Path(__file__).parents[1] / "models"


@dataclass(frozen=True)
class Errors:
    """A network's own error against the reference solution, on a regular grid."""

    relative_l2: float
    rms: float
    largest: float


def model_path(name: str, models: Path = MODELS) -> Path:
    """Where the network of this problem is; those of the sine study have a folder of their own."""
    return (models / "sine" if name in SINES else models) / f"{name}.onnx"


def default_per_axis(problem: Problem) -> int:
    """Points per axis of the grid on which errors are measured: for the sines the mesh that they are trained on."""
    return {1: MESH, 2: 201, 3: 51}[len(problem.domain)]


def evaluate(path: Path, axes: Axes) -> Points:
    """The ONNX network's outputs on the grid with these axes, by onnxruntime in float32: shape [N, m].

    A plain network takes every point of the grid, a separable one each axis on its own.
    """
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    feeds = dict(zip(names, axes if len(names) > 1 else (product(axes),), strict=True))
    values = session.run(None, {name: part.astype(np.float32) for name, part in feeds.items()})
    return as_columns(values, axes)


def as_columns(values: Sequence[NDArray[np.floating]], axes: Axes) -> Points:
    """A network's outputs on a grid, [N, m] or one array [N1, N2, ...] each, as float64: shape [N, m]."""
    count = prod(len(axis) for axis in axes)
    return np.concatenate([part.reshape(count, -1) for part in values], axis=1, dtype=np.float64)


def errors(problem: Problem, path: Path, per_axis: int) -> Errors:
    """Compares the network in `path` with the reference on `per_axis` points per axis, edges included."""
    axes = regular_axes(problem, per_axis)
    values, expected = evaluate(path, axes), problem.reference(product(axes))
    error = values - expected
    return Errors(
        relative_l2=relative_l2(values, expected),
        rms=float(np.sqrt(np.mean(error**2))),
        largest=float(np.abs(error).max()),
    )
