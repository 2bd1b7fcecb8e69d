"""Accuracy and cost metrics: error on unseen points, spikes, operations, energy, and where the error arises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from snnir.analysis.accuracy import conversion_errors
from snnir.analysis.bound import error_bound, find_cuts, observed_values
from snnir.analysis.evaluations import Evaluations
from snnir.analysis.inference import inference_counts
from snnir.analysis.latencies import latency
from snnir.analysis.messages import message_counts
from snnir.analysis.operations import Part as OperationPart
from snnir.analysis.operations import break_even, energy, operation_parts, operations
from snnir.analysis.ranges import RangeWatch
from snnir.analysis.recording import sent
from snnir.analysis.sparse import evaluate_sparsely, is_stream
from snnir.analysis.thinning import MAX_MERGED, thinned
from snnir.analysis.units import find_layers
from snnir.ir import Graph, Node
from snnir.metrics.bound import Bound
from snnir.metrics.cost import Energy, InferenceCounts, LayerReport, Messages, Operations, Spikes
from snnir.metrics.energy_models import MODELS, EnergyModel, ModelEnergy, energy_by
from snnir.metrics.error import ConversionErrors
from snnir.ops import Neuron, layer_widths
from snnir.semantics import Semantics, evaluate
from snnir.types import Array

MAX_BOUND = 1 << 16
"""The same as `MAX_MERGED` for the bound of the error: the merge runs several times for every layer."""

MAX_RANGES = 1 << 10
"""Points of an axis that ranges of integers are looked at on; a merge of axes is looked at on all that are measured."""


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
        energy_by_model: The same by every model.
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
    energy_by_model: tuple[ModelEnergy, ...]
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

    def energy_by(self, model: EnergyModel) -> ModelEnergy:
        """Return the energy of an inference by a model."""
        return energy_by(model, self.operations, self.total)


@dataclass
class _Counts:
    """Sees what layers send, an observer.

    Attributes:
        ranges: Sees the messages among it, of the first points.
        spikes: Or messages, ``[neurons]``, by layer.
        sizes: Inferences, by layer.
    """

    ranges: RangeWatch | None
    spikes: dict[str, Array] = field(default_factory=dict[str, Array])
    sizes: Counter[str] = field(default_factory=Counter[str])

    def see(self, node: Node, points: slice, spikes: Array) -> None:
        """Take a chunk ``[steps, points, neurons]``."""
        self.spikes[node.name] = self.spikes.get(node.name, 0) + sent(node, spikes)
        self.sizes[node.name] += spikes.shape[1]
        if self.ranges is not None and points.start < MAX_RANGES:
            self.ranges.messages(node, points, spikes[:, : MAX_RANGES - points.start])

    def per_inference(self) -> dict[str, Array]:
        """Return the mean of what each neuron sends, ``[neurons]``, by layer."""
        return {name: self.spikes[name] / size for name, size in self.sizes.items()}


def simulate(
    graph: Graph,
    ann: Graph,
    points: Mapping[str, Array],
    semantics: Semantics,
    *,
    reference: Graph | None = None,
    original: Graph | None = None,
    known: Evaluations | None = None,
    ranges: RangeWatch | None = None,
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
        ranges: Of integers: sees the first `MAX_RANGES` points of an axis.
        progress: Called with the part done, from 0 to 1.
    """
    original, reference = original or ann, reference or ann
    counts = _Counts(ranges)
    currents = None if ranges is None else ranges.currents
    if is_stream(graph):
        compared, spiking = evaluate_sparsely(
            graph,
            points,
            semantics,
            MAX_MERGED,
            observe=counts.see,
            currents=currents,
            first=MAX_RANGES,
            progress=progress,
        )
    else:
        compared = points = thinned(ann, points)
        wanted = observed_values(graph, find_cuts(graph, ann, reference))
        spiking = evaluate(
            graph,
            points,
            outputs=wanted,
            semantics=semantics,
            observe=counts.see,
            currents=currents,
            first=MAX_RANGES,
            progress=progress,
        )
    per_neuron = counts.per_inference()
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
        sizes=counts.sizes,
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
    ranges: RangeWatch | None = None,
    progress: Callable[[float], None] | None = None,
) -> Measurement:
    """Simulate, and attribute the error to layers; arguments as of `simulate`."""
    return measured(
        simulate(
            graph, ann, points, semantics, reference=reference, original=original, ranges=ranges, progress=progress
        )
    )


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
        energy_by_model=tuple(map(done.energy_by, MODELS.values())),
        bound=bound,
    )


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


__all__ = ["Measurement", "Simulation", "measure", "measured", "simulate"]
