"""Join: encoder and synapse become one matrix, for targets whose neurons receive spikes only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from snnir.ir import Graph, Node, Value, fresh_name, prune
from snnir.ops import Add, Dense, Receiver
from snnir.passes.base import Context, Pass, Property
from snnir.passes.properties import COUPLED, JOINED
from snnir.passes.rewriting import composed


@dataclass(frozen=True)
class Join(Pass):
    """``c = (s D + d) E + e`` of a population becomes ``c = s (D E) + (d E + e)``.

    The one matrix has ``K n K m`` weights instead of ``K n m + K m``, and every spike costs K m accumulates instead of
    m. But neurons are reached by synapses only: on Loihi nothing adds up spikes without being a neuron, and a relay of
    neurons would add its own error and steps.

    Before: coupled. After: no current passes through a dense layer; populations keep their names and currents.
    """

    name: ClassVar[str] = "join"
    requires: ClassVar[tuple[Property, ...]] = (COUPLED,)
    ensures: ClassVar[tuple[Property, ...]] = (JOINED,)

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with joined matrices."""
        taken = {*graph.types, *graph.by_name}
        encoders = {found.name for node in graph.of(Receiver) if (found := node.op.encoder(graph, node)) is not None}
        nodes: list[Node] = []
        for node in graph.nodes:
            nodes += _pushed(graph, node, taken) if node.name in encoders else (node,)
        return prune(graph.with_nodes(tuple(nodes)))


def _pushed(graph: Graph, node: Node, taken: set[str]) -> list[Node]:
    """Return nodes that make the current of an encoder from spikes and inputs, the last of them under its name."""
    assert isinstance(node.op, Dense)  # noqa: S101 - encoders are
    before = graph.producers[node.inputs[0]]
    if isinstance(before.op, Add):
        made: list[Node] = []
        terms: list[str] = []
        for index, source in enumerate(before.inputs):
            op = node.op if index == 0 else Dense(node.op.weight)
            name = fresh_name(f"{node.name}.{index}", taken)
            taken.add(name)
            term = replace(node, name=name, op=op, inputs=(source,), outputs=(Value(name, node.output.type),))
            made += _pushed(graph, term, taken)
            terms.append(name)
        return [*made, replace(node, op=Add(), inputs=tuple(terms))]
    if isinstance(before.op, Dense):
        return _pushed(graph, replace(node, op=composed(before.op, node.op), inputs=before.inputs), taken)
    return [node]
