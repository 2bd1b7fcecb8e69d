"""Grid: weights whose sums do not depend on the order in which they are added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from snnir.analysis import find_afferents
from snnir.codes.phase.properties import BINARY
from snnir.codes.ramps.exact_sums import exact_unit, in_units
from snnir.ir import Graph, Node
from snnir.ops import Dense
from snnir.passes.base import Context, Need, Pass, Property


@dataclass(frozen=True)
class Grid(Pass):
    """Round the weights and the bias of every receiver to multiples of ``2^e``, the finest whose sums are exact.

    With a precision of p bits (24 of single precision) all partial sums of weights are numbers of it where the sum of
    their sizes is at most ``2^(p + e)``. So whatever order a program adds spikes in, it gets the same currents, and
    the same digits: otherwise 12 digits in single precision differ in 4e-4 (Poisson) to 2e-3 (Burgers) of the spikes
    between NumPy and torch. What it costs in accuracy is below the last digit: n weights are rounded to about
    ``n / 2^24`` of their mean size.

    Before: binary, calibrated. After: the same, with rounded weights.
    """

    name: ClassVar[str] = "grid"
    requires: ClassVar[tuple[Property, ...]] = (BINARY,)
    ensures: ClassVar[tuple[Property, ...]] = (BINARY,)
    needs: ClassVar[frozenset[Need]] = frozenset({"ann"})

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with weights on grids."""
        rounded: dict[str, Node] = {}
        for each in find_afferents(graph, context.analog):
            synapses = [(node, node.op) for node in map(graph.by_name.get, each.synapses) if node is not None]
            dense = [(node, op) for node, op in synapses if isinstance(op, Dense)]
            if dense:
                unit = exact_unit([op for _, op in dense])
                rounded |= {node.name: in_units(node, op, unit, self.name) for node, op in dense}
        return graph.with_nodes(tuple(rounded.get(node.name, node) for node in graph.nodes))
