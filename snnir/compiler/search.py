"""Search: the cheapest code, neurons per unit and steps that reach an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, isfinite, log
from typing import Any

from snnir.analysis import asked_error
from snnir.codes import GAINS, MOST_DIGITS, STREAM_ERROR, WHOLE_GAINS
from snnir.compiler.compiled import Compiled
from snnir.compiler.goals import bar, found_words, nearness
from snnir.compiler.job import Job
from snnir.compiler.options import DEFAULT_ERROR, Options
from snnir.errors import model_error, usage_error
from snnir.ir import Graph
from snnir.ops import SigmaDelta

MARGIN = 1.05
"""The error must be below the goal by this factor: on other points it is a few percent larger or smaller."""
NEAR_ENOUGH = 1.1
"""Where the error asked for is out of reach, the cheapest within this factor of the least error is taken."""
HOPELESS = 1.5
"""What neurons cannot do in place of f, over the goal: calibration makes up for some of it, not for more."""
MOST_TRIALS = 4
"""Of one code in a search."""
MARGINS = (0.95, 0.8, 0.6, 0.4, 0.2, 0.1)
"""Parts of the error asked for that thresholds of the sigma-delta code are made for, one after the other, until unseen
streams keep it."""


@dataclass(frozen=True)
class Ladder:
    """Settings of a code in order of what they cost, and by about how much each rung lessens the error.

    Attributes:
        code: The code.
        rungs: Neurons per unit (None: not a choice) and steps.
        first: The typical error of the first rung: where to begin.
        ratio: Of the errors of neighbouring rungs.
        limit: What holds the code back, for who asks for more.
    """

    code: str
    rungs: tuple[tuple[int | None, int], ...]
    first: float
    ratio: float
    limit: str

    def options(self, given: Options, rung: int) -> Options:
        """Return options for a rung."""
        neurons, steps = self.rungs[rung]
        return replace(given, code=self.code, neurons_per_unit=neurons, steps=steps)


LADDERS = (
    Ladder(
        "radix",
        tuple((None, digits) for digits in range(4, MOST_DIGITS + 1)),
        first=2e-1,
        ratio=2.0,
        limit="32-bit numbers hold no more digits",
    ),
    Ladder(
        "rate",
        tuple((None, steps) for steps in (4, 8, 16, 32, 64, 128, 256)),
        first=1e-1,
        ratio=1.7,
        limit="a neuron of the rate code computes a clipped line, so more steps stop helping; use --code population",
    ),
    Ladder(
        "population",
        ((2, 8), (4, 8), (4, 16), (8, 16), (8, 32), (8, 64)),
        first=3e-2,
        ratio=1.6,
        limit="populations of more neurons come nearer: --neurons-per-unit",
    ),
)
"""In the order in which ``auto`` tries them. On the six networks of the paper radix needs the fewest spikes at every
error, and populations need fewer than the rate code at the same error (`snnir pareto` shows it). The sigma-delta code
is not among them: it is for streams, see `search_thresholds`."""


def search(job: Job) -> Compiled:
    """Return the cheapest network that reaches the error asked for, or the nearest.

    Each code climbs its own ladder: from a guess, by as many rungs as the error is off, up or down, until a rung
    reaches the goal and the one below does not, or would not. Everything is deterministic. With ``auto``, codes are
    tried in the order of `LADDERS` until radix reaches the goal, or all have been tried; what was preferred, energy or
    latency, decides among those that reach it.

    Raises:
        ModelError: The user asked for an error that is out of reach; code ``error-not-reached``.
        UsageError: The target has no code that could be tried with these steps.
    """
    options = job.options
    goal = DEFAULT_ERROR if options.error is None else options.error
    tried: list[Compiled] = []
    job.progress.expect(sum(min(MOST_TRIALS, len(each.rungs)) for each in ladders(job)))
    for ladder in ladders(job):
        found = _climb(job, ladder, bar(goal / MARGIN))
        tried += found
        if (
            ladder.code == "radix"
            and options.prefer == "energy"
            and min(asked(each, options) for each in found) <= bar(goal / MARGIN)
        ):
            break
    reached = [each for each in tried if asked(each, options) <= bar(goal / MARGIN)]
    if not reached and options.error is not None:
        raise _out_of_reach(job, goal, tried)
    chosen = min(reached or _near(tried, options), key=lambda each: cost(each, options.prefer))
    summary = {
        "goal": goal,
        "error_of": options.error_of,
        "reached": bool(reached),
        "prefer": options.prefer,
        "tried": [row(each) for each in tried],
    }
    return replace(chosen, report={**chosen.report, "search": summary})


def ladders(job: Job) -> tuple[Ladder, ...]:
    """Return the ladders of the codes that the target and the options allow, cut to what is given.

    Raises:
        UsageError: None is left.
    """
    options, codes = job.options, job.target.codes
    wanted = [each for each in LADDERS if each.code in codes and options.code in {"auto", each.code}]
    if options.products == "spikes" or options.neurons_per_unit is not None:
        wanted = [each for each in wanted if each.code == "population"]
    found = tuple(cut for each in wanted if (cut := _cut(each, options)).rungs)
    if not found:
        hint = "leave --steps out, or name a code"
        raise usage_error("no-code", "no code of this target can be tried with these options", "--code auto", hint)
    return found


def _cut(ladder: Ladder, options: Options) -> Ladder:
    """Return the rungs that keep to what the user fixed."""
    rungs = ladder.rungs
    neurons = options.neurons_per_unit
    if neurons is not None and ladder.code == "population":
        rungs = tuple((neurons, steps) for steps in (8, 16, 32, 64, 128))
    if options.steps is not None:
        choices = dict.fromkeys(each for each, _ in rungs)
        fits = ladder.code != "radix" or options.steps <= ladder.rungs[-1][1]
        rungs = tuple((each, options.steps) for each in choices) if fits else ()
    return replace(ladder, rungs=rungs)


def _climb(job: Job, ladder: Ladder, goal: float) -> list[Compiled]:
    """Return what was compiled on the way to the lowest rung that reaches the goal."""
    tried: dict[int, Compiled] = {}
    top = len(ladder.rungs) - 1
    rung = min(top, max(0, int(log(ladder.first / goal) / log(ladder.ratio))))
    while rung not in tried and len(tried) < MOST_TRIALS:
        tried[rung] = job.compiled(ladder.options(job.options, rung))
        missed = max((each for each, found in tried.items() if asked(found, job.options) > goal), default=-1)
        reached = min((each for each, found in tried.items() if asked(found, job.options) <= goal), default=top + 1)
        error = asked(tried[rung], job.options)
        off = min(log(error / goal) / log(ladder.ratio), float(top)) if error > 0 else -float(top)
        if off > 0 and limit_error(tried[rung]) > HOPELESS * goal:
            break
        # Down by whole rungs only: where the error is less than one below the goal, the next rung would miss it.
        rung = min(rung + ceil(off), reached - 1, top) if off > 0 else max(rung - int(-off), missed + 1, 0)
    return [tried[each] for each in sorted(tried)]


def asked(compiled: Compiled, options: Options) -> float:
    """Return the error that is compared with the one asked for."""
    return asked_error(compiled.report["conversion"], options.error_of)


def _near(tried: Sequence[Compiled], options: Options) -> list[Compiled]:
    """Return those whose error is near enough to the least; by what is unexplained where none has one to ask for."""
    least = min(_nearness(each, options) for each in tried)
    place = 0 if isfinite(least[0]) else 1
    return [each for each in tried if _nearness(each, options)[place] <= least[place] * NEAR_ENOUGH]


def _nearness(compiled: Compiled, options: Options) -> tuple[float, float]:
    return nearness(compiled.report["conversion"], options.error_of)


def limit_error(compiled: Compiled) -> float:
    """Return the error that would be left with ever more steps, but for what calibration makes good."""
    return float(compiled.report["bound"]["replacement"])


def cost(compiled: Compiled, prefer: str) -> tuple[float, float]:
    """Return what counts first and second: energy and latency, or the other way round."""
    energy, latency = float(compiled.report["energy_pj"]["snn"]), float(compiled.report["latency"])
    return (energy, latency) if prefer == "energy" else (latency, energy)


def row(compiled: Compiled) -> dict[str, Any]:
    """Return one setting and what it does, as plain JSON."""
    report = compiled.report
    energy = report["energy_pj"]
    return {
        "code": report["code"],
        "neurons_per_unit": report["neurons_per_unit"],
        "steps": report["steps"],
        "latency": report["latency"],
        "rel_l2": compiled.rel_l2,
        "over_variation": compiled.over_variation,
        "per_unit": report["spikes"]["per_unit"],
        "energy": energy["snn"] / energy["ann"] if energy["ann"] > 0 else 0.0,
    }


def _out_of_reach(job: Job, goal: float, tried: Sequence[Compiled]) -> Exception:
    """Return the error that says how near it gets and what limits it."""
    nearest = min(tried, key=lambda each: _nearness(each, job.options))
    report = nearest.report
    many = f", {report['neurons_per_unit']:g} neurons per unit" if report["code"] == "population" else ""
    message = (
        f"the nearest to an error of {goal:g} is {found_words(report['conversion'], job.options.error_of)}, "
        f"with the {report['code']} code, "
        f"{report['steps']} steps{many} ({len(tried)} settings tried); {_limiting(report['bound'])}"
    )
    ladder = next(each for each in LADDERS if each.code == report["code"])
    return model_error("error-not-reached", message, job.ann.name, f"{ladder.limit}; or ask for a larger --error")


def _limiting(bound: Mapping[str, Any]) -> str:
    """Return in words which part of the network adds most to the error."""
    part = max(bound["parts"], key=lambda each: each["at_output"], default=None)
    if part is None or bound["replacement"] >= part["at_output"]:
        return f"most of it, {bound['replacement']:.2e}, is what neurons cannot do in place of f"
    return f"most of it, up to {part['at_output']:.2e}, arises into {part['name']!r}"


def search_thresholds(job: Job) -> Compiled:
    """Return the network of streams with the highest thresholds that keeps the error on unseen points, or the nearest.

    Raises:
        ModelError: The user asked for an error that is out of reach; code ``error-not-reached``.
    """
    options = replace(job.options, steps=1, calibration="none")
    goal = STREAM_ERROR if options.error is None else options.error
    tried: list[Compiled] = []
    gains: tuple[float, ...] = GAINS if job.target.semantics.integer is None else WHOLE_GAINS
    job.progress.expect(len(MARGINS))
    for margin in MARGINS:
        tried.append(job.compiled(options, error=bar(goal) * margin, gains=gains))
        gains = tuple({op.gain for op in _senders(tried[-1].graph)})  # the best ones: no need to try all again
        if asked(tried[-1], options) <= bar(goal):
            break
    chosen = min(tried, key=lambda each: _nearness(each, options))
    reached = asked(chosen, options) <= bar(goal)
    if not reached and options.error is not None:
        found = found_words(chosen.report["conversion"], options.error_of)
        message = f"the nearest to an error of {goal:g} is {found}"
        hint = f"the numbers of {job.target.name} give no less, however many changes are sent; ask for a larger --error"
        raise model_error("error-not-reached", message, job.ann.name, hint)
    rows = [
        {
            "threshold": _threshold(each),
            "rel_l2": each.rel_l2,
            "over_variation": each.over_variation,
            "per_unit": each.report["spikes"]["per_unit"],
        }
        for each in tried
    ]
    summary = {"goal": goal, "error_of": options.error_of, "reached": reached, "tried": rows}
    return replace(chosen, report={**chosen.report, "search": summary})


def _senders(graph: Graph) -> Iterator[SigmaDelta]:
    return (node.op for node in graph.nodes if isinstance(node.op, SigmaDelta))


def _threshold(compiled: Compiled) -> float:
    """Return the mean threshold of a network of streams."""
    layers = compiled.report["layers"]
    return float(sum(each["threshold"] * each["neurons"] for each in layers) / sum(each["neurons"] for each in layers))


def survey(job: Job) -> tuple[dict[str, Any], ...]:
    """Return a row for every other rung of every ladder that the target allows; see `snnir.pareto`."""
    rows = [row(each) for each in _surveyed(job)]
    best = [
        not any(other["per_unit"] <= each["per_unit"] and other["rel_l2"] < each["rel_l2"] for other in rows)
        for each in rows
    ]
    return tuple({**each, "best": mark} for each, mark in zip(rows, best, strict=True))


def _surveyed(job: Job) -> Iterator[Compiled]:
    for ladder in ladders(job):
        every = 2 if len(ladder.rungs) > 8 else 1
        for rung in range(0, len(ladder.rungs), every):
            yield job.compiled(ladder.options(job.options, rung))
