"""The population code on the six networks of the paper, with either reset: errors, spikes and energy.

    python -m examples.paper.population [NETWORK]... [--neurons-per-unit K] [--steps T]

Prints Markdown. ``conversion`` is the error against the ANN on points that calibration did not see, ``reference`` the
error against the reference solution on a regular grid, ``of the paper's`` that as part of the error in Zhang et al.,
table 2. Hard means reset to zero with ``>``. A network takes about 15 seconds on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import snnir
from snnir.analysis import Measurement, measure
from snnir.codes import Population, spiking_pipeline
from snnir.data.sampling import sample
from snnir.passes import Context, analog_pipeline
from snnir.semantics import Semantics
from snnir.setting import Setting

from . import PROBLEMS, Problem, product, regular_axes, relative_l2
from .equations import run
from .published import PUBLISHED
from .shipped import MODELS, default_per_axis, evaluate

RESETS = {"soft": Semantics(), "hard": Semantics(reset="value", reset_value=0.0, compare=">")}


def compiled(problem: Problem, semantics: Semantics, steps: int, per_unit: int) -> tuple[snnir.Compiled, Measurement]:
    """Return a network of the paper in the population code, for any semantics, and what was measured on it."""
    graph = snnir.load(MODELS / f"{problem.name}.onnx")
    points = sample(graph, dict(problem.domain), 0)
    context = Context(points.calibration, semantics, steps, 0)
    ann = analog_pipeline(graph, context)
    made = spiking_pipeline(ann, context, Population(neurons_per_unit=per_unit), "least-squares")
    measured = measure(made.graph, ann, points.held_out, semantics, reference=made.reference)
    setting = Setting("numpy", semantics, "population", steps, "least-squares", seed=0)
    return snnir.Compiled(made.graph, ann, setting, {}), measured


def row(name: str, reset: str, steps: int, per_unit: int) -> str:
    """Return a line of the table."""
    problem = PROBLEMS[name]
    network, measured = compiled(problem, RESETS[reset], steps, per_unit)
    axes = regular_axes(problem, default_per_axis(problem))
    solution = problem.reference(product(axes))
    error = relative_l2(run(network, problem, axes), solution)
    own = relative_l2(evaluate(MODELS / f"{name}.onnx", axes), solution)
    paper = PUBLISHED[name]
    spikes, energy = measured.spikes, measured.energy_pj
    cells = (
        name,
        reset,
        f"{measured.errors['rel_l2']:.2e}",
        f"{error:.2e} ({own:.1e})",
        f"1/{paper.relative_l2 / error:.1f}",
        f"{spikes['rate']:.3f} ({paper.rate:.3f})",
        f"{spikes['per_unit']:.1f}",
        f"{energy['snn'] / energy['ann']:.1f}",
    )
    return f"| {' | '.join(cells)} |"


def rows(names: list[str], steps: int, per_unit: int) -> Iterator[str]:
    """Yield the table line by line."""
    yield (
        "| network | reset | conversion | reference (of the ANN) | of the paper's | spike rate (paper) "
        "| spikes per unit | energy / ANN |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for reset in RESETS:
        for name in names:
            yield row(name, reset, steps, per_unit)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure the population code.")
    parser.add_argument("names", nargs="*", metavar="NETWORK", help="all six by default")
    parser.add_argument("--steps", type=int, default=32)
    parser.add_argument("--neurons-per-unit", type=int, default=8)
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.names).difference(PUBLISHED))
    if unknown:
        parser.error(f"no such network: {', '.join(unknown)}; there are {', '.join(PUBLISHED)}")
    for line in rows(chosen.names or list(PUBLISHED), chosen.steps, chosen.neurons_per_unit):
        print(line, flush=True)


if __name__ == "__main__":
    main()
