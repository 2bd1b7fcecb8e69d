"""How many graded messages a stream takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from snnir.ir import Graph

MEANING = "graded numbers, not spikes of +-1: each costs a multiply-accumulate per synapse that it reaches"


def message_counts(graph: Graph, per_point: Mapping[str, float], units: int) -> dict[str, Any] | None:
    """Return the messages of the `sigma-delta` code as plain JSON; None where a graph has none.

    ``per_unit_per_point``: of the neurons. ``inputs_per_point``: changes of the inputs. ``meaning``: in words.

    Args:
        graph: Spiking.
        per_point: Non-zero outputs per point of every layer and encoder of changes, by name.
        units: Of the analog network.
    """
    graded = [node for node in graph.nodes if node.op.graded]
    senders = [node.name for node in graded if not node.op.encodes]
    if not senders:
        return None
    return {
        "per_unit_per_point": sum(per_point[name] for name in senders) / units,
        "inputs_per_point": sum(per_point[node.name] for node in graded if node.op.encodes),
        "meaning": MEANING,
    }
