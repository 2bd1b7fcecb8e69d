"""Memory for currents that is used again: fresh pages cost as much as the product that is written into them."""

from __future__ import annotations

import numpy as np

from snnir.types import Array


class Buffers:
    """Arrays that are lent, by shape and element type; threads may borrow at the same time."""

    def __init__(self) -> None:
        self._free: dict[tuple[tuple[int, ...], str], list[Array]] = {}

    def lend(self, shape: tuple[int, ...], dtype: str) -> Array:
        """Return an array of any content."""
        free = self._free.setdefault((shape, dtype), [])
        try:
            return free.pop()
        except IndexError:
            return np.empty(shape, dtype)

    def take_back(self, array: Array) -> None:
        """Take an array back: it, and all views of it, will be overwritten."""
        self._free[array.shape, str(array.dtype)].append(array)


class Loan:
    """What one chunk has borrowed."""

    def __init__(self, buffers: Buffers) -> None:
        self._buffers = buffers
        self._lent: list[Array] = []

    def array(self, shape: tuple[int, ...], dtype: str) -> Array:
        """Return an array of any content, which is the chunk's until the loan ends."""
        lent = self._buffers.lend(shape, dtype)
        self._lent.append(lent)
        return lent

    def end(self) -> None:
        """Give all back."""
        while self._lent:
            self._buffers.take_back(self._lent.pop())
