"""What a notebook shows of a graph: a table of its nodes."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snnir.ir.graph import Graph

MAX_ROWS = 60
"""Nodes that have a row; of more, the first and the last ones have."""


def graph_html(graph: Graph) -> str:
    """Return a table: one row for every input and node, with its op, what it reads and what it makes."""
    rows = [(value.name, "input", "", str(value.type)) for value in graph.inputs]
    rows += [
        (node.name, node.op.mnemonic, ", ".join(node.inputs), ", ".join(str(value.type) for value in node.outputs))
        for node in graph.nodes
    ]
    if len(rows) > MAX_ROWS:
        left = len(rows) - MAX_ROWS
        rows = [*rows[: MAX_ROWS // 2], ("", f"{left} more", "", ""), *rows[-MAX_ROWS // 2 :]]
    outputs = ", ".join(graph.outputs)
    caption = f"{graph.name}: {len(graph.nodes)} nodes, gives {outputs}"
    return table_html(caption, ("name", "op", "reads", "makes"), rows)


def table_html(caption: str, header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of texts, which are escaped."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
