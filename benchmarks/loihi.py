"""The tables of README: what 8-bit weights and 24-bit states cost the shipped networks.

    python -m benchmarks.loihi [--hard | --streams] [NETWORK]...

Prints Markdown: errors in floating point and in integers, relative L2 against the ANN, on points that calibration did
not see. Populations with K = 8 and 32 steps and reset by subtraction, then the radix code with 13 digits; or, with
``--hard``, populations that reset to zero; or, with ``--streams``, the sigma-delta code on lines through the domain,
with an error of 5e-3 asked for, and behind the errors messages per unit and point. A network takes one to two minutes
on one core, a stream some seconds.
"""

from __future__ import annotations

import argparse
from typing import Any

import snnir

from .models import PAPER

POPULATION: dict[str, Any] = {"code": "population", "steps": 32, "neurons_per_unit": 8}
STREAM: dict[str, Any] = {"code": "sigma-delta"}
RADIX: dict[str, Any] = {"code": "radix", "steps": 13}
HARD = (("lava-float", {**POPULATION, "reader": "lif"}), ("loihi1", POPULATION))
SOFT = (("lava-float", POPULATION), ("loihi2", POPULATION), ("numpy", RADIX), ("loihi2", RADIX))
STREAMS = (("lava-float", STREAM), ("loihi2", STREAM))
"""Targets and options, in pairs of floating point and integers."""


def report(network: str, target: str, options: dict[str, Any]) -> Any:
    """Return the compile report of one network."""
    model = PAPER[network]
    return snnir.compile(model.load(), target=target, domain=model.domain, **options).report


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description="What integers cost the shipped networks.")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", default=list(PAPER))
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--hard", action="store_const", dest="settings", const=HARD, help="populations that reset to 0")
    what.add_argument("--streams", action="store_const", dest="settings", const=STREAMS, help="the sigma-delta code")
    chosen = parser.parse_args()
    for network in chosen.networks:
        reports = [report(network, target, options) for target, options in chosen.settings or SOFT]
        cells = [f"{each['conversion']['rel_l2']:.2e}" for each in reports]
        cells += [f"{each['messages']['per_unit_per_point']:.2f}" for each in reports if each.get("messages")]
        print(f"| {PAPER[network].title} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
