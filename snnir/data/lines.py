"""Straight lines through the unit cube: streams of points to measure the `sigma-delta` code on."""

from __future__ import annotations

import numpy as np

from snnir.types import Array

POINTS = 200
"""Of a line."""
LINES = 8
"""One after the other in a stream."""


def lines(columns: int, rng: np.random.Generator, count: int = LINES, points: int = POINTS) -> Array:
    """Return evenly spaced points of lines through the whole unit cube, one line after the other.

    Every line goes through a random point. Lines in turn are parallel to an axis (the first line to the first one, the
    third to the second, ...), as sweeps of a grid are, and in a random direction.

    Args:
        columns: Dimensions of the cube.
        rng: Draws points, directions, and where on a line the first point lies.
        count: Lines.
        points: Of each line.

    Returns:
        An array ``[count * points, columns]``.
    """
    return np.concatenate([_line(columns, number, points, rng) for number in range(count)])


def _line(columns: int, number: int, points: int, rng: np.random.Generator) -> Array:
    through, direction = rng.random(columns), rng.normal(size=columns)
    if number % 2 == 0:
        direction = np.where(np.arange(columns) == number // 2 % columns, 1.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.sort([-through / direction, (1 - through) / direction], axis=0)
    start, end = np.nanmax(ends[0]), np.nanmin(ends[1])
    place = start + (end - start) * (np.arange(points) + rng.random()) / points
    inside: Array = np.clip(through + place[:, np.newaxis] * direction, 0.0, 1.0)
    return inside
