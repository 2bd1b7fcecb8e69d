"""The committed result of `examples.paper.timing`, as the pages that show it read it: without torch."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import pytest

RESULT: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "examples" / "paper" / "timing.json").read_text(encoding="utf-8")
)


def test_the_rows() -> None:
    """Burgers on one grid, Beltrami on four; every ratio is that of the two times beside it."""
    rows = {(row["problem"], *row["grid"]): row for row in RESULT["rows"]}
    cubes = [("beltrami", along, along, along) for along in (16, 32, 50, 100)]
    assert list(rows) == [("burgers", 100, 100), *cubes]
    for row in rows.values():
        assert row["points"] == prod(row["grid"])
        assert row["ratio"] == pytest.approx(row["plain_seconds"] / row["separable_seconds"])
        assert row["cpu_ratio"] == pytest.approx(row["plain_cpu_seconds"] / row["separable_cpu_seconds"])


def test_separable_networks_train_as_much_faster_as_the_paper_says() -> None:
    """1.7 times on Burgers, and 60 times on Beltrami at a million points."""
    burgers, *_, million = RESULT["rows"]
    assert min(burgers["ratio"], burgers["cpu_ratio"]) >= 1.7
    assert million["points"] == 1_000_000
    assert min(million["ratio"], million["cpu_ratio"]) >= 60


def test_calibration_is_there_for_every_network() -> None:
    """The plain Beltrami network is the only one that is not trained, and is marked so."""
    trained = {row["model"]: row["trained"] for row in RESULT["calibration"]}
    assert trained == {"burgers": True, "burgers_separable": True, "beltrami": False, "beltrami_separable": True}
    assert all(row["seconds"] > 0 for row in RESULT["calibration"])
