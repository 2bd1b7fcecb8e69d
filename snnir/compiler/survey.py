"""A survey: every code of a target from few steps to many."""

from __future__ import annotations

from dataclasses import replace

from snnir.compiler.job import Job
from snnir.compiler.ladders import ladders
from snnir.metrics import Surveyed


def survey(job: Job) -> tuple[Surveyed, ...]:
    """Return a row for every setting that the ladders of the target show; see `snnir.pareto`."""
    wanted = [(code, steps) for ladder in ladders(job) for code, steps in ladder.surveyed]
    job.progress.expect(len(wanted))
    rows = [job.tried(replace(job.options, code=code, steps=steps)).row() for code, steps in wanted]
    best = [not any(other.per_unit <= each.per_unit and other.rel_l2 < each.rel_l2 for other in rows) for each in rows]
    return tuple(Surveyed(**each, best=mark) for each, mark in zip(rows, best, strict=True))
