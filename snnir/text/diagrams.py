"""A graph as a diagram: Mermaid (for Markdown pages) and DOT (for Graphviz).

The nodes of the host stand in one box, and those of each spiking region in one box each. A scan is a box, too, with the
nodes of the file that it came from; what crosses from one step to the next is marked so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from snnir.ir import Graph, Node, Value, regions
from snnir.ops import Scan
from snnir.text.printer import type_text
from snnir.text.scalars import shown
from snnir.text.steps import Part, makers, parts_of

_MARKUP = re.compile(r"[^\w ,.:/()+=-]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
"""What a label may not hold as it is; Markdown takes underscores at the edge of a word for emphasis."""


@dataclass(frozen=True, slots=True)
class _Box:
    """Vertices that are drawn together; each is an identifier and the lines of its label."""

    title: str
    vertices: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Edge:
    tail: str
    head: str
    label: tuple[str, ...]


def render_mermaid(graph: Graph) -> str:
    """Return a graph as a Mermaid flowchart."""
    lines = ["flowchart TD"]
    ends = _ends(graph)
    lines += [f"  {name}([{_mermaid(label)}])" for name, label in ends]
    for number, box in enumerate(_boxes(graph)):
        lines.append(f"  subgraph part{number}[{_mermaid((box.title,))}]")
        lines += [f"    {name}[{_mermaid(label)}]" for name, label in box.vertices]
        lines.append("  end")
    lines += [f"  {edge.tail} -->|{_mermaid(edge.label)}| {edge.head}" for edge in _edges(graph)]
    return "\n".join([*lines, ""])


def render_dot(graph: Graph) -> str:
    """Return a graph in the language of Graphviz."""
    lines = ["digraph {", f"  label={_dot((shown(graph.name),))};", "  node [shape=box];"]
    lines += [f"  {name} [shape=ellipse, label={_dot(label)}];" for name, label in _ends(graph)]
    for number, box in enumerate(_boxes(graph)):
        lines += [f"  subgraph cluster{number} {{", f"    label={_dot((box.title,))};"]
        lines += [f"    {name} [label={_dot(label)}];" for name, label in box.vertices]
        lines.append("  }")
    lines += [f"  {edge.tail} -> {edge.head} [label={_dot(edge.label)}];" for edge in _edges(graph)]
    return "\n".join([*lines, "}", ""])


def _mermaid(lines: tuple[str, ...]) -> str:
    """Return a quoted label; whatever Mermaid, Markdown or HTML could read as markup is a character code."""
    text = _joined(lines, "<br/>", lambda char: f"#{ord(char)};")
    return f'"{text}"'


def _dot(lines: tuple[str, ...]) -> str:
    r"""Return a quoted label; Graphviz reads ``\`` and ``&`` inside quotes."""
    codes = {"\\": "\\\\", '"': '\\"', "&": "&amp;"}
    text = _joined(lines, "\\n", lambda char: codes.get(char, char))
    return f'"{text}"'


def _joined(lines: tuple[str, ...], separator: str, escape: Callable[[str], str]) -> str:
    return separator.join(_MARKUP.sub(lambda match: escape(match.group()), line) for line in lines)


def _ends(graph: Graph) -> Iterator[tuple[str, tuple[str, ...]]]:
    for number, value in enumerate(graph.inputs):
        yield f"in{number}", (f"input {shown(value.name)}", type_text(value.type))
    for number, name in enumerate(graph.outputs):
        yield f"out{number}", (f"output {shown(name)}", type_text(graph.types[name]))


def _boxes(graph: Graph) -> tuple[_Box, ...]:
    place = {node.name: index for index, node in enumerate(graph.nodes)}
    spiking = regions(graph)
    inside = {node.name for region in spiking for node in region}
    scans = tuple(graph.of(Scan))
    host = tuple(node for node in graph.nodes if node.name not in inside and node not in scans)

    def box(title: str, nodes: tuple[Node, ...]) -> _Box:
        return _Box(title, tuple((f"n{place[node.name]}", (node.op.mnemonic, shown(node.name))) for node in nodes))

    titles = ("spiking",) if len(spiking) == 1 else tuple(f"spiking {n}" for n in range(1, len(spiking) + 1))
    boxes = [("host", host), *zip(titles, spiking, strict=True)]
    return (
        *(box(title, nodes) for title, nodes in boxes if nodes),
        *(_scan_box(place[node.name], node.name, node.op) for node in scans),
    )


def _scan_box(number: int, name: str, scan: Scan) -> _Box:
    vertices = ((vertex, (part.op, shown(part.name))) for part, vertex in _scan_parts(number, scan))
    return _Box(f"each step of {shown(name)}", tuple(vertices))


def _scan_parts(number: int, scan: Scan) -> Iterator[tuple[Part, str]]:
    """Yield the parts of a scan with their identifiers."""
    for index, part in enumerate(parts_of(scan)):
        yield part, f"n{number}s{index}"


def _scan_edges(number: int, node: Node, scan: Scan, made: dict[str, str]) -> Iterator[_Edge]:
    """Yield the edges into and inside a scan; `made` gets the vertices that make its series."""
    body = scan.body
    outer = dict(zip((value.name for value in body.inputs[scan.states :][: scan.series]), node.inputs, strict=False))
    held = body.inputs[len(body.inputs) - scan.held :]
    outer |= dict(zip((value.name for value in held), node.inputs[len(node.inputs) - scan.held :], strict=True))
    parts = {part.name: (part, vertex) for part, vertex in _scan_parts(number, scan)}
    vertices = {name: made[value] for name, value in outer.items()} | {name: v for name, (_, v) in parts.items()}
    types = {name: body.types[name] for name in outer} | {name: part.type for name, (part, _) in parts.items()}
    for part, vertex in parts.values():
        for read in part.reads:
            label = (type_text(types[read.name]), *(("step before",) if read.before else ()))
            yield _Edge(vertices[read.name], vertex, label)
    source = makers(scan)
    initial = node.inputs[scan.series : len(node.inputs) - scan.held]
    for value, after in zip(initial, body.outputs, strict=False):
        yield _Edge(made[value], vertices[source[after]], ("before the first step",))
    made |= {value.name: vertices[source[name]] for value, name in _series(node, scan)}


def _series(node: Node, scan: Scan) -> Iterator[tuple[Value, str]]:
    """Yield what a scan makes, each with the value of its body."""
    yield from zip(node.outputs, scan.body.outputs[scan.states :], strict=True)


def _edges(graph: Graph) -> Iterator[_Edge]:
    made = {value.name: f"in{number}" for number, value in enumerate(graph.inputs)}
    for number, node in enumerate(graph.nodes):
        if isinstance(node.op, Scan):
            yield from _scan_edges(number, node, node.op, made)
            continue
        for name in node.inputs:
            yield _Edge(made[name], f"n{number}", (type_text(graph.types[name]),))
        made |= {value.name: f"n{number}" for value in node.outputs}
    for number, name in enumerate(graph.outputs):
        yield _Edge(made[name], f"out{number}", (type_text(graph.types[name]),))
