"""Search in codes of streams: the variant that sends least of those that keep an error."""

from __future__ import annotations

from dataclasses import replace

from snnir.codes import Descent
from snnir.compiler.compiled import Compiled
from snnir.compiler.goals import bar
from snnir.compiler.job import Job
from snnir.compiler.options import Options
from snnir.compiler.trial import Trial
from snnir.errors import model_error
from snnir.metrics import ThresholdSearch, ThresholdTried, found_words


def descent_of(options: Options, job: Job) -> Descent | None:
    """Return how variants of the code are searched for; None where steps decide about errors."""
    (code, *others) = options.candidates
    return None if others else code.descent(job.target.semantics)


def search_variants(job: Job, descent: Descent) -> Compiled:
    """Return the network of the first variant that keeps the error on unseen points, or the nearest.

    Raises:
        ModelError: The user asked for an error that is out of reach; code ``error-not-reached``.
    """
    options = replace(job.options, steps=descent.steps, calibration=descent.calibration)
    goal = descent.goal if options.error is None else options.error
    tried: list[Trial] = []
    job.progress.expect(len(descent.margins))
    for margin in descent.margins:
        before = tried[-1].converted.graph if tried else None
        tried.append(job.tried(replace(options, code=descent.variant(bar(goal) * margin, before))))
        if tried[-1].error <= bar(goal):
            break
    chosen = min(tried, key=lambda each: each.nearness)
    reached = chosen.error <= bar(goal)
    if not reached and options.error is not None:
        found = found_words(chosen.simulation.errors, options.error_of)
        message = f"the nearest to an error of {goal:g} is {found}"
        hint = f"the numbers of {job.target.name} give no less, however many changes are sent; ask for a larger `error`"
        raise model_error("error-not-reached", message, job.ann.name, hint)
    rows = tuple(_row(descent, each) for each in tried)
    summary = ThresholdSearch(goal=goal, error_of=options.error_of, reached=reached, tried=rows)
    compiled = job.completed(chosen)
    return replace(compiled, report=replace(compiled.report, search=summary))


def _row(descent: Descent, trial: Trial) -> ThresholdTried:
    row, own = trial.row(), descent.row(trial.converted.graph)
    return ThresholdTried(**own, rel_l2=row.rel_l2, over_variation=row.over_variation, per_unit=row.per_unit)
