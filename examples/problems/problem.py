"""What one example problem is: its equation, its conditions, its points and its reference solution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

if TYPE_CHECKING:
    from torch import Tensor

Points: TypeAlias = NDArray[np.float64]
"""Points, one row each: shape [N, d], the columns in the order of `Problem.domain`."""


@dataclass(frozen=True)
class Jet:
    """A network's value and derivatives at N points; d inputs, m outputs.

    `first[i]` is the derivative along input i, `second[i]` the second derivative along input i (unmixed).
    """

    value: Tensor  # [N, m]
    first: Tensor  # [d, N, m]
    second: Tensor  # [d, N, m]


@dataclass(frozen=True)
class Problem:
    """One differential equation as a physics-informed neural network is trained on it.

    Reading a problem and evaluating its reference solution needs NumPy and SciPy only.
    """

    name: str
    title: str
    domain: Mapping[str, tuple[float, float]]  # input name -> (lowest, highest), in column order
    widths: tuple[int, ...]  # inputs, hidden layers, outputs; tanh between them
    parameters: int  # the paper's count, which the built network must meet
    weights: Mapping[str, float]  # residual name -> its weight in the loss
    sample: Callable[[int, int], dict[str, Points]]  # (interior points, seed) -> named point sets
    residuals: Callable[[Mapping[str, Points], Mapping[str, Jet]], dict[str, Tensor]]
    reference: Callable[[Points], Points]  # [N, d] -> [N, m]


def low_discrepancy(bounds: tuple[tuple[float, float], ...], count: int, seed: int) -> Points:
    """`count` scrambled Halton points in a box given by one (lowest, highest) per axis: shape [count, d]."""
    unit = qmc.Halton(d=len(bounds), rng=np.random.default_rng(seed)).random(count)
    lowest, highest = np.array(bounds, dtype=np.float64).T
    return np.asarray(lowest + unit * (highest - lowest))


def grid(problem: Problem, per_axis: int) -> Points:
    """A regular grid over the whole domain, edges included: shape [per_axis**d, d], first input slowest."""
    axes = [np.linspace(lowest, highest, per_axis) for lowest, highest in problem.domain.values()]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def relative_l2(values: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """|values - reference| / |reference| in the Euclidean norm over all entries."""
    return float(np.linalg.norm(values - reference) / np.linalg.norm(reference))
