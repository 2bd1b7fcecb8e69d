"""Search: the cheapest code, neurons per unit and steps that reach an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from snnir.compiler.climb import MARGIN, Climb
from snnir.compiler.clock import Clock
from snnir.compiler.compiled import Compiled
from snnir.compiler.goals import bar
from snnir.compiler.job import Job
from snnir.compiler.ladders import ladders
from snnir.compiler.reach import out_of_reach
from snnir.compiler.trial import Trial, cheapest
from snnir.metrics import DEFAULT_ERROR, NEAR_ENOUGH, Search, Skipped


def search(job: Job, clock: Clock | None = None) -> Compiled:
    """Return the cheapest network that reaches the error asked for, or the nearest.

    For every code, and in the population code for every number of neurons per unit, the fewest steps that reach the
    goal are bracketed and then narrowed down on measured errors: the law by which errors fall (`Ladder.predicted`)
    only guides the search. More neurons per unit are tried as long as they could be cheaper than what was found.
    With ``auto``, codes are tried in the order of `ladders`: all of them, or only the economical ones where one of
    these reaches the goal and energy is that of operations alone; what was preferred, energy or latency, decides among
    those that reach it. If little time was needed, settings with about twice and half the error are tried as well, so
    that the report can state what they cost.

    The same arguments give the same network, unless settings are left out for lack of time, which is in the report.

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
    by_operations = job.options.prefer == "energy" and job.options.compared_by.only_operations
    reached = False
    for ladder in wanted:
        if reached and not (ladder.variants[0].economical and goal >= ladder.least):
            continue
        found = climb.up(ladder)
        reached = reached or (by_operations and ladder.variants[0].economical and found is not None)
    if all(each.error > climb.goal for each in climb.tried):
        climb.nearer(wanted)
    return climb


def _near(tried: Sequence[Trial]) -> list[Trial]:
    """Return those whose error is near enough to the least; by what is unexplained where none has one to ask for."""
    least = min(each.nearness for each in tried)
    place = 0 if isfinite(least[0]) else 1
    return [each for each in tried if each.nearness[place] <= least[place] * NEAR_ENOUGH]
