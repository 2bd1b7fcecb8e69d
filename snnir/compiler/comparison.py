"""Every code on every target: the cheapest setting that reaches an error, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from snnir.codes import Code
from snnir.compiler.clock import Clock
from snnir.compiler.job import Job
from snnir.compiler.options import TIME_LIMIT, Options
from snnir.compiler.prepare import make_job
from snnir.compiler.progress import Progress, prefixed
from snnir.compiler.search import climbed
from snnir.compiler.trial import Trial
from snnir.data.domain import Domain
from snnir.data.points import Points
from snnir.errors import ModelError, usage_error
from snnir.ir import Graph
from snnir.metrics import DEFAULT_ERROR, Compared
from snnir.metrics.energy_models import FLOAT32
from snnir.registry import backend_for
from snnir.registry import targets as all_targets
from snnir.semantics import one_thread_each
from snnir.target import Target, cannot_carry, conformance
from snnir.types import Array

FACTS = ("semantics", "wiring", "uniform_thresholds", "lowering", "capacity")
"""Of targets, that decide about what a network computes there."""


@dataclass(frozen=True)
class Cell:
    """What a code does about an error where neurons do the same.

    Attributes:
        trial: The cheapest setting that reaches it, or the nearest; None where there is a problem.
        reached: Whether it does.
        out_of_time: Settings were left out for lack of time.
        problem: Why nothing could be tried.
    """

    trial: Trial | None = None
    reached: bool = False
    out_of_time: bool = False
    problem: ModelError | None = None


def compare(
    graph: Graph,
    *,
    targets: Sequence[str] | None = None,
    domain: Domain | None = None,
    samples: Array | Points | None = None,
    error: float = DEFAULT_ERROR,
    error_of: str = "both",
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    energy_model: str = FLOAT32.name,
    progress: Progress | None = None,
) -> tuple[Compared, ...]:
    """Return what an error takes on every target with every code, but those for streams.

    Args:
        graph: From `snnir.load`.
        targets: Names; all of them if None.
        domain: See `snnir.compile`.
        samples: See `snnir.compile`.
        error: Conversion error to reach, relative.
        error_of: What that is of, see `snnir.compile`.
        seed: Of everything random, a non-negative integer.
        time_limit: Processor seconds for each code on each target, until the nearest counts. Targets whose neurons do
            the same share a search.
        energy_model: By which energies of settings are compared, see `snnir.compile`.
        progress: Called while it works, see `snnir.compiler.Progress`.

    Returns:
        A row for each target and code: ``target``, ``code``, ``reached``, ``why`` (not; else empty), ``out_of_time``,
        and, of the cheapest setting that reaches the error or of the nearest, the columns of `snnir.pareto`, None where
        there is none.

    Raises:
        UsageError: An argument is wrong; all findings at once.
        ModelError: The model cannot be compiled for any target.
    """
    names = tuple(all_targets() if targets is None else dict.fromkeys(targets))
    if not names:
        raise usage_error("no-targets", "there is no target to compare", "targets")
    places = [backend_for(name).target for name in names]
    wanted = Options(
        names[0],
        "auto",
        error=error,
        error_of=error_of,
        seed=seed,
        time_limit=time_limit,
        energy_model=energy_model,
    )
    groups, compared = _groups(places), wanted.candidates
    cells: dict[tuple[str, str], Cell] = {}
    with one_thread_each():
        for number, group in enumerate(groups, start=1):
            most = max(group, key=lambda each: sum(each.carries(code.name, code.neurons) for code in compared))
            title = f"target{'' if len(group) == 1 else 's'} {', '.join(each.name for each in group)}"
            reported = prefixed(progress, f"{title} ({number} of {len(groups)}): ")
            job = make_job(graph, replace(wanted, target=most.name), domain, samples, reported)
            for code in compared:
                if most.carries(code.name, code.neurons):
                    cell = _searched(job, code, error)
                    cells |= {(each.name, code.name): cell for each in group}
    problems = [cell.problem for cell in cells.values() if cell.problem is not None]
    if len(problems) == len(cells):
        raise problems[0]
    return tuple(_row(place, code, cells.get((place.name, code.name))) for place in places for code in compared)


def _groups(places: Sequence[Target]) -> list[list[Target]]:
    """Return targets by what a network computes there, whatever file it goes in."""
    found: list[list[Target]] = []
    for place in places:
        for group in found:
            same = group[0]
            if all(getattr(same, fact) == getattr(place, fact) for fact in FACTS):
                group.append(place)
                break
        else:
            found.append([place])
    return found


def _searched(job: Job, code: Code, goal: float) -> Cell:
    """Return what a code does about an error."""
    job = replace(job, options=replace(job.options, code=code))
    try:
        climb = climbed(job, goal, Clock(job.options.time_limit))
    except ModelError as problem:
        return Cell(problem=problem)
    return Cell(*climb.best(goal), out_of_time=climb.out_of_time)


def _row(place: Target, code: Code, cell: Cell | None) -> Compared:
    """Return the row of a target and a code."""
    trial, why = None, cannot_carry(place, code.name, code.neurons, signed=code.signed)
    if cell is not None and place.carries(code.name, code.neurons):
        trial, findings = cell.trial, () if cell.problem is None else cell.problem.diagnostics
        findings = findings if trial is None else conformance(trial.converted.graph, place)
        why = f"it does not fit: {findings[0].message}" if findings else ""
        trial = None if findings else trial
    reached = trial is not None and cell is not None and cell.reached
    row = Compared(
        target=place.name,
        code=code.name,
        reached=reached,
        why=why or ("" if reached else "the nearest"),
        out_of_time=cell is not None and cell.out_of_time and trial is not None,
    )
    return row if trial is None else replace(row, **trial.row())
