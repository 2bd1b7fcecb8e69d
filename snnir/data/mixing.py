"""More points between given ones, for training: the analog network labels any number of them for nothing."""

from __future__ import annotations

import numpy as np

from snnir.types import Array

REACH = 0.5
"""The largest part of the way from one point to the other."""


def mixed(array: Array, place: int, count: int, rng: np.random.Generator) -> Array:
    """Return points on lines between pairs of given ones, ``x + r (y - x)`` with r even over [0, `REACH`].

    They stay in the convex hull of the samples, of functions as of coordinates, which noise around samples would leave
    where these lie on a curve or a surface. H. Zhang et al., "mixup: Beyond empirical risk minimization", ICLR 2018;
    here labels are not mixed, for they are known.

    Args:
        array: The points; of integers, copies are returned.
        place: Their axis.
        count: How many to return.
        rng: Decides about pairs and r; the same generator gives the same pairs for every input.
    """
    size = array.shape[place]
    first, second = rng.integers(size, size=count), rng.integers(size, size=count)
    part = REACH * rng.random(count)
    start = np.take(array, first, axis=place)
    if array.dtype.kind != "f":
        return start
    shape = [1] * array.ndim
    shape[place] = count
    way = part.reshape(shape).astype(array.dtype)
    made: Array = start + way * (np.take(array, second, axis=place) - start)
    return made
