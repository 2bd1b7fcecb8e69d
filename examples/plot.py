"""Draw reference, ANN, SNN and difference, one picture per problem: `python examples/plot.py burgers`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from matplotlib.figure import Figure
from problems import PROBLEMS, Points, Problem, grid, relative_l2
from shipped import MODELS, evaluate

import snnir
from snnir.passes import CALIBRATIONS, Calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURES = Path(__file__).parent / "pictures"


@click.command(context_settings={"show_default": True})
@click.argument("names", nargs=-1, type=click.Choice(list(PROBLEMS)), metavar="[PROBLEM]...")
@click.option("--target", default="nir", help="as in `snnir targets`")
@click.option("--code", default="rate", help="how values travel as spikes")
@click.option("--calibration", default="least-squares", type=click.Choice(CALIBRATIONS), help="how weights are fitted")
@click.option("--steps", default=32, help="time steps of one inference")
@click.option("--per-axis", default=101, help="grid points per axis")
def main(names: tuple[str, ...], target: str, code: str, calibration: Calibration, steps: int, per_axis: int) -> None:  # noqa: PLR0917
    """Compile each PROBLEM (all by default) and write pictures/PROBLEM.png."""
    PICTURES.mkdir(exist_ok=True)
    for problem in (PROBLEMS[name] for name in names or PROBLEMS):
        path = MODELS / f"{problem.name}.onnx"
        compiled = snnir.compile(
            snnir.load(path),
            target=target,
            domain=dict(problem.domain),
            code=code,
            calibration=calibration,
            steps=steps,
            seed=0,
        )
        points = grid(problem, per_axis)
        conversion = compiled.report["conversion"]["rel_l2"]
        figure = draw(problem, points, evaluate(path, points), compiled.run(points))
        figure.suptitle(
            f"{problem.title}: {code} code, {steps} steps, {calibration} calibration, conversion error {conversion:.1e}"
        )
        picture = PICTURES / f"{problem.name}.png"
        figure.savefig(picture, dpi=110)
        click.echo(f"wrote {picture}")


def draw(problem: Problem, points: Points, ann: Points, snn: Points) -> Figure:
    """Four panels over a regular grid: `points` [N, 2], values `ann` and `snn` [N, 1].

    The first three share one colour scale, the reference's; the difference has its own, symmetric.
    """
    expected = problem.reference(points)
    figure = Figure(figsize=(15, 3.8), layout="constrained")
    axes = figure.subplots(1, 4, sharey=True)
    scale = (float(expected.min()), float(expected.max()))
    panels = {
        "reference": expected,
        f"ANN, relative L2 error {relative_l2(ann, expected):.1e}": ann,
        f"SNN, relative L2 error {relative_l2(snn, expected):.1e}": snn,
    }
    for axis, (title, values) in zip(axes[:3], panels.items(), strict=True):
        panel(axis, problem, values, scale, "viridis")
        axis.set_title(title)
    figure.colorbar(axes[0].collections[0], ax=axes[:3], pad=0.01)
    difference = snn - expected
    largest = float(np.abs(difference).max())
    panel(axes[3], problem, difference, (-largest, largest), "RdBu_r")
    axes[3].set_title(f"SNN - reference, at most {largest:.1e}")
    figure.colorbar(axes[3].collections[0], ax=axes[3])
    return figure


def panel(axis: Axes, problem: Problem, values: Points, scale: tuple[float, float], colours: str) -> None:
    """Draws `values` [N, 1], which lie on a regular grid with the second input fastest, over the domain."""
    (across, up), per_axis = problem.domain, round(len(values) ** 0.5)
    horizontal, vertical = (np.linspace(*bounds, per_axis) for bounds in problem.domain.values())
    lowest, highest = scale
    image = values.reshape(per_axis, per_axis).T
    axis.pcolormesh(horizontal, vertical, image, vmin=lowest, vmax=highest, cmap=colours, shading="nearest")
    axis.set_xlabel(across)
    axis.set_ylabel(up)


if __name__ == "__main__":
    main()
