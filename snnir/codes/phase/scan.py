"""The scan of the `phase` code: all steps of one layer, for one chunk of points."""

from __future__ import annotations

import numpy as np

from snnir.codes.phase.neuron import BinaryDigits
from snnir.types import Array


def binary_digits(op: BinaryDigits, current: Array, steps: int) -> Array:
    """Return the spikes that a layer sends, as 0 and 1, ``[steps, points, neurons]``.

    The update equation is that of `BinaryDigits`, step by step.

    Args:
        op: Threshold and gate of each neuron.
        current: ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant.
        steps: b.
    """
    threshold = op.threshold.array.astype(current.dtype)
    membrane, _, gate = _read(op, current, steps)
    membrane += gate + threshold * current.dtype.type(0.5 ** (steps + 1))  # half of the last digit: one pulse with both
    spikes = np.empty((steps, *membrane.shape), current.dtype)
    for digit in spikes:
        _step(membrane, 0, threshold, digit)
    return spikes


def received(op: BinaryDigits, current: Array, steps: int) -> tuple[Array, Array]:
    """Return the membranes when all digits have arrived, the gate taken off, and how many spikes each sent too early.

    Args:
        op: Threshold and gate of each neuron.
        current: ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant.
        steps: b.

    Returns:
        Two arrays ``[points, neurons]``.
    """
    membrane, early, gate = _read(op, current, steps)
    membrane += gate
    return membrane, early


def _read(op: BinaryDigits, current: Array, steps: int) -> tuple[Array, Array, Array]:
    """Return the membranes when all digits have arrived, spikes that came too early, and gates that are closed."""
    dtype = current.dtype
    early, gate = np.zeros(current.shape[1:], dtype), op.gate.array.astype(dtype)
    if len(current) == 1:
        return current[0] * dtype.type(1 - 0.5**steps), early, np.zeros_like(gate)
    threshold, last = op.threshold.array.astype(dtype), dtype.type(0.5**steps)
    membrane, fired = np.zeros_like(early), np.empty_like(early)
    for step, arriving in enumerate(current):
        _step(membrane, arriving * last if step else (arriving - 2 * gate) * last, threshold, fired)
        early += fired
    return membrane, early, gate


def _step(membrane: Array, arriving: Array | int, threshold: Array, spikes: Array) -> None:
    """Double membranes, add what arrives, fire at the threshold, and reset by subtraction; all in place."""
    membrane *= 2
    membrane += arriving
    np.greater_equal(membrane, threshold, out=spikes, casting="unsafe")
    membrane -= spikes * threshold
