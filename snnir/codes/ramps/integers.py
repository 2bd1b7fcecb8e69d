"""Integrate-and-fire neurons in fixed point, as Lava's bit-accurate models state them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from snnir.codes.ramps.neuron import IntegrateAndFire
from snnir.semantics import Semantics
from snnir.semantics.integer import saturate, wrapped
from snnir.types import Array


@dataclass(frozen=True, slots=True)
class States:
    """The state of a layer between steps; of a signed neuron, what either of its pair does.

    Attributes:
        membranes: v, which saturate.
        sent: r, what the spikes so far count for; nothing where a spike resets the membrane.
    """

    membranes: tuple[Array, ...]
    sent: tuple[Array, ...] = ()


def scan(op: IntegrateAndFire, current: Array, steps: int, semantics: Semantics) -> Iterator[tuple[Array, States]]:
    """Yield the spikes of a layer, -1, 0 and 1, and its states, after every step; states change in place.

    Reset to zero (Lava's `LIF`), without r:

        v = saturate(v + wrap(c)); s = v > theta; v = 0 if s

    Reset by subtraction (Lava's `ATRLIF` without any decay, whose own threshold is ``theta / 2``): the membrane
    only integrates, and spikes are counted beside it, so that ``v - r + theta / 2`` is the membrane of
    `IntegrateAndFire`:

        v = saturate(v + wrap(c)); s = v - r >= theta / 2; r += theta s

    A signed neuron is a pair of such ones, p and m, which integrate c and -c; each spike of one raises the other by
    theta at the next step, before it decides again.

    Args:
        op: Integer thresholds and initial membranes.
        current: ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant; integers.
        steps: Time steps of one inference.
        semantics: With an integer format.
    """
    form = semantics.integer
    assert form is not None  # noqa: S101 - the caller asks for it
    threshold = op.threshold.array.astype(current.dtype)
    start = np.zeros(current.shape[1:], current.dtype)
    if op.initial is not None:
        start += op.initial.array.astype(current.dtype)
    above = np.greater_equal if semantics.compare == ">=" else np.greater
    inputs = (current[0 if len(current) == 1 else step] for step in range(steps))
    if semantics.reset == "value":
        yield from _resetting(inputs, start, threshold, semantics)
        return
    half = threshold / 2
    drives = [sign * start - half for sign in ((1, -1) if op.signed else (1,))]
    sent = [np.zeros_like(start) for _ in drives]
    fired = [np.zeros_like(start) for _ in drives]
    for arriving in inputs:
        arrivals = [arriving]
        if op.signed:
            arrivals = [arriving + threshold * fired[1], threshold * fired[0] - arriving]
        for place, each in enumerate(arrivals):
            drives[place] += wrapped(each, form)
            saturate(drives[place], form)
            fired[place] = above(drives[place] - sent[place], half).astype(current.dtype)
            sent[place] += threshold * fired[place]
        yield (fired[0] - fired[1] if op.signed else fired[0]), States(tuple(drives), tuple(sent))


def _resetting(
    inputs: Iterator[Array], membrane: Array, threshold: Array, semantics: Semantics
) -> Iterator[tuple[Array, States]]:
    form = semantics.integer
    assert form is not None  # noqa: S101 - the caller has one
    above = np.greater_equal if semantics.compare == ">=" else np.greater
    for arriving in inputs:
        membrane += wrapped(arriving, form)
        saturate(membrane, form)
        spikes = above(membrane, threshold)
        membrane[spikes] = semantics.reset_value
        yield spikes.astype(membrane.dtype), States((membrane,))


def integer_spikes(op: IntegrateAndFire, current: Array, steps: int, semantics: Semantics) -> Array:
    """Return the spikes of a layer, ``[steps, points, neurons]``, as `scan` makes them."""
    spikes = np.empty((steps, *current.shape[1:]), current.dtype)
    for step, (made, _) in enumerate(scan(op, current, steps, semantics)):
        spikes[step] = made
    return spikes
