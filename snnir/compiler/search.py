"""Search: the cheapest code, neurons per unit and steps that reach an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, isfinite

from snnir.codes import CORRECTED, Code, Ladder
from snnir.compiler.clock import Clock
from snnir.compiler.compiled import Compiled
from snnir.compiler.goals import bar
from snnir.compiler.job import Job
from snnir.compiler.ladders import ladders
from snnir.compiler.reach import out_of_reach
from snnir.compiler.trial import Trial, cheapest
from snnir.errors import ModelError
from snnir.metrics import DEFAULT_ERROR, NEAR_ENOUGH, Search, Skipped

MARGIN = 1.02
"""The search aims below the goal by this factor: on other points an error is some percent larger or smaller. What
reaches the goal without it is taken where nothing else does."""
RESOLUTION = 0.04
"""Steps between one that reaches the goal and one that does not are tried until they are so near."""
HOPELESS = 1.5
"""Where the law says that so many times the most steps are needed, none are tried."""
CAUTION = 1.03
"""Errors of counts are trusted to follow their law to so much; those of digits follow theirs."""
MAX_TRIALS = 7
"""With the same neurons per unit."""
NEAR_AIM = 1.5
"""Where something was tried whose error is so near below twice or half the goal, nothing else is."""
LIKE_TUNING = 64
"""Until a setting of a code was simulated: with so many steps, that is expected to take as long as tuning."""
EXTRA = 0.5
"""Part of the time limit within which settings are tried that only tell what another error costs."""


def search(job: Job, clock: Clock | None = None) -> Compiled:
    """Return the cheapest network that reaches the error asked for, or the nearest.

    For every code, and in the population code for every number of neurons per unit, the fewest steps that reach the
    goal are bracketed and then narrowed down on measured errors: the law by which errors fall (`Ladder.predicted`)
    only says where to look next. More neurons per unit are tried as long as they could be cheaper than what was found.
    With ``auto``, codes are tried in the order of `ladders` until an economical one reaches the goal, or all have been
    tried; what was preferred, energy or latency, decides among those that reach it. If little time was needed,
    settings with about twice and half the error are tried as well, so that the report can state what they cost.

    The same arguments give the same network, unless settings are left out for want of time, which the report says.

    Args:
        job: What is compiled.
        clock: Of the time limit, if it runs already.

    Raises:
        OutOfReachError: The user asked for an error that is out of reach; code ``error-not-reached``.
        UsageError: The target has no code that could be tried with these steps.
    """
    options = job.options
    goal = DEFAULT_ERROR if options.error is None else options.error
    climb = climbed(job, goal, clock or Clock(options.time_limit))
    best, reached = climb.best(goal)
    if not reached and options.error is not None:
        raise out_of_reach(job, goal, climb.tried, out_of_time=climb.out_of_time)
    if reached:
        climb.around(best, goal)
        best, _ = climb.best(goal)
    tried = climb.tried
    chosen = best if reached else min(_near(tried), key=lambda each: each.cost(options.prefer))
    compiled = job.completed(chosen)
    found = Search(
        goal=goal,
        error_of=options.error_of,
        reached=reached,
        prefer=options.prefer,
        time_limit=options.time_limit,
        out_of_time=climb.out_of_time,
        left_out=climb.left_out,
        skipped=tuple(
            Skipped(code=code.name, neurons_per_unit=code.size, limit=limit) for _, code, limit in climb.skipped
        ),
        tried=tuple(each.row() for each in tried),
        twice=cheapest(tried, bar(2 * goal), options.prefer),
        half=cheapest(tried, bar(goal / 2), options.prefer),
    )
    return replace(compiled, report=replace(compiled.report, search=found))


def climbed(job: Job, goal: float, clock: Clock) -> Climb:
    """Return the settings that were tried to reach an error, see `search`.

    Raises:
        ModelError: The first one cannot be compiled.
        UsageError: The target has no code that could be tried with these steps.
    """
    climb = Climb(job, bar(goal / MARGIN), clock)
    wanted = ladders(job)
    for ladder in wanted:
        best = climb.up(ladder)
        if best is not None and best.options.chosen.economical and job.options.prefer == "energy":
            break
    if all(each.error > climb.goal for each in climb.tried):
        climb.nearer(wanted)
    return climb


@dataclass
class Climb:
    """The settings that were tried so far, and the way to the next.

    Attributes:
        job: What is compiled.
        goal: The error to reach.
        clock: The time that is left.
        tried: In their order.
        skipped: Codes with their neurons per unit whose neurons tend to something too far off, and how far, so that no
            number of steps was tried.
        out_of_time: Settings were left out for want of time.
        left_out: The same of those that only tell what another error costs.
    """

    job: Job
    goal: float
    clock: Clock
    tried: list[Trial] = field(default_factory=list[Trial])
    skipped: list[tuple[Ladder, Code, float]] = field(default_factory=list[tuple[Ladder, Code, float]])
    out_of_time: bool = False
    left_out: bool = False
    _seconds: dict[Code, tuple[float, int]] = field(default_factory=dict[Code, tuple[float, int]])
    _tuning: dict[Code, float] = field(default_factory=dict[Code, float])

    def up(self, ladder: Ladder) -> Trial | None:
        """Try settings of a code, and return the cheapest that reaches the goal; None where none does."""
        prefer = self.job.options.prefer
        best: Trial | None = None
        for code in ladder.variants:
            found = self._fewest_steps(ladder, code, best)
            reaching = [each for each in found if each.error <= self.goal]
            # More neurons cost ever more energy from here on, but may still need fewer steps.
            if best is not None and not reaching and prefer == "energy":
                break
            known = reaching if best is None else [*reaching, best]
            best = min(known, key=lambda each: each.cost(prefer), default=None)
        return best

    def nearer(self, ladders: Sequence[Ladder]) -> None:
        """Try the most steps with the neurons that came nearest, or would."""
        skipped = min(self.skipped, key=lambda each: each[2], default=None)
        nearest = min(self.tried, key=lambda each: each.nearness, default=None)
        if skipped is not None and (nearest is None or skipped[2] < nearest.error):
            ladder, code, _ = skipped
            in_time = self.clock.allows(self._expected(code, ladder.high))
            self.out_of_time = self.out_of_time or not in_time
            self._try(code, ladder.high if in_time else ladder.clamped(ladder.usual))
        elif nearest is not None:
            code = nearest.options.chosen
            ladder = next(each for each in ladders if each.name == code.name)
            last = replace(self.job.options, code=code, steps=ladder.high)
            if all(each.options != last for each in self.tried):
                self._try(code, ladder.high)

    def reaching(self, goal: float) -> list[Trial]:
        """Return what reaches an error with the margin; if nothing does, without it."""
        found = [each for each in self.tried if each.error <= bar(goal / MARGIN)]
        return found or [each for each in self.tried if each.error <= bar(goal)]

    def best(self, goal: float) -> tuple[Trial, bool]:
        """Return the cheapest that reaches an error, or the nearest to it; and whether it reaches it."""
        reached = self.reaching(goal)
        if reached:
            return min(reached, key=lambda each: each.cost(self.job.options.prefer)), True
        return min(self.tried, key=lambda each: each.nearness), False

    def around(self, chosen: Trial, goal: float) -> None:
        """Try what should have twice the error, and half, if nothing that was tried is near that and there is time."""
        code = chosen.options.chosen
        ladder = next(each for each in ladders(self.job) if each.name == code.name)
        same = {each.steps: each for each in self.tried if each.options.code == code}
        known = [*(each for each in same.values() if each is not chosen), chosen]
        for aim in (bar(2 * goal), bar(goal / 2)):
            if any(aim / NEAR_AIM < each.error <= aim for each in self.tried):
                continue
            ahead = ladder.predicted([(each.steps, each.error) for each in known], chosen.limit_error, aim / MARGIN)
            steps = ladder.clamped(ceil(min(ahead, ladder.high)))
            if steps in same:
                continue
            if self.clock.allows(self._expected(code, steps), EXTRA):
                self._try(code, steps)
            else:
                self.left_out = True

    def _fewest_steps(self, ladder: Ladder, code: Code, best: Trial | None) -> list[Trial]:
        """Try steps until the fewest that reach the goal are known, or that they cost more than what is known.

        Args:
            ladder: Of the code.
            code: A variant on it.
            best: What must be beaten, if anything.
        """
        found: list[Trial] = []
        missed, reached, most = ladder.low - 1, ladder.high + 1, ladder.high
        fewer = None if best is None else best.steps * best.options.chosen.size // code.size
        steps = ladder.begin(self.goal) if fewer is None else ladder.clamped(fewer)
        if self._out_of_the_question(ladder, code, steps):
            return found
        while len(found) < MAX_TRIALS and missed < steps < reached:
            trial = self._try(code, steps)
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
            steps = _next(missed, reached, most, ahead, CAUTION if ladder.law == "counts" else 1.0)
        return found

    def _cheaper(self, best: Trial, trial: Trial) -> int:
        """Return the most steps with which a setting costs less than the best one: costs grow as steps do."""
        prefer = self.job.options.prefer
        return ceil(trial.steps * best.cost(prefer)[0] / trial.cost(prefer)[0]) - 1

    def _out_of_the_question(self, ladder: Ladder, code: Code, steps: int) -> bool:
        """Whether neurons tend to something so far off that nothing need be simulated; or there is no time for them."""
        if ladder.law == "digits":
            return False
        if (self.tried or self.skipped) and not self.clock.allows(self._expected(code, steps)):
            self.out_of_time = True
            return True
        before = self.clock.spent
        limit = self.job.limit_error(replace(self.job.options, code=code, steps=steps))
        self._tuning[code] = self.clock.spent - before
        if limit > CORRECTED * self.goal:
            self.skipped.append((ladder, code, limit))
            return True
        return False

    def _try(self, code: Code, steps: int) -> Trial | None:
        """Try a setting; None if there is no time, or where it does not fit the target though others did."""
        before = self.clock.spent
        if self.tried and not self.clock.allows(self._expected(code, steps)):
            self.out_of_time = True
            return None
        try:
            trial = self.job.tried(replace(self.job.options, code=code, steps=steps))
        except ModelError:
            if not self.tried:
                raise
            return None
        self._seconds[code] = self.clock.spent - before, steps
        self.tried.append(trial)
        return trial

    def _expected(self, code: Code, steps: int) -> float:
        """Return about how long a setting takes, tuning included: in proportion to neurons and steps."""
        taken = [
            (abs(each.size - code.size), each.size, *known)
            for each, known in self._seconds.items()
            if each.name == code.name
        ]
        tuning = [(each.size, known) for each, known in self._tuning.items() if each.name == code.name]
        known = code in self._tuning
        expected = 0.0 if known or not tuning else max(tuning)[1] * min(code.size / max(tuning)[0], 1.5)
        if taken:
            _, neurons, seconds, had = min(taken)
            expected += seconds * code.size / neurons * max(steps / had, 0.5)
        elif tuning:
            expected += max(tuning)[1] * min(code.size / max(tuning)[0], 1.5) * steps / LIKE_TUNING
        return expected


def _next(missed: int, reached: int, most: int, ahead: float, caution: float) -> int:
    """Return the steps to try next; none of those in between where it is narrow enough.

    Args:
        missed: The most steps that miss the goal.
        reached: The fewest that reach it.
        most: More are not worth trying.
        ahead: Steps that would just reach it, by the law.
        caution: Factor above which the law is trusted that they do, and below which that they do not.
    """
    if reached > most:
        return min(max(ceil(caution * ahead) if isfinite(ahead) else most, missed + 1), most)
    if reached - missed <= max(1, RESOLUTION * reached):
        return missed
    # Just below what the law says: if these miss, it is soon narrow enough.
    probe = reached - max(1, int(RESOLUTION * reached))
    lower = int(ahead / caution) if isfinite(ahead) and missed < ahead / caution else (missed + reached) // 2
    return max(min(probe, lower), missed + 1)


def _near(tried: Sequence[Trial]) -> list[Trial]:
    """Return those whose error is near enough to the least; by what is unexplained where none has one to ask for."""
    least = min(each.nearness for each in tried)
    place = 0 if isfinite(least[0]) else 1
    return [each for each in tried if each.nearness[place] <= least[place] * NEAR_ENOUGH]
