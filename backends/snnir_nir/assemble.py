"""What a file holds: checked, lowered, and described in its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from snnir.errors import ModelError
from snnir.ir import Graph, prune
from snnir.semantics import Semantics
from snnir_nir.check import findings
from snnir_nir.exact import ExactLowering
from snnir_nir.lower import Lowering
from snnir_nir.metadata import describe, write
from snnir_nir.net import Net


def assemble(graph: Graph, report: Mapping[str, Any], semantics: Semantics) -> Net:
    """Return the content of the file for a graph.

    Raises:
        ModelError: NIR cannot express the graph; all findings at once.
    """
    graph = prune(graph)
    found = tuple(findings(graph))
    if found:
        raise ModelError(found)
    lowering = ExactLowering if report.get("form") == "exact" else Lowering
    lowered = lowering(graph).run()
    return replace(lowered.net, metadata=write(describe(graph, lowered, semantics, report)))
