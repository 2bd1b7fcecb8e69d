"""A graph as a diagram: Mermaid (for Markdown pages) and DOT (for Graphviz).

The nodes of the host stand in one box, and those of each spiking region in one box each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from snnir.ir import Graph, Node, regions
from snnir.text.printer import type_text
from snnir.text.scalars import shown

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
    host = tuple(node for node in graph.nodes if node.name not in inside)

    def box(title: str, nodes: tuple[Node, ...]) -> _Box:
        return _Box(title, tuple((f"n{place[node.name]}", (node.op.mnemonic, shown(node.name))) for node in nodes))

    titles = ("spiking",) if len(spiking) == 1 else tuple(f"spiking {n}" for n in range(1, len(spiking) + 1))
    boxes = [("host", host), *zip(titles, spiking, strict=True)]
    return tuple(box(title, nodes) for title, nodes in boxes if nodes)


def _edges(graph: Graph) -> Iterator[_Edge]:
    made = {value.name: f"in{number}" for number, value in enumerate(graph.inputs)}
    for number, node in enumerate(graph.nodes):
        for name in node.inputs:
            yield _Edge(made[name], f"n{number}", (type_text(graph.types[name]),))
        made |= {value.name: f"n{number}" for value in node.outputs}
    for number, name in enumerate(graph.outputs):
        yield _Edge(made[name], f"out{number}", (type_text(graph.types[name]),))
