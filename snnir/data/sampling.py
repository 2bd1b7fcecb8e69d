"""Points to calibrate on and points to measure on: drawn from a domain, swept along lines, or split from samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from snnir.data.domain import Domain, axis_of, bounds_of, columns_of, intervals_of, require_free_size
from snnir.data.lines import LINES, lines
from snnir.data.mixing import mixed
from snnir.data.points import Points
from snnir.errors import usage_error
from snnir.ir import Graph, Value
from snnir.types import Array

CALIBRATION = 4096
HELD_OUT = 4096
POOL = 1 << 16
"""Points that training by gradients draws from, where there is a domain: they cost one evaluation of the network each.
Twice as many where there are more than three columns, for there a network of some 10^5 weights fits 10^5 points
better than the function between them (12-60-60-60-60-1, K = 8: 5.0e-2 on the points, 6.2e-2 on others; with 4,096
points 6e-3 and 2.3e-1)."""
MAX_POOL = 1 << 23
"""Numbers in all of them."""
MIN_SAMPLES = 16
"""Samples; with fewer nothing can be fitted and measured."""


@dataclass(frozen=True)
class Split:
    """Points to calibrate on, and others to measure the error on.

    Attributes:
        calibration: Seen by calibration.
        held_out: Never seen by it.
        lines: How many lines follow each other along each axis, where both are streams; None where order means nothing.
        pool: More points, none of them held out, for what trains by gradients; None where calibration needs none.
    """

    calibration: Points
    held_out: Points
    lines: int | None = None
    pool: Points | None = None


def sample(graph: Graph, domain: Domain, seed: int) -> Split:
    """Return points of a low-discrepancy sequence (Sobol, scrambled by `seed`), calibration and held-out ones apart.

    Sizes that are known only when points arrive become the number of points; inputs that share such a size
    are drawn jointly, others (the axes of a separable network) each on its own.

    Args:
        graph: Its inputs define what is drawn.
        domain: For a single input, an interval for each of its columns in order, under any names; else, or
            where there is just one, an interval by input name that holds for all columns of that input.
        seed: A non-negative integer.

    Raises:
        UsageError: Columns, names or intervals are wrong; code ``bad-domain``, all findings at once.
    """
    require_free_size(graph)
    bounds = bounds_of(graph, intervals_of(domain))

    def sobol(count: int) -> Callable[[int, np.random.Generator], Array]:
        return lambda columns, rng: qmc.Sobol(columns, rng=rng).random(count)

    columns = max(sum(map(columns_of, graph.inputs)), 1)
    many = POOL if columns <= 3 else min(2 * POOL, 1 << (MAX_POOL // columns).bit_length() - 1)
    return Split(
        _draw(graph, bounds, (2 * seed,), sobol(CALIBRATION)),
        _draw(graph, bounds, (2 * seed + 1,), sobol(HELD_OUT)),
        pool=_draw(graph, bounds, (2 * seed, 1), sobol(max(many, CALIBRATION))),
    )


def sweep(graph: Graph, domain: Domain, seed: int) -> Split:
    """Return streams of points along straight lines through the domain, calibration and held-out ones apart.

    Inputs that share a size are swept jointly, along `snnir.data.lines.LINES` lines one after the other. Where there
    are several sizes (the axes of a separable network), each is swept once, from one end to the other.

    Args:
        graph: Its inputs define what is swept.
        domain: As in `sample`.
        seed: A non-negative integer.

    Raises:
        UsageError: Columns, names or intervals are wrong; code ``bad-domain``, all findings at once.
    """
    require_free_size(graph)
    bounds = bounds_of(graph, intervals_of(domain))
    count = LINES if len({axis_of(value) for value in graph.inputs} - {""}) == 1 else 1

    def unit(columns: int, rng: np.random.Generator) -> Array:
        return lines(columns, rng, count)

    calibration, held_out = (_draw(graph, bounds, (2 * seed + part,), unit) for part in (0, 1))
    return Split(calibration, held_out, count)


def split(graph: Graph, points: Points, seed: int, *, stream: bool = False) -> Split:
    """Return given points split by a seeded shuffle: three quarters to calibrate on, the rest held out.

    Args:
        graph: Its inputs define the points.
        points: By input name.
        seed: Of the shuffle.
        stream: Do not shuffle: three quarters in their order, then the rest in its order.

    Raises:
        UsageError: There are too few; code ``too-few-points``.
    """
    require_free_size(graph)
    orders: dict[str, Array] = {}
    calibration: dict[str, Array] = {}
    held_out: dict[str, Array] = {}
    pool: dict[str, Array] = {}
    for value in graph.inputs:
        array, axis = points[value.name], axis_of(value)
        if not axis:
            calibration[value.name] = held_out[value.name] = pool[value.name] = array
            continue
        place = value.type.shape.index(axis)
        count = array.shape[place]
        if count < MIN_SAMPLES:
            hint = f"give at least {MIN_SAMPLES}, or a `domain` to draw them from"
            raise usage_error(
                "too-few-points", f"{count} points for input {value.name!r} are too few", "`samples`", hint
            )
        if axis not in orders:
            shuffled = np.random.default_rng([seed, len(orders)]).permutation(count)
            orders[axis] = np.arange(count) if stream else shuffled
        cut = min(CALIBRATION, count * 3 // 4)
        calibration[value.name] = np.take(array, orders[axis][:cut], axis=place)
        held_out[value.name] = np.take(array, orders[axis][cut : cut + HELD_OUT], axis=place)
        rest = np.concatenate([orders[axis][cut + HELD_OUT :], orders[axis][:cut]])
        given = np.take(array, rest, axis=place)
        between = mixed(
            given,
            place,
            max(min(POOL, MAX_POOL // max(columns_of(value), 1)) - len(rest), 0),
            np.random.default_rng([seed, len(orders), 1]),
        )
        pool[value.name] = np.concatenate([between, given], axis=place)
    return Split(calibration, held_out, 1) if stream else Split(calibration, held_out, pool=pool)


def _draw(
    graph: Graph, bounds: Mapping[str, Array], seed: tuple[int, ...], unit: Callable[[int, np.random.Generator], Array]
) -> Points:
    """Return points for all inputs, from those that `unit` returns of a unit cube with so many columns."""
    groups: dict[str, list[Value]] = {}
    for value in graph.inputs:
        groups.setdefault(axis_of(value), []).append(value)
    drawn: dict[str, Array] = {}
    for index, (axis, values) in enumerate(groups.items()):
        columns = sum(columns_of(value) for value in values)
        rng = np.random.default_rng([seed[0], index, *seed[1:]])
        cube = unit(max(columns, 1), rng)[: None if axis else 1]
        start = 0
        for value in values:
            width = columns_of(value)
            low, high = bounds[value.name]
            flat = low + (high - low) * cube[:, start : start + width]
            drawn[value.name] = _shaped(value, flat)
            start += width
    return drawn


def _shaped(value: Value, flat: Array) -> Array:
    """Return ``[points, columns]`` in the shape and type of an input; further free sizes become 1."""
    axis = axis_of(value)
    place = value.type.shape.index(axis) if axis else 0
    fixed = [dim if isinstance(dim, int) else 1 for dim in value.type.shape]
    if not axis:
        return flat.reshape(fixed).astype(value.type.dtype)
    rest = fixed[:place] + fixed[place + 1 :]
    return np.moveaxis(flat.reshape(len(flat), *rest), 0, place).astype(value.type.dtype)
