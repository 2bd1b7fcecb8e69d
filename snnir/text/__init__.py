"""The text form of graphs, both ways, the archive, and what people look at."""

from snnir.text.archive import Archive, pack, read_archive, unpack
from snnir.text.parser import parse_graph
from snnir.text.printer import print_graph, tensors_of

__all__ = ["Archive", "pack", "parse_graph", "print_graph", "read_archive", "tensors_of", "unpack"]
