"""The six equations as spikes, beside the paper's tables 1 and 2: `python -m examples.paper.equations poisson`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
import numpy as np

import snnir
from snnir.passes import CALIBRATIONS, Calibration

from . import PROBLEMS, Axes, Points, Problem, product, regular_axes, relative_l2
from .markdown import small, table, times
from .published import PUBLISHED
from .shipped import as_columns, evaluate, model_path

STEPS = 32
DIGITS: Mapping[str, int] = {"radix": 13, "phase": 7}
"""Steps of the codes that send digits; stock NIR has no neurons for them."""
PHASE_NEURONS = 2
"""For each unit, in the phase code: with seven digits they keep 1e-2."""
DEFAULT: Calibration = "least-squares"
PER_AXIS = {2: 201, 3: 100}
"""Points per axis of the grid that errors are measured on, edges included; calibration saw none of them."""


@dataclass(frozen=True)
class Result:
    """One network with one calibration, measured on the grid.

    Attributes:
        compiled: The spiking network with its report: error on unseen points, spikes, energy, bound.
        ann: Relative L2 error of the ANN against the reference solution.
        conversion: Of the SNN against the ANN.
        total: Of the SNN against the reference solution.
        l2: Root mean square of the same: what the paper calls L2 error.
    """

    compiled: snnir.Compiled
    ann: float
    conversion: float
    total: float
    l2: float

    @property
    def report(self) -> Mapping[str, Any]:
        """The compiler's report."""
        return self.compiled.report


@cache
def compiled(name: str, calibration: Calibration, steps: int, code: str = "rate") -> snnir.Compiled:
    """The spiking network of a problem."""
    graph = snnir.load(model_path(name))
    domain = dict(PROBLEMS[name].domain)
    options: dict[str, Any] = {"neurons_per_unit": PHASE_NEURONS} if code == "phase" else {}
    target = "numpy" if code in DIGITS else "nir"
    return snnir.compile(
        graph, target=target, domain=domain, code=code, steps=steps, calibration=calibration, seed=0, **options
    )


def inputs(network: snnir.Compiled, problem: Problem, axes: Axes) -> dict[str, Points]:
    """The grid with these axes as the network takes it: every point, or, if it is separable, each axis on its own."""
    names = [value.name for value in network.graph.inputs]
    return dict(zip(names, axes if problem.rank is not None else (product(axes),), strict=True))


def outputs(values: Any, problem: Problem, axes: Axes) -> Points:
    """What a network returned for the grid with these axes: shape [N, m]."""
    return as_columns([values[name] for name in problem.outputs] if isinstance(values, dict) else [values], axes)


def run(network: snnir.Compiled, problem: Problem, axes: Axes) -> Points:
    """The spiking network's outputs on the grid with these axes: shape [N, m]."""
    return outputs(network.run(inputs(network, problem, axes)), problem, axes)


def grid_of(problem: Problem) -> Axes:
    """The axes of the grid that errors are measured on."""
    return regular_axes(problem, PER_AXIS[len(problem.domain)])


def grid_size() -> str:
    """The same in words, for two and for three dimensions."""
    return " and ".join(" x ".join([f"{size}"] * rank) for rank, size in PER_AXIS.items()) + " points"


@dataclass(frozen=True)
class Method:
    """How a network is converted."""

    code: str = "rate"
    calibration: Calibration = DEFAULT

    def steps(self, steps: int) -> int:
        """T, for a T of the rate code: digits are fewer."""
        return DIGITS.get(self.code, steps)


METHODS = (
    *(Method("rate", calibration) for calibration in CALIBRATIONS),
    *(Method(code) for code in ("population", "phase", "radix")),
)
"""All of the paper's rows and ours, in the order of the table."""


def results(name: str, methods: Iterable[Method], steps: int = STEPS) -> Iterator[Result]:
    """One problem, converted in several ways."""
    problem = PROBLEMS[name]
    axes = grid_of(problem)
    expected = problem.reference(product(axes))
    ann = evaluate(model_path(name), axes)
    for method in methods:
        network = compiled(name, method.calibration, method.steps(steps), method.code)
        snn = run(network, problem, axes)
        yield Result(
            compiled=network,
            ann=relative_l2(ann, expected),
            conversion=relative_l2(snn, ann),
            total=relative_l2(snn, expected),
            l2=float(np.sqrt(np.mean((snn - expected) ** 2))),
        )


HEADER = (
    "equation",
    "code, calibration",
    "T",
    "spike rate",
    "L2, SNN - reference",
    "relative L2, SNN - reference",
    "SNN - ANN",
    "ANN - reference",
    "spikes per unit",
    "energy / ANN's",
    "ANN in as many bits",
)


def rows(name: str, measured: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    """The rows of one problem: the paper's, then one for each result."""
    paper = PUBLISHED[name]
    blank = ("", "", "", "", "")
    yield (PROBLEMS[name].title, "*paper*", "", f"{paper.rate:.4f}", small(paper.l2), small(paper.relative_l2), *blank)
    for result in measured:
        report = result.report
        yield (
            "",
            f"`{report['code']}`, `{report['calibration']}`",
            f"{report['steps']}",
            f"{report['spikes']['rate']:.4f}",
            small(result.l2),
            small(result.total),
            small(result.conversion),
            small(result.ann),
            f"{report['spikes']['per_unit']:.1f}",
            times(report["energy_pj"]["snn"] / report["energy_pj"]["ann"]),
            small(report["quantised_ann"]["rel_l2"]),
        )


def errors_table(measured: Mapping[str, Sequence[Result]]) -> str:
    """Tables 1 and 2 of the paper beside ours, as Markdown, from results by the problem's name."""
    return table(HEADER, (row for name, found in measured.items() for row in rows(name, found)))


def bounds_table(measured: Mapping[str, Result]) -> str:
    """Error and bounds from the compile reports, as Markdown, from one result by the problem's name."""
    header = ("equation", "error", "clipped lines", "sum of the layers", "Gauss-Newton H", "H = I")
    keys = ("rel_l2", "replacement", "telescoped", "gauss_newton", "identity")
    bounds = {name: found.report["bound"] for name, found in measured.items()}
    return table(
        header, ((PROBLEMS[name].title, *(small(bound[key]) for key in keys)) for name, bound in bounds.items())
    )


def smoothing_table(measured: Mapping[str, Result]) -> str:
    """Errors without and with smoothing on the grid, as Markdown, from one result by the problem's name."""
    header = ("equation", "SNN - reference", "smoothed", "SNN - ANN", "smoothed", "frequencies kept")
    return table(header, (smoothing_row(name, found) for name, found in measured.items()))


def smoothing_row(name: str, found: Result) -> tuple[str, ...]:
    """A row of that table."""
    problem, network = PROBLEMS[name], found.compiled
    axes = grid_of(problem)
    points = inputs(network, problem, axes)
    smooth, kept = network.smooth(points, network.run(points))
    values = outputs(smooth, problem, axes)
    expected, ann = problem.reference(product(axes)), evaluate(model_path(name), axes)
    pairs = ((found.total, relative_l2(values, expected)), (found.conversion, relative_l2(values, ann)))
    counts = " x ".join(f"{np.mean(along):.0f}" for along in zip(*kept.values(), strict=True))
    of = " x ".join(f"{len(axis)}" for axis in axes)
    return (problem.title, *(small(error) for pair in pairs for error in pair), f"{counts} of {of}")


TABLES = ("errors", "bounds", "smoothing")


@click.command(context_settings={"show_default": True})
@click.argument("names", nargs=-1, type=click.Choice(list(PROBLEMS)), metavar="[EQUATION]...")
@click.option("--table", "kind", default="errors", type=click.Choice(TABLES), help="what to print")
@click.option("--steps", default=STEPS, help="time steps of one inference")
@click.option("--pictures", type=click.Path(file_okay=False, path_type=Path), help="draw into this folder, too")
def main(names: tuple[str, ...], kind: str, steps: int, pictures: Path | None) -> None:
    """Compile the network of each EQUATION (all by default) and print what it does, beside what the paper reports."""
    chosen = names or tuple(PROBLEMS)
    if kind == "errors":
        click.echo(errors_table({name: tuple(results(name, METHODS, steps)) for name in chosen}))
    else:
        default = {name: next(results(name, [Method()], steps)) for name in chosen}
        click.echo(bounds_table(default) if kind == "bounds" else smoothing_table(default))
    if pictures is not None:
        from .pictures import draw_equation, draw_smoothing  # matplotlib is not needed for numbers

        draw = draw_smoothing if kind == "smoothing" else draw_equation
        for name in chosen:
            click.echo(f"wrote {draw(name, steps, pictures)}")


if __name__ == "__main__":
    main()
