"""Other ways to an error: codes of the same target and other targets, tried where the one asked for is not enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, replace

from snnir.codes import values_of
from snnir.compiler.choice import Choice, all_defaults, all_options, searched
from snnir.compiler.clock import FINISHING, Clock
from snnir.compiler.compiled import Compiled
from snnir.compiler.job import Job
from snnir.compiler.options import Options
from snnir.compiler.reach import OutOfReachError
from snnir.compiler.search import climbed, search
from snnir.compiler.trial import Trial
from snnir.errors import ModelError, UsageError
from snnir.metrics import Search, Way
from snnir.registry import backend_for, code_class, targets
from snnir.target import Target

MIN_TIME_SHARE = 0.25
"""Part of the time limit that the first of the suggested targets has in any case."""


def search_ways(job: Job, again: Callable[[Options], Job], clock: Clock | None = None) -> Compiled:
    """Search as `search` does; where the goal is not reached, or takes more energy than the ANN, try other ways to it.

    Args:
        job: What is compiled.
        again: Returns the job with other options, its progress distinguished.
        clock: Of the time limit, if it runs already.

    Raises:
        OutOfReachError: As `search` does, with the ways that were tried.
        UsageError: As `search` does.
    """
    clock = clock or Clock(job.options.time_limit)
    try:
        compiled = search(job, clock)
    except OutOfReachError as error:
        ways = _ways(job.options, again, error.goal, clock)
        raise error.with_ways(ways, job.options.error_of) from None
    report = compiled.report
    summary = report.search
    assert isinstance(summary, Search)  # noqa: S101 - `search` states what it tried
    ways, left_out = list[Way](), summary.left_out
    economical = code_class(report.code).economical
    if not summary.reached:
        ways = _ways(job.options, again, summary.goal, clock)
    elif report.energy_ratio(job.options.energy_model) > 1 and not economical and not summary.out_of_time:
        if clock.allows(0):
            first = [each.name for each in suggested()][:1]
            cheaper = [each for each in others(job.options, summary.goal) if each.target in first]
            ways = [way for each in cheaper for way in _way(job.options, each, again, MIN_TIME_SHARE * clock.limit)]
        else:
            left_out = True
    summary = replace(summary, ways=tuple(ways), left_out=left_out)
    return replace(compiled, report=replace(report, search=summary))


def _ways(given: Options, again: Callable[[Options], Job], goal: float, clock: Clock) -> list[Way]:
    """Return what other codes and targets do about a goal, as far as there is time."""
    found: list[Way] = []
    free = free_of(given, goal)
    kept = MIN_TIME_SHARE * clock.limit
    if free != replace(given, error=goal) and clock.allows(kept):
        found += _way(given, free, again, clock.left - kept)
    names = [each.name for each in suggested()]
    for options in others(given, goal):
        first = options.target in names[:1]
        if first or clock.allows(0, 1 - 2 * FINISHING):
            found += _way(given, options, again, max(clock.left, kept if first else 0.0))
    return found


def free_of(given: Options, goal: float) -> Options:
    """Return options that fix neither code nor steps, nor what only one code has, but for what must persist."""
    known = all_options()
    kept = {
        name: value
        for each in given.candidates
        for name, value in values_of(each).items()
        if known[name].persists and value != all_defaults()[name]
    }
    return replace(given, code=searched(kept), steps=None, error=goal)


def suggested() -> list[Target]:
    """Return the targets that are tried where another does not reach an error, the first one first."""
    found: list[Target] = []
    for name in targets():
        with suppress(ModelError):  # a broken plug-in is nothing to suggest
            found.append(backend_for(name).target)
    return sorted((each for each in found if each.suggested), key=lambda each: each.suggested)


def others(given: Options, goal: float) -> Iterator[Options]:
    """Yield options of the economical codes on other targets; the first is tried however little time is left."""
    free = replace(given, steps=None, error=goal, reader=None, form="portable", legacy=False)
    cheap = tuple(each for each in searched({}).among if each.economical)
    for target in suggested():
        carried = tuple(each for each in cheap if target.carries(each.name, each.neurons))
        if target.name != given.target and carried:
            yield replace(free, target=target.name, code=Choice(carried))


def _way(given: Options, options: Options, again: Callable[[Options], Job], seconds: float) -> list[Way]:
    """Return the row of the cheapest setting that reaches the goal, or of the nearest; none if nothing can be tried."""
    assert options.error is not None  # noqa: S101 - see above
    with suppress(ModelError, UsageError):
        climb = climbed(again(options), options.error, Clock(seconds))
        taken, reached = climb.best(options.error)
        return [_row(given, taken, reached=reached)]
    return []


def _row(given: Options, taken: Trial, *, reached: bool) -> Way:
    """Return a way: what was found, and the arguments of `snnir.compile` that give it."""
    code, before = taken.options.chosen, given.candidates
    options = all_defaults() | values_of(code)
    asked = all_defaults() | (values_of(before[0]) if len(before) == 1 else {})
    named = {
        "target": taken.options.target,
        "code": code.name,
        **{name: value for name, value in options.items() if value not in (None, all_defaults()[name])},
        "steps": taken.options.steps,
        "error": taken.options.error,
    }
    changed = {
        each.name: getattr(taken.options, each.name)
        for each in fields(Options)
        if each.name not in {"code", "time_limit"} and getattr(taken.options, each.name) != getattr(given, each.name)
    }
    dropped = {name: value for name, value in options.items() if value != asked[name]}
    arguments = {**named, **changed, **dropped}
    return Way(target=taken.options.target, reached=reached, arguments=arguments, **taken.row().to_json())
