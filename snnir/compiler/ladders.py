"""What the search may choose: for every code its neurons per unit and steps, and how its error falls with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, isfinite, log2, sqrt
from typing import Literal

from snnir.codes import MAX_DIGITS
from snnir.compiler.job import Job
from snnir.compiler.options import Options
from snnir.errors import usage_error

CORRECTED = 1.5
"""Fitted to spikes, a network may be so much nearer than what its neurons tend to; mostly where it is small."""


@dataclass(frozen=True)
class Ladder:
    """Settings of a code, the cheapest ones first, and the law by which more steps lessen the error.

    Attributes:
        code: The code.
        sizes: Neurons per unit, the fewest first; None where they are no choice.
        low: The fewest steps that are tried.
        high: The most.
        usual: Steps with which the code has an error of about 1e-2: where to begin.
        law: How the error falls: ``digits``, by half with every step; or ``counts``, as ``sqrt(l^2 + (c / T)^2)`` with
            the error l of what the neurons tend to.
        limit: What holds the code back, for who asks for more.
        surveyed: Neurons per unit and steps of the settings that `snnir.pareto` shows.
    """

    code: str
    sizes: tuple[int | None, ...]
    low: int
    high: int
    usual: int
    law: Literal["digits", "counts"]
    limit: str
    surveyed: tuple[tuple[int | None, int], ...]

    def options(self, given: Options, size: int | None, steps: int) -> Options:
        """Return options for a setting."""
        return replace(given, code=self.code, neurons_per_unit=size, steps=steps)

    def begin(self, goal: float) -> int:
        """Return where to begin, by what networks usually need."""
        more = log2(1e-2 / goal) if self.law == "digits" else self.usual * (1e-2 / goal - 1)
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
        noise = (error**2 - limit**2) * steps**2
        if other is not None and other[0] != steps:
            # Through two points: calibration on spikes makes good for some of the limit's own error.
            noise = (error**2 - other[1] ** 2) / (steps**-2 - other[0] ** -2)
            limit = sqrt(max(error**2 - noise / steps**2, 0.0))
        if limit >= goal:
            return inf if limit > CORRECTED * goal else float(self.high)
        return sqrt(max(noise, 0.0) / (goal**2 - limit**2))

    def clamped(self, steps: int) -> int:
        """Return the nearest number of steps that may be tried."""
        return max(self.low, min(steps, self.high))


LADDERS = (
    Ladder(
        "radix",
        sizes=(None,),
        low=4,
        high=MAX_DIGITS,
        usual=8,
        law="digits",
        limit="32-bit numbers hold no more digits",
        surveyed=tuple((None, digits) for digits in range(4, MAX_DIGITS + 1, 2)),
    ),
    Ladder(
        "rate",
        sizes=(None,),
        low=4,
        high=256,
        usual=48,
        law="counts",
        limit="a neuron of the rate code computes a clipped line, so more steps stop helping; use --code population",
        surveyed=tuple((None, steps) for steps in (4, 8, 16, 32, 64, 128, 256)),
    ),
    Ladder(
        "population",
        sizes=(2, 4, 8, 16),
        low=4,
        high=64,
        usual=16,
        law="counts",
        limit="populations of more neurons come nearer: --neurons-per-unit",
        surveyed=((2, 8), (4, 8), (4, 16), (8, 16), (8, 32), (8, 64)),
    ),
)
"""In the order in which ``auto`` tries them. On the six networks of the paper radix needs the fewest spikes at every
error, and populations need fewer than the rate code at the same error (`snnir pareto` shows it). The sigma-delta code
is not among them: it is for streams, see `snnir.compiler.streams`."""


def ladders(job: Job) -> tuple[Ladder, ...]:
    """Return the ladders of the codes that the target and the options allow, cut to what is given.

    Raises:
        UsageError: None is left.
    """
    options, codes = job.options, job.target.codes
    wanted = [each for each in LADDERS if each.code in codes and options.code in {"auto", each.code}]
    if options.products == "spikes" or options.neurons_per_unit is not None:
        wanted = [each for each in wanted if each.code == "population"]
    found = tuple(cut for each in wanted if (cut := _cut(each, options)) is not None)
    if not found:
        hint = "leave --steps out, or name a code"
        raise usage_error("no-code", "no code of this target can be tried with these options", "--code auto", hint)
    return found


def _cut(ladder: Ladder, options: Options) -> Ladder | None:
    """Return what is left of a ladder by what the user fixed; None if nothing is."""
    steps, neurons = options.steps, options.neurons_per_unit
    if neurons is not None:
        longer: tuple[tuple[int | None, int], ...] = tuple((neurons, each) for each in (8, 16, 32, 64, 128))
        ladder = replace(ladder, sizes=(neurons,), high=128, surveyed=longer)
    if steps is not None:
        if ladder.law == "digits" and steps > ladder.high:
            return None
        choices = tuple((size, steps) for size in ladder.sizes)
        ladder = replace(ladder, low=steps, high=steps, surveyed=choices)
    return ladder
