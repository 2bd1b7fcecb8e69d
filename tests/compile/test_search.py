"""The search on real networks: the cheapest setting that reaches an error; how it climbs is in `test_climb`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.codes import Population
from snnir.compiler.options import Options
from snnir.compiler.prepare import make_job
from snnir.compiler.reach import OutOfReachError
from snnir.compiler.search import MARGIN
from snnir.errors import UsageError
from snnir.ir import Graph
from snnir.metrics.energy_models import MODELS, EnergyModel
from snnir.ops import Sin
from snnir.semantics import one_thread_each
from tests.networks import mlp
from tests.support import change_ladders, train_little

DOMAIN = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
GRID = tuple(product((2, 4, 8), (8, 16, 32, 64)))
"""Neurons per unit and steps that users try by hand."""


def asked(row: Mapping[str, Any]) -> float:
    """Return the error that is compared with the goal."""
    return float(max(row["rel_l2"], row["over_variation"]))


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
    assert asked(compiled.report["conversion"]) <= 5e-2 / MARGIN
    reaching = [row for row in search["tried"] if asked(row) <= 5e-2 / MARGIN]
    taken = min(reaching, key=lambda row: row["energy"])
    assert (taken["code"], taken["steps"]) == (compiled.report["code"], compiled.report["steps"])
    codes = {row["code"] for row in search["tried"]}
    assert codes == ({"radix", "phase"} if target == "numpy" else {"rate", "population"})


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


def test_latency_instead_of_energy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for latency, the setting with the fewest steps is taken, whatever its energy."""
    train_little(monkeypatch)
    compiled = snnir.compile(mlp(2, 6, 1), target="numpy", domain=DOMAIN, code="auto", error=1e-1, prefer="latency")
    tried = compiled.report["search"]["tried"]
    reaching = [row["latency"] for row in tried if asked(row) <= 1e-1 / MARGIN]
    assert compiled.report["latency"] == min(reaching)
    assert {row["code"] for row in tried} == {"rate", "population", "phase", "first-spike", "radix"}


def test_the_energy_model_that_was_asked_for_is_minimised(monkeypatch: pytest.MonkeyPatch, graph: Graph) -> None:
    """Where updates of neurons take energy, fewer steps may cost less than fewer spikes: another code is taken.

    Both networks, with both models: each is the cheaper one by the model that it was chosen by.
    """
    train_little(monkeypatch)
    given: dict[str, Any] = {"target": "numpy", "domain": DOMAIN, "error": 0.3, "time_limit": 1e6}
    usual, loihi = (snnir.compile(graph, **given, **more).report for more in ({}, {"energy_model": "loihi"}))
    assert usual.code in {"radix", "phase"}
    assert loihi.code == "rate"
    cost = {(report.code, each.model): each.snn for report in (usual, loihi) for each in report.energy_by_model or ()}
    assert cost["radix", "float32"] < cost["rate", "float32"]
    assert cost["rate", "loihi"] < cost["radix", "loihi"]
    assert {row["code"] for row in loihi["search"]["tried"]} == {"radix", "phase", "rate", "population", "first-spike"}
    assert all(row["energy_model"] == "loihi" for row in loihi["search"]["tried"])
    assert "energy_model" not in usual["search"]["tried"][0]
    taken = next(row for row in loihi["search"]["tried"] if row["code"] == "rate")
    assert taken["energy"] == pytest.approx(loihi.energy_ratio("loihi"))
    assert "energy / ANN's, loihi\n" in str(loihi)
    assert "energy / ANN's\n" in str(usual)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda each: each.name)
def test_costs_are_by_the_model(graph: Graph, model: EnergyModel) -> None:
    """What the search compares, and the rows that it shows, are by the model that was asked for."""
    options = Options("numpy", "rate", steps=4, calibration="advanced", energy_model=model.name)
    trial = make_job(graph, options, DOMAIN, None, None).tried(options)
    operations = trial.simulation.operations
    expected = model.accumulate * operations.ac + model.multiply_accumulate * operations.mac
    expected += model.neuron_update * 24 * 4 + model.spike * trial.simulation.total
    assert trial.cost("energy") == (pytest.approx(expected), 4.0)
    assert trial.cost("latency") == (4.0, pytest.approx(expected))
    assert trial.row().energy == pytest.approx(expected / (model.ann_multiply_accumulate * operations.ann_mac))


def test_other_ways_are_compared_by_the_model(graph: Graph) -> None:
    """Rows of other codes and targets are by the same model, in words, too."""
    with pytest.raises(OutOfReachError) as caught:
        snnir.compile(graph, domain=DOMAIN, code="rate", steps=2, error=0.05, energy_model="int8")
    assert {way.energy_model for way in caught.value.ways} == {"int8"}
    assert "times the ANN's energy by int8 (" in str(caught.value)


def test_an_energy_model_that_there_is_not(graph: Graph) -> None:
    """The hint has those that there are."""
    with pytest.raises(UsageError, match=r"there is no energy model 'int9' \[unknown-energy-model\]") as caught:
        snnir.compile(graph, domain=DOMAIN, energy_model="int9")
    assert caught.value.diagnostics[0].where == "`energy_model`"
    assert "did you mean 'int8'" in caught.value.diagnostics[0].hint
    for call in (snnir.pareto, snnir.compare):
        with pytest.raises(UsageError, match="unknown-energy-model"):
            call(graph, domain=DOMAIN, energy_model="int9")


def test_fixed_steps_leave_the_code_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    """With steps given, only codes are compared; steps that radix has not are tried with the others."""
    train_little(monkeypatch)
    compiled = snnir.compile(mlp(2, 6, 1), target="numpy", domain=DOMAIN, code="auto", steps=32)
    assert {row["steps"] for row in compiled.report["search"]["tried"]} == {32}
    assert codes(compiled.report["search"]) == {"rate", "first-spike", "population"}


def codes(search: Mapping[str, Any]) -> set[str]:
    """Return the codes of which settings were tried, or found to tend to something too far off."""
    return {row["code"] for row in (*search["tried"], *search["skipped"])}


def test_the_rate_code_climbs_alone(graph: Graph) -> None:
    """A code that is named is the only one tried, and its setting gives the same network without a search."""
    compiled = snnir.compile(graph, domain=DOMAIN, code="rate", error=0.2)
    assert {row["code"] for row in compiled.report["search"]["tried"]} == {"rate"}
    again = snnir.compile(graph, domain=DOMAIN, code="rate", steps=compiled.report["steps"])
    assert again.rel_l2 == compiled.rel_l2


def test_nothing_asked_for_is_the_cheapest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code and steps default to what reaches the default error most cheaply; neurons per unit leave one code."""
    small = mlp(2, 6, 1)
    compiled = snnir.compile(small, domain=DOMAIN)
    assert codes(compiled.report["search"]) == {"rate", "population"}
    assert compiled.report["search"]["goal"] == 1e-2
    assert asked(compiled.report["conversion"]) <= 1e-2 / MARGIN
    train_little(monkeypatch)
    some = snnir.compile(small, domain=DOMAIN, steps=8, neurons_per_unit=2)
    assert {row["code"] for row in some.report["search"]["tried"]} == {"population"}


@pytest.mark.parametrize("steps", [None, 4])
def test_out_of_reach(monkeypatch: pytest.MonkeyPatch, steps: int | None) -> None:
    """An error that is out of reach is refused with the nearest, with what limits it, and with what to do."""
    train_little(monkeypatch)
    with pytest.raises(OutOfReachError) as caught:
        snnir.compile(mlp(2, 6, 1), domain=DOMAIN, code="auto", steps=steps, error=1e-5)
    (found,) = caught.value.diagnostics
    assert found.code == "error-not-reached"
    assert "the nearest to an error of 1e-05 is" in found.message
    count = len(caught.value.tried)
    assert f"({count} setting{'' if count == 1 else 's'} tried)" in found.message
    assert f"is {min(map(asked, caught.value.tried)):.2e} (" in found.message
    assert "most of it" in found.message
    assert found.hint


@pytest.fixture(scope="module")
def wavy() -> Graph:
    """Return a small network of sines."""
    return mlp(2, 8, 8, 1, activation=Sin())


@pytest.fixture(scope="module")
def by_hand(wavy: Graph) -> list[Mapping[str, Any]]:
    """Return what the settings of the grid do."""
    with one_thread_each():
        job = make_job(wavy, Options("nir", "population"), DOMAIN, None, None)
        return [
            job.tried(replace(job.options, code=Population(neurons_per_unit=neurons), steps=steps)).row()
            for neurons, steps in GRID
        ]


@pytest.mark.accuracy
@pytest.mark.parametrize("error", [0.1, 0.03])
def test_no_setting_that_users_try_is_cheaper(wavy: Graph, by_hand: list[Mapping[str, Any]], error: float) -> None:
    """Users' row 1: K = 8, T = 64 was taken although K = 8, T = 32 reached the goal at half the energy."""
    compiled = snnir.compile(wavy, target="nir", domain=DOMAIN, code="population", error=error)
    taken = min(
        (row for row in compiled.report["search"]["tried"] if asked(row) <= error / MARGIN),
        key=lambda row: float(row["energy"]),
    )
    assert taken["steps"] == compiled.report["steps"]
    reaching = [row["energy"] for row in by_hand if asked(row) <= error / MARGIN]
    assert reaching
    assert taken["energy"] <= min(reaching) / 0.95


@pytest.mark.accuracy
def test_the_nearest_is_the_nearest(
    wavy: Graph, by_hand: list[Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users' row 2: 3.81e-2 was "the nearest" after two settings, though one on the ladder gave 1.67e-2.

    Row 6 of the real networks: the search ended at the limit of the first K, though the next ones come nearer.
    """
    change_ladders(monkeypatch, lambda ladder: replace(ladder, variants=ladder.variants[:3]))  # K as by hand
    with pytest.raises(OutOfReachError) as caught:
        snnir.compile(wavy, target="nir", domain=DOMAIN, code="population", error=1e-4)
    assert min(map(asked, caught.value.tried)) <= 1.02 * min(map(asked, by_hand))


@pytest.mark.parametrize(
    ("code", "neurons", "steps"), [("rate", None, 16), ("population", 4, 8), ("phase", 4, 4), ("radix", None, 6)]
)
def test_a_fixed_setting_reaches_the_goal_without_a_margin(code: str, neurons: int | None, steps: int) -> None:
    """Real networks, row 13: "the nearest to an error of 0.01 is 9.73e-03" refused what was below the goal."""
    # Without tuning, which aims at the goal: the network must stay the same.
    fixed: dict[str, Any] = {"domain": DOMAIN, "target": "numpy", "code": code, "neurons_per_unit": neurons}
    fixed |= {"steps": steps, "calibration": "advanced"}
    made = snnir.compile(mlp(2, 8, 8, 1), **fixed)
    goal = asked(made.report["conversion"]) * 1.01
    assert goal / MARGIN < asked(made.report["conversion"]) < goal
    found = snnir.compile(mlp(2, 8, 8, 1), error=goal, **fixed)
    assert found.report["search"]["reached"]
    assert found.graph == made.graph
    with pytest.raises(OutOfReachError):
        snnir.compile(mlp(2, 8, 8, 1), error=asked(made.report["conversion"]) * 0.999, **fixed)


def test_a_search_without_time_takes_what_it_has(graph: Graph) -> None:
    """One setting is always tried; that time ran out is in the report, and in the error of a goal asked for."""
    compiled = snnir.compile(graph, target="numpy", domain=DOMAIN, time_limit=1e-9)
    assert len(compiled.report["search"]["tried"]) == 1
    assert compiled.report["search"]["out_of_time"]
    with pytest.raises(OutOfReachError, match="the search ended at `time_limit` 1e-09"):
        snnir.compile(mlp(2, 6, 1), domain=DOMAIN, code="population", error=1e-4, time_limit=1e-9)
    with pytest.raises(snnir.UsageError, match=r"no time to search in \[bad-time-limit\]"):
        snnir.compile(graph, target="numpy", domain=DOMAIN, time_limit=0)


def test_a_code_that_the_target_has_not(graph: Graph) -> None:
    """Named or not, a code that the target cannot carry is not tried."""
    with pytest.raises(snnir.UsageError, match="cannot carry the radix code"):
        snnir.compile(graph, domain=DOMAIN, target="nir", code="radix", error=1e-2)


def test_pareto_marks_what_no_other_beats(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every code has rows; a starred one has the least error of all that need no more spikes."""
    change_ladders(monkeypatch, lambda ladder: replace(ladder, surveyed=ladder.surveyed[:3]))
    train_little(monkeypatch)
    rows = snnir.pareto(graph, domain=DOMAIN)
    assert [row["code"] for row in rows] == [
        name for name in ("radix", "phase", "rate", "first-spike", "population") for _ in range(3)
    ]
    for row in rows:
        rivals = [other["rel_l2"] for other in rows if other["per_unit"] <= row["per_unit"]]
        assert row["best"] == (row["rel_l2"] <= min(rivals))
