"""What is asked of the neurons of the `first-spike` code: their steps, what they tend to, and their clock."""

from __future__ import annotations

from snnir.analysis.asymptote import asymptotic
from snnir.analysis.latencies import When, timing
from snnir.analysis.operations import pulses
from snnir.codes.first_spike.neuron import Course, FirstSpike
from snnir.codes.first_spike.scan import first_spikes
from snnir.codes.ramps.limits import clipped
from snnir.ir import Graph, Node
from snnir.ops import Clip
from snnir.semantics import Semantics, Work, step
from snnir.types import Array


@step(FirstSpike)
def _first_spikes(node: Node[FirstSpike], operands: list[Array], work: Work) -> Array:
    current = operands[0].astype(work.semantics.dtype, copy=False)
    return first_spikes(node.op, current, node.output.type.steps, work.semantics.compare)


@asymptotic(FirstSpike)
def _cut(_: Graph, node: Node[FirstSpike], _semantics: Semantics) -> list[Node]:
    """Return a clip at what spikes in the first and in the last step stand for."""
    return clipped(node, Clip(*Course(node.output.type.steps).ends))


@timing(FirstSpike)
def _sending(node: Node[FirstSpike], operands: When) -> When:
    """Return the window behind the one in which it reads; constant currents are read in the first one, too."""
    steps = node.output.type.steps
    begins = max(operands.ends, steps)
    return When(begins, begins + steps)


@pulses(FirstSpike)
def _clock(node: Node[FirstSpike]) -> int:
    """Return one for each step of sending, one for the last of these, and two where there is a gate."""
    gates = int((node.op.gate.array != 0).sum())
    return node.op.width * (node.output.type.steps + 1) + 2 * gates
