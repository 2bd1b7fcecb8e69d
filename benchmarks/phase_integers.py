"""What the phase code loses in fixed point: weights of 8 bits, states of 24 and of 16 bits.

Run `python -m benchmarks.phase_integers [--networks NAME ...] [--digits b]`; it prints Markdown. Two neurons per unit,
and seven digits, unless others are asked for, which keep an error of 1e-2. Errors are relative L2 against the ANN on
points that calibration did not see; the last column is the most that integers lose.
"""

from __future__ import annotations

import argparse
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

from snnir.analysis import conversion_errors, thinned
from snnir.codes import Phase, spiking_pipeline
from snnir.codes.phase.quantise_ramps import QuantiseRamps
from snnir.data.sampling import Split, sample
from snnir.ir import Graph
from snnir.passes import Context, Pass, analog_pipeline
from snnir.registry import backend_for
from snnir.semantics import Semantics, evaluate

from .models import PAPER

PER_UNIT, DIGITS = 2, 7
"""What keeps 1e-2 on all networks, see `benchmarks.phase`."""
FLOAT = Semantics(dtype="float64")
INTEGERS = backend_for("loihi2").target.semantics


class OneMatrix(Phase):
    """The code with one matrix of 8-bit weights for each layer, whatever the digits are."""

    def quantise(self, task: Any) -> tuple[Pass, ...]:
        """Return what makes integers."""
        return (QuantiseRamps(tuned=self.tunes(task), split=False),)


def error(ann: Graph, points: Split, digits: int, semantics: Semantics, memo: MutableMapping[Any, Graph]) -> float:
    """Return the error of one network."""
    context = Context(points.calibration, semantics, digits, 0, pool=points.pool, bounded=True)
    graph = spiking_pipeline(ann, context, OneMatrix(neurons_per_unit=PER_UNIT), memo=memo).graph
    unseen = thinned(ann, points.held_out)
    return conversion_errors(ann, evaluate(graph, unseen, semantics=semantics), evaluate(ann, unseen)).rel_l2


def row(network: str, digits: int) -> str:
    """Return the errors of one network, as a row."""
    model = PAPER[network]
    points = sample(model.load(), model.domain, 0)
    ann = analog_pipeline(model.load(), Context(points.calibration, FLOAT))
    memo: dict[Any, Graph] = {}
    assert INTEGERS.integer is not None  # noqa: S101 - a target of integers
    forms = (replace(INTEGERS, integer=replace(INTEGERS.integer, state_bits=bits)) for bits in (24, 16))
    floats, *integers = (error(ann, points, digits, each, memo) for each in (FLOAT, *forms))
    cells = (*(f"{each:.2e}" for each in (floats, *integers)), f"{max(integers) - floats:+.1e}")
    return f"| {' | '.join((model.title, str(digits), *cells))} |"


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digits", type=int, default=DIGITS)
    parser.add_argument("--networks", nargs="*", default=tuple(PAPER))
    asked = parser.parse_args()
    print("| network | b | floating point | 8-bit weights, 24-bit states | 16-bit states | loss |")
    print("|---|---|---|---|---|---|")
    for network in asked.networks:
        print(row(network, asked.digits), flush=True)


if __name__ == "__main__":
    main()
