"""Weights whose sums are exact, in whatever order they are added: multiples of one unit for each receiver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from snnir.ir import Node, Tensor
from snnir.ops import Dense
from snnir.types import Array


def exact_unit(ops: Sequence[Dense], besides: Array | float = 0.0) -> Array:
    """Return the finest unit, a power of two, whose multiples have exact sums, ``[neurons]``.

    With a precision of p bits all partial sums of multiples of ``2^e`` are numbers of it where the sum of their sizes
    is at most ``2^(p + e)``.

    Args:
        ops: All that reach the same neurons, at least one; the first one's weights have the precision.
        besides: What else is added to their sums, at most, ``[neurons]``.
    """
    sizes = besides + np.sum([np.abs(op.weight.array.astype(np.float64)).sum(axis=0) for op in ops], axis=0)
    sizes += np.sum([np.abs(op.biases) for op in ops], axis=0)
    # Rounding adds half a unit for each weight at most; of the power above the sum there is a quarter left for it.
    exponent = np.ceil(np.log2(np.maximum(sizes, np.finfo(np.float64).tiny) * 1.25))
    unit: Array = np.exp2(exponent - 1 - np.finfo(ops[0].weight.dtype).nmant)
    return unit


def in_units(node: Node, op: Dense, unit: Array, step: str) -> Node:
    """Return a synapse with weights and bias rounded to multiples of a unit, by a pass of the name `step`."""

    def rounded(tensor: Tensor) -> Tensor:
        return Tensor((np.rint(tensor.array / unit) * unit).astype(tensor.dtype))

    made = replace(op, weight=rounded(op.weight), bias=op.bias and rounded(op.bias))
    return replace(node, op=made, provenance=node.provenance.then(step))
