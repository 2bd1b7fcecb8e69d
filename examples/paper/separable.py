"""Beltrami flow on 100 x 100 x 100 points, axis by axis: `python -m examples.paper.separable`."""

from __future__ import annotations

from collections import Counter

import click

from snnir.analysis import inferences, point_count
from snnir.ir import Node
from snnir.semantics import evaluate
from snnir.types import Array

from . import PROBLEMS, regular_axes
from .equations import DEFAULT, STEPS, compiled, inputs
from .markdown import table

NAME = "beltrami_separable"
PER_AXIS = 100


def count_table() -> str:
    """How many spiking inferences each axis takes for a whole grid, as Markdown."""
    problem = PROBLEMS[NAME]
    network = compiled(NAME, DEFAULT, STEPS)
    seen: Counter[str] = Counter()

    def count(node: Node, _: slice, spikes: Array) -> None:
        seen[node.name] += spikes.shape[1]

    points = inputs(network, problem, regular_axes(problem, PER_AXIS))
    values = evaluate(network.graph, points, semantics=network.semantics, observe=count)
    counted = inferences(network.graph, seen)
    rows = [(", ".join(part.inputs), f"{len(part.layers)}", f"{part.count:,}") for part in counted]
    total = sum(part.count for part in counted)
    header = ("axis", "layers of neurons", "spiking inferences")
    return table(header, [*rows, (f"together, for {point_count(network.graph, values):,} points", "", f"{total:,}")])


@click.command()
def main() -> None:
    """Count the spiking inferences that a separable network takes for a grid."""
    click.echo(count_table())


if __name__ == "__main__":
    main()
