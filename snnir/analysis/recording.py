"""What is kept of what neurons send."""

from __future__ import annotations

import numpy as np

from snnir.ir import Node
from snnir.ops import IntegrateAndFire
from snnir.types import Array


def as_recorded(node: Node, spikes: Array) -> Array:
    """Return a chunk of spikes as ``[points, steps, neurons]``: int8 for spikes of +-1, graded messages as they are."""
    kept = spikes.astype(np.int8) if isinstance(node.op, IntegrateAndFire) else spikes.copy()
    return kept.transpose(1, 0, 2)
