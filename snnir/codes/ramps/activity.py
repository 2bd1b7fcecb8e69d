"""What training counts as the cost of what neurons do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snnir.types import Array


@dataclass(frozen=True)
class Activity:
    """Of mean spikes the mean spikes, ``|r|``; of binary digits the expected number of ones, in parts of the largest.

    Of b digits of ``r > 0`` about half of ``log2(2^b r)`` are ones. ``log(1 + 2^b r) / log(1 + 2^b)`` goes like that
    above the last digit and is steep at 0: a small value costs nearly as much as a large one, and silence nothing.

    Attributes:
        digits: b; None where spikes are counted.
    """

    digits: int | None = None

    def of(self, rate: Array) -> Array:
        """Return the cost of every neuron, in the shape of `rate`."""
        if self.digits is None:
            return np.abs(rate)
        cost: Array = np.log1p(self._levels(rate) * np.maximum(rate, 0)) / np.log1p(self._levels(rate))
        return cost

    def slope(self, rate: Array, *, signed: bool) -> Array | float:
        """Return its derivative, in the shape of `rate`; `signed` neurons send spikes of both signs."""
        if self.digits is None:
            return np.sign(rate) if signed else 1.0
        levels = self._levels(rate)
        slope: Array = levels / np.log1p(levels) / (1 + levels * np.maximum(rate, 0))
        return slope

    def _levels(self, rate: Array) -> Array:
        """Return ``2^b`` in the precision of `rate`."""
        return np.asarray(2.0 ** (self.digits or 0), rate.dtype)
