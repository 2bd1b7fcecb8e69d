"""How often the outcome at a threshold depends on the semantics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from snnir.ir import Answers, Node
from snnir.semantics.settings import Semantics
from snnir.types import Array


@dataclass(frozen=True, slots=True)
class ThresholdTies:
    """How often the outcome at a threshold depends on the semantics.

    Attributes:
        ties: Membranes exactly at a threshold, where ``>=`` and ``>`` differ.
        backlog: Membranes that a reset left at a threshold or beyond it, where one spike per step is not enough.
    """

    ties: int = 0
    backlog: int = 0

    def __add__(self, other: ThresholdTies) -> ThresholdTies:
        return ThresholdTies(self.ties + other.ties, self.backlog + other.backlog)


ties_of: Answers[Callable[[Node, Array, Semantics], ThresholdTies]] = Answers("the ties at the threshold")
"""Takes a layer, its current ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant, and how
neurons behave. An op without an answer has the same spikes under any of them."""
