"""How many time steps pass until the last output is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from snnir.ir import Answers, Graph, Node
from snnir.ops import Encode, layer_currents, layer_widths
from snnir.types import ANALOG, Spikes


@dataclass(frozen=True, slots=True)
class Latency:
    """When things happen in a spiking network.

    Attributes:
        steps: From the inputs to the last output, in time steps; the host takes no time.
        starts: Per neuron layer, the step of its first spike at the earliest.
        works: Per neuron layer, the steps from the first of what it reads to its last spike at the latest: T in the
            rate and population codes; in codes of digits those in which it reads, and those in which it sends.
    """

    steps: int
    starts: Mapping[str, int]
    works: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class When:
    """When a value begins, and when nothing more is to come."""

    begins: int
    ends: int


timing: Answers[Callable[[Node, When], When]] = Answers("the timing")
"""Takes a node, and when its operands have all begun and ended; returns when its result does. An op without an answer
sends spikes from its operands' beginning on, makes an analog value at their end, and passes on anything else."""


@timing(Encode)
def _at_the_end(_: Node[Encode], operands: When) -> When:
    return When(operands.ends, operands.ends)


def time_steps(graph: Graph) -> int:
    """Return T of a spiking graph: the time steps of one inference, or of one layer of digits."""
    return max((kind.coding.steps for kind in graph.types.values() if isinstance(kind.coding, Spikes)), default=1)


def latency(graph: Graph) -> Latency:
    """Return when every layer of a spiking graph starts, and when the outputs are decoded.

    Rate and population codes: all layers of a region work in the same T steps. Codes of digits: a layer waits for all
    digits of the layers before it, or in the radix code for the first ones, see `Accumulate`.
    """
    when: dict[str, When] = {value.name: When(0, 0) for value in graph.inputs}
    starts: dict[str, int] = {}
    for node in graph.nodes:
        found = _node(node, [when[name] for name in node.inputs])
        when |= {value.name: found for value in node.outputs}
        if isinstance(node.outputs[0].type.coding, Spikes):
            starts[node.name] = found.begins
    works = {
        name: when[graph.by_name[name].output.name].ends - when[current].begins
        for name, current in layer_currents(graph).items()
    }
    return Latency(max((when[name].ends for name in graph.outputs), default=0), starts, works)


def neuron_updates(graph: Graph) -> int:
    """Return how often neurons are updated in one inference: each in all steps in which its layer works."""
    works = latency(graph).works
    return sum(width * works[name] for name, width in layer_widths(graph).items())


def _node(node: Node, inputs: list[When]) -> When:
    begins = max((each.begins for each in inputs), default=0)
    ends = max((each.ends for each in inputs), default=0)
    answer = timing.find(node.op)
    if answer is not None:
        return answer(node, When(begins, ends))
    coding = node.outputs[0].type.coding
    if isinstance(coding, Spikes):
        return When(begins, begins + coding.steps)
    if coding == ANALOG:
        return When(ends, ends)
    return When(begins, ends)
