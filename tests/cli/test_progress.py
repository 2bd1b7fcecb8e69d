"""Progress that tells the truth."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

import snnir as api
from snnir.cli.progress import Clock, progress
from snnir.codes import Population, Radix, Rate
from snnir.compiler import Options
from snnir.compiler.progress import Teller, described
from tests.cli.common import QUICK, snnir
from tests.networks import mlp
from tests.support import change_ladders


def test_the_clock_runs_on_from_pass_to_pass() -> None:
    """Users' row 7: the clock stood still after the first pass. It runs from the start; what is left is of the pass."""
    now = [0.0]
    clock = Clock("read", lambda: now[0])
    assert clock.line() == "read 0 %, 0 s"
    for second, what, part in (
        (5.0, "tune", 0.0),
        (15.0, "tune", 1.0),
        (20.0, "measure", 0.0),
        (24.0, "measure", 0.25),
    ):
        now[0] = second
        clock.see(what, part)
    now[0] = 30.0
    assert clock.line() == "measure 25 %, 30 s, about 30 s left of this"
    clock.see("measure", 1.0)
    assert clock.line() == "measure 100 %, 30 s"
    clock.see("measure", 0.0)
    now[0] = 34.0
    assert clock.line() == "measure 0 %, 34 s"


def test_every_setting_is_counted_and_described() -> None:
    """Users' row 7: which setting of how many is tried was not shown."""
    reported: list[str] = []
    teller = Teller(lambda what, _: reported.append(what))
    teller("read", 0.0)
    teller.expect(2)
    for code, steps in ((Rate(), 8), (Population(neurons_per_unit=4), 16), (Radix(), 12)):
        teller.begin(Options("numpy", code, steps))
        teller("tune", 0.5)
    teller.end()
    teller("derivatives", 1.0)
    assert reported == [
        "read",
        "setting 1 of at most 2 (rate, T = 8): tune",
        "setting 2 of at most 2 (population, K = 4, T = 16): tune",
        "setting 3 (radix, 12 digits): tune",
        "derivatives",
    ]
    assert described(Options("numpy", "sigma-delta")) == "sigma-delta"
    assert described(Options("numpy", "population", 8)) == "population, K = 8, T = 8"


def test_a_search_tells_each_setting() -> None:
    """What a search tries is counted up and described; how many there will be depends on their errors."""
    seen: list[str] = []
    compiled = api.compile(
        mlp(2, 6, 1), target="numpy", domain={"x": (-1, 1)}, error=0.2, progress=lambda what, _: seen.append(what)
    )
    tried = compiled.report["search"]["tried"]
    reported = list(dict.fromkeys(each.partition(":")[0] for each in seen if ":" in each))
    many = [f", K = {row['neurons_per_unit']:g}" if row["code"] == "phase" else "" for row in tried]
    shown = [f"{row['code']}{each}, {row['steps']} digits" for row, each in zip(tried, many, strict=True)]
    assert reported == [f"setting {n} ({words})" for n, words in enumerate(shown, start=1)]


def test_pareto_tells_each_setting_of_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the ladders show is counted up to its number."""
    change_ladders(monkeypatch, lambda ladder: replace(ladder, surveyed=ladder.surveyed[:1]))
    seen: list[str] = []
    api.pareto(mlp(2, 6, 1), domain={"x": (-1, 1)}, progress=lambda what, _: seen.append(what))
    reported = list(dict.fromkeys(each.partition(" (")[0] for each in seen if ":" in each))
    assert reported == [f"setting {n} of at most 5" for n in (1, 2, 3, 4, 5)]


def test_without_a_terminal_there_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users' row 7: without a terminal there was no word for minutes. Lines come even while nothing is reported."""
    monkeypatch.setattr("snnir.cli.progress.EVERY", 0.02)
    with progress("read") as report:
        report("setting 2 (population, K = 4, T = 16): tune", 0.4)
        time.sleep(0.2)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 2
    assert set(lines) == {"setting 2 (population, K = 4, T = 16): tune 40 %, 0 s"}
    time.sleep(0.05)
    assert capsys.readouterr().err == ""


def test_a_compile_prints_them(net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of a compile go to the standard error and leave the result alone."""
    monkeypatch.setattr("snnir.cli.progress.EVERY", 0.001)
    result = snnir("compile", net, "-o", tmp_path / "new.snnir", *QUICK)
    assert result.exit_code == 0
    assert "setting 1 (rate, T = 4): measure" in result.stderr
    assert "setting 1" not in result.stdout


def test_a_reader_that_has_gone_away_does_not_stop_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that cannot be printed are not: the work goes on."""

    def broken(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("snnir.cli.progress.EVERY", 0.01)
    monkeypatch.setattr("click.echo", broken)
    with progress("read") as report:
        time.sleep(0.05)
        report("work", 1.0)
