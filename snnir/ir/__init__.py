"""The intermediate representation: ops, nodes, graphs, and how to check and edit them."""

from snnir.ir.edit import fresh_name, prune, replace_nodes, rewire
from snnir.ir.graph import Graph, Node, Value
from snnir.ir.op import CodingError, Op
from snnir.ir.tensor import Tensor
from snnir.ir.verify import verify
from snnir.ir.view import sort_nodes, to_networkx

__all__ = [
    "CodingError",
    "Graph",
    "Node",
    "Op",
    "Tensor",
    "Value",
    "fresh_name",
    "prune",
    "replace_nodes",
    "rewire",
    "sort_nodes",
    "to_networkx",
    "verify",
]
