"""The search: the cheapest setting that reaches an error, on the way that the ladders show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil, log
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import snnir
from snnir.compiler.job import Job
from snnir.compiler.options import Options
from snnir.compiler.search import LADDERS, MARGIN, MOST_TRIALS, Ladder, _climb
from snnir.ir import Graph
from tests.networks import mlp

DOMAIN = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}


@dataclass(frozen=True)
class Pretended:
    """Stands for a compiled network of which only the error matters."""

    rel_l2: float
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Pretence:
    """Stands for a job: an error for every setting, falling by about the ladder's ratio from rung to rung."""

    ladder: Ladder
    scale: float
    wobble: float
    options: Options = field(default_factory=lambda: Options(code="auto"))

    def compiled(self, options: Options) -> Pretended:
        """Return the error of a setting."""
        rung = self.ladder.rungs.index((options.neurons_per_unit, options.steps or 0))
        error = self.error(rung)
        conversion = {"rel_l2": error, "over_variation": error}
        return Pretended(error, {"bound": {"replacement": 0.0}, "conversion": conversion})

    def error(self, rung: int) -> float:
        """Return the error of a rung."""
        return self.scale * self.ladder.first / self.ladder.ratio ** (rung + self.wobble * np.sin(3 * rung))


@given(st.sampled_from(LADDERS), st.floats(1e-6, 0.5), st.floats(0.05, 20), st.floats(-0.3, 0.3))
@settings(deadline=None, derandomize=True)
def test_climbing_ends_near_the_lowest_rung_that_reaches(
    ladder: Ladder, goal: float, scale: float, wobble: float
) -> None:
    """Few rungs are tried, none twice; a goal within reach is reached, hardly more than a rung too high."""
    job = Pretence(ladder, scale, wobble)
    found = _climb(cast("Job", job), ladder, goal)
    assert len(found) <= MOST_TRIALS
    errors = [job.error(rung) for rung in range(len(ladder.rungs))]
    reaching = [rung for rung, error in enumerate(errors) if error <= goal]
    reached = [each.rel_l2 for each in found if each.rel_l2 <= goal]
    assert bool(reached) == bool(reaching) or len(found) == MOST_TRIALS
    if reached and len(found) < MOST_TRIALS:
        taken = errors.index(max(reached))
        assert taken <= max(reaching[0] + 1, ceil(log(scale * ladder.first / goal) / log(ladder.ratio)) + 1)


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Return a small network."""
    return mlp(2, 12, 12, 1)


@pytest.mark.parametrize("target", ["numpy", "nir"])
def test_auto_takes_the_cheapest_of_those_that_reach(graph: Graph, target: str) -> None:
    """The report lists what was tried; what was taken reaches the goal with a margin, and no other does for less."""
    compiled = snnir.compile(graph, target=target, domain=DOMAIN, code="auto", error=5e-2)
    search = compiled.report["search"]
    assert search["reached"]
    assert compiled.rel_l2 <= 5e-2 / MARGIN
    reaching = [row for row in search["tried"] if row["rel_l2"] <= 5e-2 / MARGIN]
    taken = min(reaching, key=lambda row: row["energy"])
    assert (taken["code"], taken["steps"]) == (compiled.report["code"], compiled.report["steps"])
    codes = {row["code"] for row in search["tried"]}
    assert codes == ({"radix"} if target == "numpy" else {"rate", "population"})


def test_the_same_twice(graph: Graph) -> None:
    """A search is deterministic, to the last byte of the archive."""
    first, second = (snnir.compile(graph, target="numpy", domain=DOMAIN, code="auto", error=3e-2) for _ in range(2))
    assert first.artifacts()[".snnir"] == second.artifacts()[".snnir"]


@pytest.mark.accuracy
def test_the_goal_holds_on_other_points(graph: Graph) -> None:
    """What was found on held-out points is true on points that neither calibration nor search saw."""
    for error in (1e-1, 1e-2, 1e-3):
        compiled = snnir.compile(graph, target="numpy", domain=DOMAIN, code="auto", error=error)
        points = np.random.default_rng(7).uniform(-1, 1, (4000, 2)).astype(np.float32)
        exact = compiled.run_ann(points)
        assert np.linalg.norm(compiled.run(points) - exact) <= error * np.linalg.norm(exact)


def test_latency_instead_of_energy(graph: Graph) -> None:
    """Asked for latency, the setting with the fewest steps is taken, whatever its energy."""
    compiled = snnir.compile(graph, target="numpy", domain=DOMAIN, code="auto", error=1e-1, prefer="latency")
    tried = compiled.report["search"]["tried"]
    reaching = [row["latency"] for row in tried if row["rel_l2"] <= 1e-1 / MARGIN]
    assert compiled.report["latency"] == min(reaching)
    assert {row["code"] for row in tried} == {"rate", "population", "radix"}


def test_fixed_steps_leave_the_code_to_choose(graph: Graph) -> None:
    """With steps given, only codes are compared; steps that radix has not are tried with the others."""
    compiled = snnir.compile(graph, target="numpy", domain=DOMAIN, code="auto", steps=32)
    assert {row["steps"] for row in compiled.report["search"]["tried"]} == {32}
    assert {row["code"] for row in compiled.report["search"]["tried"]} == {"rate", "population"}


def test_the_rate_code_climbs_alone(graph: Graph) -> None:
    """A code that is named is the only one tried, and its setting gives the same network without a search."""
    compiled = snnir.compile(graph, domain=DOMAIN, code="rate", error=0.2)
    assert {row["code"] for row in compiled.report["search"]["tried"]} == {"rate"}
    again = snnir.compile(graph, domain=DOMAIN, code="rate", steps=compiled.report["steps"])
    assert again.rel_l2 == compiled.rel_l2


def test_nothing_asked_for_is_the_cheapest(graph: Graph) -> None:
    """Code and steps default to what reaches the default error most cheaply; neurons per unit leave one code."""
    compiled = snnir.compile(graph, domain=DOMAIN)
    tried = compiled.report["search"]["tried"]
    assert {row["code"] for row in tried} == {"rate", "population"}
    assert compiled.report["search"]["goal"] == 1e-2
    assert compiled.rel_l2 <= 1e-2 / MARGIN
    some = snnir.compile(graph, domain=DOMAIN, steps=8, neurons_per_unit=2)
    assert {row["code"] for row in some.report["search"]["tried"]} == {"population"}


@pytest.mark.parametrize("steps", [None, 4])
def test_out_of_reach(graph: Graph, steps: int | None) -> None:
    """An error that is out of reach is refused with the nearest, with what limits it, and with what to do."""
    with pytest.raises(snnir.ModelError) as caught:
        snnir.compile(graph, domain=DOMAIN, code="auto", steps=steps, error=1e-5)
    (found,) = caught.value.diagnostics
    assert found.code == "error-not-reached"
    assert "the nearest to an error of 1e-05 is" in found.message
    assert "most of it" in found.message
    assert found.hint


def test_a_code_that_the_target_has_not(graph: Graph) -> None:
    """Named or not, a code that the target cannot carry is not tried."""
    with pytest.raises(snnir.UsageError, match="cannot carry the radix code"):
        snnir.compile(graph, domain=DOMAIN, target="nir", code="radix", error=1e-2)


def test_pareto_marks_what_no_other_beats(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every code has rows; a starred one has the least error of all that need no more spikes."""
    few = tuple(replace(each, rungs=each.rungs[:3]) for each in LADDERS)
    monkeypatch.setattr("snnir.compiler.search.LADDERS", few)
    rows = snnir.pareto(graph, domain=DOMAIN)
    assert [row["code"] for row in rows] == [each.code for each in few for _ in range(3)]
    for row in rows:
        rivals = [other["rel_l2"] for other in rows if other["per_unit"] <= row["per_unit"]]
        assert row["best"] == (row["rel_l2"] <= min(rivals))
