"""Streams: points in order, with the state from one to the next.

Everything is causal, so a layer may take all points of a chunk before the next layer does: the product with the weights
is then one for the whole chunk, and only the threshold runs point by point, on all units at once.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from snnir.types import Array

StateKey: TypeAlias = tuple[Literal["node", "value"], str]
"""Key of a state: of a node that sends, or of the decoding of a value."""
StreamState: TypeAlias = dict[StateKey, tuple[Array, Array]]
"""The state between chunks: a value and its slope, ``[units]`` each, in double precision."""


def summed(changes: Array, gain: float, memory: StreamState, place: StateKey, start: Array | None = None) -> Array:
    """Return the decoded values after each of some changes, or of weighted sums of changes.

    Args:
        changes: ``[points, units]``, in order.
        gain: Beta of the sender: how receivers extrapolate.
        memory: The decoded values after earlier points; brought up to date.
        place: Where these are.
        start: The values at the start of the stream; zero if None.

    Returns:
        An array ``[points, units]`` in double precision.
    """
    changes = changes.astype(np.float64, copy=False)
    value, slope = state_of(memory, place, changes, start)
    slopes = np.cumsum(np.concatenate([slope[np.newaxis], gain * changes]), axis=0)
    values = np.cumsum(np.concatenate([value[np.newaxis], slopes[:-1] + changes]), axis=0)
    memory[place] = values[-1], slopes[-1]
    return values[1:]


def state_of(memory: StreamState, place: StateKey, like: Array, start: Array | None = None) -> tuple[Array, Array]:
    """Return the value and the slope at a place, arrays that may be changed in place; at rest before the first."""
    if place not in memory:
        rest = np.zeros(like.shape[1:])
        memory[place] = rest.copy() if start is None else rest + start, rest
    return memory[place]
