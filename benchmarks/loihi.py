"""The table of README: what 8-bit weights and 24-bit states cost the shipped networks.

    python -m benchmarks.loihi [--hard] [NETWORK]...

Prints Markdown: errors in floating point and in integers, relative L2 against the ANN, on points that calibration did
not see. Populations with K = 8 and 32 steps and reset by subtraction, then the radix code with 13 digits; or, with
``--hard``, populations that reset to zero. A network takes one to two minutes on one core.
"""

from __future__ import annotations

import argparse
from typing import Any

import snnir

from .radix import MODELS, NETWORKS

POPULATION: dict[str, Any] = {"code": "population", "steps": 32, "neurons_per_unit": 8}
RADIX: dict[str, Any] = {"code": "radix", "steps": 13}
HARD = (("lava-float", {**POPULATION, "reader": "lif"}), ("loihi1", POPULATION))
SOFT = (("lava-float", POPULATION), ("loihi2", POPULATION), ("numpy", RADIX), ("loihi2", RADIX))
"""Targets and options, in pairs of floating point and integers."""


def error(network: str, target: str, options: dict[str, Any]) -> float:
    """Return the conversion error of one network."""
    graph, domain = snnir.load(MODELS / f"{network}.onnx"), NETWORKS[network][1]
    return snnir.compile(graph, target=target, domain=domain, **options).rel_l2


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description="What integers cost the shipped networks.")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", default=list(NETWORKS))
    parser.add_argument("--hard", action="store_true", help="populations that reset to zero")
    chosen = parser.parse_args()
    for network in chosen.networks:
        errors = [error(network, target, options) for target, options in (HARD if chosen.hard else SOFT)]
        print(f"| {NETWORKS[network][0]} | {' | '.join(f'{each:.2e}' for each in errors)} |", flush=True)


if __name__ == "__main__":
    main()
