"""The pictures of the page; needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from . import PROBLEMS, Axes, Points, Problem, product, regular_axes, relative_l2
from .equations import DEFAULT, compiled, inputs, outputs, run
from .shipped import evaluate, model_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Panel

PER_AXIS = 101


def save(figure: Figure, path: Path) -> Path:
    """Writes a picture, the folder too; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)
    return path


def plane(problem: Problem, per_axis: int) -> Axes:
    """The axes of a regular grid over the first two inputs, any third one at the middle of its range."""
    return tuple(
        axis if number < 2 else axis.mean(keepdims=True) for number, axis in enumerate(regular_axes(problem, per_axis))
    )


def draw_equation(name: str, steps: int, folder: Path) -> Path:
    """One row of panels per output over a plane: reference, ANN, SNN without and with calibration, difference.

    All but the difference share one colour scale, the reference's; the difference is the calibrated SNN's from the
    reference, and has a symmetric scale of its own.
    """
    problem = PROBLEMS[name]
    axes = plane(problem, PER_AXIS)
    fields = {
        "reference": problem.reference(product(axes)),
        "ANN": evaluate(model_path(name), axes),
        "SNN, no calibration": run(compiled(name, "none", steps), problem, axes),
        "SNN, calibrated": run(compiled(name, DEFAULT, steps), problem, axes),
    }
    figure = Figure(figsize=(17, 3.6 * len(problem.outputs)), layout="constrained")
    rows = figure.subplots(len(problem.outputs), 5, sharey=True, squeeze=False)
    for number, (row, output) in enumerate(zip(rows, problem.outputs, strict=True)):
        values = {title: field[:, number] for title, field in fields.items()}
        draw_row(figure, row, dict(zip(problem.domain, axes, strict=True)), output, values)
    figure.suptitle(f"{problem.title}: rate code, T = {steps}")
    return save(figure, folder / f"{name}.png")


def draw_smoothing(name: str, steps: int, folder: Path) -> Path:
    """The calibrated SNN, the same smoothed, and how far both are from the reference: figure 9 of the paper.

    Of several outputs the first.
    """
    problem = PROBLEMS[name]
    axes = plane(problem, PER_AXIS)
    network = compiled(name, DEFAULT, steps)
    points = inputs(network, problem, axes)
    rough = network.run(points)
    smoothed, _ = network.smooth(points, rough)
    raw, smooth = (outputs(values, problem, axes)[:, 0] for values in (rough, smoothed))
    expected = problem.reference(product(axes))[:, 0]
    scale = (float(expected.min()), float(expected.max()))
    figure = Figure(figsize=(14, 3.6), layout="constrained")
    row = figure.subplots(1, 4, sharey=True)
    named = dict(zip(problem.domain, axes, strict=True))
    largest = float(np.abs(raw - expected).max())
    for place, title, values in zip(row[:2], ("SNN, calibrated", "smoothed"), (raw, smooth), strict=True):
        panel(place, named, values, scale, "viridis")
        place.set_title(f"{title}: {relative_l2(values, expected):.1e}")
    figure.colorbar(row[0].collections[0], ax=row[:2], pad=0.01)
    for place, title, values in zip(row[2:], ("SNN - reference", "smoothed - reference"), (raw, smooth), strict=True):
        panel(place, named, values - expected, (-largest, largest), "RdBu_r")
        place.set_title(f"{title}, at most {np.abs(values - expected).max():.1e}")
    figure.colorbar(row[2].collections[0], ax=row[2:], pad=0.01)
    return save(figure, folder / f"{name}_smoothed.png")


def draw_row(
    figure: Figure,
    row: NDArray[np.object_],
    axes: Mapping[str, Points],
    name: str,
    fields: Mapping[str, NDArray[np.float64]],
) -> None:
    """The panels of one output: `fields`, [N] each, the reference first, and the last one's difference from it."""
    expected = fields["reference"]
    scale = (float(expected.min()), float(expected.max()))
    for place, (title, values) in zip(row, fields.items(), strict=False):
        panel(place, axes, values, scale, "viridis")
        error = "" if values is expected else f": {relative_l2(values, expected):.1e}"
        place.set_title(f"{name}, {title}{error}")
    figure.colorbar(row[0].collections[0], ax=row[: len(fields)], pad=0.01)
    *_, last = fields.values()
    largest = float(np.abs(last - expected).max())
    panel(row[-1], axes, last - expected, (-largest, largest), "RdBu_r")
    row[-1].set_title(f"difference, at most {largest:.1e}")
    figure.colorbar(row[-1].collections[0], ax=row[-1])


def panel(
    place: Panel,
    axes: Mapping[str, Points],
    values: NDArray[np.float64],
    scale: tuple[float, float],
    colours: str,
) -> None:
    """Draws `values` [N] on the plane of the first two axes, the second one fastest; any third has one point."""
    (across, horizontal), (up, vertical), *fixed = ((name, axis[:, 0]) for name, axis in axes.items())
    lowest, highest = scale
    image = values.reshape(len(horizontal), len(vertical)).T
    place.pcolormesh(horizontal, vertical, image, vmin=lowest, vmax=highest, cmap=colours, shading="nearest")
    place.set_xlabel(", ".join([across, *(f"at {name} = {value:g}" for name, (value,) in fixed)]))
    place.set_ylabel(up)


def draw_curves(x: Points, curves: Mapping[str, Mapping[str, Points]], path: Path) -> Path:
    """One panel per title of `curves`, each with named curves over `x` [N, 1]: figure 2 of the paper."""
    figure = Figure(figsize=(15, 3.8), layout="constrained")
    for place, (title, named) in zip(figure.subplots(1, len(curves), sharey=True), curves.items(), strict=True):
        for label, values in named.items():
            place.plot(x[:, 0], values[:, 0], label=label, linewidth=1)
        place.set_title(title)
        place.set_xlabel("x")
    figure.axes[0].legend()
    return save(figure, path)


def draw_falling(
    steps: Sequence[int], lines: Mapping[str, Mapping[str, Sequence[float]]], what: str, path: Path
) -> Path:
    """One panel per title of `lines`, each with named errors over T, both axes logarithmic: figures 3 and 4."""
    figure = Figure(figsize=(5 * len(lines), 3.8), layout="constrained")
    for place, (title, named) in zip(figure.subplots(1, len(lines), sharey=True), lines.items(), strict=True):
        for label, values in named.items():
            place.loglog(steps, values, "o-", label=label, linewidth=1, markersize=3)
        place.set_title(title)
        place.set_xlabel("T")
        place.set_xticks(steps, [f"{step}" for step in steps])
        place.xaxis.minorticks_off()
    figure.axes[0].set_ylabel(what)
    figure.axes[-1].legend(fontsize="small")
    return save(figure, path)
