"""A pass of its own, with an option."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from snnir.ir import Graph, Node
from snnir.ops import Swish
from snnir.passes import Context, Pass, Property
from snnir.passes.properties import ANALOG
from snnir_toy.ops import QuickGelu


@dataclass(frozen=True)
class ToSwish(Pass):
    """Replace `QuickGelu` by the `Swish` of the same steepness.

    Attributes:
        above: Only where the gate is steeper than this.
    """

    name: ClassVar[str] = "to-swish"
    requires: ClassVar[tuple[Property, ...]] = (ANALOG,)
    ensures: ClassVar[tuple[Property, ...]] = (ANALOG,)
    above: float = 0.0

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph in snnir's own vocabulary."""
        return graph.with_nodes(tuple(map(self._lowered, graph.nodes)))

    def _lowered(self, node: Node) -> Node:
        if not isinstance(node.op, QuickGelu) or node.op.alpha <= self.above:
            return node
        return replace(node, op=Swish(node.op.alpha), provenance=node.provenance.then(self.name))
