"""Ridge regression, and least squares of single units: decoders of mean spikes in closed form."""

from __future__ import annotations

from typing import TypeAlias

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
    others; the result is then fitted to all. One eigendecomposition serves all m.

    Args:
        features: F, ``[points, neurons]``.
        goal: Y, ``[points, receivers]``.
        centre: W0, ``[neurons, receivers]``.
        given: W and b to return where they predict the last quarter best.
    """
    cut = len(features) * 3 // 4
    part = Ridge(features[:cut], goal[:cut], centre)
    solved = (*map(part.solve, RIDGE_WEIGHTS), *(() if given is None else (given,)))
    errors = [np.sum((features[cut:] @ w + b - goal[cut:]) ** 2) for w, b in solved]
    if given is not None and np.argmin(errors) == len(RIDGE_WEIGHTS):
        return given
    return Ridge(features, goal, centre).solve(float(RIDGE_WEIGHTS[int(np.argmin(errors))]))


class Ridge:
    """The normal equations of a ridge regression, diagonalised."""

    def __init__(self, features: Array, goal: Array, centre: Array) -> None:
        self.centre = centre
        self.mean = features.mean(axis=0)
        self.goal_mean = goal.mean(axis=0)
        spread = features - self.mean
        values, vectors = np.linalg.eigh(spread.T @ spread / len(features))
        self.vectors: Array = vectors
        self.values: Array = np.maximum(values, 0.0)
        residual = goal - self.goal_mean - spread @ centre
        self.right: Array = self.vectors.T @ (spread.T @ residual / len(features))

    def solve(self, weight: float) -> Affine:
        """Return W and b for a ridge weight relative to the mean eigenvalue."""
        damping = weight * self.values.mean() + np.finfo(np.float64).tiny
        w: Array = self.centre + self.vectors @ (self.right / (self.values + damping)[:, np.newaxis])
        return w, self.goal_mean - self.mean @ w


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
