"""The `radix` code: the value of a unit is a number in signed binary digits, most significant first.

A neuron sends ``y ~ offset + amplitude sum over k of 2^-k s(k)``, k = 0 .. K-1, with digits chosen as in
`SignedDigits`. No other digits represent numbers with fewer that are not zero: a third on average (Reitwieser,
"Binary arithmetic", Advances in Computers 1, 1960).
"""

from __future__ import annotations

import numpy as np

from snnir.types import Array

MAX_DIGITS = 24
"""The bits that a 32-bit floating-point number keeps: more digits would be lost in the receiver's sum."""
REACH = 5 / 3
"""The largest ``|y - offset| / amplitude`` for which the rounding error of the digits is `rounding`."""
NOISE = 4
"""Rounding errors of a unit's value, in units in the last place of 32-bit numbers, that no digit should follow."""
TINY = 1e-30
"""An amplitude for units that are always zero: it must be a number to divide by."""
LEFT = 2 / 3
"""The largest error of the last digit, in units of it."""


def full_scale(amplitude: Array, digits: int) -> Array:
    """Return what a train of ones stands for, ``amplitude sum over k of 2^-k``: its decoded mean is 1."""
    scale: Array = amplitude * amplitude.dtype.type(2 - 2.0 ** (1 - digits))
    return scale


def rounding(digits: int) -> float:
    """Return the largest error of K digits, in units of `full_scale`: ``2/3 2^-(K-1) / (2 - 2^-(K-1))``."""
    return LEFT / (2.0**digits - 1)


def ranges(a: Array) -> tuple[Array, Array]:
    """Return the middle of the range of every unit, and half of its width, two arrays ``[units]``.

    Args:
        a: Activations, ``[points, units]``.
    """
    low, high = a.min(axis=0), a.max(axis=0)
    return (low + high) / 2, (high - low) / 2


def least_amplitude(largest: Array, digits: int) -> Array:
    """Return the amplitudes below which the last digit would follow the rounding of 32-bit numbers, ``[units]``.

    Args:
        largest: Absolute values of the activations, at most, ``[units]``.
        digits: K.
    """
    return np.maximum(NOISE * largest * 2.0 ** (digits - MAX_DIGITS), TINY)


def amplitudes(half: Array, sensitivity: Array, level: float) -> Array:
    """Return what the first digit of every unit should stand for.

    K digits round a unit to ``amplitude 2^-K`` or so, and a spike that makes this error smaller is spent best where the
    output is most sensitive to it: where all units add the same error to the output, ``amplitude sensitivity =
    level``, no spike could be moved to a better place. The range must be covered in any case.

    Args:
        half: Half of the range, ``[units]``.
        sensitivity: How much the output changes with the unit, ``[units]``, positive.
        level: The same for all layers of a network.
    """
    chosen: Array = np.maximum(half / REACH, level / sensitivity)
    return chosen
