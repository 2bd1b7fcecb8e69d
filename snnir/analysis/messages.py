"""How many graded messages a stream takes."""

from __future__ import annotations

from collections.abc import Mapping

from snnir.ir import Graph
from snnir.metrics.cost import Messages

MEANING = "graded numbers, not spikes of +-1: each costs a multiply-accumulate per synapse that it reaches"


def message_counts(graph: Graph, per_point: Mapping[str, float], units: int) -> Messages | None:
    """Return the messages of the `sigma-delta` code; None where a graph has none.

    Args:
        graph: Spiking.
        per_point: Non-zero outputs per point of every layer and encoder of changes, by name.
        units: Of the analog network.
    """
    graded = [node for node in graph.nodes if node.op.graded]
    senders = [node.name for node in graded if not node.op.encodes]
    if not senders:
        return None
    return Messages(
        per_unit_per_point=sum(per_point[name] for name in senders) / units,
        inputs_per_point=sum(per_point[node.name] for node in graded if node.op.encodes),
        meaning=MEANING,
    )
