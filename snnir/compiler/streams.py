"""Search in the sigma-delta code: the highest thresholds that keep an error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from snnir.codes import GAINS, STREAM_ERROR, WHOLE_GAINS
from snnir.compiler.compiled import Compiled
from snnir.compiler.goals import bar
from snnir.compiler.job import Job
from snnir.compiler.trial import Trial
from snnir.errors import model_error
from snnir.metrics import ThresholdSearch, ThresholdTried, found_words
from snnir.ops import SigmaDelta

MARGINS = (0.95, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.02)
"""Parts of the error asked for that thresholds are made for, one after the other, until unseen streams keep it: by far
the smallest ones where those vary less than what calibration saw."""


def search_thresholds(job: Job) -> Compiled:
    """Return the network of streams with the highest thresholds that keeps the error on unseen points, or the nearest.

    Raises:
        ModelError: The user asked for an error that is out of reach; code ``error-not-reached``.
    """
    options = replace(job.options, steps=1, calibration="none")
    goal = STREAM_ERROR if options.error is None else options.error
    tried: list[Trial] = []
    gains: tuple[float, ...] = GAINS if job.target.semantics.integer is None else WHOLE_GAINS
    job.progress.expect(len(MARGINS))
    for margin in MARGINS:
        tried.append(job.tried(options, error=bar(goal) * margin, gains=gains))
        gains = tuple({op.gain for op in _senders(tried[-1])})  # the best ones: no need to try all again
        if tried[-1].error <= bar(goal):
            break
    chosen = min(tried, key=lambda each: each.nearness)
    reached = chosen.error <= bar(goal)
    if not reached and options.error is not None:
        found = found_words(chosen.simulation.errors, options.error_of)
        message = f"the nearest to an error of {goal:g} is {found}"
        hint = f"the numbers of {job.target.name} give no less, however many changes are sent; ask for a larger --error"
        raise model_error("error-not-reached", message, job.ann.name, hint)
    rows = tuple(map(_row, tried))
    summary = ThresholdSearch(goal=goal, error_of=options.error_of, reached=reached, tried=rows)
    compiled = job.completed(chosen)
    return replace(compiled, report=replace(compiled.report, search=summary))


def _row(trial: Trial) -> ThresholdTried:
    row = trial.row()
    return ThresholdTried(
        threshold=_threshold(trial), rel_l2=row.rel_l2, over_variation=row.over_variation, per_unit=row.per_unit
    )


def _senders(trial: Trial) -> tuple[SigmaDelta, ...]:
    return tuple(node.op for node in trial.converted.graph.nodes if isinstance(node.op, SigmaDelta))


def _threshold(trial: Trial) -> float:
    """Return the mean threshold of a network of streams."""
    return float(np.mean(np.concatenate([op.amplitude.array for op in _senders(trial)])))
