"""What a search may choose: the ladders of codes, cut to what is given."""

from __future__ import annotations

from dataclasses import replace

from snnir.codes import Ladder
from snnir.compiler.job import Job
from snnir.errors import usage_error


def ladders(job: Job) -> tuple[Ladder, ...]:
    """Return the ladders of the codes that the target and the options allow, cut to what is given.

    They are in the order in which ``auto`` tries them. On the six networks of the paper radix or phase needs the least
    energy at every error, and populations need less than the rate code at the same error (`snnir pareto` shows it).

    Raises:
        UsageError: None is left.
    """
    options = job.options
    wanted = [each.ladder() for each in options.candidates if job.target.carries(each.name, each.neurons)]
    found = tuple(cut for each in wanted if each is not None and (cut := _cut(each, options.steps)) is not None)
    if not found:
        hint = "leave `steps` out, or name a code"
        raise usage_error("no-code", "no code of this target can be tried with these options", "`code` auto", hint)
    return found


def _cut(ladder: Ladder, steps: int | None) -> Ladder | None:
    """Return what is left of a ladder by the steps that the user fixed; None if nothing is."""
    if steps is None:
        return ladder
    if ladder.law != "counts" and steps > ladder.high:
        return None
    return replace(ladder, low=steps, high=steps, surveyed=tuple((each, steps) for each in ladder.variants))
