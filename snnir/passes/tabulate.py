"""f in a table: what neurons that compute in fixed point look up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log2

import numpy as np

from snnir.errors import model_error
from snnir.ops import Table
from snnir.passes.integer_layers import whole
from snnir.types import Array

ENTRIES = 10
"""Bits of a table's number of entries: lines between 1,024 places follow tanh to 2e-5 over a range of 16."""


@dataclass(frozen=True)
class Tabulated:
    """A table and what it was made from.

    Attributes:
        table: Of whole numbers.
        unit: How many of its values make 1.
    """

    table: Table
    unit: float

    @property
    def values(self) -> Array:
        """Its values, ``[1 or neurons, entries]``."""
        values: Array = self.table.values.array.astype(np.float64)
        return values.reshape(-1, values.shape[-1])


def tabulate(
    function: Callable[[Array], Array], most: float, scale: float, bias: Array, *, value_bits: int, where: str
) -> Tabulated:
    """Return f where its argument can be.

    Args:
        function: f of places ``[places, neurons]``, in the same shape.
        most: The largest argument.
        scale: What the argument counts.
        bias: Of the argument, counted so, ``[neurons]``: the table takes it in.
        value_bits: Of the largest value.
        where: What to say in an error.

    Raises:
        ModelError: f is not finite there; code ``table-range``.
    """
    bits = max(ceil(log2(most * scale)) + 1 - ENTRIES, 0)
    half = 1 << (ENTRIES - 1)
    z = (np.arange(2 * half + 1) - half) * (2.0**bits / scale)
    values = function(np.repeat(z[:, np.newaxis], len(bias), axis=1)).astype(np.float64)
    if not np.all(np.isfinite(values)):
        message = "f is not finite everywhere in the range of its table"
        raise model_error("table-range", message, where, "use the population code")
    unit = (1 << value_bits) / max(float(np.abs(values).max()), 1e-30)
    entries = np.rint((values[:, 0] if np.all(values == values[:, :1]) else values.T) * unit)
    start = whole(-(half << bits) - bias)
    return Tabulated(Table(whole(entries), start, bits, scale, float(z[0])), unit)
