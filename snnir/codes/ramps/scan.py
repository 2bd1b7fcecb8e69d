"""The membrane scan: all steps of one layer, for one chunk of points that fits the cache."""

from __future__ import annotations

import numpy as np

from snnir.codes.ramps.integers import integer_spikes
from snnir.codes.ramps.neuron import IntegrateAndFire
from snnir.semantics import Semantics, ThresholdTies
from snnir.types import Array


def integrate_and_fire(
    op: IntegrateAndFire, current: Array, steps: int, semantics: Semantics, *, overwrite: bool = False
) -> Array:
    """Return the spikes of a layer, as -1, 0 and 1 in the element type of the current.

    The update equation is that of `IntegrateAndFire`, with the comparison and reset of `semantics`;
    in fixed point, that of `snnir.codes.ramps.integers`.
    A signed neuron that resets to a value resets to minus that value below. Where neurons may send many spikes in a
    step, s counts them: ``s = trunc(v / theta)``, from 0 on where the neuron is not signed. A floor holds after every
    step: ``v = max(v - m, 0) + m`` with ``m = floor theta``.

    Args:
        op: Threshold and initial membrane of each neuron.
        current: ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant.
        steps: Time steps of one inference.
        semantics: How the target's neurons behave.
        overwrite: The current is not needed any more: the spikes take its place, which saves a trip to memory.

    Returns:
        An array ``[steps, points, neurons]``.
    """
    if semantics.integer is not None:
        return integer_spikes(op, current, steps, semantics)
    threshold, membrane = _start(op, current)
    constant = current.shape[0] == 1
    fits = overwrite and current.shape[0] == steps
    spikes = current if fits else np.empty((steps, *current.shape[1:]), current.dtype)
    usual = semantics.reset == "subtract" and semantics.compare == ">=" and not semantics.many
    plain = op.signed and usual and semantics.floor is None and bool(np.all(threshold == 1))
    for step in range(steps):
        membrane += current[0 if constant else step]
        if plain:
            _fire_signed_unit(membrane, spikes[step])
        else:
            _fire(op, membrane, threshold, spikes[step], semantics)
    return spikes


def count_ties(op: IntegrateAndFire, current: Array, steps: int, semantics: Semantics) -> ThresholdTies:
    """Return the ties of a layer; arguments as of `integrate_and_fire`."""
    threshold, membrane = _start(op, current)
    spikes = np.empty_like(membrane)
    found = ThresholdTies()
    for step in range(steps):
        membrane += current[0 if current.shape[0] == 1 else step]
        heights = np.abs(membrane) if op.signed else membrane
        tied = heights == threshold
        if semantics.many:
            tied = (heights >= threshold) & (np.fmod(heights, threshold) == 0)
        _fire(op, membrane, threshold, spikes, semantics)
        heights = np.abs(membrane) if op.signed else membrane
        found += ThresholdTies(int(np.sum(tied)), int(np.sum((heights >= threshold) & (spikes != 0))))
    return found


def _start(op: IntegrateAndFire, current: Array) -> tuple[Array, Array]:
    """Return thresholds ``[neurons]`` and membranes before the first step ``[points, neurons]``."""
    threshold: Array = op.threshold.array.astype(current.dtype)
    membrane = np.zeros(current.shape[1:], current.dtype)
    if op.initial is not None:
        membrane += op.initial.array.astype(current.dtype)
    return threshold, membrane


def _fire_signed_unit(membrane: Array, spikes: Array) -> None:
    """Fire at thresholds of +-1: the general rule in three passes over the membrane instead of eight."""
    membrane.clip(-1, 1, out=spikes)
    np.trunc(spikes, out=spikes)
    membrane -= spikes


def _fire(op: IntegrateAndFire, membrane: Array, threshold: Array, spikes: Array, semantics: Semantics) -> None:
    if semantics.many:
        _count(op, membrane, threshold, spikes, semantics)
    else:
        above = np.greater_equal if semantics.compare == ">=" else np.greater
        spikes[...] = above(membrane, threshold)
        if op.signed:
            spikes -= above(-membrane, threshold)
    if semantics.reset == "subtract":
        membrane -= spikes * threshold
    else:
        np.multiply(np.sign(spikes), semantics.reset_value, out=membrane, where=spikes != 0)
    if semantics.floor is not None:
        # As a rectifier around the floor, which rounds: so it is where such a thing is known.
        lowest = semantics.floor * threshold
        np.maximum(membrane - lowest, 0, out=membrane)
        membrane += lowest


def _count(op: IntegrateAndFire, membrane: Array, threshold: Array, spikes: Array, semantics: Semantics) -> None:
    """Set the number of whole thresholds in the membrane; one that only equals a multiple counts for ``>=`` alone."""
    np.divide(membrane, threshold, out=spikes)
    if semantics.compare == ">=":
        np.trunc(spikes, out=spikes)
    else:
        size = np.abs(spikes)
        np.copysign(np.maximum(np.ceil(size) - 1, 0), spikes, out=spikes)
    if not op.signed:
        np.maximum(spikes, 0, out=spikes)
