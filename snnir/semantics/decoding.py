"""What a train decodes to: the one place that defines the weights of its steps."""

from __future__ import annotations

from math import ceil, log2

import numpy as np

from snnir.types import Analog, Array, Coding, Estimate


def decoded(signal: Array, coding: Coding) -> Array:
    """Return the number that a signal stands for.

    Args:
        signal: ``[steps, points, n]``, or ``[1, points, n]`` where it is constant; of an analog value the value itself.
        coding: How it carries the number.
    """
    if isinstance(coding, Analog):
        return signal
    if isinstance(coding, Estimate):
        return np.asarray(signal[-1])
    if coding.weighting == "binary":
        return binary_mean(signal)
    if coding.weighting == "decaying":
        return decaying_mean(signal)
    mean: Array = signal.mean(axis=0)
    return mean


def binary_mean(signal: Array) -> Array:
    """Return ``sum over k of 2^(K-1-k) c(k) / (2^K - 1)``: exact weights, one rounding by the division."""
    count = len(signal)
    if count == 1:
        return np.asarray(signal[0])
    weights = np.ldexp(np.ones(count, signal.dtype), np.arange(count - 1, -1, -1))
    total: Array = weights @ signal.reshape(count, -1) / signal.dtype.type(2**count - 1)
    return total.reshape(signal.shape[1:])


def leak(steps: int) -> float:
    """Return the part of a membrane that is lost in a step where trains of so many steps decay: a power of two."""
    return 0.5 ** ceil(log2(steps))


def decaying_mean(signal: Array) -> Array:
    """Return ``sum over k of w(k) c(k) / sum of w(k)``, ``w(k) = (1 - a)^(K-1-k)``, a the `leak`."""
    count = len(signal)
    if count == 1:
        return np.asarray(signal[0])
    weights = (1 - leak(count)) ** np.arange(count - 1, -1, -1.0)
    total: Array = (weights / weights.sum()).astype(signal.dtype) @ signal.reshape(count, -1)
    return total.reshape(signal.shape[1:])
