"""The `radix` code: signed binary digits, most significant first; arithmetic: `snnir.codes.radix.digits`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from snnir.analysis import with_further_points
from snnir.codes.base import Code, Task
from snnir.codes.ladder import Ladder
from snnir.codes.pipelined import PIPELINED, pipelined_findings
from snnir.codes.radix.difference import Difference
from snnir.codes.radix.digits import MAX_DIGITS
from snnir.codes.radix.pipelining import Pipelining
from snnir.codes.radix.quantise_digits import QuantiseDigits
from snnir.codes.radix.resolution import Resolution
from snnir.codes.radix.rounding import few, rounding_errors
from snnir.codes.radix.section import APriori
from snnir.errors import Diagnostic
from snnir.ir import Graph
from snnir.metrics import Section
from snnir.passes import Calibration, Context, Pass
from snnir.passes.least_squares import LeastSquares
from snnir.passes.light import Light
from snnir.semantics import Semantics
from snnir.target import Target
from snnir.types import Array

MAX_ROUNDING = 1 << 12
"""Points that the error is bounded on: every one has slopes of its own."""


@dataclass(frozen=True)
class Radix(Code):
    """The value of a unit is a number in signed binary digits; its neuron evaluates f.

    Attributes:
        pipelined: Layers start while digits still arrive: fewer steps in all, f evaluated at each.
    """

    name: ClassVar[str] = "radix"
    exact: ClassVar[bool] = True
    economical: ClassVar[bool] = True
    max_steps: ClassVar[int] = MAX_DIGITS
    usual_steps: ClassVar[int] = 14
    neurons: ClassVar[frozenset[str]] = frozenset({"accumulate", "signed_digits"})
    pipelined: bool = field(default=False, metadata=PIPELINED.metadata)

    def words(self, steps: int | None) -> str:
        """Return a setting in short, e.g. ``radix, 13 digits``."""
        return f"{self.name}, {steps} digits"

    def misfits(self, target: Target, calibration: Calibration) -> Iterator[Diagnostic]:
        """Yield why a target does not take its options, or a calibration."""
        yield from super().misfits(target, calibration)
        yield from pipelined_findings(target, pipelined=self.pipelined)

    def prepared(self, context: Context) -> Context:
        """Return the context with further points, where the given ones do not fill a domain: ranges rest on them."""
        if context.filled:
            return context
        ann, given, bounded = context.analog, context.points, context.bounded
        points = context.known.once("further", given, lambda: with_further_points(ann, given, bounded=bounded))
        return replace(context, points=points)

    def lower(self, task: Task) -> tuple[Pass, ...]:
        """Return what makes difference neurons, and chooses how coarsely each is rounded."""
        return (Difference(), Resolution())

    def fit(self, task: Task) -> tuple[Pass, ...]:
        """Return the calibration; it and the resolution depend on each other.

        Where points fill a domain of few inputs, units that depend on each other there may fall silent: nothing else
        can happen. Elsewhere weights stay near the given ones.
        """
        least = LeastSquares(near=not task.filled)
        once = (Resolution(), least)
        fitting: dict[Calibration, tuple[Pass, ...]] = {
            "none": (),
            "light": (Light(),),
            "advanced": (least,),
            "least-squares": (least, *once, *once, *once),
        }
        return (*fitting[task.calibration], *((Pipelining(),) if self.pipelined else ()))

    def quantise(self, task: Task) -> tuple[Pass, ...]:
        """Return what makes integers of digits."""
        return (QuantiseDigits(),)

    def ladder(self) -> Ladder:
        """Return up to as many digits as numbers of 32 bits hold."""
        return Ladder(
            (self,),
            low=4,
            high=MAX_DIGITS,
            usual=8,
            law="digits",
            limit="32-bit numbers hold no more digits",
            surveyed=tuple((self, digits) for digits in range(4, MAX_DIGITS + 1, 2)),
            rank=10,
        )

    def equal_bits(self, steps: int) -> int:
        """Return one bit for each digit."""
        return steps

    def sections(
        self, graph: Graph, ann: Graph, points: Mapping[str, Array], semantics: Semantics
    ) -> Iterator[Section]:
        """Yield what follows from digits without a simulation; nothing in fixed point."""
        if semantics.integer is None:
            found = rounding_errors(graph, ann, few(ann, points, MAX_ROUNDING))
            yield APriori(bound=found.bound, expected=found.expected, points=found.points)
