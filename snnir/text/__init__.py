"""The text form of graphs, both ways, the archive, and what people look at."""

from snnir.text.archive import Archive, archive_target, pack, read_archive, unpack
from snnir.text.embedded import GraphRecord, graph_from_json, graph_to_json
from snnir.text.formats import FORMATS, Format, render
from snnir.text.outline import structure
from snnir.text.parser import parse_graph
from snnir.text.printer import print_graph, tensors_of
from snnir.text.summary import Row, Summary, summarise

__all__ = [
    "FORMATS",
    "Archive",
    "Format",
    "GraphRecord",
    "Row",
    "Summary",
    "archive_target",
    "graph_from_json",
    "graph_to_json",
    "pack",
    "parse_graph",
    "print_graph",
    "read_archive",
    "render",
    "structure",
    "summarise",
    "tensors_of",
    "unpack",
]
