"""What is raised where an error is out of reach: how near it gets, what limits it, and other ways to reach it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from snnir.compiler.goals import cost_words, found_words, setting_words
from snnir.compiler.job import Job
from snnir.compiler.trial import Trial
from snnir.errors import Diagnostic, ModelError

Way: TypeAlias = Mapping[str, Any]
"""Another target or code that was tried for the same error: ``target``; the columns of a setting, as in
``report["search"]["tried"]``; whether it ``reached`` the error; and ``arguments``, those of `snnir.compile` that give
this network instead of the one asked for."""


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
        tried: Sequence[Mapping[str, Any]],
        ways: Sequence[Way] = (),
        *,
        hints: Sequence[str] = (),
    ) -> None:
        super().__init__([replace(bare, hint="\n".join((bare.hint, *hints)))])
        self.bare = bare
        self.goal = goal
        self.tried = tried
        self.ways = tuple(ways)

    def with_ways(
        self, ways: Sequence[Way], error_of: str, called: Callable[[Way], str] | None = None
    ) -> OutOfReachError:
        """Return the error with ways in its hint.

        Args:
            ways: What else was tried.
            error_of: What the goal is of.
            called: Returns what to write to go a way; a call of `snnir.compile` if None.
        """
        hints: list[str] = []
        for way in ways:
            hints.append(f"  {way_words(way, error_of)}")
            hints += [f"    {(called or call_of)(way)}"] if way["reached"] else []
        return OutOfReachError(self.bare, self.goal, self.tried, ways, hints=hints)


def way_words(way: Way, error_of: str) -> str:
    """Return in words whether a way leads to the error, e.g. "target numpy reaches it: 4.90e-03 at 0.58 times ..."."""
    found = cost_words(way, error_of)
    return f"target {way['target']} {'reaches it' if way['reached'] else 'does not reach it either'}: {found}"


def call_of(way: Way) -> str:
    """Return the call that goes a way."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in way["arguments"].items())
    return f"snnir.compile(graph, {arguments}, ...)"


def out_of_reach(job: Job, goal: float, tried: Sequence[Trial], *, out_of_time: bool) -> OutOfReachError:
    """Return the error that says how near it gets and what limits it.

    Args:
        job: What is compiled.
        goal: The error.
        tried: What does not reach it; at least one.
        out_of_time: Settings were left out for want of time.
    """
    nearest = min(tried, key=lambda each: each.nearness)
    report = job.completed(nearest).report
    many = f"{len(tried)} setting{'' if len(tried) == 1 else 's'} tried"
    message = (
        f"the nearest to an error of {goal:g} is {found_words(report['conversion'], job.options.error_of)}, "
        f"with the {setting_words(nearest.row())} ({many}); {_limiting(report['bound'])}"
    )
    ladder = nearest.options.chosen.ladder()
    hint = f"{'' if ladder is None else f'{ladder.limit}; or '}ask for a larger --error"
    if out_of_time:
        hint = f"the search ended at --time-limit {job.options.time_limit:g} (seconds), so more may be possible; {hint}"
    diagnostic = Diagnostic("error-not-reached", message, job.ann.name, hint)
    return OutOfReachError(diagnostic, goal, [each.row() for each in tried])


def _limiting(bound: Mapping[str, Any]) -> str:
    """Return in words which part of the network adds most to the error."""
    part = max(bound["parts"], key=lambda each: each["at_output"], default=None)
    if part is None or bound["replacement"] >= part["at_output"]:
        return f"most of it, {bound['replacement']:.2e} of the norm, is what neurons cannot do in place of f"
    return f"most of it, up to {part['at_output']:.2e} of the norm, arises into {part['name']!r}"
