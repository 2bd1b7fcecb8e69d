"""What is counted and kept of what neurons send."""

from __future__ import annotations

import numpy as np

from snnir.ir import Node
from snnir.ops import SigmaDelta
from snnir.types import Array


def sent(node: Node, spikes: Array) -> Array:
    """Return how many spikes each neuron sends in a chunk ``[steps, points, neurons]``, ``[neurons]``.

    Several in one step count as such; a graded message counts once.
    """
    if isinstance(node.op, SigmaDelta):
        spikes = np.sign(spikes)
    total: Array = np.abs(spikes).sum(axis=(0, 1), dtype=np.float64)
    return total


def as_recorded(node: Node, spikes: Array) -> Array:
    """Return a chunk of spikes as ``[points, steps, neurons]``: int8 for spikes of +-1, graded messages as they are."""
    kept = spikes.copy() if isinstance(node.op, SigmaDelta) else spikes.astype(np.int8)
    return kept.transpose(1, 0, 2)
