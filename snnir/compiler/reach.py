"""What is raised where an error is out of reach: how near it gets, what limits it, and other ways to reach it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from snnir.compiler.job import Job
from snnir.compiler.trial import Trial
from snnir.errors import Diagnostic, ModelError
from snnir.metrics import Called, Tried, Way, found_words


class OutOfReachError(ModelError):
    """No setting that was tried has the error that was asked for.

    Attributes:
        bare: The finding without other ways.
        goal: That error.
        tried: Rows of the settings, as in ``report["search"]["tried"]``.
        ways: What else was tried, as in ``report["search"]["ways"]``.
    """

    def __init__(
        self,
        bare: Diagnostic,
        goal: float,
        tried: Sequence[Tried],
        ways: Sequence[Way] = (),
        *,
        hints: Sequence[str] = (),
    ) -> None:
        super().__init__([replace(bare, hint="\n".join((bare.hint, *hints)))])
        self.bare = bare
        self.goal = goal
        self.tried = tried
        self.ways = tuple(ways)

    def with_ways(self, ways: Sequence[Way], error_of: str, called: Called | None = None) -> OutOfReachError:
        """Return the error with ways in its hint.

        Args:
            ways: What else was tried.
            error_of: What the goal is of.
            called: Returns what to write to go a way; a call of `snnir.compile` if None.
        """
        hints: list[str] = []
        for way in ways:
            hints.append(f"  {way.way_words(error_of)}")
            hints += [f"    {way.call if called is None else called(way)}"] if way.reached else []
        return OutOfReachError(self.bare, self.goal, self.tried, ways, hints=hints)


def out_of_reach(job: Job, goal: float, tried: Sequence[Trial], *, out_of_time: bool) -> OutOfReachError:
    """Return the error on how near it gets and what limits it.

    Args:
        job: What is compiled.
        goal: The error.
        tried: What does not reach it; at least one.
        out_of_time: Settings were left out for lack of time.
    """
    nearest = min(tried, key=lambda each: each.nearness)
    report = job.completed(nearest).report
    limited = "" if report.bound is None else f"; {report.bound.largest}"
    many = f"{len(tried)} setting{'' if len(tried) == 1 else 's'} tried"
    message = (
        f"the nearest to an error of {goal:g} is {found_words(report.conversion, job.options.error_of)}, "
        f"with the {nearest.row().words} ({many}){limited}"
    )
    ladder = nearest.options.chosen.ladder()
    hint = f"{'' if ladder is None else f'{ladder.limit}; or '}ask for a larger `error`"
    if out_of_time:
        hint = f"the search ended at `time_limit` {job.options.time_limit:g} (seconds), so more may be possible; {hint}"
    diagnostic = Diagnostic("error-not-reached", message, job.ann.name, hint)
    return OutOfReachError(diagnostic, goal, [each.row() for each in tried])
