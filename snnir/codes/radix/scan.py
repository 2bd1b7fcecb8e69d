"""The difference neuron's scan: all steps of one layer, for one chunk of points."""

from __future__ import annotations

import numpy as np

from snnir.codes.radix.neuron import Accumulate, SignedDigits
from snnir.semantics.decoding import binary_mean
from snnir.types import Array


def accumulate(op: Accumulate, current: Array, delay: int) -> Array:
    """Return the running estimates, ``[steps, points, n]``, or ``[1, points, n]`` where they never change.

    The update equation is that of `Accumulate`. An estimate before the first digit is 0.

    Args:
        op: When to read.
        current: ``[steps, points, n]``, or ``[1, points, n]`` where it is constant.
        delay: Steps until a spike acts behind a synapse.
    """
    steps = len(current)
    if op.lag is None or steps == 1:
        return binary_mean(current)[np.newaxis]
    membrane = np.zeros_like(current[0])
    known = np.zeros_like(current)
    for digit in range(steps):
        membrane *= 2
        membrane += current[digit]
        known[digit] = membrane / current.dtype.type(2 ** (digit + 1) - 1)
    last = np.minimum(np.arange(steps) + op.lag - delay, steps - 1)
    return np.where((last >= 0)[:, np.newaxis, np.newaxis], known[last], current.dtype.type(0))


def accumulate_integers(current: Array) -> Array:
    """Return the estimate of a neuron that computes in fixed point, ``[1, points, n]``.

    The membrane does not double with every digit, which would leave it no bits; what arrives is shifted instead:
    ``V <- V + floor(c(k) / 2^k)``. So V is ``2^(K-1) / (2^K - 1)`` times what `Decode` gives, up to a unit per step. A
    constant is what the host put there, V itself.

    Args:
        current: Integers, ``[steps, points, n]``, or ``[1, points, n]`` where it is constant.
    """
    if len(current) == 1:
        return current
    membrane = np.zeros_like(current[:1])
    for digit, arriving in enumerate(current):
        membrane += np.floor(arriving * 0.5**digit)
    return membrane


def integer_digits(op: SignedDigits, estimate: Array, steps: int) -> Array:
    """Return the spikes of a layer in fixed point, as -1, 0 and 1, ``[steps, points, neurons]``.

    From ``r = y - offset`` on ``s(k) = sign(r) if 3 |r| >= 2 amplitude else 0; r <- 2 (r - amplitude s(k))``: the rule
    of `signed_digits`, in integers and hence without rounding. A neuron with an amplitude of 0 sends nothing.

    Args:
        op: Integer scale of each neuron.
        estimate: Integers, ``[1, points, neurons]``.
        steps: K.
    """
    amplitude = op.amplitude.array.astype(estimate.dtype)
    left = estimate[0] - op.offset.array
    spikes = np.empty((steps, *left.shape), estimate.dtype)
    for step in range(steps):
        spikes[step] = np.sign(left) * (3 * np.abs(left) >= 2 * amplitude) * (amplitude > 0)
        left = 2 * (left - amplitude * spikes[step])
    return spikes


def signed_digits(op: SignedDigits, estimate: Array, steps: int) -> Array:
    """Return the spikes of a layer, as -1, 0 and 1, ``[steps, points, neurons]``.

    The update equation is that of `SignedDigits`, with ``|r| >= 2/3`` written as ``|3/2 r| >= 1``.

    Args:
        op: Scale of each neuron.
        estimate: ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant.
        steps: K.
    """
    dtype = estimate.dtype
    goal = (estimate - op.offset.array.astype(dtype)) / op.amplitude.array.astype(dtype)
    sent = np.zeros_like(goal[0])
    spikes = np.empty((steps, *goal.shape[1:]), dtype)
    for step in range(steps):
        digit = spikes[step]
        np.subtract(goal[0 if len(goal) == 1 else step], sent, out=digit)
        digit *= dtype.type(1.5 * 2**step)
        np.trunc(digit.clip(-1, 1, out=digit), out=digit)
        sent += digit * dtype.type(0.5**step)
    return spikes
