"""What an inference costs, node by node: accumulates, multiply-accumulates, the energy of both, and rows of weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from snnir.analysis.latencies import neuron_updates
from snnir.analysis.units import downstream
from snnir.ir import Answers, Graph, Node
from snnir.metrics.cost import Energy, EnergyPart, Kind, Operations
from snnir.metrics.energy_models import FLOAT32
from snnir.ops import Conv, Dense, Einsum, MatMul, Neuron, sender
from snnir.types import Array

evaluations: Answers[Callable[[Node], int]] = Answers("the number of evaluations of f")
"""How often the neurons of a layer evaluate their functions in one inference; an op without an answer never does."""

pulses: Answers[Callable[[Node], int]] = Answers("the number of pulses")
"""How many accumulates the neurons of a layer take for pulses of a clock in one inference, whatever they receive; an op
without an answer gets none."""


@dataclass(frozen=True)
class Part:
    """What one node adds to the cost of an inference.

    Attributes:
        node: Its name.
        kind: ``spikes``: synapses of a layer of neurons, which cost as often as there are spikes or messages;
            ``clock``: what neurons get from a clock;
            ``changes``: those of changes of inputs; ``encoder``: from pre-activations to the neurons of populations;
            ``input``: what is computed before the first neurons; ``host``: numbers behind or between them.
        source: Name of the layer whose spikes, or of the value, it works on.
        ac: Accumulates per inference.
        mac: Multiply-accumulates per inference.
        rows: Rows of weights read per inference, see `snnir.metrics.cost.Operations`.
    """

    node: str
    kind: Kind
    source: str
    ac: float
    mac: float
    rows: float = 0.0

    @property
    def picojoule(self) -> float:
        """Energy per inference, as of ``energy_pj``."""
        return FLOAT32.accumulate * self.ac + FLOAT32.multiply_accumulate * self.mac


def operation_parts(graph: Graph, per_neuron: Mapping[str, Array]) -> tuple[Part, ...]:
    """Return what every node of a spiking graph costs, in order: every spike costs its neuron's weights that are not 0.

    A spike of +-1 adds a weight, an accumulate; a graded message is multiplied by it first, a multiply-accumulate.
    An encoder works at every step, unless its current is constant: a multiply-accumulate for every neuron, or an
    accumulate where all its weights are 1 and -1.

    Args:
        graph: Coupled.
        per_neuron: Spikes or messages per inference of every neuron, ``[neurons]``, by layer.
    """
    neurons = tuple(graph.of(Neuron))
    encoders = {found.name for node in neurons if (found := node.op.encoder(graph, node)) is not None}
    varying = downstream(graph, {node.output.name for node in neurons})
    return tuple(part for node in graph.nodes for part in _parts(graph, node, per_neuron, encoders, varying))


def _parts(
    graph: Graph, node: Node, per_neuron: Mapping[str, Array], encoders: set[str], varying: set[str]
) -> Iterator[Part]:
    """Yield what a node costs, unless that is nothing."""
    source = sender(graph, node.inputs[0]) if node.inputs else None
    if isinstance(node.op, Dense) and source is not None:
        count = float(per_neuron[source.name] @ np.count_nonzero(node.op.weight.array, axis=1))
        kind: Kind = "changes" if source.op.encodes else "spikes"
        graded = source.op.graded
        rows = float(per_neuron[source.name] @ np.any(node.op.weight.array, axis=1))
        yield Part(node.name, kind, source.name, 0.0 if graded else count, count if graded else 0.0, rows)
    elif isinstance(node.op, Dense) and node.name in encoders:
        weight = node.op.weight.array[node.op.weight.array != 0]
        count = float(weight.size * (node.output.type.steps if node.inputs[0] in varying else 1))
        signs = bool(np.all(np.abs(weight) == 1))
        yield Part(node.name, "encoder", node.inputs[0], count if signs else 0.0, 0.0 if signs else count)
    elif (answer := pulses.find(node.op)) is not None:
        yield Part(node.name, "clock", "", float(answer(node)), 0.0)
    elif (count := _multiplies(graph, node)) > 0:
        kind = "input" if varying.isdisjoint(node.inputs) else "host"
        yield Part(node.name, kind, node.inputs[0], 0.0, float(count), float(_rows(node)))


def operations(graph: Graph, ann: Graph, parts: Sequence[Part]) -> Operations:
    """Return the operations of an inference.

    Args:
        graph: Coupled.
        ann: The analog network that its cost is compared with.
        parts: Of the graph.
    """
    functions = sum(answer(node) for node in graph.nodes if (answer := evaluations.find(node.op)) is not None)
    return Operations(
        ac=float(sum(part.ac for part in parts)),
        mac=float(sum(part.mac for part in parts)),
        function_evaluations=float(functions),
        neuron_updates=float(neuron_updates(graph)),
        rows=float(sum(part.rows for part in parts)),
        ann_mac=float(multiplications(ann)),
        ann_rows=float(sum(map(_rows, ann.nodes))),
    )


def multiplications(ann: Graph) -> int:
    """Return the multiply-accumulates of an analog network per inference."""
    return sum(_multiplies(ann, node) for node in ann.nodes)


def energy(found: Operations, parts: Sequence[Part]) -> Energy:
    """Return the energy of an inference.

    Args:
        found: The `operations`.
        parts: Of the graph.
    """
    return Energy(
        snn=FLOAT32.accumulate * found.ac + FLOAT32.multiply_accumulate * found.mac,
        ann=FLOAT32.ann_multiply_accumulate * found.ann_mac,
        parts=tuple(
            EnergyPart(node=part.node, kind=part.kind, source=part.source, ac=part.ac, mac=part.mac, pj=part.picojoule)
            for part in parts
        ),
    )


def break_even(parts: Sequence[Part], ann_mac: float, total: float, units: int) -> float | None:
    """Return the spikes per unit at which this network would take the ANN's energy.

    All that does not depend on spikes, encoders and first layer among it, is taken off the ANN's energy; what is left
    is shared out at the energy that a spike costs in this network on average, whatever synapses it reaches. 0 where
    nothing is left: no network with such encoders would do. None where there are no spikes, and so no average.

    Args:
        parts: Of the graph.
        ann_mac: Multiply-accumulates of the ANN.
        total: Spikes, or messages, per inference.
        units: Of the ANN.
    """
    spent = sum(part.picojoule for part in parts if part.kind == "spikes")
    if total <= 0 or spent <= 0:
        return None
    fixed = sum(part.picojoule for part in parts if part.kind != "spikes")
    return max(0.0, FLOAT32.ann_multiply_accumulate * ann_mac - fixed) / (spent / total) / units


def _rows(node: Node) -> int:
    """Return the rows of weights that an analog node reads per inference."""
    return int(np.count_nonzero(np.any(node.op.weight.array, axis=1))) if isinstance(node.op, Dense) else 0


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


__all__ = [
    "Part",
    "break_even",
    "energy",
    "evaluations",
    "multiplications",
    "operation_parts",
    "operations",
    "pulses",
]
