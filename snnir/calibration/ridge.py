"""Ridge regression, and least squares of single units: decoders of mean spikes in closed form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np

from snnir.types import Array

Affine: TypeAlias = tuple[Array, Array]
"""Weights ``[spiking neurons, receivers]`` and biases ``[receivers]``, in float64."""

RIDGE_WEIGHTS = 10.0 ** np.arange(-9, 0.1, 0.5)
"""Tried in units of the mean eigenvalue of the features' covariance."""


def unit_mask(weight: Array, per_unit: int) -> Array:
    """Return where a matrix ``[per_unit n, m]`` joins the neurons of a unit with the receiver of the same number."""
    row, column = np.indices(weight.shape)
    mask: Array = row // per_unit == column
    return mask


def ridge(features: Array, goal: Array, centre: Array, given: Affine | None = None) -> Affine:
    """Return ``argmin over W, b of mean |F W + b - Y|^2 + m |W - W0|^2``, with m chosen on held-out points.

    m is the one of `RIDGE_WEIGHTS` that predicts the last quarter of the points best when fitted to the
    others, for which one eigendecomposition serves them all; the result is then fitted to all points.

    Args:
        features: F, ``[points, neurons]``.
        goal: Y, ``[points, receivers]``.
        centre: W0, ``[neurons, receivers]``.
        given: W and b to return where they predict the last quarter best.
    """
    cut = len(features) * 3 // 4
    first = Moments.of(features[:cut], goal[:cut])
    solved = (*first.solutions(RIDGE_WEIGHTS, centre), *(() if given is None else (given,)))
    errors = [np.sum((features[cut:] @ w + b - goal[cut:]) ** 2) for w, b in solved]
    best = int(np.argmin(errors))
    if given is not None and best == len(RIDGE_WEIGHTS):
        return given
    return first.joined(Moments.of(features[cut:], goal[cut:])).solution(float(RIDGE_WEIGHTS[best]), centre)


@dataclass(frozen=True)
class Moments:
    """What a ridge regression needs of its points.

    Attributes:
        points: How many.
        mean: Of the features, ``[neurons]``.
        level: Of the goal, ``[receivers]``.
        gram: Covariance of the features, ``[neurons, neurons]``.
        right: That of features and goal, ``[neurons, receivers]``.
    """

    points: int
    mean: Array
    level: Array
    gram: Array
    right: Array

    @classmethod
    def of(cls, features: Array, goal: Array) -> Moments:
        """Return those of some points."""
        count, mean, level = len(features), features.mean(axis=0), goal.mean(axis=0)
        spread = features - mean
        return cls(count, mean, level, spread.T @ spread / count, spread.T @ (goal - level) / count)

    def joined(self, other: Moments) -> Moments:
        """Return those of the points of both (Chan, Golub, LeVeque, The American Statistician 37, 1983, eq. 2.1)."""
        points = self.points + other.points
        mine, its = self.points / points, other.points / points
        apart, aside = other.mean - self.mean, other.level - self.level
        return Moments(
            points,
            self.mean + its * apart,
            self.level + its * aside,
            mine * self.gram + its * other.gram + mine * its * np.outer(apart, apart),
            mine * self.right + its * other.right + mine * its * np.outer(apart, aside),
        )

    def solutions(self, weights: Iterable[float], centre: Array) -> Iterator[Affine]:
        """Yield W and b for ridge weights relative to the mean eigenvalue, by one eigendecomposition."""
        values, vectors = np.linalg.eigh(self.gram)
        values = np.maximum(values, 0.0)
        right = vectors.T @ (self.right - self.gram @ centre)
        for weight in weights:
            damping = weight * values.mean() + np.finfo(np.float64).tiny
            w: Array = centre + vectors @ (right / (values + damping)[:, np.newaxis])
            yield w, self.level - self.mean @ w

    def solution(self, weight: float, centre: Array) -> Affine:
        """Return W and b for one of them, by elimination: a tenth of the time of an eigendecomposition."""
        eye = np.eye(len(self.gram))
        damping = weight * np.trace(self.gram) / len(self.gram) + np.finfo(np.float64).tiny
        w = centre + cast("Array", np.linalg.solve(self.gram + damping * eye, self.right - self.gram @ centre))
        return w, self.level - self.mean @ w


DAMPING = 1e-4
"""Of `unit_fit`, as part of the mean eigenvalue: neurons that overlap must not cancel each other."""


def diagonal_fit(features: Array, goal: Array, per_unit: int = 1) -> Affine:
    """Return the least-squares fit of every receiver by the mean spikes of its own unit's neurons."""
    if per_unit > 1:
        decoder, offset = unit_fit(features.reshape(len(features), -1, per_unit), goal)
        return unit_mask(np.empty((features.shape[1], goal.shape[1])), per_unit) * decoder.reshape(-1, 1), offset
    spread = features - features.mean(axis=0)
    variance = np.mean(spread**2, axis=0)
    covariance = np.mean(spread * (goal - goal.mean(axis=0)), axis=0)
    slope = covariance / np.where(variance > 0, variance, 1.0)
    return np.diag(slope), goal.mean(axis=0) - features.mean(axis=0) * slope


def unit_fit(features: Array, goal: Array) -> Affine:
    """Return the least-squares decoders ``[units, K]`` and offsets ``[units]`` of every unit by itself.

    Args:
        features: What its neurons do, ``[points, units, K]``.
        goal: ``[points, units]``.
    """
    mean, level = features.mean(axis=0), goal.mean(axis=0)
    spread = features - mean
    gram: Array = np.einsum("pik,pil->ikl", spread, spread) / len(goal)
    right: Array = np.einsum("pik,pi->ik", spread, goal - level) / len(goal)
    damping = DAMPING * np.einsum("ikk->i", gram) / gram.shape[1] + np.finfo(np.float64).tiny
    gram += damping[:, np.newaxis, np.newaxis] * np.eye(gram.shape[1])
    solved: Array = np.linalg.solve(gram, right[..., np.newaxis])
    decoder = solved[..., 0]
    return decoder, level - np.einsum("ik,ik->i", decoder, mean)
