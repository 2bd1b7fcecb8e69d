"""What is counted and kept of what neurons send."""

from __future__ import annotations

import numpy as np

from snnir.ir import Node
from snnir.types import Array

MAX_INT8 = np.iinfo(np.int8).max


def sent(node: Node, spikes: Array) -> Array:
    """Return how many spikes each neuron sends in a chunk ``[steps, points, neurons]``, ``[neurons]``.

    Several in one step count as such; a graded message of a neuron counts once, a change of an input by its size.
    """
    if node.op.graded and not node.op.encodes:
        spikes = np.sign(spikes)
    total: Array = np.abs(spikes).sum(axis=(0, 1), dtype=np.float64)
    return total


def as_recorded(node: Node, spikes: Array) -> Array:
    """Return a chunk as ``[points, steps, neurons]``.

    Spikes become integers (`as_integers`); graded messages stay as they are.
    """
    kept = spikes.copy() if node.op.graded else as_integers(spikes)
    return kept.transpose(1, 0, 2)


def as_integers(spikes: Array) -> Array:
    """Return spikes as int8, or as int32 where there are very many in a step."""
    return spikes.astype(np.int8 if np.abs(spikes).max(initial=0) <= MAX_INT8 else np.int32)
