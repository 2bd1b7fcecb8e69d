"""What is kept of what neurons send."""

from __future__ import annotations

import numpy as np

from snnir.ir import Node
from snnir.ops import SigmaDelta
from snnir.types import Array


def as_recorded(node: Node, spikes: Array) -> Array:
    """Return a chunk of spikes as ``[points, steps, neurons]``: int8 for spikes of +-1, graded messages as they are."""
    kept = spikes.copy() if isinstance(node.op, SigmaDelta) else spikes.astype(np.int8)
    return kept.transpose(1, 0, 2)
