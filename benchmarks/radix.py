"""The table of README: what the radix code does to the shipped networks.

Run `python benchmarks/radix.py [DIGITS]`; it prints Markdown.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import snnir
from snnir.points import Domain

MODELS = Path(__file__).parents[1] / "examples" / "models"
SQUARE = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
PLANE = {"x": (0.0, 2 * math.pi), "t": (0.0, 4.0)}
NETWORKS: dict[str, tuple[str, Domain]] = {
    "poisson": ("Poisson, 2-100-100-100-1", SQUARE),
    "diffusion_reaction": ("diffusion-reaction, 2-100-100-100-1", {"x": (-1.0, 1.0), "t": (0.0, 0.01)}),
    "wave": ("wave, 2-100-100-100-1", {"x": (-1.0, 1.0), "t": (0.0, 0.5)}),
    "burgers": ("Burgers, 2-40x6-1", PLANE),
    "burgers_separable": ("Burgers, separable", PLANE),
    "beltrami_separable": ("Beltrami, separable", {**SQUARE, "t": (0.0, 1.0)}),
}


def report(network: str, digits: int, *, pipelined: bool) -> Any:
    """Return the report of one network."""
    graph, domain = snnir.load(MODELS / f"{network}.onnx"), NETWORKS[network][1]
    options: dict[str, Any] = {"target": "numpy", "code": "radix", "steps": digits, "pipelined": pipelined}
    return snnir.compile(graph, domain=domain, **options).report


def row(network: str, digits: int) -> str:
    """Return errors, cost and latency of one network, as a row."""
    waiting, pipelined = (report(network, digits, pipelined=each) for each in (False, True))
    energy = waiting["energy_pj"]["snn"] / waiting["energy_pj"]["ann"]
    errors = (waiting["conversion"]["rel_l2"], waiting["a_priori"]["expected"], waiting["a_priori"]["bound"])
    costs = (f"{waiting['spikes']['per_unit']:.1f}", f"{energy:.2f}", waiting["latency"], pipelined["latency"])
    cells = (NETWORKS[network][0], *(f"{error:.1e}" for error in errors), *costs)
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Print the rows."""
    digits = int(sys.argv[1]) if len(sys.argv) > 1 else 13
    for network in NETWORKS:
        print(row(network, digits), flush=True)


if __name__ == "__main__":
    main()
