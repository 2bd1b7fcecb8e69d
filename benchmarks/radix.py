"""The table of README: what the radix code does to the shipped networks.

Run `python -m benchmarks.radix [DIGITS]`; it prints Markdown.
"""

from __future__ import annotations

import sys
from typing import Any

import snnir

from .models import PAPER


def report(network: str, digits: int, *, pipelined: bool) -> Any:
    """Return the report of one network."""
    model = PAPER[network]
    options: dict[str, Any] = {"target": "numpy", "code": "radix", "steps": digits, "pipelined": pipelined}
    return snnir.compile(model.load(), domain=model.domain, **options).report


def row(network: str, digits: int) -> str:
    """Return errors, cost and latency of one network, as a row."""
    waiting, pipelined = (report(network, digits, pipelined=each) for each in (False, True))
    energy = waiting["energy_pj"]["snn"] / waiting["energy_pj"]["ann"]
    errors = (waiting["conversion"]["rel_l2"], waiting["a_priori"]["expected"], waiting["a_priori"]["bound"])
    costs = (f"{waiting['spikes']['per_unit']:.1f}", f"{energy:.2f}", waiting["latency"], pipelined["latency"])
    cells = (PAPER[network].title, *(f"{error:.1e}" for error in errors), *costs)
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Print the rows."""
    digits = int(sys.argv[1]) if len(sys.argv) > 1 else 13
    for network in PAPER:
        print(row(network, digits), flush=True)


if __name__ == "__main__":
    main()
