"""What a search tried, what it took, and what other errors, codes and targets cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from snnir.io.records import OPTIONAL
from snnir.metrics.error import goal_words
from snnir.metrics.record import Record
from snnir.metrics.setting import OVER, Called, Tried, Way, settings_table
from snnir.metrics.table import Command, Table, paragraph, small

DEFAULT_ERROR = 1e-2
"""The goal where no error is asked for, in all codes but those of streams."""
NEAR_ENOUGH = 1.1
"""Where the error asked for is out of reach, the cheapest within this factor of the least error is taken."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The setting that was taken.

    Attributes:
        code: Its code.
        neurons_per_unit: On average.
        steps: Its steps.
        energy: As a multiple of the analog network's, by the model that the search compared by.
    """

    code: str
    neurons_per_unit: float
    steps: int
    energy: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Skipped(Record):
    """Neurons that tend to something too far off, so that no number of steps was tried.

    Attributes:
        code: Their code.
        neurons_per_unit: K of the population code.
        limit: The error of what they tend to.
    """

    code: str
    neurons_per_unit: int
    limit: float

    @property
    def words(self) -> str:
        """E.g. "population, K = 2 (3.00e-02)"."""
        many = f", K = {self.neurons_per_unit:g}" if self.neurons_per_unit != 1 else ""
        return f"{self.code}{many} ({small(self.limit)})"


@dataclass(frozen=True, kw_only=True, eq=False)
class Search(Record):
    """A search for the cheapest setting that reaches an error.

    Attributes:
        goal: The error.
        error_of: What that is of, see `snnir.metrics.error.ERRORS_OF`.
        reached: Whether something reaches it.
        prefer: What decided among those: ``energy`` or ``latency``.
        time_limit: Processor seconds.
        out_of_time: Settings were left out for lack of time.
        left_out: The same of those that only measure the cost of another error.
        skipped: What was not simulated.
        tried: All that was, in order.
        twice: The cheapest that has twice the error; None where none has.
        half: The same of half the error.
        ways: Other codes and targets; None where none were looked for.
    """

    goal: float
    error_of: str
    reached: bool
    prefer: str
    time_limit: float
    out_of_time: bool
    left_out: bool
    skipped: tuple[Skipped, ...]
    tried: tuple[Tried, ...]
    twice: Tried | None
    half: Tried | None
    ways: tuple[Way, ...] | None = field(default=None, metadata=OPTIONAL)

    @property
    def energy_model(self) -> str | None:
        """By which energies are compared; None where it is that of ``energy_pj``."""
        return next((row.energy_model for row in self.tried), None)

    def table(self, taken: Taken, *, asked: bool, called: Called) -> Table:
        """Return all that was tried, and notes on what follows from it.

        Args:
            taken: The network that was taken.
            asked: The user asked for an error to be reached.
            called: Returns what to write to go another way to the error.
        """
        notes = (
            *self._taken(taken, asked=asked),
            *self._skipped(),
            *self._elsewhere(taken),
            *self._ways(taken, called),
        )
        return settings_table("settings tried", self.tried, notes)

    def _taken(self, taken: Taken, *, asked: bool) -> Iterator[str]:
        goal = goal_words(self.goal, self.error_of)
        if self.reached:
            default = "" if asked else "default "
            network = f"Taken: the {taken.code} code with {taken.steps} steps"
            yield f"{network}, the least {self.prefer} of those that reach the {default}goal, {goal}."
            return
        nearest = f"Taken: the one with the least {self.prefer} within {NEAR_ENOUGH - 1:.0%} of the least error."
        yield f"The default goal, {goal}, was not reached. {nearest}"
        insist = f"To insist on it: --error {DEFAULT_ERROR:g} (fails if it is out of reach)."
        yield f"{insist} To fix the steps: --steps T."

    def _skipped(self) -> tuple[str, ...]:
        """Return the lines on what was not simulated, and why."""
        if not self.skipped:
            return ()
        names = ", ".join(each.words for each in self.skipped)
        return paragraph(f"Not simulated, for even with endless steps their error would be too large: {names}.")

    def _elsewhere(self, taken: Taken) -> tuple[str, ...]:
        """Return the lines on the cost of another error, and whether there was time to look."""
        identity = taken.code, taken.neurons_per_unit, taken.steps
        costs = [
            f"at {words}: {row.cost_words(self.error_of)}"
            for row, words in ((self.twice, "twice the goal"), (self.half, "half the goal"))
            if row is not None and row.identity != identity
        ]
        sentences = [f"The cheapest measured {'; '.join(costs)}."] if costs else []
        if self.out_of_time:
            limit = f"The time limit of {self.time_limit:g} s ended the search"
            sentences.append(f"{limit}; --time-limit SECONDS gives it more.")
        return paragraph(" ".join(sentences))

    def _ways(self, taken: Taken, called: Called) -> Iterator[str]:
        """Yield what reaches the goal where this network does not, or for less, with what to write."""
        for way in self.ways or ():
            if self.reached and not (way.reached and way.energy < taken.energy):
                continue
            cheaper = f"At the same goal, target {way.target} takes less: {way.cost_words(self.error_of)}"
            words = cheaper if self.reached else way.way_words(self.error_of)
            yield f"{words[:1].upper()}{words[1:]}."
            if way.reached:
                yield Command(f"  {called(way)}")


@dataclass(frozen=True, kw_only=True, eq=False)
class ThresholdTried(Record):
    """Thresholds of the sigma-delta code, and what they do.

    Attributes:
        threshold: Their mean.
        rel_l2: Relative L2 conversion error.
        over_variation: Error over variation, of the column where it is largest.
        per_unit: Messages per unit and point.
    """

    threshold: float
    rel_l2: float
    over_variation: float
    per_unit: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ThresholdSearch(Record):
    """A search for the highest thresholds that keep an error.

    Attributes:
        goal: The error.
        error_of: What that is of.
        reached: Whether it is kept.
        tried: Thresholds in order.
    """

    goal: float
    error_of: str
    reached: bool
    tried: tuple[ThresholdTried, ...]

    def table(self, taken: Taken, *, asked: bool, called: Called) -> Table:
        """Return all that was tried; arguments as of `Search.table`."""
        del taken, called
        rows = tuple(
            (small(row.threshold), small(row.rel_l2), small(row.over_variation), f"{row.per_unit:.3f}")
            for row in self.tried
        )
        reached = "The last ones reach" if self.reached else "None of them reaches"
        default, hint = ("the goal", "") if asked else ("the default goal", " --error EPS asks for another.")
        note = f"{reached} {default}, {goal_words(self.goal, self.error_of)}.{hint}"
        return Table("mean thresholds tried", rows, ("threshold", "rel L2", OVER, "messages per unit"), (note,))
