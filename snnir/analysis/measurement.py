"""Accuracy and cost metrics: error on unseen points, spikes, operations, energy, and where the error arises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from snnir.analysis.accuracy import conversion_errors
from snnir.analysis.bound import error_bound, find_cuts, observed_values
from snnir.analysis.evaluations import Evaluations
from snnir.analysis.inference import inference_counts
from snnir.analysis.latencies import latency
from snnir.analysis.messages import message_counts
from snnir.analysis.operations import Part as OperationPart
from snnir.analysis.operations import break_even, energy, operation_parts, operations
from snnir.analysis.recording import sent
from snnir.analysis.sparse import evaluate_sparsely, is_stream
from snnir.analysis.units import find_layers
from snnir.ir import Graph, Node
from snnir.metrics.bound import Bound
from snnir.metrics.cost import Energy, InferenceCounts, LayerReport, Messages, Operations, Spikes
from snnir.metrics.error import ConversionErrors
from snnir.ops import Neuron, layer_widths
from snnir.semantics import Semantics, evaluate
from snnir.types import Array

MAX_MERGED = 1 << 20
"""Points of a product of axes that an error is measured on, at most."""

MAX_MERGED_UNITS = 1 << 14
"""The same where layers of units lie behind the merge: every one of these points is simulated."""

MAX_BOUND = 1 << 16
"""The same for the bound of the error: the merge runs several times for every layer."""


@dataclass(frozen=True)
class Measurement:
    """What a compiled network does on a set of points.

    Attributes:
        errors: Against the analog network, over all outputs and of each.
        inferences: How often the network ran for these points, see `inference_counts`.
        latency: Steps from the inputs to the last output, of all layers together.
        layers: Per neuron layer.
        spikes: Neurons' outputs that are not zero.
        messages: The same where they are graded, see `snnir.analysis.messages`; None where they are +1 and -1.
        operations: Per inference. Of f inside neurons: once per unit in the radix and the sigma-delta code, at every
            step if layers of the former are pipelined, else none.
        energy_pj: Per inference.
        bound: Of the conversion error, with what every layer adds to it.
    """

    errors: ConversionErrors
    inferences: InferenceCounts
    latency: int
    layers: tuple[LayerReport, ...]
    spikes: Spikes
    messages: Messages | None
    operations: Operations
    energy_pj: Energy
    bound: Bound


@dataclass(frozen=True)
class Simulation:
    """What a spiking graph and the analog network that it stands for give on the same points, and what that costs.

    Attributes:
        graph: The spiking one.
        ann: The analog network.
        reference: What the spiking graph is meant to compute with ever more steps.
        semantics: How neurons behaved.
        points: By input name, as they were simulated.
        values: Outputs of the spiking graph, and decoded signals at the cuts of the bound, by name.
        analog: Outputs of the analog network where errors are measured, by name.
        errors: See `conversion_errors`.
        per_neuron: Spikes or messages per inference of every neuron, ``[neurons]``, by layer.
        sizes: How many inferences every layer made.
        parts: What every node costs.
        operations: Of all together, see `snnir.analysis.operations`.
        total: Spikes or messages of neurons per inference.
        units: Of the analog network.
    """

    graph: Graph
    ann: Graph
    reference: Graph
    semantics: Semantics
    points: Mapping[str, Array]
    values: Mapping[str, Array]
    analog: Mapping[str, Array]
    errors: ConversionErrors
    per_neuron: Mapping[str, Array]
    sizes: Mapping[str, int]
    parts: tuple[OperationPart, ...]
    operations: Operations
    total: float
    units: int

    @property
    def energy_pj(self) -> Energy:
        """Per inference, see `snnir.analysis.operations.energy`."""
        return energy(self.operations, self.parts)


def simulate(
    graph: Graph,
    ann: Graph,
    points: Mapping[str, Array],
    semantics: Semantics,
    *,
    reference: Graph | None = None,
    original: Graph | None = None,
    known: Evaluations | None = None,
    progress: Callable[[float], None] | None = None,
) -> Simulation:
    """Run a spiking graph and the analog network that it stands for on the same points.

    Args:
        graph: Coupled and calibrated.
        ann: Canonical.
        points: By input name; should be unseen by calibration.
        semantics: How the target's neurons behave.
        reference: What the spiking graph is meant to compute with ever more steps; `ann` if None.
        original: What units and cost are compared with, where `ann` is another form of it.
        known: Values of the analog network that are known already.
        progress: Called with the part done, from 0 to 1.
    """
    original, reference = original or ann, reference or ann
    counts: dict[str, Array] = {}
    sizes: Counter[str] = Counter()

    def count(node: Node, _: slice, spikes: Array) -> None:
        counts[node.name] = counts.get(node.name, 0) + sent(node, spikes)
        sizes[node.name] += spikes.shape[1]

    if is_stream(graph):
        compared, spiking = evaluate_sparsely(graph, points, semantics, MAX_MERGED, observe=count, progress=progress)
    else:
        compared = points = thinned(ann, points)
        wanted = observed_values(graph, find_cuts(graph, ann, reference))
        spiking = evaluate(graph, points, outputs=wanted, semantics=semantics, observe=count, progress=progress)
    per_neuron = {name: counts[name] / sizes[name] for name in sizes}
    parts = operation_parts(graph, per_neuron)
    analog = evaluate(ann, compared) if known is None or is_stream(graph) else known.values(ann, compared)
    return Simulation(
        graph=graph,
        ann=ann,
        reference=reference,
        semantics=semantics,
        points=points,
        values=spiking,
        analog=analog,
        errors=conversion_errors(ann, spiking, analog),
        per_neuron=per_neuron,
        sizes=sizes,
        parts=parts,
        operations=operations(graph, original, parts),
        total=float(sum(per_neuron[name].sum() for name in layer_widths(graph))),
        units=sum(layer.width for layer in find_layers(original)),
    )


def measure(
    graph: Graph,
    ann: Graph,
    points: Mapping[str, Array],
    semantics: Semantics,
    *,
    reference: Graph | None = None,
    original: Graph | None = None,
    progress: Callable[[float], None] | None = None,
) -> Measurement:
    """Simulate, and attribute the error to layers; arguments as of `simulate`."""
    done = simulate(graph, ann, points, semantics, reference=reference, original=original, progress=progress)
    return measured(done)


def measured(done: Simulation) -> Measurement:
    """Return what a simulation shows: where errors arise, how large they can be, and what everything costs."""
    graph, ann, semantics = done.graph, done.ann, done.semantics
    streaming = is_stream(graph)
    part = done.points if streaming else thinned(ann, done.points, MAX_BOUND)
    same = part is done.points and not streaming
    bound = error_bound(
        graph,
        ann,
        part,
        semantics,
        reference=done.reference,
        most=MAX_BOUND,
        simulated=done.values if same else None,
        analog=done.analog if same else None,
    )
    timing = latency(graph)
    neurons = tuple(graph.of(Neuron))
    per_point = {name: float(spikes.sum()) for name, spikes in done.per_neuron.items()}
    layers = tuple(_layer(node, per_point[node.name], bound, timing.starts[node.name]) for node in neurons)
    return Measurement(
        errors=done.errors,
        inferences=inference_counts(graph, done.sizes),
        latency=timing.steps,
        layers=layers,
        spikes=Spikes(
            rate=float(np.mean([layer.rate for layer in layers])),
            per_unit=done.total / done.units,
            total_per_inference=done.total,
            break_even=break_even(done.parts, done.operations.ann_mac, done.total, done.units),
        ),
        messages=message_counts(graph, per_point, done.units),
        operations=done.operations,
        energy_pj=done.energy_pj,
        bound=bound,
    )


def merges_before_units(ann: Graph) -> bool:
    """Whether layers of units lie behind a product of axes, so that points multiply before they are simulated."""
    shapes = (ann.types[layer.z].shape for layer in find_layers(ann))
    return any(sum(isinstance(dim, str) for dim in shape) > 1 for shape in shapes)


def thinned(ann: Graph, points: Mapping[str, Array], most: int = MAX_MERGED) -> Mapping[str, Array]:
    """Return fewer points per axis where their product would be too many to merge, or to run layers of units on."""
    sizes = {
        dim: size
        for value in ann.inputs
        for dim, size in zip(value.type.shape, points[value.name].shape, strict=True)
        if isinstance(dim, str)
    }
    most = min(most, MAX_MERGED_UNITS) if merges_before_units(ann) else most
    if len(sizes) < 2 or prod(sizes.values()) <= most:
        return points
    each = int(most ** (1 / len(sizes)))
    thin: dict[str, Array] = {}
    for value in ann.inputs:
        cut = tuple(slice(each) if isinstance(dim, str) else slice(None) for dim in value.type.shape)
        thin[value.name] = points[value.name][cut]
    return thin


def _layer(node: Node[Neuron], per_point: float, bound: Bound, start: int) -> LayerReport:
    neurons = node.op.width
    return LayerReport(
        name=node.name,
        neurons=neurons,
        rate=per_point / (neurons * node.output.type.steps),
        threshold=float(np.mean(node.op.amplitude.array)),
        # A layer may drive several others: the largest of the errors it has a part in.
        local_error=max((part.local_error for part in bound.parts if node.name in part.sources), default=0.0),
        start=start,
    )


__all__ = ["Measurement", "Simulation", "measure", "measured", "merges_before_units", "simulate", "thinned"]
