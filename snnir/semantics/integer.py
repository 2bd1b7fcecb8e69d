"""States in fixed point: Loihi's arithmetic, as Lava's bit-accurate models state it."""

from __future__ import annotations

import numpy as np

from snnir.semantics.settings import IntegerFormat
from snnir.types import Array


def wrapped(current: Array, form: IntegerFormat) -> Array:
    """Return synaptic currents as the state that holds them does: modulo 2^24, in ``(-2^23, 2^23]``.

    Args:
        current: Integers, of any element type.
        form: Which has the number of bits.
    """
    half = 1 << (form.state_bits - 1)
    if np.max(np.abs(current), initial=0) < half:
        return current
    folded: Array = half - np.mod(half - current, 2 * half)
    return folded


def saturate(membrane: Array, form: IntegerFormat) -> None:
    """Clip membranes, in place, as the state that holds them does: to ``2^23 - 1`` in size."""
    limit = (1 << (form.state_bits - 1)) - 1
    np.clip(membrane, -limit, limit, out=membrane)
