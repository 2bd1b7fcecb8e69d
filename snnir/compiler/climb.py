"""The way of a search from one setting to the next, on measured errors and within a time limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, isfinite, sqrt

from snnir.codes import CORRECTED, Code, Ladder
from snnir.compiler.clock import Clock
from snnir.compiler.goals import bar
from snnir.compiler.job import Job
from snnir.compiler.ladders import ladders
from snnir.compiler.trial import Trial
from snnir.errors import ModelError

MARGIN = 1.02
"""The search aims below the goal by this factor: on other points an error is some percent larger or smaller. What
reaches the goal without it is taken where nothing else does."""
RESOLUTION = 0.04
"""Steps between one that reaches the goal and one that does not are tried until they are so near."""
COARSE = 0.15
"""The same as long as other neurons per unit are still to be tried: they may save more than the last steps do."""
MAX_PREDICTED = 1.5
"""Where the law predicts that so many times the most steps are needed, none are tried."""
CAUTION = 1.03
"""Errors of counts are trusted to follow their law to so much; those of digits follow theirs."""
WORTH = 0.95
"""More neurons per unit are not tried where the least that they can cost is no less than this part of what is known."""
MAX_TRIALS = 7
"""With the same neurons per unit."""
NEAR_AIM = 1.5
"""Where something was tried whose error is so near below twice or half the goal, nothing else is."""
LIKE_TUNING = 64
"""Until a setting of a code was simulated: with so many steps, that is expected to take as long as tuning."""
EXTRA = 0.5
"""Part of the time limit within which settings are tried that only measure the cost of another error."""


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
        out_of_time: Settings were left out for lack of time.
        left_out: The same of those that only measure the cost of another error.
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
        best: Trial | None = None
        begun: list[Code] = []
        for code in ladder.variants:
            if best is not None and not self._may_save(ladder, code, best, last=begun[-1]):
                break
            reaching = self._fewest_steps(ladder, code, best, COARSE)
            begun.append(code)
            # More neurons cost ever more energy from here on, but may still need fewer steps.
            if best is not None and not reaching and self.job.options.prefer == "energy":
                break
            best = self._cheapest(best, reaching)
        first = None if best is None else best.options.code
        for code in () if best is None else sorted(begun, key=lambda each: each != first):
            best = self._cheapest(best, self._fewest_steps(ladder, code, best, RESOLUTION))
        return best

    def _cheapest(self, best: Trial | None, others: Sequence[Trial]) -> Trial | None:
        """Return the cheapest of what reaches the goal; None where nothing does."""
        known = others if best is None else [best, *others]
        return min(known, key=lambda each: each.cost(self.job.options.prefer), default=None)

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

    def _fewest_steps(self, ladder: Ladder, code: Code, best: Trial | None, resolution: float) -> list[Trial]:
        """Try steps until the fewest that reach the goal are known, or that they cost more than what is known.

        Args:
            ladder: Of the code.
            code: A variant on it.
            best: What must be beaten, if anything.
            resolution: How near to the fewest is near enough, see `RESOLUTION`.

        Returns:
            What reaches the goal, with this variant.
        """
        found = [each for each in self.tried if each.options.code == code]
        rival = best if best is not None and best.options.code != code else None
        if not found:
            steps = (
                ladder.clamped(_as_many(rival, code)) if rival and ladder.law == "counts" else ladder.begin(self.goal)
            )
            if self._out_of_the_question(ladder, code, steps):
                return []
            found += self._try(code, steps)
        while found and len(found) < MAX_TRIALS:
            ahead = self._next_steps(ladder, found, rival, resolution)
            more = [] if ahead is None else self._try(code, ahead)
            if not more:
                break
            found += more
        return [each for each in found if each.error <= self.goal]

    def _next_steps(self, ladder: Ladder, found: Sequence[Trial], rival: Trial | None, resolution: float) -> int | None:
        """Return the steps to try next; None where the fewest that reach the goal are known, or need not be.

        Args:
            ladder: Of the code.
            found: What was tried of one variant.
            rival: What must be beaten, if anything.
            resolution: How near to the fewest is near enough.
        """
        reached = min((each.steps for each in found if each.error <= self.goal), default=ladder.high + 1)
        missed = max((each.steps for each in found if each.error > self.goal), default=ladder.low - 1)
        most = min([ladder.high, *(self._cheaper(rival, each) for each in found if rival is not None)])
        ahead = ladder.predicted([(each.steps, each.error) for each in found], found[-1].limit_error, self.goal)
        if missed >= most or (reached > ladder.high and ahead > MAX_PREDICTED * most):
            return None
        bracket = Bracket(missed, reached, most, resolution)
        return bracket.within(ahead, CAUTION if ladder.law == "counts" else 1.0)

    def _may_save(self, ladder: Ladder, code: Code, best: Trial, last: Code) -> bool:
        """Whether more neurons per unit can cost clearly less.

        They hardly save digits: no more of them do once the last ones have cost more than fewer. Of counts, at best,
        rounding is all that is left of the error. It falls with the number of counts, neurons times steps, which costs
        are in proportion to: on networks of the paper, 2, 4 and 8 neurons per unit have errors beyond their limit of
        0.33, 0.14 and 0.07 over T.
        """
        if self.job.options.prefer != "energy":
            return True
        if ladder.law != "counts":
            return best.options.code == last
        counts = best.steps * best.options.chosen.size
        rounding = sqrt(max(best.error**2 - best.limit_error**2, 0.0)) * counts
        return ceil(rounding / self.goal / code.size) * code.size < WORTH * counts

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

    def _try(self, code: Code, steps: int) -> list[Trial]:
        """Try a setting; none if there is no time, or where it does not fit the target though others did."""
        before = self.clock.spent
        if self.tried and not self.clock.allows(self._expected(code, steps)):
            self.out_of_time = True
            return []
        try:
            trial = self.job.tried(replace(self.job.options, code=code, steps=steps))
        except ModelError:
            if not self.tried:
                raise
            return []
        self._seconds[code] = self.clock.spent - before, steps
        self.tried.append(trial)
        return [trial]

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


def _as_many(rival: Trial, code: Code) -> int:
    """Return the steps with which a variant of a code counts as far as another setting does."""
    return rival.steps * rival.options.chosen.size // code.size


@dataclass(frozen=True)
class Bracket:
    """Between which steps the fewest lie that reach the goal.

    Attributes:
        missed: The most steps that miss the goal.
        reached: The fewest that reach it.
        most: More are not worth trying.
        resolution: Part of the steps that is narrow enough.
    """

    missed: int
    reached: int
    most: int
    resolution: float

    def within(self, ahead: float, caution: float) -> int | None:
        """Return the steps to try next; None where it is narrow enough.

        Args:
            ahead: Steps that would just reach the goal, by the law.
            caution: Factor above which the law is trusted that they do, and below which that they do not.
        """
        if self.reached > self.most:
            trusted = ceil(caution * ahead) if isfinite(ahead) else self.most
            return min(max(trusted, self.missed + 1), self.most)
        near = max(1, int(self.resolution * self.reached))
        if self.reached - self.missed <= near:
            return None
        # Just below the prediction of the law: if these miss, it is soon narrow enough.
        below = int(ahead / caution) if isfinite(ahead) else self.missed
        lower = below if below > self.missed else (self.missed + self.reached) // 2
        return max(min(self.reached - near, lower), self.missed + 1)
