"""f in a table: what neurons that compute in fixed point look up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log2

import numpy as np

from snnir.codes.exact.table import Table
from snnir.codes.integer_layers import MARGIN, whole
from snnir.errors import model_error
from snnir.types import Array

ENTRIES = 10
"""Bits of a table's number of entries: lines between 1,024 places follow tanh to 2e-5 over a range of 16."""


@dataclass(frozen=True)
class Argument:
    """How the argument of a table is counted, in whole numbers.

    Attributes:
        scale: What makes 1.
        bias: Not in the number yet, ``[neurons]``: the table takes it in.
    """

    scale: float
    bias: Array


def reach(goal: Array) -> float:
    """Return how large an argument can get, from what it is on the calibration points."""
    return float(np.abs(goal).max(initial=0)) * MARGIN or 1.0


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
    function: Callable[[Array], Array],
    goal: Array,
    argument: Argument,
    *,
    value_bits: int,
    where: str,
    centred: bool = False,
) -> Tabulated:
    """Return f where its argument can be.

    The table goes as far as arguments can (`reach`). f itself is evaluated where arguments were seen, and half of
    `MARGIN` beyond on both sides; from there on it stays what it is: values that never occur take no bits, and f need
    not exist where its argument never is.

    Args:
        function: f of places ``[places, neurons]``, in the same shape.
        goal: Its argument on the calibration points, ``[points, neurons]``.
        argument: How that is counted.
        value_bits: Of the largest value.
        where: Named in errors.
        centred: Take the middle of all values for 0.

    Raises:
        ModelError: f is not finite there; code ``table-range``.
    """
    bits = max(ceil(log2(reach(goal) * argument.scale)) + 1 - ENTRIES, 0)
    half = 1 << (ENTRIES - 1)
    z = (np.arange(2 * half + 1) - half) * (2.0**bits / argument.scale)
    low, high = float(goal.min()), float(goal.max())
    spare = (MARGIN - 1) / 2 * (high - low)
    places = np.clip(z, low - spare, high + spare)
    values = function(np.repeat(places[:, np.newaxis], len(argument.bias), axis=1)).astype(np.float64)
    if not np.all(np.isfinite(values)):
        message = "f is not finite everywhere in the range of its table"
        raise model_error("table-range", message, where, "use the population code")
    if centred:
        values -= (values.min() + values.max()) / 2
    unit = (1 << value_bits) / max(float(np.abs(values).max()), 1e-30)
    entries = np.rint((values[:, 0] if np.all(values == values[:, :1]) else values.T) * unit)
    start = whole(-(half << bits) - argument.bias)
    return Tabulated(Table(whole(entries), start, bits, argument.scale, float(z[0])), unit)
