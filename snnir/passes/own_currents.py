"""Own currents: every layer of neurons and every readout with synapses of its own."""

from __future__ import annotations

from dataclasses import replace

from snnir.ir import Graph, Node, fresh_name, sort_nodes
from snnir.ops import Add, Dense, Receiver


def own_currents(graph: Graph) -> Graph:
    """Return the graph with a copy of every sum and synapse for every use of its current.

    A pre-activation may have several uses: sine and cosine of one z, a block ``z + dense(f(z))``, z as an output. All
    of them would read one current. But thresholds scale it for one layer, calibration fits it to what one receiver
    needs, and on a chip a synapse ends in one neuron. So none is shared; spikes and encoded inputs are.

    Args:
        graph: Coupled but for this.
    """
    copies = _Copies(graph)
    for node in graph.of(Receiver):
        copies.receiver(node)
    if not copies.made and not copies.changed:
        return graph
    nodes = (copies.changed.get(node.name, node) for node in graph.nodes)
    return graph.with_nodes(sort_nodes([*nodes, *copies.made]))


class _Copies:
    """Copies so far; the first use of a current keeps the original."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.taken = {*graph.types, *graph.by_name}
        self.used: set[str] = set()
        self.made: list[Node] = []
        self.changed: dict[str, Node] = {}

    def receiver(self, node: Node) -> None:
        """Give a layer of neurons or a readout its own current."""
        (current,) = node.inputs
        own = self._own(current)
        if own != current:
            self.changed[node.name] = replace(node, inputs=(own,))

    def _own(self, name: str) -> str:
        """Return the name of a current that nothing else uses."""
        node = self.graph.producers[name]
        if not isinstance(node.op, Add | Dense):
            return name
        inputs = tuple(map(self._own, node.inputs)) if isinstance(node.op, Add) else node.inputs
        if name not in self.used:
            self.used.add(name)
            if inputs != node.inputs:
                self.changed[node.name] = replace(node, inputs=inputs)
            return name
        value = replace(node.output, name=self._fresh(name))
        self.made.append(replace(node, name=self._fresh(node.name), inputs=inputs, outputs=(value,)))
        return value.name

    def _fresh(self, base: str) -> str:
        name = fresh_name(base, self.taken)
        self.taken.add(name)
        return name
