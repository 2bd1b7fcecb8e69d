"""What ``snnir inspect`` prints, by the name of its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from snnir.ir import Graph
from snnir.text.diagrams import render_dot, render_mermaid
from snnir.text.outline import render_json
from snnir.text.printer import print_graph
from snnir.text.summary import render_summary

Format: TypeAlias = Literal["text", "summary", "json", "mermaid", "dot"]

_RENDERERS: Mapping[Format, Callable[[Graph], str]] = MappingProxyType(
    {
        "text": print_graph,
        "summary": render_summary,
        "json": render_json,
        "mermaid": render_mermaid,
        "dot": render_dot,
    }
)
FORMATS: tuple[Format, ...] = tuple(_RENDERERS)


def render(graph: Graph, format: Format) -> str:  # noqa: A002
    """Return a graph in one of the formats of ``snnir inspect``, ending with a line end."""
    return _RENDERERS[format](graph)
