"""What a file holds: checked, lowered, and described in its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from snnir.errors import ModelError, model_error
from snnir.ir import Graph, prune
from snnir.semantics import Semantics
from snnir.setting import Setting
from snnir.target import Form
from snnir.types import Current, JsonObject, Weighting
from snnir_nir.check import findings
from snnir_nir.digits import DigitLowering, ExactDigitLowering
from snnir_nir.exact import ExactLowering
from snnir_nir.first_spikes import FirstSpikeLowering
from snnir_nir.lower import Lowering, PairLowering
from snnir_nir.metadata import describe, write
from snnir_nir.net import Net
from snnir_nir.outlets import with_outlets
from snnir_nir.readers import READERS

LOWERINGS: Mapping[tuple[Form, Weighting], type[Lowering]] = MappingProxyType(
    {
        ("portable", "even"): PairLowering,
        ("exact", "even"): ExactLowering,
        ("portable", "binary"): DigitLowering,
        ("exact", "binary"): ExactDigitLowering,
        ("portable", "decaying"): FirstSpikeLowering,
    }
)
"""By the form of the file, and how much each step of a train counts."""


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
        further: What else stands in the metadata; of the network nothing depends on it but for ``reader``, the program
            that loads the file.

    Raises:
        ModelError: NIR cannot express the graph; all findings at once.
    """
    graph = prune(graph)
    found = tuple(findings(graph))
    if found:
        raise ModelError(found)
    lowering = LOWERINGS.get((form, _weighting(graph)))
    if lowering is None:
        raise model_error("not-on-target", f"there is no {form} form of its neurons", graph.name, "leave `form` out")
    lowered = lowering(graph).run()
    if any(each.outlets for each in READERS if each.name == further.get("reader")):
        lowered = replace(lowered, net=with_outlets(lowered.net))
    facts = {**describe(graph, lowered, semantics), "form": form, **further}
    return replace(lowered.net, metadata=write(facts))


def _weighting(graph: Graph) -> Weighting:
    """Return how much each step counts; it is the same in all parts of a graph, see `snnir_nir.check`."""
    found: list[Weighting] = [
        kind.coding.weighting for kind in graph.types.values() if isinstance(kind.coding, Current)
    ]
    return found[0] if found else "even"
