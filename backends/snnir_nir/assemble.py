"""What a file holds: checked, lowered, and described in its metadata."""

from __future__ import annotations

from dataclasses import replace

from snnir.errors import ModelError
from snnir.ir import Graph, prune
from snnir.semantics import Semantics
from snnir.setting import Setting
from snnir.target import Form
from snnir.types import JsonObject
from snnir_nir.check import findings
from snnir_nir.exact import ExactLowering
from snnir_nir.lower import Lowering
from snnir_nir.metadata import describe, write
from snnir_nir.net import Net


def assemble(graph: Graph, setting: Setting) -> Net:
    """Return the content of the file for a graph.

    Raises:
        ModelError: NIR cannot express the graph; all findings at once.
    """
    further = {"reader": setting.reader, "legacy": setting.legacy, "setting": setting.to_json()}
    return assemble_with(graph, setting.semantics, setting.form, further)


def assemble_with(graph: Graph, semantics: Semantics, form: Form, further: JsonObject) -> Net:
    """Return the content of the file for a graph, as `assemble` does, where its setting is not at hand.

    Args:
        graph: What is written.
        semantics: What it was compiled for.
        form: Of the file.
        further: What else stands in the metadata; nothing of the network depends on it.

    Raises:
        ModelError: NIR cannot express the graph; all findings at once.
    """
    graph = prune(graph)
    found = tuple(findings(graph))
    if found:
        raise ModelError(found)
    lowered = (ExactLowering if form == "exact" else Lowering)(graph).run()
    facts = {**describe(graph, lowered, semantics), "form": form, **further}
    return replace(lowered.net, metadata=write(facts))
