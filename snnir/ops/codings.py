"""Rules on codings that several ops share."""

from __future__ import annotations

from snnir.ir import CodingError, Op
from snnir.types import Coding, Current, Estimate, Spikes


def joined(op: Op, inputs: tuple[Coding, ...]) -> Coding:
    """Return the common coding of operands that are summed.

    Raises:
        CodingError: They differ, or they are spikes (which sum only after a synapse has weighted them).
    """
    if any(isinstance(coding, Estimate) for coding in inputs):
        return Op.coding(op, inputs)
    first = inputs[0]
    if isinstance(first, Spikes) or any(other != first for other in inputs):
        raise CodingError(
            f"{op.mnemonic} joins {' and '.join(map(str, inputs))}: an encode, decode or synapse is missing"
        )
    return first


def through_synapse(inputs: tuple[Coding, ...]) -> Coding:
    """Return the coding of a linear map's output: spikes become a current, other codings stay."""
    (coding,) = inputs
    return Current(coding.steps, coding.weighting) if isinstance(coding, Spikes) else coding
