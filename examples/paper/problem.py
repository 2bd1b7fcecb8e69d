"""What one example problem is: its equation, its conditions, its points and its reference solution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

if TYPE_CHECKING:
    from torch import Tensor

Points: TypeAlias = NDArray[np.float64]
"""Points, one row each: shape [N, d], the columns in the order of `Problem.domain`."""

Axes: TypeAlias = tuple[Points, ...]
"""The points of a grid, given by the coordinates along each axis: shape [n_i, 1] for axis i of d."""


@dataclass(frozen=True)
class Jet:
    """A network's value and derivatives at N points; d inputs, m outputs.

    `first[i]` is the derivative along input i, `second[i]` the second derivative along input i (unmixed).
    """

    value: Tensor  # [N, m]
    first: Tensor  # [d, N, m]
    second: Tensor  # [d, N, m]


@dataclass(frozen=True)
class Training:
    """How long and on how many points to train."""

    points: int = 2000  # interior points; the sets on the boundary are sized after it
    adam_steps: int = 1000
    rounds: int = 4  # of L-BFGS, each on newly drawn points
    round_steps: int = 1000
    seed: int = 0
    learning_rate: float = 2e-3  # of Adam, at the start
    memory: int = 50  # pairs of steps and gradients that L-BFGS keeps
    goal: float | None = None  # loss below which training ends at once; to miss it is an error. None: all steps


@dataclass(frozen=True)
class Problem:
    """One differential equation as a physics-informed neural network is trained on it.

    The network is one of two kinds. A plain one maps all inputs together to all outputs. A separable one
    (`rank` set) has one network per input and sums `rank` products of their outputs for each output; it is
    trained on grids, and `sample` returns their axes.

    Reading a problem and evaluating its reference solution needs NumPy and SciPy only.
    """

    name: str
    title: str
    domain: Mapping[str, tuple[float, float]]  # input name -> (lowest, highest), in column order
    widths: tuple[int, ...]  # inputs, hidden layers, outputs; tanh between them. Separable: of each axis net
    parameters: int  # the count, the paper's where it states one, which the built network must meet
    weights: Mapping[str, float]  # residual name -> its weight in the loss
    sample: Callable[[int, int], Mapping[str, Points | Axes]]  # (interior points, seed) -> named point sets
    residuals: Callable[[Mapping[str, Points], Mapping[str, Jet]], dict[str, Tensor]]
    reference: Callable[[Points], Points]  # [N, d] -> [N, m]
    outputs: tuple[str, ...] = ("u",)
    rank: int | None = None  # of a separable network; None: a plain one
    steepness: tuple[float, ...] | None = None  # deviation of the first layer's weights by input; None: Glorot's
    training: Training = field(default_factory=Training)  # what the shipped network was trained with


def parameter_count(widths: tuple[int, ...]) -> int:
    """Weights and biases of a plain network with these widths: inputs, hidden layers, outputs."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))


def low_discrepancy(bounds: tuple[tuple[float, float], ...], count: int, seed: int) -> Points:
    """`count` scrambled Halton points in a box given by one (lowest, highest) per axis: shape [count, d]."""
    unit = qmc.Halton(d=len(bounds), rng=np.random.default_rng(seed)).random(count)
    lowest, highest = np.array(bounds, dtype=np.float64).T
    return np.asarray(lowest + unit * (highest - lowest))


def regular_axes(problem: Problem, per_axis: int) -> Axes:
    """The axes of a regular grid over the whole domain, edges included."""
    return tuple(np.linspace(lowest, highest, per_axis)[:, None] for lowest, highest in problem.domain.values())


def product(axes: Axes) -> Points:
    """Every point of the grid with these axes: shape [N, d], first input slowest."""
    columns = np.meshgrid(*(axis[:, 0] for axis in axes), indexing="ij")
    return np.stack(columns, axis=-1).reshape(-1, len(axes))


def relative_l2(values: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """|values - reference| / |reference| in the Euclidean norm over all entries."""
    return float(np.linalg.norm(values - reference) / np.linalg.norm(reference))
