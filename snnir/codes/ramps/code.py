"""What the codes share whose neurons tend to ramps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar, TypeVar

from snnir.codes.base import Asked, Code, Task
from snnir.codes.ramps.options import PER_UNIT, per_unit_findings
from snnir.codes.ramps.quantise import Quantise
from snnir.errors import Diagnostic
from snnir.passes import Pass

SIZES = (2, 4, 8, 16)
"""Neurons per unit that a search tries."""
CodeT = TypeVar("CodeT", bound="Populations")


@dataclass(frozen=True)
class Ramps(Code):
    """The value of a unit is a weighted sum of ramps, which do not follow f by themselves."""

    def tunes(self, task: Task) -> bool:
        """Whether ramps are tuned in place of f: for least squares."""
        return task.calibration == "least-squares"

    def quantise(self, task: Task) -> tuple[Pass, ...]:
        """Return what makes integers that fit its spikes."""
        return (Quantise(tuned=self.tunes(task)),)


@dataclass(frozen=True)
class Populations(Ramps):
    """K unipolar neurons per unit.

    Attributes:
        usual_size: K where it is not given.
        neurons_per_unit: K; None is searched for, or `usual_size`.
    """

    usual_size: ClassVar[int]
    neurons_per_unit: int | None = field(default=None, metadata=PER_UNIT.metadata)

    @property
    def size(self) -> int:
        """K."""
        return self.neurons_per_unit or self.usual_size

    def check(self, asked: Asked) -> Iterator[Diagnostic]:
        """Yield what is wrong with steps and neurons per unit."""
        yield from super().check(asked)
        yield from per_unit_findings(self.neurons_per_unit)

    def variants(self: CodeT) -> tuple[CodeT, ...]:
        """Return itself with as many neurons per unit as a search tries."""
        if self.neurons_per_unit is not None:
            return (self,)
        return tuple(replace(self, neurons_per_unit=size) for size in SIZES)

    def surveyed(
        self: CodeT, few: tuple[tuple[int, int], ...], steps: tuple[int, ...]
    ) -> tuple[tuple[CodeT, int], ...]:
        """Return settings to show: pairs of neurons per unit and steps, or only steps where the former are given."""
        shown = few if self.neurons_per_unit is None else tuple((self.size, each) for each in steps)
        return tuple((replace(self, neurons_per_unit=size), each) for size, each in shown)
