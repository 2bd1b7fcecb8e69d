"""What drives each layer of neurons and each readout, and what it should equal in the analog network."""

from __future__ import annotations

from dataclasses import dataclass

from snnir.analysis.units import find_layers
from snnir.ir import Graph, Node
from snnir.ops import Add, Dense, Receiver
from snnir.types import Spikes


@dataclass(frozen=True, slots=True)
class Afferents:
    """Everything that adds up to the current of one layer, or of one readout.

    Attributes:
        node: The neurons or the `Decode` that get the current.
        current: Name of the current; of a population, the one that its encoder reads, the decoded pre-activation.
        target: Name of the analog network's value that what it decodes to should equal.
        synapses: Names of the `Dense` nodes from spikes; their weights may be calibrated.
        fixed: Names of currents that do not come from spikes directly: exact, left alone.
    """

    node: Node[Receiver]
    current: str
    target: str
    synapses: tuple[str, ...]
    fixed: tuple[str, ...]

    @property
    def receiver(self) -> str:
        """Name of what gets the current."""
        return self.node.name


def find_afferents(graph: Graph, ann: Graph) -> tuple[Afferents, ...]:
    """Return the afferents of every layer and readout of a coupled graph, in topological order.

    Args:
        graph: Spiking; neurons are named after the activation values of `ann` that they replace.
        ann: The canonical analog network.
    """
    before = {layer.a: layer.z for layer in find_layers(ann)}
    found: list[Afferents] = []
    for node in graph.of(Receiver):
        current = received(graph, node)
        if isinstance(graph.types[current].coding, Spikes):
            continue  # decoded as they are: there are no weights in between
        target = _read_out(graph, node, ann) if node.op.reads_out else before[node.name]
        terms = _terms(graph, current)
        synapses = tuple(term.name for term in terms if _from_spikes(graph, term))
        fixed = tuple(term.output.name for term in terms if not _from_spikes(graph, term))
        found.append(Afferents(node, current, target, synapses, fixed))
    return tuple(found)


def _read_out(graph: Graph, node: Node, ann: Graph) -> str:
    """Return the value of the analog network that a decode stands for; the host may scale what it gives first."""
    name = node.output.name
    while name not in ann.types and len(graph.consumers[name]) == 1:
        name = graph.consumers[name][0].output.name
    return name


def received(graph: Graph, node: Node[Receiver]) -> str:
    """Return the current that stands for a layer's pre-activations (or that a decode reads)."""
    return node.op.pre_activation(graph, node)


def _terms(graph: Graph, current: str) -> list[Node]:
    """Return the nodes whose results add up to a current."""
    node = graph.producers[current]
    if isinstance(node.op, Add):
        return [term for name in node.inputs for term in _terms(graph, name)]
    return [node]


def _from_spikes(graph: Graph, node: Node) -> bool:
    """Whether a term comes from neurons; changes of inputs are exact and no matter of calibration."""
    (source, *_) = node.inputs
    spikes = isinstance(graph.types[source].coding, Spikes) and not graph.producers[source].op.encodes
    return isinstance(node.op, Dense) and spikes
