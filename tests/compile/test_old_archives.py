"""Archives of earlier versions load, run, emit and are shown: what their reports lack is not known, nothing else.

In ``archives/``, each a network of 2-4-1 units that was compiled when the format was as it says:

``first``    format 1: a search in the rate code; neither latency, bound, inferences nor errors over variation
``reader``   format 1: radix code, with the reader and the form of its file
``stream``   format 1: sigma-delta code, with derivatives
``setting``  format 2: population code, with a setting
"""

from __future__ import annotations

import re
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from snnir.compiler import Compiled
from snnir.report import Report
from snnir.text import read_archive
from tests.cli.common import done

ARCHIVES = sorted((Path(__file__).parent / "archives").glob("*.snnir"))


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """One of the archives."""
    found: Path = request.param
    return found


def test_it_runs_and_emits(path: Path) -> None:
    """The network agrees with its report, and can be saved again."""
    network = Compiled.load(path)
    assert np.isfinite(network.run(np.random.default_rng(0).uniform(0, 1, (8, 2)))).all()
    assert network.rel_l2 == read_archive(path).report["conversion"]["rel_l2"]
    assert ".snnir" in network.artifacts()


def test_no_entry_is_lost(path: Path, tmp_path: Path) -> None:
    """All that the report has is there under its keys, also after the archive is written again."""
    network, plain = Compiled.load(path), read_archive(path).report
    network.save(tmp_path / "again.snnir")
    for report in (network.report, Compiled.load(tmp_path / "again.snnir").report):
        for key, value in plain.items():
            found = report[key]
            rows = zip(found, value, strict=True) if isinstance(value, list) else [(found, value)]
            assert all(row == old or old.items() <= row.items() for row, old in rows if key != "energy_pj")


def test_it_is_shown(path: Path) -> None:
    """``snnir inspect``, text and page have its numbers; what it lacks is left out."""
    report = Compiled.load(path).report
    error = f"{report.conversion.rel_l2:.2e}"
    assert error in str(report)
    assert error in report.to_html()
    assert error in done("inspect", path)
    assert not re.search(r"None|null", str(report))


def test_what_the_first_reports_lack() -> None:
    """It is None or NaN, or what was the case then; parts of another type are kept as they are."""
    report = Compiled.load(next(path for path in ARCHIVES if path.stem == "first")).report
    assert (report.latency, report.neurons_per_unit, report.layers[0].start) == (report.steps, 1.0, 0)
    assert (report.bound, report.inferences, report.quantised_ann, report.search) == (None,) * 4
    assert isnan(report.conversion.over_variation)
    assert "over_variation" not in report["conversion"]
    assert report["search"]["tried"][0]["steps"] == report.steps
    assert Report.of(report.to_json()) == report
