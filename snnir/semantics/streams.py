"""Streams: the points of the `sigma-delta` code in order, with the state from one to the next.

Everything is causal, so a layer may take all points of a chunk before the next layer does: the product with the weights
is then one for the whole chunk, and only the threshold runs point by point, on all units at once.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from snnir.ops import Delta, SigmaDelta
from snnir.semantics.analog import apply
from snnir.semantics.integer import wrapped
from snnir.semantics.settings import IntegerFormat
from snnir.types import Array

StateKey: TypeAlias = tuple[Literal["node", "value"], str]
"""Key of a state: of a node that sends, or of the decoding of a value."""
StreamState: TypeAlias = dict[StateKey, tuple[Array, Array]]
"""The state between chunks: a value and its slope, ``[units]`` each, in double precision."""


def send(op: Delta | SigmaDelta, target: Array, memory: StreamState, place: StateKey, *, whole: bool = False) -> Array:
    """Return the messages that keep receivers within a threshold of a target, in its element type.

    Args:
        op: Threshold, and how receivers extrapolate.
        target: ``[points, units]``, in order.
        memory: The decoded values after earlier points; brought up to date.
        place: Where these are.
        whole: Messages are whole numbers, rounded, halves up; decoded values have the fraction of slopes.

    Returns:
        An array ``[points, units]``.
    """
    known, slope = _state_of(memory, place, target)
    threshold: Array | float = (
        op.threshold if isinstance(op.threshold, float | int) else op.threshold.array.astype(target.dtype)
    )
    gain = op.extrapolation
    messages = np.empty_like(target)
    for wanted, message in zip(target, messages, strict=True):
        known += slope
        np.subtract(wanted, known, out=message, casting="same_kind")
        large = np.abs(message) >= threshold
        if whole:
            np.floor(message + 0.5, out=message)
        np.multiply(message, large, out=message)
        known += message
        if gain:
            slope += gain * message.astype(slope.dtype)
    return messages


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
    value, slope = _state_of(memory, place, changes, start)
    slopes = np.cumsum(np.concatenate([slope[np.newaxis], gain * changes]), axis=0)
    values = np.cumsum(np.concatenate([value[np.newaxis], slopes[:-1] + changes]), axis=0)
    memory[place] = values[-1], slopes[-1]
    return values[1:]


def delta(op: Delta, values: Array, memory: StreamState, place: StateKey) -> Array:
    """Return the messages of an encoder for points in order, ``[points, units]``."""
    return send(op, values, memory, place)


def sigma_delta(
    op: SigmaDelta, current: Array, memory: StreamState, place: StateKey, form: IntegerFormat | None = None
) -> Array:
    """Return the messages of a layer for the currents of points in order, ``[points, units]``.

    In integers the sum that a current is wraps, and a later change may bring it back; f is looked up without the
    fraction that slopes leave.
    """
    current = current if form is None else wrapped(np.floor(current), form)
    target = apply(op.function, current).astype(current.dtype, copy=False)
    return send(op, target, memory, place, whole=form is not None)


def _state_of(memory: StreamState, place: StateKey, like: Array, start: Array | None = None) -> tuple[Array, Array]:
    if place not in memory:
        rest = np.zeros(like.shape[1:])
        memory[place] = rest.copy() if start is None else rest + start, rest
    return memory[place]
