"""A code of somebody else, as if installed: K threshold neurons per unit that fire at most once."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

import snnir
from snnir import registry
from snnir.cli.codes import options_by_name
from snnir.errors import UsageError
from tests.networks import mlp
from tests.support import installed

CODE = '''
from dataclasses import dataclass, field, replace
from typing import ClassVar

from snnir.codes import Code, Ladder, Option
from snnir.passes.least_squares import LeastSquares
from snnir.passes.populate import Populate

LEVELS = Option(help="Threshold neurons for every unit.", kind=int, metavar="K")


@dataclass(frozen=True)
class Thermometer(Code):
    """How many of K neurons fire stands for the value of a unit."""

    name: ClassVar[str] = "thermometer"
    max_steps: ClassVar[int] = 1
    usual_steps: ClassVar[int] = 1
    levels: int = field(default=8, metadata=LEVELS.metadata)

    @property
    def size(self):
        return self.levels

    def lower(self, task):
        return (Populate(self.levels),)

    def fit(self, task):
        return (LeastSquares(),)

    def quantise(self, task):
        return ()

    def ladder(self):
        sizes = tuple(replace(self, levels=levels) for levels in (4, 8, 16))
        shown = tuple((each, 1) for each in sizes)
        return Ladder(sizes, 1, 1, 1, law="counts", limit="more levels come nearer", surveyed=shown)
'''
FILES = {
    "acme_codes/__init__.py": CODE,
    "acme_codes-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-codes\nVersion: 1.0\n",
    "acme_codes-1.0.dist-info/entry_points.txt": "[snnir.codes]\nthermometer = acme_codes:Thermometer\n",
}
DOMAIN = {"x": (-1.0, 1.0)}


@pytest.fixture(autouse=True)
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None, None, None]:
    """Install the code."""
    with installed(FILES, tmp_path / "site", monkeypatch):
        yield


@pytest.mark.parametrize("target", ["numpy", "nir"])
def test_a_code_of_others_compiles(target: str) -> None:
    """By name, with its own option, for every target that has its neurons."""
    compiled = snnir.compile(mlp(1, 6, 1), target=target, domain=DOMAIN, code="thermometer", steps=1, levels=4)  # type: ignore[call-arg]
    report = compiled.report
    assert (report["code"], report["steps"], report["neurons"]) == ("thermometer", 1, 24)
    assert report["conversion"]["rel_l2"] < 0.5
    assert report["quantised_ann"]["bits"] == 1


def test_a_code_of_others_is_searched() -> None:
    """Its ladder is climbed, and it is among the codes that are tried and shown."""
    search = snnir.compile(mlp(1, 6, 1), target="nir", domain=DOMAIN, code="thermometer").report["search"]
    assert {row["code"] for row in search["tried"]} == {"thermometer"}
    rows = snnir.pareto(mlp(1, 4, 1), target="numpy", domain=DOMAIN)
    assert [row["neurons_per_unit"] for row in rows if row["code"] == "thermometer"] == [4, 8, 16]


def test_a_code_of_others_has_options_and_refusals() -> None:
    """Its options come from its fields, on the command line too; what it has not is refused in its name."""
    assert "levels" in options_by_name()
    assert "thermometer" in registry.carried(registry.backend_for("numpy").target)
    with pytest.raises(UsageError, match="the thermometer code has one neuron per unit"):
        snnir.compile(mlp(1, 4, 1), domain=DOMAIN, code="thermometer", neurons_per_unit=4)
    with pytest.raises(UsageError, match=r"the rate code has no such option \[not-in-code\]"):
        snnir.compile(mlp(1, 4, 1), domain=DOMAIN, code="rate", levels=4)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match="choose 1 to 1"):
        snnir.compile(mlp(1, 4, 1), domain=DOMAIN, code="thermometer", steps=2)
