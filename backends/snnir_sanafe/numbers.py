"""The numbers that a chip simulated by SANA-FE computes with.

Observed in sanafe 2.2.9 (its models `LoihiLifModel`, `CurrentBasedSynapseModel`, `AccumulatorModel` and `InputModel`)
and tested in tests/sanafe:

* Weights, thresholds and biases are numbers of single precision; sums and membranes have double precision.
* In every step a membrane is multiplied by the leak and cut to multiples of 1/64, towards zero; then what arrived in
  the step before and the bias are added. It fires at ``v > threshold``, and then loses the threshold, or is set to 0.
  Below its reverse threshold it is set to 0 and sends nothing.
* The cut goes through an integer of 32 bits, so membranes have to stay below ``2^25`` in size.

With all numbers multiples of 1/64 a cut changes nothing, and sums are exact in any order. A threshold that is lower by
`BELOW` fires at ``v >= theta``; what is subtracted too little is less than 1/128, and the next step cuts it off, even
doubled. So a neuron whose numbers are multiples of ``1 / (64 S)``, S a power of two, behaves there, scaled by S, as in
the reference simulator.
"""

from __future__ import annotations

import numpy as np

from snnir.types import Array

FRACTION_BITS = 6
"""Membranes are cut to multiples of ``2^-6``."""
BELOW = 2.0**-8
"""Thresholds are lower by this."""
MAX_THRESHOLD = 2.0**16
"""Up to here ``theta - BELOW`` has no more than the 24 bits of single precision."""
MAX_WEIGHT = 2.0**18
"""Multiples of ``2^-6`` up to here have no more than 24 bits."""
MAX_MEMBRANE = 2.0**23
"""In size."""
FLOOR = -(2.0**24)
"""The reverse threshold: what is lower is set to 0."""
SILENCE = 2.0 * FLOOR
"""The weight of a pulse that sets any membrane to 0."""
MAX_EXPONENT = 40
"""Of scales, in size."""


def exponent(threshold: Array, weight: Array, membrane: Array) -> Array:
    """Return the exponent of the largest scale, a power of two, that keeps the numbers of each neuron in range.

    Args:
        threshold: ``[neurons]``, 0 of a readout, which has none.
        weight: The largest size of what one synapse, or a bias, adds to a membrane, ``[neurons]``.
        membrane: The largest size of a membrane, ``[neurons]``.

    Returns:
        Integers ``[neurons]``.
    """
    limits = ((threshold, MAX_THRESHOLD), (weight, MAX_WEIGHT), (membrane, MAX_MEMBRANE))
    with np.errstate(divide="ignore"):
        found = [np.floor(np.log2(limit / size)) for size, limit in limits]
    result: Array = np.clip(np.min(found, axis=0), -MAX_EXPONENT, MAX_EXPONENT).astype(np.int64)
    return result


def unit(scale: Array, bits: int = 0) -> Array:
    """Return ``2^bits / (64 S)``.

    Args:
        scale: The exponents of S, ``[neurons]``.
        bits: By whose power of two numbers are divided on the chip.
    """
    result: Array = np.exp2(bits - FRACTION_BITS - scale.astype(np.float64))
    return result


def rounded(array: Array, scale: Array, bits: int = 0) -> Array:
    """Return numbers ``[..., neurons]`` rounded to multiples of their `unit`, in double precision."""
    step = unit(scale, bits)
    result: Array = np.rint(np.asarray(array, np.float64) / step) * step
    return result


def needed(numbers: Array) -> Array | None:
    """Return the exponent of the smallest scale at which all numbers of a neuron are multiples of 1/64.

    Args:
        numbers: ``[any, neurons]``.

    Returns:
        Integers ``[neurons]``; None where a neuron has no such scale.
    """
    found = np.full(numbers.shape[-1], MAX_EXPONENT + 1)
    for scale in range(MAX_EXPONENT, -MAX_EXPONENT - 1, -1):
        steps = numbers * 2.0 ** (scale + FRACTION_BITS)
        found[np.all(steps == np.rint(steps), axis=0)] = scale
    return None if np.any(found > MAX_EXPONENT) else found


def excess(threshold: Array, weight: Array, membrane: Array, scale: Array) -> str:
    """Return what is too large at a scale, in words; empty where nothing is. Arguments as of `exponent` and `unit`."""
    limits = {
        "a threshold": (threshold, MAX_THRESHOLD),
        "a weight": (weight, MAX_WEIGHT),
        "a membrane": (membrane, 2 * MAX_MEMBRANE),
    }
    found = [name for name, (size, limit) in limits.items() if np.any(size * np.exp2(scale) > limit)]
    return f"{' and '.join(found)} would be larger than the chip can hold exactly" if found else ""
