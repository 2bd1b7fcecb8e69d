"""How many time steps pass until the last output is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from snnir.ir import Graph, Node
from snnir.ops import NEURONS, Accumulate, Encode
from snnir.types import ANALOG, Spikes


@dataclass(frozen=True, slots=True)
class Latency:
    """When things happen in a spiking network.

    Attributes:
        steps: From the inputs to the last output, in time steps; the host takes no time.
        starts: Per neuron layer, the step of its first spike at the earliest.
    """

    steps: int
    starts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _When:
    """When a value begins, and when nothing more is to come."""

    begins: int
    ends: int


def time_steps(graph: Graph) -> int:
    """Return T of a spiking graph: the time steps of one inference, or of one layer of digits."""
    return max((node.output.type.steps for node in graph.of(*NEURONS)), default=1)


def latency(graph: Graph) -> Latency:
    """Return when every layer of a spiking graph starts, and when the outputs are decoded.

    Rate and population codes: all layers of a region work in the same T steps. Radix: a layer waits for all digits of
    the layers before it, or for the first ones, see `Accumulate`.
    """
    when: dict[str, _When] = {value.name: _When(0, 0) for value in graph.inputs}
    starts: dict[str, int] = {}
    for node in graph.nodes:
        found = _node(node, [when[name] for name in node.inputs])
        when |= {value.name: found for value in node.outputs}
        if isinstance(node.outputs[0].type.coding, Spikes):
            starts[node.name] = found.begins
    return Latency(max((when[name].ends for name in graph.outputs), default=0), starts)


def _node(node: Node, inputs: list[_When]) -> _When:
    begins = max((each.begins for each in inputs), default=0)
    ends = max((each.ends for each in inputs), default=0)
    coding = node.outputs[0].type.coding
    if isinstance(node.op, Accumulate) and node.op.lag is not None:
        return _When(min(begins + node.op.lag, ends), ends)
    if isinstance(coding, Spikes):
        return _When(begins, begins + coding.steps)
    if coding == ANALOG or isinstance(node.op, Encode | Accumulate):
        return _When(ends, ends)
    return _When(begins, ends)
