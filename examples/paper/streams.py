"""The `sigma-delta` code on sweeps of 200 points through each network's domain: `python -m examples.paper.streams`.

Prints Markdown: the error, and the graded messages per unit and point; compiled as `snnir compile` does by default,
on lines of its own. A plain network is swept along its first input, the others in the middle of their intervals, and
along the diagonal of its domain; a separable one along each of its axes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import snnir
from snnir.analysis import differences
from snnir.codes.sigma_delta import SigmaDelta
from snnir.compiler import Compiled
from snnir.ir import Node
from snnir.semantics import evaluate
from snnir.types import Array

from . import PROBLEMS, Problem
from .shipped import model_path

POINTS = 200
TITLES = ("network", "sweep", "rel. L2", "messages per unit and point", "mean threshold")


def sweeps(problem: Problem) -> Iterator[tuple[str, dict[str, Array]]]:
    """Yields names and points by input name."""
    intervals = problem.domain.items()
    along = {name: np.linspace(low, high, POINTS) for name, (low, high) in intervals}
    if problem.rank is not None:
        yield "each axis", {name: column[:, np.newaxis] for name, column in along.items()}
        return
    first, *_ = along
    middle = {name: column if name == first else np.full(POINTS, column.mean()) for name, column in along.items()}
    for title, columns in ((f"along {first}", middle), ("diagonal", along)):
        yield title, {"points": np.stack(list(columns.values()), axis=1)}


def run(compiled: Compiled, points: dict[str, Array]) -> tuple[float, float]:
    """Runs one sweep: the relative L2 error against the analog network, and messages per unit and point."""
    rates: dict[str, float] = {}

    def count(node: Node, _: slice, messages: Array) -> None:
        if isinstance(node.op, SigmaDelta):
            rates[node.name] = np.count_nonzero(messages) / messages.shape[1]

    given = {name: array.astype(np.float32) for name, array in points.items()}
    made = evaluate(compiled.graph, given, semantics=compiled.semantics, observe=count)
    error = differences(made, evaluate(compiled.ann, given))["rel_l2"]
    return error, sum(rates.values()) / compiled.report["units"]


def main() -> None:
    """Prints the table."""
    print(f"| {' | '.join(TITLES)} |\n|{'---|' * len(TITLES)}")
    for name, problem in PROBLEMS.items():
        graph = snnir.load(model_path(name))
        compiled = snnir.compile(graph, target="numpy", code="sigma-delta", domain=problem.domain)
        threshold = compiled.report["search"]["tried"][-1]["threshold"]
        for title, points in sweeps(problem):
            error, messages = run(compiled, points)
            print(f"| {name} | {title} | {error:.1e} | {messages:.2f} | {threshold:.1e} |", flush=True)


if __name__ == "__main__":
    main()
