"""The scan of the `phase` code: all steps of one layer, for one chunk of points."""

from __future__ import annotations

import numpy as np

from snnir.codes.phase.neuron import BinaryDigits
from snnir.semantics import IntegerFormat
from snnir.semantics.integer import saturate, wrapped
from snnir.types import Array


def binary_digits(op: BinaryDigits, current: Array, steps: int) -> Array:
    """Return the spikes that a layer sends, as 0 and 1, ``[steps, points, neurons]``.

    The update equation is that of `BinaryDigits`, step by step.

    Args:
        op: Threshold and gate of each neuron.
        current: ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant.
        steps: b.
    """
    return scan_digits(op, current, steps)[0]


def scan_digits(op: BinaryDigits, current: Array, steps: int) -> tuple[Array, Array]:
    """Return the spikes of a layer and its membranes after the last one; arguments as of `binary_digits`."""
    threshold = op.threshold.array.astype(current.dtype)
    read = _digits_read(op, current, steps)
    membrane, _, gate = _read(op, current, steps)
    membrane += gate + threshold * current.dtype.type(0.5 ** (steps + 1))  # half of the last digit: one pulse with both
    spikes = np.empty((steps, *membrane.shape), current.dtype)
    last = current.dtype.type(0.5**read)
    for step, digit in enumerate(spikes):
        _step(membrane, current[read + step] * last if read + step < len(current) else 0, threshold, digit)
    return spikes, membrane


def received(op: BinaryDigits, current: Array, steps: int) -> tuple[Array, Array]:
    """Return the membranes when all digits have arrived, the gate taken off, and how many spikes each sent too early.

    Where neurons begin to send before, the membranes are what they would be without these spikes, and the gate.

    Args:
        op: Threshold and gate of each neuron.
        current: ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant.
        steps: b.

    Returns:
        Two arrays ``[points, neurons]``.
    """
    read = _digits_read(op, current, steps)
    membrane, early, gate = _read(op, current, steps)
    membrane += gate
    for step, arriving in enumerate(current[read:], read + 1):
        membrane += arriving * current.dtype.type(0.5**step)
    return membrane, early


def _digits_read(op: BinaryDigits, current: Array, steps: int) -> int:
    """Return how many digits, or currents, neurons read before they send."""
    return min(len(current), steps - op.lag)


def _read(op: BinaryDigits, current: Array, steps: int) -> tuple[Array, Array, Array]:
    """Return the membranes before sending, spikes that came too early, and gates that are closed."""
    dtype = current.dtype
    early, gate = np.zeros(current.shape[1:], dtype), op.gate.array.astype(dtype)
    if len(current) == 1:
        return current[0] * dtype.type(1 - 0.5**steps), early, np.zeros_like(gate)
    read = _digits_read(op, current, steps)
    threshold, last = op.threshold.array.astype(dtype), dtype.type(0.5**read)
    membrane, fired = np.zeros_like(early), np.empty_like(early)
    for step, arriving in enumerate(current[:read]):
        _step(membrane, arriving * last if step else (arriving - 2 * gate) * last, threshold, fired)
        early += fired
    return membrane, early, gate


def _step(membrane: Array, arriving: Array | int, threshold: Array, spikes: Array) -> None:
    """Double membranes, add what arrives, fire at the threshold, and reset by subtraction; all in place."""
    membrane *= 2
    membrane += arriving
    np.greater_equal(membrane, threshold, out=spikes, casting="unsafe")
    membrane -= spikes * threshold


def binary_integers(op: BinaryDigits, current: Array, steps: int, form: IntegerFormat) -> Array:
    """Return the spikes that a layer sends in fixed point, as 0 and 1, ``[steps, points, neurons]``.

    The update equation of `BinaryDigits` in units of the last digit, ``V = 2^b v``, so that currents are whole numbers:

        b steps of reading:    V = saturate(2 V + wrap(c(k)))
        then once:             V = saturate(V + theta / 2)
        b steps of sending:    V = saturate(2 V); s = V >= 2^b theta; V = V - 2^b theta s

    No gate is needed, for it does not fire while it reads. Where a state holds both ``2^(b+1) theta`` and the largest
    current, numbers that saturate are those that are cut at the ends of a ramp anyway: ``2 V + c`` does not come back
    from where V saturates. Numbers of 16 bits are enough for 5 digits and ramps of 500 units.

    Args:
        op: Integer thresholds, even.
        current: Integers, ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant.
        steps: b.
        form: The bits of states.
    """
    return scan_integers(op, current, steps, form)[0]


def scan_integers(op: BinaryDigits, current: Array, steps: int, form: IntegerFormat) -> tuple[Array, Array]:
    """Return the spikes of a layer and its membranes after the last one; arguments as of `binary_integers`."""
    threshold = op.threshold.array.astype(current.dtype)
    membrane = integers_received(current, steps, form)
    membrane += threshold / 2
    saturate(membrane, form)
    spikes = np.empty((steps, *membrane.shape), current.dtype)
    for digit in spikes:
        membrane *= 2
        saturate(membrane, form)
        np.greater_equal(membrane, 2**steps * threshold, out=digit, casting="unsafe")
        membrane -= 2**steps * threshold * digit
    return spikes, membrane


def integers_received(current: Array, steps: int, form: IntegerFormat) -> Array:
    """Return the membranes when all digits have arrived, in fixed point, ``[points, neurons]``.

    Args:
        current: Integers, ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant.
        steps: b.
        form: The bits of states.
    """
    membrane = np.zeros(current.shape[1:], current.dtype)
    for step in range(steps):
        membrane *= 2
        membrane += wrapped(current[0 if len(current) == 1 else step], form)
        saturate(membrane, form)
    return membrane
