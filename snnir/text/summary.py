"""A graph as a table for people: what goes in and out, and one row per node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from snnir.ir import Graph, Node, Value, is_spiking
from snnir.ops import Scan
from snnir.text.attributes import tensors_in
from snnir.text.printer import type_text
from snnir.text.scalars import shown
from snnir.text.steps import parts_of

Part: TypeAlias = Literal["host", "spiking"]


@dataclass(frozen=True, slots=True)
class Row:
    """One node.

    Attributes:
        name: Its name.
        op: What it computes.
        types: Types of its outputs.
        part: Whether it runs on the host or as spikes.
        parameters: Elements of its tensors.
        source: Where it came from.
    """

    name: str
    op: str
    types: str
    part: Part
    parameters: int
    source: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A graph at a glance.

    Attributes:
        name: The graph's name.
        inputs: Names and types of what comes in.
        outputs: Names and types of what goes out.
        rows: The nodes, in order.
    """

    name: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """Elements of all tensors."""
        return sum(row.parameters for row in self.rows)

    @property
    def spiking(self) -> int:
        """Nodes that run as spikes."""
        return sum(row.part == "spiking" for row in self.rows)


def summarise(graph: Graph) -> Summary:
    """Return a graph at a glance."""
    outputs = (Value(name, graph.types[name]) for name in graph.outputs)
    return Summary(
        graph.name,
        tuple((value.name, type_text(value.type)) for value in graph.inputs),
        tuple((value.name, type_text(value.type)) for value in outputs),
        tuple(_row(graph, node) for node in graph.nodes),
    )


def part_of(graph: Graph, node: Node) -> Part:
    """Return where a node runs."""
    return "spiking" if is_spiking(graph, node) else "host"


def render_summary(graph: Graph) -> str:
    """Return a graph at a glance, as aligned text."""
    summary = summarise(graph)
    total = len(summary.rows)
    counts = f"{total - summary.spiking} on the host, {summary.spiking} spiking"
    head = [f"{shown(summary.name)}: {total} nodes ({counts}), {summary.parameters} parameters", ""]
    ends = [("input", *value) for value in summary.inputs] + [("output", *value) for value in summary.outputs]
    head += _aligned([(kind, shown(name), type_) for kind, name, type_ in ends])
    titles = ("node", "op", "output", "part", "parameters", "from")
    cells = [(shown(r.name), r.op, r.types, r.part, str(r.parameters or ""), _visible(r.source)) for r in summary.rows]
    lines = [*head, "", *_aligned([titles, *cells])]
    for node in graph.of(Scan):
        lines += _steps(node)
    return "\n".join(lines) + "\n"


def _steps(node: Node) -> list[str]:
    """Return the lines of a table of what a scan does in a step."""
    assert isinstance(node.op, Scan)  # noqa: S101 - callers ask for these
    titles = ("node", "op", "reads", "output", "parameters", "values")
    cells = [
        (
            shown(part.name),
            _visible(part.op),
            ", ".join(f"{shown(read.name)} (before)" if read.before else shown(read.name) for read in part.reads),
            type_text(part.type),
            str(part.parameters or ""),
            _visible(part.values),
        )
        for part in parts_of(node.op)
    ]
    return ["", f"each step of {shown(node.name)}", "", *_aligned([titles, *cells])]


def _row(graph: Graph, node: Node) -> Row:
    types = ", ".join(type_text(value.type) for value in node.outputs)
    parameters = sum(tensor.array.size for tensor in tensors_in(node.op).values())
    return Row(node.name, node.op.mnemonic, types, part_of(graph, node), parameters, str(node.provenance))


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows as lines with columns of equal width, two blanks apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in lines]


def _visible(text: str) -> str:
    return text if text.isprintable() else shown(text)
