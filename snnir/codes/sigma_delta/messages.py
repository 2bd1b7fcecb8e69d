"""The messages of a chunk of points in order: only the threshold runs point by point, on all units at once."""

from __future__ import annotations

import numpy as np

from snnir.codes.sigma_delta.neuron import Delta, SigmaDelta
from snnir.semantics import IntegerFormat
from snnir.semantics.analog import apply
from snnir.semantics.integer import wrapped
from snnir.semantics.streams import StateKey, StreamState, state_of
from snnir.types import Array


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
    known, slope = state_of(memory, place, target)
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
