"""What reaches a neuron of a joined graph, and when: every synapse takes one step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from snnir.errors import Diagnostic
from snnir.ir import Graph, Node, is_of
from snnir.ops import Add, Decode, Dense, Neuron, Receiver, Sender, sender
from snnir.types import Spikes

MIXED_GAIN = (
    "changes of inputs and of neurons meet in one layer: a neuron of the target has one slope for all its inputs"
)
"""Why changes with different gains cannot be summed up."""


@dataclass(frozen=True, slots=True)
class Term:
    """A synapse that adds to a current.

    Attributes:
        node: The dense layer.
        source: The layer of neurons that it reads.
    """

    node: Node[Dense]
    source: Node[Sender]


@dataclass(frozen=True, slots=True)
class Incoming:
    """What adds up to a current.

    Attributes:
        terms: From spikes.
        host: Names of currents that the host makes.
    """

    terms: tuple[Term, ...]
    host: tuple[str, ...]


def incoming(graph: Graph, current: str) -> Incoming:
    """Return the terms of a current."""
    node = graph.producers[current]
    if isinstance(node.op, Add):
        found = [incoming(graph, name) for name in node.inputs]
        return Incoming(
            tuple(term for each in found for term in each.terms), tuple(name for each in found for name in each.host)
        )
    source = sender(graph, node.inputs[0]) if node.inputs else None
    if is_of(node, Dense) and source is not None:
        return Incoming((Term(node, source),), ())
    return Incoming((), (current,))


def integrated(graph: Graph, node: Node) -> str:
    """Return the current that a layer of neurons integrates itself, or that a decode reads."""
    return node.op.membrane_input(graph, node) if isinstance(node.op, Receiver) else node.inputs[0]


def depths(graph: Graph) -> dict[str, int]:
    """Return how many synapses lie between the inputs and every layer of neurons; the longest way counts.

    What the host injects is there at once; changes that it sends (`Delta`, of depth 0) take a synapse.
    """
    found = {node.name: 0 for node in graph.nodes if node.op.encodes and node.op.graded}
    for node in graph.of(Neuron):
        terms = incoming(graph, node.op.membrane_input(graph, node)).terms
        found[node.name] = 1 + max((found[term.source.name] for term in terms), default=-1)
    return found


def delays(terms: tuple[Term, ...], depth: Mapping[str, int]) -> dict[str, int]:
    """Return by synapse how many steps its spikes must wait, besides its own one, to arrive with all others.

    Digits wait for the longest way, too: each layer on it takes as many steps as there are digits.

    Args:
        terms: Of one current.
        depth: From `depths`.
    """
    last = max((depth[term.source.name] for term in terms), default=0)
    return {term.node.name: (last - depth[term.source.name]) * pace(term.source) for term in terms}


def gain_of(source: Node[Sender]) -> float:
    """Return the extrapolation gain beta of the synapses behind a layer; 0 of spikes, and of inputs."""
    return source.op.extrapolation


def pace(source: Node[Sender]) -> int:
    """Return how many steps after its own start the layers behind a layer can start."""
    return source.op.pace(source.output.type.steps)


def timing_findings(graph: Graph, max_delay: int | None = None) -> Iterator[Diagnostic]:
    """Yield where things cannot arrive together: every synapse takes a step, and the host injects at the first.

    Args:
        graph: Joined.
        max_delay: Steps that a synapse can hold a spike back besides; None where there is no limit.
    """
    depth = depths(graph)
    for node in graph.of(Receiver):
        current = node.op.membrane_input(graph, node)
        found = Incoming((), ()) if _is_spikes(graph, current) else incoming(graph, current)
        where = f"layer {node.name!r} ({node.provenance})"
        if found.terms and found.host:
            message = "spikes and inputs meet in one layer, and what the host injects would come too early there"
            yield Diagnostic("mixed-current", message, where, "a network without skip connections from the inputs")
        gains = sorted({gain_of(term.source) for term in found.terms})
        if len(gains) > 1:
            yield Diagnostic("mixed-gain", MIXED_GAIN, where, "use `target` numpy")
        waiting = delays(found.terms, depth)
        name, most = max(waiting.items(), key=lambda each: each[1], default=("", 0))
        if max_delay is not None and most > max_delay:
            message = f"spikes through {name!r} must wait {most} steps, the limit is {max_delay}"
            yield Diagnostic("delay-range", message, where, "a network with shorter skip connections")
        if isinstance(node.op, Decode) and found.host and not found.terms:
            message = "what is read out here does not come from spikes"
            yield Diagnostic("no-spikes", message, where, "it belongs to the host")


def _is_spikes(graph: Graph, name: str) -> bool:
    return isinstance(graph.types[name].coding, Spikes)
