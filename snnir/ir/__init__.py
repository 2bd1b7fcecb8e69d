"""The intermediate representation: ops, nodes, graphs, and how to check and edit them."""

from snnir.ir.answers import Answers
from snnir.ir.checking import verify
from snnir.ir.edit import fresh_name, prune, replace_nodes, rewire
from snnir.ir.graph import Graph, Node, Value, is_of
from snnir.ir.op import CodingError, Op
from snnir.ir.ordering import Segment, is_spiking, regions, schedule
from snnir.ir.tensor import Tensor
from snnir.ir.view import arriving, sort_nodes, to_networkx

__all__ = [
    "Answers",
    "CodingError",
    "Graph",
    "Node",
    "Op",
    "Segment",
    "Tensor",
    "Value",
    "arriving",
    "fresh_name",
    "is_of",
    "is_spiking",
    "prune",
    "regions",
    "replace_nodes",
    "rewire",
    "schedule",
    "sort_nodes",
    "to_networkx",
    "verify",
]
