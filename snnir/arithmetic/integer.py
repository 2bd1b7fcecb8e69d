"""Integer networks: mantissas and exponents, scales, and rounding that preserves the output of a layer.

All integers are in units of the membrane: a weight ``m 2^(shift + e)``, a threshold ``m 2^shift``, a bias ``m 2^e``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snnir.semantics import IntegerFormat
from snnir.types import Array

DAMPING = 1e-3
"""Of error-compensated rounding, as part of the mean eigenvalue of the spikes' covariance."""
BLOCK = 64
"""Block size of the lazy update (as in GPTQ): one matrix product for so many rounded rows instead of one for each."""


@dataclass(frozen=True)
class Scaled:
    """Integers ``mantissa 2^exponent``.

    Attributes:
        mantissa: Of each number.
        exponent: Of all of them.
    """

    mantissa: Array
    exponent: int


def weight_limit(form: IntegerFormat) -> int:
    """Return the largest weight without shift and exponent: 254 of 8 bits in steps of 2."""
    return form.weight_step * ((1 << (form.weight_bits - 1)) - 1)


def weight_unit(form: IntegerFormat, exponent: int = 0) -> int:
    """Return what weights with an exponent are multiples of."""
    return form.weight_step << (form.shift + exponent)


def half_limit(form: IntegerFormat) -> int:
    """Return the largest of either half of a weight that takes two matrices, on the grid of weights: 127 of 8 bits.

    One of the high half counts as much as one more than the most of the low half, which the exponent must allow.
    """
    return min(weight_limit(form) // form.weight_step, (1 << form.weight_exponent) - 1)


def threshold_unit(form: IntegerFormat, *, halved: bool) -> int:
    """Return what thresholds are multiples of; where a process takes half of one, that half is such a multiple."""
    return (2 if halved else 1) << form.shift


def scaled_weights(weight: Array, form: IntegerFormat) -> Scaled | None:
    """Return mantissas and exponent of integer weights, the smallest exponent possible; None where there is none."""
    whole = weight.astype(np.int64)
    most = int(np.abs(whole).max(initial=0))
    for exponent in range(form.weight_exponent + 1):
        if most <= weight_limit(form) << (form.shift + exponent):
            exact = bool(np.all(whole == weight)) and not np.any(whole % weight_unit(form, exponent))
            return Scaled(whole >> (form.shift + exponent), exponent) if exact else None
    return None


def bias_limit(form: IntegerFormat) -> int:
    """Return the largest mantissa of a bias on both sides: 4095 of 13 bits."""
    return (1 << (form.bias_bits - 1)) - 1


def bias_exponent(most: float, form: IntegerFormat) -> int | None:
    """Return the smallest exponent of biases up to `most` in size; None where there is none."""
    exponents = range(form.bias_exponent + 1)
    return next((exponent for exponent in exponents if most <= bias_limit(form) << exponent), None)


def compensated(weight: Array, gram: Array, most: int, damping: float = DAMPING) -> Array:
    """Return weights rounded to whole numbers so that ``s W`` changes little, not each weight by itself.

    The rows are rounded one after the other, those of the neurons that vary most first, and every row's error is
    compensated by the rows that are still free, in the way that is best for ``|s W - s Q|^2`` with the spikes'
    covariance H: the error of row i, divided by the diagonal of the Cholesky factor U of ``H^-1``, is spread by row i
    of U. Frantar et al., "GPTQ" (2023), after Hassibi and Stork, "Optimal brain surgeon" (1993).

    Args:
        weight: ``[neurons, receivers]``, in units of the grid.
        gram: H, ``[neurons, neurons]``.
        most: The largest whole number.
        damping: Added to the diagonal of H, as a part of its mean.
    """
    count = len(weight)
    order = np.argsort(-np.diag(gram), kind="stable")
    mean = float(np.trace(gram)) / count
    damped = gram[np.ix_(order, order)] + (damping * mean or 1.0) * np.eye(count)
    upper = np.linalg.cholesky(np.linalg.inv(damped)).T
    left = weight[order].astype(np.float64)
    whole = np.empty_like(left)
    for start in range(0, count, BLOCK):
        end = min(start + BLOCK, count)
        errors = np.empty((end - start, weight.shape[1]))
        for row in range(start, end):
            whole[row] = np.clip(np.rint(left[row]), -most, most)
            errors[row - start] = (left[row] - whole[row]) / upper[row, row]
            left[row + 1 : end] -= np.outer(upper[row, row + 1 : end], errors[row - start])
        left[end:] -= upper[start:end, end:].T @ errors
    rounded = np.empty_like(whole)
    rounded[order] = whole
    return rounded


def split(whole: Array, most: int) -> tuple[Array, Array]:
    """Return ``high`` and ``low`` with ``whole = high (most + 1) + low`` and both at most `most` in size.

    Args:
        whole: Whole numbers, at most ``most (most + 2)`` in size.
        most: Odd, e.g. 127.
    """
    high = np.rint(whole / (most + 1))
    high = np.clip(high, -most, most)
    return high, whole - high * (most + 1)
