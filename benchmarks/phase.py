"""The table of README: what the phase code does to the shipped networks.

Run `python -m benchmarks.phase [DIGITS ...] [--networks NAME ...]`; it prints Markdown. Four neurons per unit.
"""

from __future__ import annotations

import argparse
from typing import Any

import snnir

from .models import PAPER

PER_UNIT = 4
DIGITS = (4, 6)


def row(network: str, digits: int) -> str:
    """Return error, cost and latency of one network, as a row."""
    model = PAPER[network]
    options: dict[str, Any] = {"target": "numpy", "code": "phase", "neurons_per_unit": PER_UNIT, "steps": digits}
    report = snnir.compile(model.load(), domain=model.domain, **options).report
    energy = report["energy_pj"]
    encoders = sum(part["pj"] for part in energy["parts"] if part["kind"] == "encoder")
    shares = f"{energy['snn'] / energy['ann']:.2f} ({encoders / energy['ann']:.2f})"
    errors = (report["conversion"]["rel_l2"], report["conversion"]["over_variation"])
    costs = (f"{report['spikes']['per_unit']:.1f}", shares, report["latency"], f"{report['digits']['early']:g}")
    return f"| {' | '.join(map(str, (model.title, digits, *(f'{error:.1e}' for error in errors), *costs)))} |"


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("digits", nargs="*", type=int, default=DIGITS)
    parser.add_argument("--networks", nargs="*", default=tuple(PAPER))
    asked = parser.parse_args()
    for network in asked.networks:
        for digits in asked.digits:
            print(row(network, digits), flush=True)


if __name__ == "__main__":
    main()
