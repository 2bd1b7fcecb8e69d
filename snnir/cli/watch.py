"""What is seen of a network while it runs: how often its layers spiked, and the spikes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from snnir.analysis import as_recorded, sent
from snnir.ir import Node
from snnir.types import Array


@dataclass(frozen=True)
class Watch:
    """Sees the spikes of every layer while the network runs.

    Attributes:
        keep: Keep them, too.
        spikes: Counted by layer.
        places: Where a spike could have been, by layer: neurons x steps x points.
        points: That the layer ran on.
        kept: Chunks ``[points, steps, neurons]`` by layer.
    """

    keep: bool
    spikes: Counter[str] = field(default_factory=Counter[str])
    places: Counter[str] = field(default_factory=Counter[str])
    points: Counter[str] = field(default_factory=Counter[str])
    kept: dict[str, list[Array]] = field(default_factory=dict[str, list[Array]])

    def see(self, node: Node, _: slice, spikes: Array) -> None:
        """Take a chunk ``[steps, points, neurons]``."""
        if node.op.encodes:
            return
        self.spikes[node.name] += int(sent(node, spikes).sum())
        self.places[node.name] += spikes.size
        self.points[node.name] += spikes.shape[1]
        if self.keep:
            self.kept.setdefault(node.name, []).append(as_recorded(node, spikes))

    @property
    def recorded(self) -> dict[str, Array]:
        """The spikes by layer, ``[points, steps, neurons]``."""
        return {name: np.concatenate(chunks) for name, chunks in self.kept.items()}

    @property
    def rate(self) -> float:
        """The mean of the layers' spike rates."""
        return float(np.mean([self.spikes[name] / self.places[name] for name in self.places]))
