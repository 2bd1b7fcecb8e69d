"""The scan of the `first-spike` code: all steps of one layer, for one chunk of points."""

from __future__ import annotations

import numpy as np

from snnir.codes.first_spike.neuron import Course, FirstSpike
from snnir.semantics import Comparison
from snnir.types import Array


def first_spikes(op: FirstSpike, current: Array, steps: int, compare: Comparison = ">=") -> Array:
    """Return the spikes that a layer sends, as 0 and 1, ``[steps, points, neurons]``.

    The update equation is that of `FirstSpike`, step by step, in the order of operations that programs have for a leaky
    neuron: so their spikes are the same in single precision, too.

    Args:
        op: Threshold and gate of each neuron.
        current: ``[steps, points, neurons]``, or ``[1, points, neurons]`` where it is constant.
        steps: T.
        compare: A neuron fires when its membrane is ``>=`` or ``>`` its threshold.
    """
    return scan_spikes(op, current, steps, compare)[1]


def scan_spikes(op: FirstSpike, current: Array, steps: int, compare: Comparison = ">=") -> tuple[Array, Array]:
    """Return the spikes while it reads, of which there should be none, and those that it sends; see `first_spikes`."""
    dtype = current.dtype
    opened, sending, released, pushed = (array.astype(dtype) for array in op.pulses(steps))
    threshold, factor = op.threshold.array.astype(dtype), dtype.type(Course(steps).leak)
    membrane = np.zeros(current.shape[1:], dtype)
    above = np.greater_equal if compare == ">=" else np.greater
    spikes = np.empty((2, steps, *membrane.shape), dtype)

    def step(arriving: Array, fired: Array) -> None:
        nonlocal membrane
        membrane += (arriving - membrane) * factor
        above(membrane, threshold, out=fired, casting="unsafe")
        membrane *= 1 - fired

    for k in range(steps):
        arriving = -current[0 if len(current) == 1 else k]
        step(arriving + opened if k == 0 else arriving, spikes[0, k])
    for k in range(steps):
        extra = (released if k == 0 else 0) + (pushed if k == steps - 1 else 0)
        step(sending + extra, spikes[1, k])
    return spikes[0], spikes[1]
