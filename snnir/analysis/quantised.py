"""The plain alternative: the analog network with its activations in as many bits as a spike train holds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from snnir.analysis.accuracy import differences, shapes_of
from snnir.analysis.evaluations import Evaluations
from snnir.analysis.operations import multiplications
from snnir.analysis.units import find_layers
from snnir.ir import Graph
from snnir.metrics.energy_models import of_integers
from snnir.metrics.error import QuantisedErrors, measures
from snnir.semantics import evaluate
from snnir.types import Array


def quantised_errors(
    ann: Graph,
    calibration: Mapping[str, Array],
    points: Mapping[str, Array],
    bits: int,
    known: Evaluations | None = None,
) -> QuantisedErrors:
    """Return the error of the analog network with activations of so many bits, against itself in full precision.

    Plain post-training quantisation, a fair baseline for the spiking network: the activations of every layer of units
    are rounded to the nearest of ``2^bits`` even levels between their least and largest value on the calibration
    points, one range per layer. Weights keep their precision, as those of the spiking network do; its energy is that of
    integers of 8 or 32 bits all the same, see `snnir.metrics.energy_models.of_integers`.

    Args:
        ann: Canonical.
        calibration: Points that ranges are taken from, by input name.
        points: Points to measure on, which calibration did not see.
        bits: Of every activation.
        known: Values of the analog network that are known already.

    """
    names = [layer.a for layer in find_layers(ann)]
    known = known or Evaluations()
    seen = known.values(ann, calibration, names)
    given: dict[str, Array] = {}
    for name in names:
        made = evaluate(ann, {**points, **given}, outputs=[name])[name]
        given[name] = _rounded(made, float(seen[name].min()), float(seen[name].max()), bits)
    found = differences(evaluate(ann, {**points, **given}), known.values(ann, points), shapes_of(ann))
    model = of_integers(bits)
    energy = model.ann_multiply_accumulate * multiplications(ann)
    return QuantisedErrors(bits=bits, energy_model=model.name, energy_pj=energy, **measures(found))


def _rounded(array: Array, low: float, high: float, bits: int) -> Array:
    """Return numbers rounded to the nearest of even levels, those outside to the ends."""
    step = (high - low) / (2**bits - 1)
    if step <= 0:
        return np.full_like(array, low)
    inside: Array = np.clip(array, low, high)
    rounded: Array = low + step * np.rint((inside - low) / step)
    return rounded
