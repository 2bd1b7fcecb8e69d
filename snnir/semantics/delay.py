"""When spikes arrive."""

from __future__ import annotations

import numpy as np

from snnir.semantics.settings import Semantics
from snnir.types import Array, Coding, Spikes


def lateness(coding: Coding, semantics: Semantics) -> int:
    """Return by how many steps a signal is late behind a synapse; digits are read as their accumulate defines."""
    return semantics.delay if isinstance(coding, Spikes) and coding.weighting == "even" else 0


def delayed(spikes: Array, steps: int) -> Array:
    """Return a spike train that arrives `steps` steps later; what would arrive after the end is lost."""
    if steps == 0:
        return spikes
    late = np.zeros_like(spikes)
    late[steps:] = spikes[:-steps]
    return late
