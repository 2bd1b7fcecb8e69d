"""``snnir pareto --all-targets``: every code on every target."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.common import DOMAIN, mlp, refused, saved, snnir
from tests.support import train_little


def test_table_and_numbers_of_all_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Users' row 3: which way to go. A row for every target and code: what reaches the error, or why none does."""
    train_little(monkeypatch)
    net = saved(tmp_path / "net.onnx", mlp(2, 4, 1))
    options = ("--all-targets", "--error", "0.3", "--time-limit", "0.5", *DOMAIN)
    result = snnir("pareto", net, "-o", tmp_path / "out.json", *options)
    assert result.exit_code == 0
    rows = json.loads((tmp_path / "out.json").read_text())
    assert {row["target"] for row in rows} == {"lava-float", "loihi1", "loihi2", "nir", "numpy", "sana-fe"}
    assert (
        "net.onnx at an error of 0.3 (the larger of relative L2 and of error over variation), seed 0" in result.stdout
    )
    lines = [line.split() for line in result.stdout.splitlines()]
    for row in rows:
        (line,) = [each for each in lines if each[:2] == [row["target"], row["code"]]]
        shown = " ".join(line)
        if row["steps"] is None:
            why = f"target {row['target']!r} cannot carry the {row['code']} code"
            assert shown.startswith(f"{row['target']} {row['code']} no: {why}")
        else:
            assert f"{row['steps']} {row['rel_l2']:.2e} {row['over_variation']:.2e} {row['energy']:.2f} " in shown
            assert ("yes" in line) == row["reached"]


def test_all_targets_by_another_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table says by which model energies are; rows without numbers have none."""
    train_little(monkeypatch)
    net = saved(tmp_path / "net.onnx", mlp(2, 4, 1))
    options = ("--all-targets", "--error", "0.3", "--time-limit", "0.5", "--energy-model", "int8", *DOMAIN)
    result = snnir("pareto", net, "-o", tmp_path / "out.json", *options)
    assert result.exit_code == 0
    assert "energy / ANN's, int8" in result.stdout
    for row in json.loads((tmp_path / "out.json").read_text()):
        assert row.get("energy_model") == (None if row["steps"] is None else "int8")


def test_everything_that_does_not_go_together_is_reported_at_once(net: Path, tmp_path: Path) -> None:
    """All targets have no picture and no single target, and take an error that there is."""
    arguments = ("pareto", net, "--all-targets", "--target", "nir", "--error", "3", "-o", tmp_path / "p.png", *DOMAIN)
    text = refused(tmp_path, *arguments, exit_code=2)
    assert "there is no picture of all targets" in text
    assert "all targets are more than one" in text
    assert "3 is no error to aim for" in text


def test_an_error_without_all_targets(net: Path, tmp_path: Path) -> None:
    """The survey of one target aims at no error."""
    text = refused(tmp_path, "pareto", net, "--error", "0.1", *DOMAIN, exit_code=2)
    assert "[all-targets]" in text
    assert "add --all-targets" in text
