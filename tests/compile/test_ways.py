"""Other ways to an error, and what other errors cost: what a search states besides the setting that it takes."""

from __future__ import annotations

from typing import Any

import pytest

import snnir
from snnir.codes import FirstSpikeCode, Phase, Population, Radix, Rate
from snnir.compiler import Compiled, Options, OutOfReachError
from snnir.compiler.clock import Clock
from snnir.compiler.ways import MIN_TIME_SHARE, free_of, others
from snnir.ir import Graph
from tests.networks import mlp

DOMAIN = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Return a small network."""
    return mlp(2, 6, 1)


def compiled(graph: Graph, way: Any) -> Compiled:
    """Return the network that the arguments of a way give."""
    return snnir.compile(graph, domain=DOMAIN, **way["arguments"])


def test_an_error_out_of_reach_names_what_reaches_it(graph: Graph) -> None:
    """Users' row 2: neither message nor hint stated that another code or target of the same compiler reaches it."""
    with pytest.raises(OutOfReachError) as raised:
        snnir.compile(graph, domain=DOMAIN, code="rate", steps=2, error=5e-2)
    error = raised.value
    assert [way["target"] for way in error.ways] == ["nir", "numpy", "loihi2"]
    assert [way["code"] for way in error.ways] == ["population", "radix", "radix"]
    for way in error.ways:
        assert way["reached"]
        assert f"target {way['target']} reaches it: " in str(error)
        network = compiled(graph, way)
        assert network.report["search"]["reached"]
        assert network.report["conversion"]["over_variation"] == way["over_variation"] <= 5e-2
        assert network.report["steps"] == way["steps"]


def test_the_error_shows_the_call(graph: Graph) -> None:
    """In Python the hint is a call of `snnir.compile`, with the arguments that differ."""
    with pytest.raises(OutOfReachError, match="error-not-reached") as raised:
        snnir.compile(graph, domain=DOMAIN, code="population", neurons_per_unit=2, steps=4, error=1e-3, time_limit=1)
    (way,) = [way for way in raised.value.ways if way["target"] == "numpy"]
    call = f"snnir.compile(graph, target='numpy', code='radix', steps={way['steps']}, error=0.001, "
    assert call in raised.value.diagnostics[0].hint


def test_a_default_goal_that_is_not_reached_has_ways(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the nearest is taken, the report has what reaches the goal."""
    monkeypatch.setattr("snnir.compiler.search.DEFAULT_ERROR", 5e-2)
    report = snnir.compile(graph, domain=DOMAIN, neurons_per_unit=2, steps=2).report
    assert not report["search"]["reached"]
    assert {way["target"] for way in report["search"]["ways"]} >= {"nir", "numpy"}
    assert all(way["arguments"]["error"] == report["search"]["goal"] for way in report["search"]["ways"])


def test_a_way_that_does_not_lead_there_is_not_called_one(graph: Graph) -> None:
    """Nothing is reported to reach what nothing does."""
    with pytest.raises(OutOfReachError) as raised:
        snnir.compile(graph, target="numpy", domain=DOMAIN, code="radix", steps=4, error=1e-9, time_limit=1)
    assert raised.value.ways
    assert not any(way["reached"] for way in raised.value.ways)
    assert "does not reach it either" in str(raised.value)
    assert "snnir.compile(" not in str(raised.value)


def test_what_only_this_target_has_is_left_out() -> None:
    """Readers, forms, pipelining and products in spikes do not go along to another target."""
    given = Options("nir", Population(neurons_per_unit=4, products="spikes"), 8, reader="norse", legacy=True)
    (numpy, loihi2) = others(given, 1e-3)
    assert (numpy.target, numpy.candidates, numpy.error) == ("numpy", (Radix(), Phase()), 1e-3)
    assert loihi2.target == "loihi2"
    assert (numpy.reader, numpy.legacy, numpy.steps) == (None, False, None)
    free = free_of(Options("numpy", Radix(pipelined=True), 8), 1e-2)
    assert (free.candidates, free.steps) == ((Radix(), Phase(), Rate(), FirstSpikeCode(), Population()), None)
    assert free_of(given, 1e-2).candidates == (Population(products="spikes"),)


def test_dear_spikes_have_another_target_beside_them(graph: Graph) -> None:
    """Users' row 3: that another target costs less for the same error was not shown."""
    report = snnir.compile(graph, domain=DOMAIN, code="population", neurons_per_unit=4, error=5e-2).report
    assert report["search"]["reached"]
    assert report["energy_pj"]["snn"] > report["energy_pj"]["ann"]
    (way,) = report["search"]["ways"]
    assert (way["target"], way["code"], way["reached"]) == ("numpy", "radix", True)
    assert way["energy"] < 1


def test_radix_on_numpy_has_nothing_beside_it(graph: Graph) -> None:
    """What is cheap already needs no other target."""
    report = snnir.compile(graph, target="numpy", domain=DOMAIN).report
    assert report["search"]["ways"] == []


def test_twice_and_half_the_error_are_measured(graph: Graph) -> None:
    """Users' row 3: what another error would cost was not shown. With time left, a setting is tried for each."""
    search = snnir.compile(graph, target="numpy", domain=DOMAIN).report["search"]
    assert not search["left_out"]
    assert search["twice"]["over_variation"] <= 2 * search["goal"]
    assert search["half"]["over_variation"] <= search["goal"] / 2
    assert search["half"]["steps"] > search["twice"]["steps"]
    assert search["half"] in search["tried"]
    assert search["twice"] in search["tried"]


def test_settings_that_only_tell_more_are_left_out_without_time(graph: Graph) -> None:
    """With no time left, only what is asked for is tried, and the report says so."""
    search = snnir.compile(graph, target="numpy", domain=DOMAIN, time_limit=1e-3).report["search"]
    assert len(search["tried"]) == 1
    assert search["left_out"]
    assert search["time_limit"] == 1e-3


def test_fixed_steps_stay_fixed(graph: Graph) -> None:
    """Where steps are given, no others are tried."""
    search = snnir.compile(graph, target="numpy", domain=DOMAIN, code="radix", steps=12, error=1e-2).report["search"]
    assert {row["steps"] for row in search["tried"]} == {12}


def test_the_first_way_always_has_time() -> None:
    """However much was spent, a clock has time left for a clock of its own."""
    clock = Clock(1e-9)
    assert clock.left > 0
    assert 0 < MIN_TIME_SHARE < 1


def test_progress_of_another_target_is_distinguished(graph: Graph) -> None:
    """What is tried on another target must not look like another setting of this one."""
    seen: list[str] = []
    with pytest.raises(OutOfReachError):
        snnir.compile(
            graph,
            domain=DOMAIN,
            code="rate",
            steps=4,
            error=1e-2,
            time_limit=1,
            progress=lambda what, _: seen.append(what),
        )
    assert any(each.startswith("target numpy: setting 1 (radix, ") for each in seen)


def test_compare_has_every_code_on_every_target(graph: Graph) -> None:
    """Each has the cheapest setting that reaches the error, or the reason why not; equal neurons share a search."""
    seen: list[str] = []
    rows = snnir.compare(graph, domain=DOMAIN, error=0.1, time_limit=1, progress=lambda what, _: seen.append(what))
    table = {(row["target"], row["code"]): row for row in rows}
    assert len(table) == len(rows) == 30
    assert not table["nir", "radix"]["reached"]
    assert table["nir", "radix"]["why"] == (
        "target 'nir' cannot carry the radix code: it has no accumulate and signed_digits"
    )
    assert table["nir", "radix"]["energy"] is None
    numpy, nir = (dict(table[name, "population"], target="") for name in ("numpy", "nir"))
    assert numpy == nir
    radix = table["numpy", "radix"]
    again = snnir.compile(graph, target="numpy", domain=DOMAIN, code="radix", steps=radix["steps"])
    assert again.report["conversion"]["rel_l2"] == radix["rel_l2"]
    assert radix["reached"]
    assert any(each.startswith("targets nir, numpy (4 of 5): setting 1 (radix, ") for each in seen)


def test_compare_of_some_targets(graph: Graph) -> None:
    """Only the targets that are named; an error that no code of theirs reaches has the nearest."""
    rows = snnir.compare(graph, targets=["loihi1"], domain=DOMAIN, error=1e-6, time_limit=0.1)
    assert [row["code"] for row in rows if row["steps"]] == ["population"]
    (row,) = [row for row in rows if row["steps"]]
    assert (row["reached"], row["why"], row["out_of_time"]) == (False, "the nearest", True)
    with pytest.raises(snnir.UsageError, match="no-targets"):
        snnir.compare(graph, targets=[], domain=DOMAIN)
