"""The honest numbers: error on unseen points, spikes, operations, energy, and where the error arises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from snnir.analysis.afferents import Afferents, encoder, find_afferents
from snnir.analysis.limit import limit
from snnir.analysis.units import downstream, find_layers
from snnir.ir import Graph, Node
from snnir.ops import Conv, Dense, Einsum, Encode, IntegrateAndFire, MatMul
from snnir.semantics import Semantics, evaluate
from snnir.types import Array, Current, Dim, Spikes

AC_PJ = 0.9
MAC_PJ = 4.6
"""Picojoule per 32-bit floating-point accumulate and multiply-accumulate at 45 nm: Horowitz, "Computing's energy
problem", ISSCC 2014. Arithmetic alone: no memory, no routing."""

MAX_MERGED = 1 << 20
"""Points of a product of axes that an error is measured on, at most."""

MAX_MERGED_UNITS = 1 << 14
"""The same where layers of units lie behind the merge: every one of these points is simulated."""


@dataclass(frozen=True)
class Measurement:
    """What a compiled network does on a set of points.

    Attributes:
        conversion: Error against the analog network over all outputs: ``rel_l2``, ``rms``, ``max_abs``, ``points``.
        outputs: The same for every output, with its name.
        layers: Per neuron layer: ``name``, ``neurons``, ``rate``, ``threshold`` (mean amplitude), ``local_error``.
        spikes: ``rate`` (mean over layers), ``per_unit``, ``total_per_inference``.
        operations: Per inference: ``ac``, ``mac``, ``ann_mac``.
        energy_pj: Per inference: ``snn``, ``ann``.
    """

    conversion: Mapping[str, Any]
    outputs: tuple[Mapping[str, Any], ...]
    layers: tuple[Mapping[str, Any], ...]
    spikes: Mapping[str, float]
    operations: Mapping[str, float]
    energy_pj: Mapping[str, float]


def measure(
    graph: Graph,
    ann: Graph,
    points: Mapping[str, Array],
    semantics: Semantics,
    progress: Callable[[float], None] | None = None,
) -> Measurement:
    """Run a spiking graph and the analog network that it stands for on the same points.

    Args:
        graph: Coupled and calibrated.
        ann: Canonical.
        points: By input name; should be unseen by calibration.
        semantics: How the target's neurons behave.
        progress: Called with the part done, from 0 to 1.
    """
    points = thinned(ann, points)
    counts: dict[str, Array] = {}
    sizes: Counter[str] = Counter()

    def count(node: Node, _: slice, spikes: Array) -> None:
        counts[node.name] = counts.get(node.name, 0) + np.count_nonzero(spikes, axis=(0, 1))
        sizes[node.name] += spikes.shape[1]

    neurons = tuple(graph.of(IntegrateAndFire))
    afferents = find_afferents(graph, ann)
    wanted = dict.fromkeys((*graph.outputs, *(each.current for each in afferents)))
    spiking = evaluate(graph, points, outputs=wanted, semantics=semantics, observe=count, progress=progress)
    analog = evaluate(ann, points)
    per_neuron = {name: counts[name] / sizes[name] for name in sizes}
    per_point = {name: float(spikes.sum()) for name, spikes in per_neuron.items()}
    errors = [_errors(name, spiking[name], analog[name], ann.types[name].shape) for name in graph.outputs]
    local = local_errors(graph, afferents, spiking, points, semantics)
    layers = tuple(_layer(node, per_point[node.name], local[node.name]) for node in neurons)
    units = sum(layer.width for layer in find_layers(ann))
    total = float(sum(per_point.values()))
    operations = _operations(graph, ann, per_neuron)
    return Measurement(
        conversion=_joined(errors),
        outputs=tuple({key: row[key] for key in ("name", "rel_l2", "rms", "max_abs")} for row in errors),
        layers=layers,
        spikes={
            "rate": float(np.mean([layer["rate"] for layer in layers])),
            "per_unit": total / units,
            "total_per_inference": total,
        },
        operations=operations,
        energy_pj={
            "snn": AC_PJ * operations["ac"] + MAC_PJ * operations["mac"],
            "ann": MAC_PJ * operations["ann_mac"],
        },
    )


def merges_before_units(ann: Graph) -> bool:
    """Whether layers of units lie behind a product of axes, so that points multiply before they are simulated."""
    shapes = (ann.types[layer.z].shape for layer in find_layers(ann))
    return any(sum(isinstance(dim, str) for dim in shape) > 1 for shape in shapes)


def thinned(ann: Graph, points: Mapping[str, Array]) -> Mapping[str, Array]:
    """Return fewer points per axis where their product would be too many to merge, or to run layers of units on."""
    sizes = {
        dim: size
        for value in ann.inputs
        for dim, size in zip(value.type.shape, points[value.name].shape, strict=True)
        if isinstance(dim, str)
    }
    most = MAX_MERGED_UNITS if merges_before_units(ann) else MAX_MERGED
    if len(sizes) < 2 or prod(sizes.values()) <= most:
        return points
    each = int(most ** (1 / len(sizes)))
    thin: dict[str, Array] = {}
    for value in ann.inputs:
        cut = tuple(slice(each) if isinstance(dim, str) else slice(None) for dim in value.type.shape)
        thin[value.name] = points[value.name][cut]
    return thin


def _errors(name: str, spiking: Array, analog: Array, shape: tuple[Dim, ...] = ()) -> dict[str, Any]:
    """Return the error of an output, over as many points as the free sizes of its shape make."""
    difference = spiking.astype(np.float64) - analog
    squares, norm = float(np.sum(difference**2)), float(np.sum(analog.astype(np.float64) ** 2))
    return {
        "name": name,
        "rel_l2": _ratio(squares, norm),
        "rms": (squares / analog.size) ** 0.5,
        "max_abs": float(np.max(np.abs(difference))),
        "squares": squares,
        "norm": norm,
        "size": analog.size,
        "points": prod(size for size, dim in zip(analog.shape, shape, strict=False) if isinstance(dim, str)),
    }


def _joined(rows: list[dict[str, Any]]) -> dict[str, Any]:
    squares, norm = sum(row["squares"] for row in rows), sum(row["norm"] for row in rows)
    return {
        "rel_l2": _ratio(squares, norm),
        "rms": (squares / sum(row["size"] for row in rows)) ** 0.5,
        "max_abs": max(row["max_abs"] for row in rows),
        "points": max(row["points"] for row in rows),
    }


def _ratio(squares: float, norm: float) -> float:
    """Return the relative error; against a network that is zero everywhere, the absolute one."""
    return float(np.sqrt(squares / norm if norm > 0 else squares))


def _layer(node: Node, per_point: float, local_error: float) -> dict[str, Any]:
    op = node.op
    coding = node.output.type.coding
    if not isinstance(op, IntegrateAndFire) or not isinstance(coding, Spikes):
        raise TypeError(f"{node.name} is no neuron layer")
    neurons = op.threshold.shape[0]
    return {
        "name": node.name,
        "neurons": neurons,
        "rate": per_point / (neurons * coding.steps),
        "threshold": float(np.mean(op.amplitude.array)),
        "local_error": local_error,
    }


def local_errors(
    graph: Graph,
    afferents: tuple[Afferents, ...],
    decoded: Mapping[str, Array],
    points: Mapping[str, Array],
    semantics: Semantics | None = None,
) -> dict[str, float]:
    """Return how far a finite number of steps takes each neuron layer from its limit, relative, by layer name.

    The limit of the network for T to infinity goes one layer on from the mean currents that the layers really got;
    what they deliver is compared with that: ``|delivered - expected| / |expected|`` over all points, the
    largest where a layer drives several others. This is the local conversion error e_c of the paper's Theorem
    1 for the function that the neurons stand for, taken behind the weights. Calibration makes up for much of it
    in the layers that follow, so these numbers show where steps matter most, not what is left at the output.

    Args:
        graph: Spiking.
        afferents: Of `graph`.
        decoded: Mean over the steps of every current that drives a layer or readout.
        points: What `decoded` was computed on.
        semantics: How the target's neurons behave; reset by subtraction if None.
    """
    ideal = limit(graph, semantics)
    received = {each.current: decoded[each.current] for each in afferents}
    worst: dict[str, float] = dict.fromkeys((node.name for node in graph.of(IntegrateAndFire)), 0.0)
    for each in afferents:
        given = {name: array for name, array in received.items() if name != each.current}
        expected = evaluate(ideal, {**points, **given}, outputs=[each.current])[each.current]
        error = _errors("", received[each.current], expected)["rel_l2"]
        for name in each.synapses:
            source = graph.producers[graph.by_name[name].inputs[0]].name
            worst[source] = max(worst[source], error)
    return worst


def membrane_scale(op: IntegrateAndFire) -> Array:
    """Return the factors from pre-activations in the analog network's units to a layer's current, ``[neurons]``.

    What reaches a population is the pre-activation itself: its encoder scales it.
    """
    if op.per_unit is not None:
        return np.ones(1)
    scale: Array = op.threshold.array.astype(np.float64) / op.amplitude.array
    return scale


def _operations(graph: Graph, ann: Graph, per_neuron: Mapping[str, Array]) -> dict[str, float]:
    """Return operations per inference: every spike costs the weights of its neuron that are not zero.

    An encoder works at every step, unless its current is constant: a multiply-accumulate for every neuron, or an
    accumulate where all its weights are 1 and -1.
    """
    accumulates = multiplies = 0.0
    encoders = {found.name for node in graph.of(IntegrateAndFire) if (found := encoder(graph, node)) is not None}
    varying = downstream(graph, {node.output.name for node in graph.of(IntegrateAndFire)})
    for node in graph.nodes:
        source = graph.producers.get(node.inputs[0]) if node.inputs else None
        if isinstance(node.op, Dense) and source is not None and isinstance(source.op, IntegrateAndFire):
            accumulates += float(per_neuron[source.name] @ np.count_nonzero(node.op.weight.array, axis=1))
        elif isinstance(node.op, Dense) and node.name in encoders:
            weight = node.op.weight.array[node.op.weight.array != 0]
            count = weight.size * (_steps(node) if node.inputs[0] in varying else 1)
            if np.all(np.abs(weight) == 1):
                accumulates += count
            else:
                multiplies += count
        elif not isinstance(node.op, Encode):
            multiplies += _multiplies(graph, node)
    return {
        "ac": float(accumulates),
        "mac": float(multiplies),
        "ann_mac": float(sum(_multiplies(ann, node) for node in ann.nodes)),
    }


def _steps(node: Node) -> int:
    coding = node.output.type.coding
    return coding.steps if isinstance(coding, Current | Spikes) else 1


def _multiplies(graph: Graph, node: Node) -> int:
    """Return the multiply-accumulates of an analog node per inference; free sizes count as 1."""
    op = node.op
    if isinstance(op, Dense):
        return int(np.count_nonzero(op.weight.array))
    made = prod(dim for dim in node.outputs[0].type.shape if isinstance(dim, int))
    if isinstance(op, Conv):
        return made * int(prod(op.weight.shape[1:]))
    if isinstance(op, MatMul):
        inner = graph.types[node.inputs[0]].shape[-1]
        return made * (inner if isinstance(inner, int) else 1)
    if isinstance(op, Einsum):
        return max(prod(dim for dim in graph.types[name].shape if isinstance(dim, int)) for name in node.inputs)
    return 0


__all__ = ["Measurement", "local_errors", "measure", "membrane_scale", "merges_before_units", "thinned"]
