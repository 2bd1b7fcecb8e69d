"""Search: the cheapest code, neurons per unit and steps that reach an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, isfinite
from typing import Any

from snnir.compiler.clock import Clock
from snnir.compiler.compiled import Compiled
from snnir.compiler.goals import bar, found_words
from snnir.compiler.job import Job
from snnir.compiler.ladders import CORRECTED, LADDERS, Ladder, ladders
from snnir.compiler.options import DEFAULT_ERROR
from snnir.compiler.trial import Trial
from snnir.errors import Diagnostic, ModelError

MARGIN = 1.02
"""The search aims below the goal by this factor: on other points an error is some percent larger or smaller. What
reaches the goal without it is taken where nothing else does."""
NEAR_ENOUGH = 1.1
"""Where the error asked for is out of reach, the cheapest within this factor of the least error is taken."""
RESOLUTION = 0.04
"""Steps between one that reaches the goal and one that does not are tried until they are so near."""
HOPELESS = 1.5
"""Where the law says that so many times the most steps are needed, none are tried."""
MAX_TRIALS = 7
"""With the same neurons per unit."""


class OutOfReachError(ModelError):
    """No setting that was tried has the error that was asked for.

    Attributes:
        goal: That error.
        tried: Rows of the settings, as in ``report["search"]["tried"]``.
    """

    def __init__(self, diagnostic: Diagnostic, goal: float, tried: Sequence[Mapping[str, Any]]) -> None:
        super().__init__([diagnostic])
        self.goal = goal
        self.tried = tried


def search(job: Job) -> Compiled:
    """Return the cheapest network that reaches the error asked for, or the nearest.

    For every code, and in the population code for every number of neurons per unit, the fewest steps that reach the
    goal are bracketed and then narrowed down on measured errors: the law by which errors fall (`Ladder.predicted`)
    only says where to look next. More neurons per unit are tried as long as they could be cheaper than what was found.
    With ``auto``, codes are tried in the order of `LADDERS` until radix reaches the goal, or all have been tried; what
    was preferred, energy or latency, decides among those that reach it.

    The same arguments give the same network, unless the time limit ends the search, which the report says.

    Raises:
        OutOfReachError: The user asked for an error that is out of reach; code ``error-not-reached``.
        UsageError: The target has no code that could be tried with these steps.
    """
    options = job.options
    goal = DEFAULT_ERROR if options.error is None else options.error
    climb = Climb(job, bar(goal / MARGIN), Clock(options.time_limit))
    wanted = ladders(job)
    for ladder in wanted:
        best = climb.up(ladder)
        if ladder.law == "digits" and options.prefer == "energy" and best is not None:
            break
    if all(each.error > climb.goal for each in climb.tried):
        climb.nearer(wanted)
    tried = climb.tried
    reached = [each for each in tried if each.error <= bar(goal / MARGIN)]
    reached = reached or [each for each in tried if each.error <= bar(goal)]
    rows = [each.row() for each in tried]
    if not reached and options.error is not None:
        raise _out_of_reach(climb, goal)
    chosen = min(reached or _near(tried), key=lambda each: each.cost(options.prefer))
    compiled = job.completed(chosen)
    summary = {
        "goal": goal,
        "error_of": options.error_of,
        "reached": bool(reached),
        "prefer": options.prefer,
        "out_of_time": climb.out_of_time,
        "skipped": [
            {"code": ladder.code, "neurons_per_unit": size or 1, "limit": limit}
            for ladder, size, limit in climb.skipped
        ],
        "tried": rows,
        "twice": _cheapest(tried, bar(2 * goal), options.prefer),
        "half": _cheapest(tried, bar(goal / 2), options.prefer),
    }
    return replace(compiled, report={**compiled.report, "search": summary})


@dataclass
class Climb:
    """The settings that were tried so far, and the way to the next.

    Attributes:
        job: What is compiled.
        goal: The error to reach.
        clock: The time that is left.
        tried: In their order.
        skipped: Codes and neurons per unit whose neurons tend to something too far off, and how far, so that no number
            of steps was tried.
        out_of_time: Settings were left out for want of time.
    """

    job: Job
    goal: float
    clock: Clock
    tried: list[Trial] = field(default_factory=list[Trial])
    skipped: list[tuple[Ladder, int | None, float]] = field(default_factory=list[tuple[Ladder, "int | None", float]])
    out_of_time: bool = False
    _seconds: dict[tuple[str, int | None], tuple[float, int]] = field(
        default_factory=dict[tuple[str, "int | None"], tuple[float, int]]
    )
    _tuning: dict[tuple[str, int | None], float] = field(default_factory=dict[tuple[str, "int | None"], float])

    def up(self, ladder: Ladder) -> Trial | None:
        """Try settings of a code, and return the cheapest that reaches the goal; None where none does."""
        prefer = self.job.options.prefer
        best: Trial | None = None
        for size in ladder.sizes:
            found = self._fewest_steps(ladder, size, best)
            reaching = [each for each in found if each.error <= self.goal]
            # More neurons cost ever more energy from here on, but may still need fewer steps.
            if best is not None and not reaching and prefer == "energy":
                break
            best = min([*reaching, *([] if best is None else [best])], key=lambda each: each.cost(prefer), default=None)
        return best

    def nearer(self, ladders: Sequence[Ladder]) -> None:
        """Try the most steps with the neurons that came nearest, or would."""
        skipped = min(self.skipped, key=lambda each: each[2], default=None)
        nearest = min(self.tried, key=lambda each: each.nearness, default=None)
        if skipped is not None and (nearest is None or skipped[2] < nearest.error):
            ladder, size, _ = skipped
            self._try(ladder, size, ladder.high)
        elif nearest is not None:
            ladder = next(each for each in ladders if each.code == nearest.options.code)
            last = ladder.options(self.job.options, nearest.options.neurons_per_unit, ladder.high)
            if all(each.options != last for each in self.tried):
                self._try(ladder, last.neurons_per_unit, ladder.high)

    def _fewest_steps(self, ladder: Ladder, size: int | None, best: Trial | None) -> list[Trial]:
        """Try steps until the fewest that reach the goal are known, or that they cost more than what is known.

        Args:
            ladder: Of the code.
            size: Neurons per unit.
            best: What must be beaten, if anything.
        """
        found: list[Trial] = []
        missed, reached, most = ladder.low - 1, ladder.high + 1, ladder.high
        fewer = None if best is None else best.steps * (best.options.neurons_per_unit or 1) // (size or 1)
        steps = ladder.begin(self.goal) if fewer is None else ladder.clamped(fewer)
        if self._out_of_the_question(ladder, size, steps):
            return found
        while len(found) < MAX_TRIALS and missed < steps < reached:
            trial = self._try(ladder, size, steps)
            if trial is None:
                break
            found.append(trial)
            if trial.error <= self.goal:
                reached = steps
            else:
                missed = steps
            if best is not None:
                most = min(most, self._cheaper(best, trial))
            ahead = ladder.predicted([(each.steps, each.error) for each in found], trial.limit_error, self.goal)
            if missed >= most or (reached > ladder.high and ahead > HOPELESS * most):
                break
            steps = _next(missed, reached, most, ahead)
        return found

    def _cheaper(self, best: Trial, trial: Trial) -> int:
        """Return the most steps with which a setting costs less than the best one: costs grow as steps do."""
        prefer = self.job.options.prefer
        return ceil(trial.steps * best.cost(prefer)[0] / trial.cost(prefer)[0]) - 1

    def _out_of_the_question(self, ladder: Ladder, size: int | None, steps: int) -> bool:
        """Whether neurons tend to something so far off that nothing need be simulated; or there is no time for them."""
        if ladder.law == "digits":
            return False
        if (self.tried or self.skipped) and not self.clock.allows(self._expected(ladder.code, size, steps)):
            self.out_of_time = True
            return True
        before = self.clock.spent
        limit = self.job.limit_error(ladder.options(self.job.options, size, steps))
        self._tuning[ladder.code, size] = self.clock.spent - before
        if limit > CORRECTED * self.goal:
            self.skipped.append((ladder, size, limit))
            return True
        return False

    def _try(self, ladder: Ladder, size: int | None, steps: int) -> Trial | None:
        """Try a setting; None if there is no time, or where it does not fit the target though others did."""
        before = self.clock.spent
        if self.tried and not self.clock.allows(self._expected(ladder.code, size, steps)):
            self.out_of_time = True
            return None
        try:
            trial = self.job.tried(ladder.options(self.job.options, size, steps))
        except ModelError:
            if not self.tried:
                raise
            return None
        self._seconds[ladder.code, size] = self.clock.spent - before, steps
        self.tried.append(trial)
        return trial

    def _expected(self, code: str, size: int | None, steps: int) -> float:
        """Return about how long a setting takes, tuning included: in proportion to neurons and steps."""
        taken = [
            (abs((each or 1) - (size or 1)), each or 1, *known)
            for (name, each), known in self._seconds.items()
            if name == code
        ]
        tuning = [(each or 1, known) for (name, each), known in self._tuning.items() if name == code]
        known = (code, size) in self._tuning
        expected = 0.0 if known or not tuning else max(tuning)[1] * min((size or 1) / max(tuning)[0], 1.5)
        if taken:
            _, neurons, seconds, had = min(taken)
            expected += seconds * (size or 1) / neurons * max(steps / had, 0.5)
        return expected


def _next(missed: int, reached: int, most: int, ahead: float) -> int:
    """Return the steps to try next; none of those in between where it is narrow enough.

    Args:
        missed: The most steps that miss the goal.
        reached: The fewest that reach it.
        most: More are not worth trying.
        ahead: Steps that would just reach it, by the law.
    """
    if reached > most:
        return min(max(ceil(ahead) if isfinite(ahead) else most, missed + 1), most)
    if reached - missed <= max(1, RESOLUTION * reached):
        return missed
    # If even these miss, it is narrow enough.
    probe = reached - max(1, int(RESOLUTION * reached))
    return max(min(probe, ceil(ahead) if isfinite(ahead) else probe), missed + 1)


def _near(tried: Sequence[Trial]) -> list[Trial]:
    """Return those whose error is near enough to the least; by what is unexplained where none has one to ask for."""
    least = min(each.nearness for each in tried)
    place = 0 if isfinite(least[0]) else 1
    return [each for each in tried if each.nearness[place] <= least[place] * NEAR_ENOUGH]


def _cheapest(tried: Sequence[Trial], goal: float, prefer: str) -> dict[str, Any] | None:
    """Return the row of the cheapest setting with another error."""
    reaching = [each for each in tried if each.error <= goal]
    return min(reaching, key=lambda each: each.cost(prefer)).row() if reaching else None


def _out_of_reach(climb: Climb, goal: float) -> OutOfReachError:
    """Return the error that says how near it gets and what limits it."""
    job, tried = climb.job, climb.tried
    nearest = min(tried, key=lambda each: each.nearness)
    report = job.completed(nearest).report
    many = f", {report['neurons_per_unit']:g} neurons per unit" if report["code"] == "population" else ""
    message = (
        f"the nearest to an error of {goal:g} is {found_words(report['conversion'], job.options.error_of)}, "
        f"with the {report['code']} code, "
        f"{report['steps']} steps{many} ({len(tried)} settings tried); {_limiting(report['bound'])}"
    )
    ladder = next(each for each in LADDERS if each.code == report["code"])
    hint = f"{ladder.limit}; or ask for a larger --error"
    if climb.out_of_time:
        hint = f"the search ended at --time-limit {job.options.time_limit:g} (seconds), so more may be possible; {hint}"
    diagnostic = Diagnostic("error-not-reached", message, job.ann.name, hint)
    return OutOfReachError(diagnostic, goal, [each.row() for each in tried])


def _limiting(bound: Mapping[str, Any]) -> str:
    """Return in words which part of the network adds most to the error."""
    part = max(bound["parts"], key=lambda each: each["at_output"], default=None)
    if part is None or bound["replacement"] >= part["at_output"]:
        return f"most of it, {bound['replacement']:.2e} of the norm, is what neurons cannot do in place of f"
    return f"most of it, up to {part['at_output']:.2e} of the norm, arises into {part['name']!r}"


def survey(job: Job) -> tuple[dict[str, Any], ...]:
    """Return a row for every setting that the ladders of the target show; see `snnir.pareto`."""
    wanted = [(ladder, *each) for ladder in ladders(job) for each in ladder.surveyed]
    job.progress.expect(len(wanted))
    rows = [job.tried(ladder.options(job.options, size, steps)).row() for ladder, size, steps in wanted]
    best = [
        not any(other["per_unit"] <= each["per_unit"] and other["rel_l2"] < each["rel_l2"] for other in rows)
        for each in rows
    ]
    return tuple({**each, "best": mark} for each, mark in zip(rows, best, strict=True))
