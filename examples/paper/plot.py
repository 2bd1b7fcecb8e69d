"""Draw reference, ANN, SNN and difference, one picture per problem: `python -m examples.paper.plot burgers`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import snnir
from snnir.passes import CALIBRATIONS, Calibration

from . import PROBLEMS, Axes, Points, Problem, product, regular_axes, relative_l2
from .shipped import MODELS, as_columns, evaluate

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Panel

PICTURES = Path(__file__).parents[1] / "pictures"


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
        axes = plane(problem, per_axis)
        conversion = compiled.report["conversion"]["rel_l2"]
        figure = draw(problem, axes, evaluate(path, axes), run(compiled, problem, axes))
        figure.suptitle(
            f"{problem.title}: {code} code, {steps} steps, {calibration} calibration, conversion error {conversion:.1e}"
        )
        picture = PICTURES / f"{problem.name}.png"
        figure.savefig(picture, dpi=110)
        click.echo(f"wrote {picture}")


def plane(problem: Problem, per_axis: int) -> Axes:
    """The axes of a regular grid over the first two inputs, any third one at the middle of its range."""
    return tuple(
        axis if number < 2 else axis.mean(keepdims=True) for number, axis in enumerate(regular_axes(problem, per_axis))
    )


def run(compiled: snnir.Compiled, problem: Problem, axes: Axes) -> Points:
    """The spiking network's outputs on the grid with these axes: shape [N, m]."""
    if problem.rank is None:
        return as_columns([compiled.run(product(axes))], axes)
    values = compiled.run(dict(zip(problem.domain, axes, strict=True)))
    return as_columns([values[name] for name in problem.outputs] if isinstance(values, dict) else [values], axes)


def draw(problem: Problem, axes: Axes, ann: Points, snn: Points) -> Figure:
    """A row of four panels for each output over a plane: `ann` and `snn` [N, m].

    The first three share one colour scale, the reference's; the difference has its own, symmetric.
    """
    expected = problem.reference(product(axes))
    figure = Figure(figsize=(15, 3.8 * len(problem.outputs)), layout="constrained")
    rows = figure.subplots(len(problem.outputs), 4, sharey=True, squeeze=False)
    for row, name, *values in zip(rows, problem.outputs, expected.T, ann.T, snn.T, strict=True):
        draw_row(figure, row, dict(zip(problem.domain, axes, strict=True)), name, values)
    return figure


def draw_row(
    figure: Figure, row: NDArray[np.object_], axes: Mapping[str, Points], name: str, values: list[Points]
) -> None:
    """Four panels of one output: `values` are the reference's, the ANN's and the SNN's, [N] each."""
    expected, ann, snn = values
    scale = (float(expected.min()), float(expected.max()))
    panels = {
        f"{name}, reference": expected,
        f"ANN, relative L2 error {relative_l2(ann, expected):.1e}": ann,
        f"SNN, relative L2 error {relative_l2(snn, expected):.1e}": snn,
    }
    for place, (title, shown) in zip(row[:3], panels.items(), strict=True):
        panel(place, axes, shown, scale, "viridis")
        place.set_title(title)
    figure.colorbar(row[0].collections[0], ax=row[:3], pad=0.01)
    difference = snn - expected
    largest = float(np.abs(difference).max())
    panel(row[3], axes, difference, (-largest, largest), "RdBu_r")
    row[3].set_title(f"SNN - reference, at most {largest:.1e}")
    figure.colorbar(row[3].collections[0], ax=row[3])


def panel(place: Panel, axes: Mapping[str, Points], values: Points, scale: tuple[float, float], colours: str) -> None:
    """Draws `values` [N] on the plane of the first two axes, the second one fastest; any third has one point."""
    (across, horizontal), (up, vertical), *fixed = ((name, axis[:, 0]) for name, axis in axes.items())
    lowest, highest = scale
    image = values.reshape(len(horizontal), len(vertical)).T
    place.pcolormesh(horizontal, vertical, image, vmin=lowest, vmax=highest, cmap=colours, shading="nearest")
    place.set_xlabel(", ".join([across, *(f"at {name} = {value:g}" for name, (value,) in fixed)]))
    place.set_ylabel(up)


if __name__ == "__main__":
    main()
