"""Smoothing: what a spiking network computes on a grid, without its high frequencies; post-processing on the host.

Spikes are few and whole, so the output of a spiking network is rough. Zhang et al., *Artificial to Spiking Neural
Networks Conversion for Scientific Machine Learning*, fig. 9, apply an FFT to it and remove high frequencies. Here it
is a cosine transform (DCT-II): grids are not periodic, and where a Fourier transform would see a jump at the edges
and ring, a cosine transform sees the field go on evenly.

Along every axis, frequency k of n is multiplied by ``g_k = 1 / (1 + s l_k^2)``, ``l_k = 2 - 2 cos(pi k / n)``, the
spline smoother of Garcia, "Robust smoothing of gridded data in one and higher dimensions with missing values",
*Computational Statistics & Data Analysis* 54 (2010). How strongly, s, is found from the field alone by generalised
cross-validation (Craven & Wahba, "Smoothing noisy data with spline functions", *Numerische Mathematik* 31 (1979)): the
s with the least ``sum_k (1 - g_k)^2 P_k / (mean_k (1 - g_k))^2``, P_k the power of frequency k along this axis,
summed over all others.

That every axis has an s of its own is the departure from Garcia, who has one for all. His score takes the error for
noise that is white on the whole grid. That of spikes runs along lines, in a separable network along whole ones, and
his score then keeps all of it.

What it does to the relative L2 error against the ANN, as a ratio (with to without): geometric mean over the six
networks in ``examples/models`` at 16, 32 and 64 steps, and the worst of these 18, by grid (in three dimensions, of
15, 25, 51 and 81 points per axis):

=====================================  ===========  ===========  ===========  ===========
filter                                 21 x 21      41 x 41      101 x 101    201 x 201
=====================================  ===========  ===========  ===========  ===========
this one                               0.95 (1.00)  0.87 (1.00)  0.81 (0.99)  0.80 (0.94)
the same, one s for all axes           1.00 (1.00)  1.00 (1.00)  1.00 (1.00)  1.00 (1.00)
cut-off by cross-validation, by axis   0.97 (1.63)  0.83 (1.01)  0.85 (0.95)  0.82 (0.95)
cut-off at half of the frequencies     1.65 (7.08)  1.07 (2.65)  0.87 (0.97)  0.88 (0.96)
cut-off at three tenths                2.98 (12.9)  1.65 (6.67)  0.91 (1.58)  0.83 (0.95)
=====================================  ===========  ===========  ===========  ===========

A fixed cut-off ruins a front on a coarse grid, and a sharp one may ring there wherever it is put. Against the
reference solutions the ratios are the same to within 0.04: most of the error comes from the spikes. What
can get worse is the largest error, at an edge where the field is steep (separable Burgers, 32 steps, 101 x 101: 0.067
without, 0.083 with).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.fft import dctn, idctn

from snnir.data.grids import Grid, find_grid
from snnir.errors import Diagnostic, UsageError
from snnir.ir import Graph
from snnir.types import Array

STRENGTHS = np.geomspace(1e-6, 1e14, 201)
"""What s is chosen from: the first keeps all frequencies, the last only the mean, of up to thousands."""

MIN_POINTS = 4
"""Points along an axis; with fewer, there is nothing to choose s by, and the axis is left alone."""


@dataclass(frozen=True)
class Smoothed:
    """What a network computed on a grid, smoothed.

    Attributes:
        values: Outputs by name, in the shapes and types that they came in.
        kept: How many frequencies were kept along every axis of the grid: the sum of their factors. By output, or
            as ``u[0]``, ``u[1]``, ... where it holds several numbers at every point.
        axes: How many there are, in the same form.
    """

    values: Mapping[str, Array]
    kept: Mapping[str, tuple[float, ...]]
    axes: Mapping[str, tuple[int, ...]]


def smoothed(graph: Graph, points: Mapping[str, Array], values: Mapping[str, Array]) -> Smoothed:
    """Return the outputs of a network, computed on a grid, smoothed.

    Args:
        graph: The network, spiking or analog.
        points: The grid, as `snnir.data.grids.find_grid` takes it.
        values: All outputs by name.

    Raises:
        UsageError: The points are no grid, or the values are not the network's on these points; codes ``not-a-grid``
            and ``bad-values``, all findings at once.
    """
    return smoothed_on(find_grid(graph, points), values)


def smoothed_on(grid: Grid, values: Mapping[str, Array]) -> Smoothed:
    """Return the outputs of a network on a grid that is already known, smoothed.

    Every number that an output holds at a point is a field of its own. A field that is not finite stays as it is.

    Raises:
        UsageError: The values do not fit the grid; code ``bad-values``, all findings at once.
    """
    _check(grid, values)
    made: dict[str, Array] = {}
    kept: dict[str, tuple[float, ...]] = {}
    axes: dict[str, tuple[int, ...]] = {}
    for name in grid.outputs:
        fields = grid.arranged(name, values[name])
        chosen = [choose(field) for field in fields]
        smooth = [filtered(field, strengths) for field, strengths in zip(fields, chosen, strict=True)]
        made[name] = grid.restored(name, np.array(smooth, fields.dtype), values[name].shape)
        for index, strengths in enumerate(chosen):
            label = name if len(chosen) == 1 else f"{name}[{index}]"
            axes[label] = grid.shape(name)
            kept[label] = frequencies(axes[label], strengths)
    return Smoothed(made, kept, axes)


def choose(field: Array) -> tuple[float, ...]:
    """Return how strongly to smooth a field along each of its axes, by generalised cross-validation; 0 is not at all.

    Args:
        field: Numbers on a grid, ``[axes...]``.
    """
    if not np.all(np.isfinite(field)):
        return (0.0,) * field.ndim
    power = np.square(_spectrum(field))
    others = (tuple(other for other in range(field.ndim) if other != axis) for axis in range(field.ndim))
    return tuple(_strength(power.sum(axis=rest)) for rest in others)


def filtered(field: Array, strengths: tuple[float, ...]) -> Array:
    """Return a field with its high frequencies damped; linear in the field.

    Args:
        field: Numbers on a grid, ``[axes...]``.
        strengths: s for every axis, as `choose` returns them.

    Returns:
        float64, ``[axes...]``; the field itself where all s are 0.
    """
    if not any(strengths):
        return field
    spectrum = _spectrum(field)
    for factors in np.ix_(*(_factors(size, s) for size, s in zip(field.shape, strengths, strict=True))):
        spectrum *= factors
    smooth: Array = idctn(spectrum, norm="ortho", overwrite_x=True)
    return smooth


def frequencies(shape: tuple[int, ...], strengths: tuple[float, ...]) -> tuple[float, ...]:
    """Return how many frequencies are kept along every axis: the sum of the factors, the trace of the filter."""
    return tuple(float(np.sum(_factors(size, s))) for size, s in zip(shape, strengths, strict=True))


def _check(grid: Grid, values: Mapping[str, Array]) -> None:
    findings = [f"there are no values of output {name!r}" for name in grid.outputs if name not in values]
    findings += [f"{name!r} is no output of this network" for name in values if name not in grid.outputs]
    findings += [
        f"output {name!r} has shape {list(values[name].shape)} and type {values[name].dtype}"
        for name in grid.outputs
        if name in values and not grid.fits(name, values[name])
    ]
    if findings:
        hint = "give the values that the network returned for these points"
        raise UsageError(Diagnostic("bad-values", text, "values", hint) for text in findings)


def _spectrum(field: Array) -> Array:
    spectrum: Array = dctn(field.astype(np.float64), norm="ortho", overwrite_x=True)
    return spectrum


def _strength(power: Array) -> float:
    """Return the s with the best score, for the power of the frequencies along an axis, ``[frequencies]``."""
    if power.size < MIN_POINTS:
        return 0.0
    roughness = _roughness(power.size)

    def score(s: float) -> float:
        lost = s * roughness / (1 + s * roughness)
        return float(np.sum(lost**2 * power) / np.mean(lost) ** 2)

    return float(min(STRENGTHS, key=score))


def _factors(size: int, s: float) -> Array:
    factors: Array = 1 / (1 + s * _roughness(size))
    return factors


def _roughness(size: int) -> Array:
    """Return l^2 of every frequency, ``[frequencies]``: the l are the eigenvalues of the second difference."""
    roughness: Array = (2 - 2 * np.cos(np.pi * np.arange(size) / size)) ** 2
    return roughness


__all__ = ["Smoothed", "choose", "filtered", "frequencies", "smoothed", "smoothed_on"]
