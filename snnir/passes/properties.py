"""Properties of graphs that passes require and ensure, each a function of the graph.

`CANONICAL`, which depends on rules of rewriting, is beside these in `snnir.passes.canonicalise`; what holds of the
neurons of one code is in its folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from snnir.ir import Graph, Node, is_spiking
from snnir.ops import Add, Constant, Decode, Dense, Encode, Neuron, layer_widths
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
    for current in [node.inputs[0] for node in graph.nodes if node.op.integrates or node.op.reads_out]:
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


def _all_layers(answer: Callable[[Node[Neuron]], bool], otherwise: str) -> Callable[[Graph], Iterator[str]]:
    """Return what yields a sentence for every layer of neurons of which the answer is no; there must be some."""

    def violations(graph: Graph) -> Iterator[str]:
        yield from _spiking(graph)
        yield from (otherwise.format(node.name) for node in graph.of(Neuron) if not answer(node))

    return violations


def _is_scaled(node: Node[Neuron]) -> bool:
    """Whether thresholds are set; a pass may have chosen 1 for all of them."""
    return not node.op.unscaled or "thresholds" in node.provenance.steps


def _joined(graph: Graph) -> Iterator[str]:
    for node in graph.of(Dense):
        before = graph.producers.get(node.inputs[0])
        relayed = isinstance(graph.types[node.inputs[0]].coding, Current)
        if relayed and before is not None and not isinstance(before.op, Encode):
            yield f"a current passes through dense layer {node.name!r}"


def _quantised(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        if is_spiking(graph, node):
            for tensor in node.op.tensors().values():
                if not np.array_equal(tensor.array, np.rint(tensor.array)):
                    yield f"node {node.name!r} has numbers that are no integers"


ANALOG = Property("analog", _analog)
"""No node reads or makes currents or spikes."""
FOLDED = Property("folded", _folded, "fold")
"""Only `Constant` nodes depend on constants alone."""
SPIKING = Property("spiking", _spiking, "activations")
"""There are neurons."""
COUPLED = Property("coupled", _coupled, "activations,couple")
"""Spikes meet dense layers before they are decoded, encodes come first, and no two receivers share a current."""
SCALED = Property("scaled", _all_layers(_is_scaled, "the thresholds of {!r} are not set"), "thresholds")
"""Signed neurons have thresholds that a pass chose; neurons of other kinds are placed with theirs."""
UNIT_THRESHOLDS = Property(
    "of unit thresholds",
    _all_layers(lambda node: node.op.has_unit_thresholds, "{!r} has other thresholds than 1"),
    "normalise",
)
"""All thresholds of membranes are 1."""
NORMALISED = Property(
    "normalised",
    _all_layers(lambda node: node.op.is_normalised, "the thresholds of {!r} are neither 1 nor its amplitudes"),
    "normalise",
)
"""Thresholds are 1, or amplitudes."""
JOINED = Property("joined", _joined, "join")
"""No current passes through a dense layer."""
QUANTISED = Property("quantised", _quantised)
"""All numbers of the spiking part are integers: weights, biases, thresholds, tables."""
