"""Fold: what depends on constants alone becomes a constant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from snnir.ir import Graph, Node, Tensor, prune
from snnir.ops import Constant
from snnir.passes.base import Context, Pass, Property
from snnir.passes.properties import FOLDED
from snnir.semantics import KERNELS


@dataclass(frozen=True)
class Fold(Pass):
    """Evaluate every node whose operands are constants, and drop what is not used.

    Before: any analog graph. After: a node other than `Constant` has an operand that varies,
    or makes a graph output.
    """

    name: ClassVar[str] = "fold"
    ensures: ClassVar[tuple[Property, ...]] = (FOLDED,)

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the folded graph."""
        known = {node.output.name: node.op.value.array for node in graph.nodes if isinstance(node.op, Constant)}
        nodes: list[Node] = []
        for node in graph.nodes:
            if isinstance(node.op, Constant) or not all(name in known for name in node.inputs):
                nodes.append(node)
                continue
            results = KERNELS[type(node.op)](node.op, tuple(known[name] for name in node.inputs))
            provenance = node.provenance.then(self.name)
            for index, (value, result) in enumerate(zip(node.outputs, results, strict=True)):
                known[value.name] = result
                name = f"{node.name}:{index}" if index else node.name
                op = Constant(Tensor(result))
                nodes.append(replace(node, name=name, op=op, inputs=(), outputs=(value,), provenance=provenance))
        return prune(graph.with_nodes(tuple(nodes)))
