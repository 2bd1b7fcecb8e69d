"""The committed result of `examples.paper.chip`, as the page shows it: without SANA-FE."""

from __future__ import annotations

from examples.paper.chip import CASES, Case, chip_table, load


def test_what_was_measured() -> None:
    """All settings of both networks, on 64 points, with the simulator's spikes; digits cost least."""
    rows = load()
    assert [(row["network"], Case(**row["case"])) for row in rows] == [
        (network, case) for network in ("poisson", "burgers") for case in CASES
    ]
    assert {(row["points"], row["different"]) for row in rows} == {(64, 0)}
    for network in ("poisson", "burgers"):
        mine = [row for row in rows if row["network"] == network]
        cheapest = min(mine, key=lambda row: row["chip"]["energy_pj"]["total"])
        assert cheapest["case"]["code"] == "phase"
        assert cheapest["rel_l2"] < 1e-2
    assert chip_table(rows).count("\n") == 1 + len(rows)
