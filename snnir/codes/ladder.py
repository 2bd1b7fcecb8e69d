"""What a search may choose of a code: its variants and steps, and how its error falls with them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf, isfinite, log2, sqrt
from typing import TYPE_CHECKING, ClassVar, Literal

from snnir.ir import Graph

if TYPE_CHECKING:
    from snnir.codes.base import Code

CORRECTED = 1.5
"""Fitted to spikes, a network may be so much nearer than what its neurons tend to; mostly where it is small."""


@dataclass(frozen=True)
class Ladder:
    """Settings of a code, the cheapest ones first, and the law by which more steps lessen the error.

    Attributes:
        variants: Of the code, those with the fewest neurons per unit first.
        low: The fewest steps that are tried.
        high: The most.
        usual: Steps with which the code has an error of about 1e-2: where to begin.
        law: How the error falls: ``digits``, by half with every step; ``counts``, as ``sqrt(l^2 + (c / T)^2)`` with
            the error l of what the neurons tend to; or ``places``, as ``sqrt(l^2 + (c / 2^T)^2)``.
        limit: What holds the code back, for who asks for more.
        surveyed: Variants and steps of the settings that `snnir.pareto` shows.
        rank: Of several codes, those with a lower rank are tried first.
        least: Goals below this are left to other economical codes where one of them reaches the goal.
    """

    variants: tuple[Code, ...]
    low: int
    high: int
    usual: int
    law: Literal["digits", "counts", "places"]
    limit: str
    surveyed: tuple[tuple[Code, int], ...]
    rank: int = 100
    least: float = 0.0

    @property
    def name(self) -> str:
        """Name of the code."""
        return self.variants[0].name

    def begin(self, goal: float) -> int:
        """Return where to begin, by what networks usually need."""
        more = self.usual * (1e-2 / goal - 1) if self.law == "counts" else log2(1e-2 / goal)
        return self.clamped(ceil(self.usual + more))

    def predicted(self, found: Sequence[tuple[int, float]], limit: float, goal: float) -> float:
        """Return the steps that should just reach the goal, by the law; infinite where none would.

        Args:
            found: Steps and errors of settings that were tried, the last one last; infinite where it is only too large.
            limit: The error of what their neurons tend to.
            goal: The error to reach.
        """
        steps, error = found[-1]
        if error <= 0:
            return float(self.low)
        if not isfinite(error):
            return 2.0 * steps if limit <= CORRECTED * goal else inf
        if self.law == "digits":
            return steps + log2(error / goal)
        finite = (each for each in found[:-1] if isfinite(each[1]))
        other = min(finite, key=lambda each: abs(log2(each[1] / goal)), default=None)
        noise = (error**2 - limit**2) * self._levels(steps) ** 2
        if other is not None and other[0] != steps:
            # Through two points: calibration on spikes compensates some of the limit's own error.
            noise = (error**2 - other[1] ** 2) / (self._levels(steps) ** -2 - self._levels(other[0]) ** -2)
            limit = sqrt(max(error**2 - noise / self._levels(steps) ** 2, 0.0))
        if limit >= goal:
            return inf if limit > CORRECTED * goal else float(self.high)
        levels = sqrt(max(noise, 0.0) / (goal**2 - limit**2))
        return levels if self.law == "counts" else log2(max(levels, 1.0))

    def _levels(self, steps: int) -> float:
        """Return how many values a train tells apart: as many as it counts, or all numbers of so many digits."""
        return float(steps) if self.law == "counts" else 2.0**steps

    def clamped(self, steps: int) -> int:
        """Return the nearest number of steps that may be tried."""
        return max(self.low, min(steps, self.high))


@dataclass(frozen=True)
class Descent(ABC):
    """Variants of a code that keep ever smaller errors on the calibration points, until one keeps it on others.

    Attributes:
        goal: Error to reach where none is asked for.
        margins: Parts of the goal that variants keep on the calibration points, one after the other.
        steps: T.
        calibration: The one that the code has.
    """

    goal: ClassVar[float]
    margins: ClassVar[tuple[float, ...]]
    steps: ClassVar[int] = 1
    calibration: ClassVar[Literal["none", "light", "advanced", "least-squares"]] = "none"

    @abstractmethod
    def variant(self, error: float, before: Graph | None) -> Code:
        """Return the code that keeps an error on the calibration points.

        Args:
            error: Of the kind that is asked for.
            before: The network that the last variant gave; None at first.
        """

    @abstractmethod
    def row(self, graph: Graph) -> Mapping[str, float]:
        """Return what distinguishes a network from those of other variants, by name."""
