"""What rounding units to digits does at the outputs, before any spike is simulated: a bound, and what to expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot

import numpy as np

from snnir.analysis.accuracy import norm, point_count
from snnir.analysis.asymptote import limit
from snnir.analysis.evaluations import Evaluations
from snnir.codes.exact.slopes import flattened, free_sizes, slopes
from snnir.codes.radix.digits import rounding
from snnir.codes.radix.neuron import SignedDigits
from snnir.ir import Graph
from snnir.semantics import evaluate
from snnir.types import Array

TYPICAL = 0.5
"""The root mean square of a rounding error, as part of the largest one: 1/3 of the last digit, of 2/3 at most."""


@dataclass(frozen=True)
class Rounding:
    """What the rounding errors of all units do together; see `rounding_errors`.

    Attributes:
        bound: The relative L2 conversion error is at most this, on the points that were looked at and to first order:
            no proof for others.
        expected: And about this.
        points: How many points that were.
        sensitivity: Per neuron layer, how much the outputs change (root of the sum of squares) with what its
            neurons' digits decode to, ``[neurons]``.
    """

    bound: float
    expected: float
    points: int
    sensitivity: Mapping[str, Array]


def rounding_errors(
    graph: Graph, ann: Graph, points: Mapping[str, Array], known: Evaluations | None = None
) -> Rounding:
    """Return how large the conversion error of a network in the `radix` code can be, and will probably be.

    Its `limit` computes f exactly. K digits round a unit by ``|e_i| <= rounding(K)`` of its full scale at most, and by
    no more than its own largest value; where a value is larger than the full scale, because no calibration
    point went so far, the rest is lost: ``|e_i(x)| <= |h_i(x)| - 1``, h_i what its digits should decode to. With
    ``d_i(x)`` the change of an output at the point x where unit i alone is off by its largest error, in the limit, to
    first order

        |y(x) - y_limit(x)| <= sum over i of |d_i(x)|,

    whatever the signs of the errors are; the norm of this over all points and outputs, added to how far the limit is
    from the analog network, is the bound. If the errors are independent, their squares add up instead: what to
    expect. Both need one backward pass through the limit (`slopes`), and no spikes.

    Args:
        graph: Coupled, in the `radix` code.
        ann: The canonical analog network.
        points: By input name.
        known: Values of the analog network that are known already.
    """
    reference = limit(graph)
    names = {node.output.name: node for node in graph.of(SignedDigits)}
    own = evaluate(reference, points, outputs=dict.fromkeys((*names, *reference.outputs)))
    analog = (known or Evaluations()).values(ann, points)
    outputs = dict(zip(ann.outputs, reference.outputs, strict=True))
    size = norm(analog) or 1.0
    replacement = norm({name: own[value].astype(np.float64) - analog[name] for name, value in outputs.items()}) / size
    shapes = {name: kind.shape for name, kind in reference.types.items()}
    flat = {value: flattened(own[value], shapes[value], free_sizes(shapes[value])) for value in outputs.values()}
    largest = {value: np.zeros(np.moveaxis(array, -1, 0).shape) for value, array in flat.items()}
    typical = {value: np.zeros(array.shape) for value, array in largest.items()}
    off = {value: _errors(own[value], rounding(node.output.type.steps)) for value, node in names.items()}
    squares = {value: np.zeros(each.shape[-1]) for value, (each, _) in off.items()}
    for value, output, columns, slope in slopes(reference, points, tuple(names)):
        moved = flattened(off[value][1], shapes[value], free_sizes(shapes[output]))
        change = np.broadcast_to(slope * moved, (*largest[output][columns].shape, slope.shape[-1]))
        largest[output][columns] += np.abs(change).sum(axis=-1)
        typical[output][columns] += np.square(TYPICAL * change).sum(axis=-1)
        squares[value] += np.square(change).reshape(-1, len(squares[value])).sum(axis=0)
    return Rounding(
        bound=replacement + norm(largest) / size,
        expected=hypot(replacement, norm({name: np.sqrt(square) for name, square in typical.items()}) / size),
        points=point_count(ann, analog),
        sensitivity={node.name: np.sqrt(squares[value]) / off[value][0] for value, node in names.items()},
    )


def few(ann: Graph, points: Mapping[str, Array], most: int) -> dict[str, Array]:
    """Return the first points, so many of each free size that they make at most `most` together."""
    sizes = {dim for value in ann.inputs for dim in value.type.shape if isinstance(dim, str)}
    each = max(int(most ** (1 / max(len(sizes), 1)) + 1e-9), 1)
    return {
        value.name: points[value.name][tuple(slice(each if isinstance(dim, str) else None) for dim in value.type.shape)]
        for value in ann.inputs
    }


def _errors(signal: Array, error: float) -> tuple[Array, Array]:
    """Return the error that every unit may have in its range, ``[units]``, and what it may have at every point.

    Args:
        signal: What the digits should decode to, ``[..., units]``.
        error: Of digits in their range.
    """
    size = np.abs(signal.astype(np.float64))
    highest = size.reshape(-1, size.shape[-1]).max(axis=0)
    off = np.where(highest > 0, np.minimum(error, highest), error)
    return off, np.maximum(off, size - 1)
