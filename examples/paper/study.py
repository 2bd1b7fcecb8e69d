"""The study of sin and of Theorem 1: figures 2 to 4 of the paper, with `python -m examples.paper.study`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
import numpy as np

import snnir
from snnir.analysis import error_bound
from snnir.passes import Calibration

from . import Points
from .markdown import small, table, times
from .shipped import evaluate, model_path
from .sine import LAYERS, WIDTHS

STEPS = (4, 8, 16, 32, 64, 128)
SHOWN = (8, 32, 128)
"""Of figure 2."""
CURVE = (2, 40)
"""Layers and width of its network."""
WIDEST = 100
"""Width of the networks of figure 4."""
METHODS: tuple[Calibration, ...] = ("none", "advanced", "least-squares")
POINTS = 2048
"""A uniform mesh: three quarters, shuffled, to calibrate on, the rest to measure on."""


@dataclass(frozen=True)
class Case:
    """One network of the study, converted.

    Attributes:
        layers: Hidden layers, L.
        width: Units of each, N.
        calibration: How weights are fitted.
        steps: T.
        compiled: The spiking network; its report holds the bound, cut at pre-activations.
    """

    layers: int
    width: int
    calibration: Calibration
    steps: int
    compiled: snnir.Compiled

    @property
    def error(self) -> float:
        """Relative L2 conversion error on points that calibration did not see."""
        return self.compiled.rel_l2


@cache
def case(layers: int, width: int, calibration: Calibration, steps: int) -> Case:
    """Convert one network."""
    graph = snnir.load(model_path(f"sine_{layers}_{width}"))
    compiled = snnir.compile(graph, samples=mesh(), code="rate", steps=steps, calibration=calibration, seed=0)
    return Case(layers, width, calibration, steps, compiled)


def cases(
    calibration: Calibration, layers: Iterable[int] = LAYERS, widths: Iterable[int] = WIDTHS
) -> Iterator[tuple[Case, ...]]:
    """Yield for every depth and width the cases over T."""
    widths = tuple(widths)
    for depth in layers:
        for width in widths:
            yield tuple(case(depth, width, calibration, steps) for steps in STEPS)


def mesh(count: int = POINTS) -> Points:
    """Uniform points on [-pi, pi]: shape [count, 1]."""
    return np.linspace(-np.pi, np.pi, count)[:, None]


def curves() -> dict[str, dict[str, Points]]:
    """Figure 2: for each T what the network 1-40-40-1 computes, as ANN and as SNN, on a mesh of 400 points."""
    x = mesh(400)
    ann = evaluate(model_path("sine_{}_{}".format(*CURVE)), (x,))
    names = {"advanced": "SNN, advanced", "least-squares": "SNN, least squares"}
    return {
        f"T = {steps}": {
            "ANN": ann,
            **{label: case(*CURVE, method, steps).compiled.run(x) for method, label in names.items()},
        }
        for steps in SHOWN
    }


def errors_table(calibration: Calibration) -> str:
    """Figure 3 as Markdown: the conversion error of all networks over T."""
    header = ("network", *(f"T = {steps}" for steps in STEPS))
    rows = (
        (f"L = {over[0].layers}, N = {over[0].width}", *(small(each.error) for each in over))
        for over in cases(calibration)
    )
    return table(header, rows)


@dataclass(frozen=True)
class Bounds:
    """Theorem 1 in one case, each bound as a multiple of the measured error.

    Attributes:
        error: Measured, relative L2.
        identity: With H = I.
        gauss_newton: With the Gauss-Newton H.
        telescoped: The sum of what the layers add at the output.
    """

    error: float
    identity: float
    gauss_newton: float
    telescoped: float


def as_in_the_paper(each: Case) -> Bounds:
    """The bounds with the paper's e_c: the error of activations, whatever the weights that follow are."""
    network = each.compiled
    (name,) = (value.name for value in network.graph.inputs)
    bound = error_bound(
        network.graph, network.ann, {name: mesh().astype(np.float32)}, network.semantics, at="activations"
    )
    error = bound.rel_l2
    return Bounds(error, bound.identity / error, bound.gauss_newton / error, bound.telescoped / error)


def behind_the_weights(each: Case) -> Bounds:
    """The bounds of the compile report: with the error of pre-activations, on points that calibration did not see."""
    bound = each.compiled.report["bound"]
    error = bound["rel_l2"]
    return Bounds(error, *(bound[key] / error for key in ("identity", "gauss_newton", "telescoped")))


def bounds_table(calibration: Calibration, kind: Callable[[Case], Bounds]) -> str:
    """Figure 4 as Markdown: measured error, and how many times as large each bound is, for N = 100."""
    header = ("network", "T", "measured error", "H = I", "Gauss-Newton H", "sum of the layers")
    rows = (
        (
            f"L = {each.layers}, N = {each.width}",
            f"{each.steps}",
            small(found.error),
            *(f"{times(factor)} x" for factor in (found.identity, found.gauss_newton, found.telescoped)),
        )
        for over in cases(calibration, widths=(WIDEST,))
        for each, found in ((each, kind(each)) for each in over)
    )
    return table(header, rows)


def extremes(calibration: Calibration, kind: Callable[[Case], Bounds]) -> tuple[str, ...]:
    """Smallest and largest factor of every bound over all networks and all T."""
    found = [kind(each) for over in cases(calibration) for each in over]
    names = ("identity", "gauss_newton", "telescoped")
    return tuple(
        f"{times(min(values))} to {times(max(values))}"
        for values in ([getattr(each, name) for each in found] for name in names)
    )


def extremes_table() -> str:
    """All 15 networks, all T: the range of each bound over the measured error, as Markdown."""
    header = ("calibration", "e_c", "H = I", "Gauss-Newton H", "sum of the layers")
    rows: list[Sequence[str]] = [
        (f"`{calibration}`", "activations, as in the paper", *extremes(calibration, as_in_the_paper))
        for calibration in METHODS[:2]
    ]
    rows += [
        (f"`{calibration}`", "behind the weights", *extremes(calibration, behind_the_weights))
        for calibration in METHODS
    ]
    return table(header, rows)


def draw(folder: Path) -> tuple[Path, ...]:
    """Draw figures 2 to 4 into a folder."""
    from .pictures import draw_curves, draw_falling  # matplotlib is not needed for numbers

    drawn = [draw_curves(mesh(400), curves(), folder / "sine.png")]
    for calibration in ("advanced", "least-squares"):
        lines = {
            f"L = {layers}": {
                f"N = {over[0].width}": [each.error for each in over] for over in cases(calibration, (layers,))
            }
            for layers in LAYERS
        }
        what = f"conversion error, {calibration}"
        drawn.append(draw_falling(STEPS, lines, what, folder / f"sine_{calibration}.png"))
    for calibration, kind in (("advanced", as_in_the_paper), ("least-squares", behind_the_weights)):
        bounds: dict[str, dict[str, list[float]]] = {}
        for over in cases(calibration, widths=(WIDEST,)):
            found = [kind(each) for each in over]
            bounds[f"L = {over[0].layers}"] = {
                "measured": [each.error for each in found],
                "sum of the layers": [each.error * each.telescoped for each in found],
                "Gauss-Newton H": [each.error * each.gauss_newton for each in found],
                "H = I": [each.error * each.identity for each in found],
            }
        what = f"error and bounds, {calibration}"
        drawn.append(draw_falling(STEPS, bounds, what, folder / f"bound_{calibration}.png"))
    return tuple(drawn)


@click.command()
@click.option("--pictures", type=click.Path(file_okay=False, path_type=Path), help="draw into this folder, too")
def main(pictures: Path | None) -> None:
    """Convert the 15 networks that were fitted to sin, over T, and compare errors with the bounds of Theorem 1."""
    for calibration in ("advanced", "least-squares"):
        click.echo(f"\nconversion error, {calibration}\n\n{errors_table(calibration)}")
    click.echo(f"\nTheorem 1, advanced, e_c of activations\n\n{bounds_table('advanced', as_in_the_paper)}")
    click.echo(f"\nTheorem 1, least-squares, behind the weights\n\n{bounds_table('least-squares', behind_the_weights)}")
    click.echo(f"\nbounds over the measured error, all networks and T\n\n{extremes_table()}")
    if pictures is not None:
        for path in draw(pictures):
            click.echo(f"wrote {path}")


if __name__ == "__main__":
    main()
