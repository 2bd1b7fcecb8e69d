"""``snnir pareto``: every code from few steps to many, as a table, numbers or a picture."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.common import DOMAIN, done, refused
from tests.support import change_ladders, train_little


@pytest.fixture(autouse=True)
def one_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try one setting of each code, hardly trained: the command is what is tested here."""
    take_settings(monkeypatch, 1)
    train_little(monkeypatch)


def take_settings(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Try the first few settings of each code only."""
    change_ladders(monkeypatch, lambda ladder: replace(ladder, surveyed=ladder.surveyed[:count]))


def test_table_and_numbers_agree(monkeypatch: pytest.MonkeyPatch, net: Path, tmp_path: Path) -> None:
    """The table has a row for each setting, the file the same numbers, and the best are marked in both."""
    take_settings(monkeypatch, 2)
    text = done("pareto", net, "-o", tmp_path / "out.json", *DOMAIN)
    rows = json.loads((tmp_path / "out.json").read_text())
    codes = ("radix", "phase", "rate", "first-spike", "population")
    assert [row["code"] for row in rows] == [code for code in codes for _ in range(2)]
    for row in rows:
        name = f"{row['code']} *" if row["best"] else row["code"]
        assert any(line.strip().startswith(name) and f"{row['rel_l2']:.2e}" in line for line in text.splitlines())


def test_energies_by_another_model(net: Path, tmp_path: Path) -> None:
    """The head of the column has the model's name; the numbers are by it, and have its name, too."""
    usual = done("pareto", net, "-o", tmp_path / "usual.json", *DOMAIN)
    text = done("pareto", net, "-o", tmp_path / "out.json", "--energy-model", "loihi", *DOMAIN)
    assert "energy / ANN's\n" in usual
    assert "Without encoders and first layer, 5.1 spikes per unit take the ANN's energy." in usual
    assert "energy / ANN's, loihi\n" in text
    assert "Without encoders, first layer and updates of neurons, 0.2 spikes per unit take the ANN's energy." in text
    before, after = (json.loads((tmp_path / name).read_text()) for name in ("usual.json", "out.json"))
    for old, row in zip(before, after, strict=True):
        assert row == {**old, "energy": row["energy"], "energy_model": "loihi"}
        assert row["energy"] > 5 * old["energy"]


def test_only_codes_of_the_target(net: Path) -> None:
    """What the target cannot carry is not tried; without a file, nothing is written."""
    text = done("pareto", net, "--target", "nir", *DOMAIN)
    assert "radix" not in text
    assert "population" in text
    assert "files" not in text


def test_picture(net: Path, tmp_path: Path) -> None:
    """With matplotlib there is a picture."""
    pytest.importorskip("matplotlib")
    done("pareto", net, "-o", tmp_path / "out.png", *DOMAIN)
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_picture_without_matplotlib(net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing, the message says how to get it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    text = refused(tmp_path, "pareto", net, "-o", tmp_path / "out.png", *DOMAIN, exit_code=2)
    assert "pictures need matplotlib [no-matplotlib]\n  hint: pip install matplotlib" in text


def test_everything_that_is_wrong_is_reported_at_once(tmp_path: Path) -> None:
    """A missing model, a bad domain and a bad ending are found together, and nothing is written."""
    arguments = (
        "pareto",
        tmp_path / "none.onnx",
        "-o",
        tmp_path / "out.txt",
        "--domain",
        "x",
        "--energy-model",
        "int9",
    )
    text = refused(tmp_path, *arguments, exit_code=2, hint=True)
    assert "none.onnx" in text
    assert "neither a picture nor numbers" in text
    assert "--energy-model: there is no energy model 'int9' [unknown-energy-model]" in text
    assert "not of the form NAME=LOW:HIGH" in text
