"""The report as a type: JSON and back, a mapping of its content, text and HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import snnir
from snnir.errors import ModelError
from snnir.io.records import from_plain
from snnir.metrics import ColumnErrors, OutputErrors, Section, Table
from snnir.metrics.energy_models import MODELS
from snnir.metrics.section import SECTIONS
from snnir.report import Report
from tests.cli.common import done, saved
from tests.cli.common import mlp as model_of
from tests.networks import mlp

DOMAIN = {"x": (-1.0, 1.0), "t": (0.0, 1.0)}
CASES: dict[str, dict[str, Any]] = {
    "rate": {"code": "rate", "steps": 4},
    "population": {"code": "population", "steps": 4, "neurons_per_unit": 2},
    "phase": {"code": "phase", "steps": 4, "neurons_per_unit": 2, "target": "numpy"},
    "radix": {"code": "radix", "steps": 4, "target": "numpy"},
    "integers": {"code": "radix", "steps": 4, "target": "loihi2"},
    "search": {"code": "rate", "error": 0.5, "target": "numpy"},
    "stream": {"code": "sigma-delta", "target": "numpy"},
}


@pytest.fixture(scope="module", params=CASES)
def report(request: pytest.FixtureRequest) -> Report:
    """The report of a small network."""
    return snnir.compile(mlp(2, 4, 1), domain=DOMAIN, **CASES[request.param]).report


def test_json_and_back(report: Report) -> None:
    """A report is what its JSON stands for, field by field, also after a file."""
    again = Report.of(json.loads(json.dumps(report.to_json(), allow_nan=False)))
    assert again == report
    assert (again.layers, again.search, again.bound) == (report.layers, report.search, report.bound)
    assert json.dumps(again.to_json()) == json.dumps(report.to_json())
    assert str(again) == str(report)


def test_a_mapping_of_its_json(report: Report) -> None:
    """Keys go on working: the same numbers as attributes."""
    assert report["conversion"]["rel_l2"] == report.conversion.rel_l2
    assert report.get("nothing") is None
    assert set(report) == set(report.to_json()) == {*report.keys()}
    assert ("search" in report) == (report.search is not None)
    assert report == report.to_json()


def test_energies_by_model_are_later(report: Report) -> None:
    """Reports of before have neither other models, nor rows, nor updates: nothing is shown of them, none made up."""
    plain = report.to_json()
    assert [each["model"] for each in plain["energy_by_model"]] == list(MODELS)
    again = Report.of(plain)
    assert (again.energy_by_model, again.operations) == (report.energy_by_model, report.operations)
    del plain["energy_by_model"]
    for key in ("neuron_updates", "rows", "ann_rows"):
        del plain["operations"][key]
    for key in ("energy_model", "energy_pj") if report.quantised_ann is not None else ():
        del plain["quantised_ann"][key]
    old = Report.of(json.loads(json.dumps(plain)))
    assert old.to_json() == plain
    assert old.energy_ratio("loihi") == old.energy_ratio() == report.energy_pj.ratio
    text = str(old)
    assert not any(each in text for each in ("energy by model", "rows of weights", "(int8)", "nan"))


class Page(HTMLParser):
    """Collects the text of a page, and tags that load something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        if tag != "meta":
            self.open.append(tag)
        self.loads += [name for name, _ in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        """Check that it is the one that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text.append(data)


def test_the_page_has_every_number_of_the_text(report: Report) -> None:
    """A page parses, loads nothing, and has all that the text has, in its order."""
    page = Page()
    page.feed(report.to_html())
    page.close()
    assert (page.open, page.loads) == ([], [])
    shown, number = " ".join(page.text), re.compile(r"\d[\d.,e+-]*")
    assert set(number.findall(str(report))) <= set(number.findall(shown))
    assert report._repr_html_() == report.to_html()


def test_names_are_no_markup(report: Report) -> None:
    """What is in a file's name does not become a tag."""
    html = replace(report, source=replace(report.source, file="<script>x</script>")).to_html()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("key", "value", "fragment"),
    [
        ("steps", "4", "'steps' cannot be '4'"),
        ("form", "round", "'form' cannot be 'round'"),
        ("conversion", {}, "conversion lacks 'max_abs', 'points', 'rel_l2', 'rms'"),
        ("conversion", {"rel_l2": None, "rms": 0, "max_abs": 0, "points": 0}, "'conversion.rel_l2' cannot be None"),
        ("outputs", 1, "'outputs' cannot be 1"),
    ],
)
def test_damage_is_named(report: Report, key: str, value: object, fragment: str) -> None:
    """One error says which value is not as it must be."""
    with pytest.raises(ModelError, match="damaged-archive") as raised:
        Report.of(report.to_json() | {key: value}, "net.snnir")
    assert fragment in str(raised.value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Delays(Section):
    """A section of a plug-in.

    Attributes:
        mean: In steps.
    """

    key = "delays-of-a-test"
    mean: float

    def tables(self) -> Iterator[Table]:
        """Yield one row."""
        yield Table("delays", (("mean", f"{self.mean:g} steps"),))


def test_a_section_of_a_plug_in(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in JSON, text and page; where its type is not loaded, its numbers are kept and shown as they are."""
    extended = report.with_sections([Delays(mean=2.5)])
    assert extended["delays-of-a-test"] == {"mean": 2.5}
    assert Report.of(extended.to_json()).sections == (*report.sections, Delays(mean=2.5))
    assert "2.5 steps" in str(extended)
    monkeypatch.delitem(SECTIONS, Delays.key)
    unknown = Report.of(extended.to_json())
    assert unknown.to_json() == extended.to_json()
    assert "2.5" in str(unknown)


def test_a_page_is_written(tmp_path: Path) -> None:
    """``--report x.html`` writes the page."""
    model = saved(tmp_path / "net.onnx", model_of(2, 4, 1))
    page = tmp_path / "page.html"
    options = ("--domain", "x=-1:1,t=0:1", "--code", "rate", "--steps", "4", "--report", page)
    text = done("compile", model, "-o", tmp_path / "net.snnir", *options)
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert "page.html" in text


numbers = st.floats(allow_nan=False, allow_infinity=False)
columns = st.builds(
    ColumnErrors,
    column=st.integers(),
    **dict.fromkeys(("rel_l2", "over_variation", "rms", "median", "p99", "max_abs"), numbers),
)


@given(
    st.builds(
        OutputErrors,
        name=st.text(),
        width=st.integers(),
        columns=st.none() | st.lists(columns).map(tuple),
        **dict.fromkeys(("rel_l2", "over_variation", "rms", "median", "p99", "max_abs"), numbers),
    )
)
def test_any_record_survives_json(errors: OutputErrors) -> None:
    """Records are what their JSON stands for; what is None is left out."""
    plain = json.loads(json.dumps(errors.to_json()))
    assert from_plain(OutputErrors, plain) == errors
    assert ("columns" in plain) == (errors.columns is not None)
