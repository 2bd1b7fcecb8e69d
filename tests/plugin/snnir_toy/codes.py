"""A code of its own, with an option, made of passes of snnir."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from snnir.codes import Code, Ladder, Option, Task
from snnir.codes.population.populate import Populate
from snnir.codes.ramps.quantise import Quantise
from snnir.passes import Pass
from snnir.passes.least_squares import LeastSquares

LEVELS = Option(help="Threshold neurons for every unit.", kind=int, metavar="K")
SIZES = (4, 8, 16)
"""Levels that a search tries."""


@dataclass(frozen=True)
class Thermometer(Code):
    """How many of K threshold neurons fire in a single step stands for the value of a unit.

    Attributes:
        levels: K.
    """

    name: ClassVar[str] = "thermometer"
    max_steps: ClassVar[int] = 1
    usual_steps: ClassVar[int] = 1
    levels: int = field(default=8, metadata=LEVELS.metadata)

    @property
    def size(self) -> int:
        """K."""
        return self.levels

    def words(self, steps: int | None) -> str:
        """Return a setting in short: there is one step."""
        return f"{self.name}, K = {self.levels}"

    def lower(self, task: Task) -> tuple[Pass, ...]:
        """Return what places the neurons."""
        return (Populate(self.levels),)

    def fit(self, task: Task) -> tuple[Pass, ...]:
        """Return the calibration; integers are fitted while they are made."""
        return () if task.semantics.integer is not None else (LeastSquares(),)

    def quantise(self, task: Task) -> tuple[Pass, ...]:
        """Return what makes integers that fit its spikes."""
        return (Quantise(),)

    def ladder(self) -> Ladder:
        """Return ever more levels."""
        sizes = tuple(replace(self, levels=levels) for levels in SIZES)
        shown = tuple((each, 1) for each in sizes)
        return Ladder(sizes, 1, 1, 1, law="counts", limit="more levels come nearer: --levels", surveyed=shown)
