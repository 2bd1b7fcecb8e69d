"""The table of README: what the phase code does to the shipped networks.

Run `python -m benchmarks.phase [NETWORK ...]`, the six of the paper by default; it prints Markdown. For every goal a
number of neurons per unit, and digits, that keep it on all of these: two and seven for 1e-2, four and eight for 3e-3.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from snnir.codes import Phase
from snnir.compiler.options import Options
from snnir.compiler.prepare import make_job
from snnir.semantics import one_thread_each

from .models import PAPER, SHIPPED

GOALS = ((1e-2, 2, 7), (3e-3, 4, 8))
"""Errors that training may spend on silence, with neurons per unit and digits."""


def row(network: str, goal: float, per_unit: int, digits: int) -> str:
    """Return error, cost and latency of one network, as a row."""
    model = SHIPPED[network]
    code = Phase(neurons_per_unit=per_unit)
    options = replace(Options("numpy", code, digits, error_of="norm"), error=goal)
    with one_thread_each():
        report = make_job(model.load(), options, model.domain, None, None).compiled(options).report
    energy = report["energy_pj"]
    encoders = sum(part["pj"] for part in energy["parts"] if part["kind"] == "encoder")
    shares = f"{energy['snn'] / energy['ann']:.2f} ({encoders / energy['ann']:.2f})"
    errors = (report["conversion"]["rel_l2"], report["conversion"]["over_variation"])
    costs = (f"{report['spikes']['per_unit']:.2f}", shares, report["latency"], f"{report['digits']['early']:g}")
    cells = (model.title, f"{goal:g}", per_unit, digits, *(f"{error:.1e}" for error in errors), *costs)
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=tuple(PAPER), metavar="NETWORK")
    parser.add_argument("--goal", type=float, action="append", help="one of the goals, else all")
    asked = parser.parse_args()
    for goal in (each for each in GOALS if each[0] in (asked.goal or [each[0]])):
        for network in asked.networks:
            print(row(network, *goal), flush=True)


if __name__ == "__main__":
    main()
