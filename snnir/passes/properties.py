"""Properties of graphs that passes require and ensure, each a function of the graph.

`CANONICAL`, which depends on rules of rewriting, is beside these in `snnir.passes.canonicalise`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from snnir.ir import Graph, Node, Tensor, is_spiking
from snnir.ops import (
    Add,
    Constant,
    Decode,
    Dense,
    Encode,
    IntegrateAndFire,
    Neuron,
    SigmaDelta,
    SignedDigits,
    layer_widths,
)
from snnir.passes.base import Property
from snnir.types import Current


def _analog(graph: Graph) -> Iterator[str]:
    return (f"node {node.name!r} is part of a spiking region" for node in graph.nodes if is_spiking(graph, node))


def _folded(graph: Graph) -> Iterator[str]:
    constant = {node.output.name for node in graph.of(Constant)}
    for node in graph.nodes:
        if not isinstance(node.op, Constant) and constant.issuperset(node.inputs):
            yield f"node {node.name!r} depends on constants alone"


def _spiking(graph: Graph) -> Iterator[str]:
    if not layer_widths(graph):
        yield "it has no neurons"


def _coupled(graph: Graph) -> Iterator[str]:
    yield from _spiking(graph)
    for node in graph.of(Dense):
        before = graph.producers.get(node.inputs[0])
        if before is not None and isinstance(before.op, Decode):
            yield f"dense layer {node.name!r} reads decoded values"
    for encode in graph.of(Encode):
        before = graph.producers.get(encode.inputs[0])
        if before is not None and isinstance(before.op, Dense):
            yield f"encode {encode.name!r} reads a dense layer"
    for current in [node.inputs[0] for node in graph.nodes if isinstance(node.op, IntegrateAndFire | Decode)]:
        yield from _shared(graph, current)


def _shared(graph: Graph, current: str) -> Iterator[str]:
    """Yield the synapses of a current that something else reads as well."""
    node = graph.producers.get(current)
    if node is None or not isinstance(node.op, Add | Dense):
        return
    if len(graph.consumers[current]) > 1:
        yield f"current {current!r} has several receivers"
    for name in node.inputs if isinstance(node.op, Add) else ():
        yield from _shared(graph, name)


def _scaled(graph: Graph) -> Iterator[str]:
    """Thresholds and amplitudes that are all 1 are what activation replacement leaves, or were chosen by a pass."""
    yield from _spiking(graph)
    for node, op in _integrating(graph):
        chosen = op.per_unit is not None or "thresholds" in node.provenance.steps
        if not chosen and np.all(op.threshold.array == 1) and np.all(op.amplitude.array == 1):
            yield f"the thresholds of {node.name!r} are not set"


def _unit(graph: Graph) -> Iterator[str]:
    for node, op in _integrating(graph):
        if not np.all(op.threshold.array == 1):
            yield f"{node.name!r} has other thresholds than 1"


def _normalised(graph: Graph) -> Iterator[str]:
    for node, op in _integrating(graph):
        if not np.all(op.threshold.array == 1) and op.threshold != op.amplitude:
            yield f"the thresholds of {node.name!r} are neither 1 nor its amplitudes"


def _populated(graph: Graph) -> Iterator[str]:
    for node, op in _integrating(graph):
        if op.per_unit is None or op.signed:
            yield f"{node.name!r} has one signed neuron for every unit"


def _digital(graph: Graph) -> Iterator[str]:
    for node in graph.of(IntegrateAndFire):
        yield f"{node.name!r} sends spikes that all count the same"
    if next(graph.of(SignedDigits), None) is None:
        yield "no neurons send digits"


def _graded(graph: Graph) -> Iterator[str]:
    for node in graph.of(Neuron):
        if not isinstance(node.op, SigmaDelta):
            yield f"{node.name!r} sends spikes"
    if next(graph.of(SigmaDelta), None) is None:
        yield "no neurons send changes"


def _joined(graph: Graph) -> Iterator[str]:
    for node in graph.of(Dense):
        before = graph.producers.get(node.inputs[0])
        relayed = isinstance(graph.types[node.inputs[0]].coding, Current)
        if relayed and before is not None and not isinstance(before.op, Encode):
            yield f"a current passes through dense layer {node.name!r}"


def _quantised(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        if isinstance(node.op, Dense | IntegrateAndFire) and is_spiking(graph, node):
            for tensor in _numbers(node):
                if not np.array_equal(tensor.array, np.rint(tensor.array)):
                    yield f"node {node.name!r} has numbers that are no integers"


def _numbers(node: Node) -> Iterator[Tensor]:
    """Yield the tensors of a dense layer or of neurons that a chip would hold."""
    found: tuple[Tensor | None, ...] = ()
    if isinstance(node.op, Dense):
        found = (node.op.weight, node.op.bias)
    elif isinstance(node.op, IntegrateAndFire):
        found = (node.op.threshold, node.op.initial)
    return (tensor for tensor in found if tensor is not None)


def _integrating(graph: Graph) -> Iterator[tuple[Node, IntegrateAndFire]]:
    """Yield the layers of integrate-and-fire neurons with their ops."""
    return ((node, node.op) for node in graph.nodes if isinstance(node.op, IntegrateAndFire))


ANALOG = Property("analog", _analog)
"""No node reads or makes currents or spikes."""
FOLDED = Property("folded", _folded, "fold")
"""Only `Constant` nodes depend on constants alone."""
SPIKING = Property("spiking", _spiking, "activations")
"""There are neurons."""
COUPLED = Property("coupled", _coupled, "activations,couple")
"""Spikes meet dense layers before they are decoded, encodes come first, and no two receivers share a current."""
SCALED = Property("scaled", _scaled, "thresholds")
"""Signed neurons have thresholds that a pass chose; neurons of other kinds are placed with theirs."""
UNIT_THRESHOLDS = Property("of unit thresholds", _unit, "normalise")
"""All thresholds of integrate-and-fire neurons are 1."""
NORMALISED = Property("normalised", _normalised, "normalise")
"""Thresholds are 1, or amplitudes."""
POPULATED = Property("populated", _populated, "populate")
"""Every unit is a population of unsigned neurons."""
DIGITAL = Property("digital", _digital, "difference")
"""All neurons send digits."""
GRADED = Property("graded", _graded, "changes")
"""All neurons send graded changes."""
JOINED = Property("joined", _joined, "join")
"""No current passes through a dense layer."""
QUANTISED = Property("quantised", _quantised)
"""Weights, biases and thresholds of the spiking part are integers."""
