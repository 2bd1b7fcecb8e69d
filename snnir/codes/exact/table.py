"""f in a table, where neurons compute in integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from snnir.ir import CodingError, Op, Tensor
from snnir.semantics import kernel
from snnir.types import Analog, Array, Coding, Estimate


@final
@dataclass(frozen=True)
class Table(Op):
    """``y = values[i] + floor((values[i + 1] - values[i]) q / 2^bits)``, ``2^bits i + q = V - start``: f in integers.

    Between the entries y is a line, beyond the first and the last one it stays what it is there. V is a whole number:
    the current of a sigma-delta neuron, or the estimate of a difference neuron in fixed point
    (`snnir.codes.radix.scan.accumulate_integers`), without its bias, which `start` contains:

        z = low + (V - start) / scale

    Attributes:
        values: f at equal distances, in units of what is sent, of shape ``[entries]``; or ``[neurons, entries]``
            where neurons differ.
        start: V of the first entry, of shape ``[neurons]``.
        bits: Of the distance between two entries.
        scale: What V counts: units of it to one of the pre-activation.
        low: The pre-activation of the first entry.
    """

    mnemonic: ClassVar[str] = "table"
    values: Tensor
    start: Tensor
    bits: int
    scale: float
    low: float

    def coding(self, inputs: tuple[Coding, ...]) -> Coding:
        """Take an estimate, or an analog value, and give the same kind."""
        (coding,) = inputs
        if not isinstance(coding, Analog | Estimate):
            raise CodingError(f"{self.mnemonic} follows an estimate and got {coding}: an accumulate is missing")
        return coding


@kernel(Table)
def _table(op: Table, operands: tuple[Array, ...]) -> Array:
    return looked_up(op, operands[0])


def looked_up(op: Table, estimate: Array) -> Array:
    """Return the entries of a table for estimates, both integers; ``[steps, points, n]``."""
    values, width = op.values.array.astype(np.float64), 2.0**op.bits
    place = estimate - op.start.array
    entry = np.clip(np.floor(place / width), 0, values.shape[-1] - 2).astype(np.int64)
    rest = np.clip(place - entry * width, 0, width)
    neuron: Array = np.broadcast_to(np.arange(len(op.start.array)), entry.shape)
    first, second = (values[where] if values.ndim == 1 else values[neuron, where] for where in (entry, entry + 1))
    made: Array = first + np.floor((second - first) * rest / width)
    return made
