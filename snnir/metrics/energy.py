"""What an inference costs, in tables and words: what is sent, where the energy goes, and what it is by other models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

from snnir.io.records import UNKNOWN
from snnir.metrics.cost import Energy, EnergyPart, Messages, Operations, Spikes
from snnir.metrics.energy_models import ModelEnergy
from snnir.metrics.table import Table, paragraph

NAMES = {
    "spikes": "spikes",
    "clock": "pulses of a clock",
    "changes": "changes of the inputs",
    "encoder": "encoders",
    "input": "the first layer",
    "host": "what stays on the host",
}
"""Of the kinds of `snnir.analysis.operations.Part`."""
MIN_SHARE = 0.005
"""Part of the energy that is worth a word."""


def cost_table(counts: Sequence[tuple[str, str]], energy: Energy) -> Table:
    """Return the cost of an inference: rows of what is counted, and the energy."""
    both = f"{nanojoule(energy.snn)}, of the ANN {nanojoule(energy.ann)}"
    said = f"{verdict(energy)} (45 nm arithmetic only, no memory or routing)."
    return Table("cost of one inference", (*counts, ("energy", both)), notes=(said, *dominating(energy.parts)))


def count_rows(spikes: Spikes, messages: Messages | None, operations: Operations) -> Iterator[tuple[str, str]]:
    """Yield what is sent and what that takes."""
    even = break_even_words(spikes)
    yield "spike rate", f"{spikes.rate:.4f} of neurons x steps, mean over layers"
    if messages is None:
        yield "spikes per unit", f"{spikes.per_unit:.2f}{even}"
    else:
        yield "messages", f"{messages.per_unit_per_point:.3f} per unit and point, graded{even}"
    yield "operations", f"{operations.ac:,.0f} accumulates, {operations.mac:,.0f} multiply-accumulates"
    if operations.function_evaluations:
        yield "in neurons", f"{operations.function_evaluations:,.0f} evaluations of f, not in the energy"
    yield "of the ANN", f"{operations.ann_mac:,.0f} multiply-accumulates"
    if not isnan(operations.rows):
        times = f" ({operations.rows / operations.ann_rows:.2f} times)" if operations.ann_rows else ""
        yield "rows of weights read", f"{operations.rows:,.0f}, of the ANN {operations.ann_rows:,.0f}{times}"


def models_table(energies: Sequence[ModelEnergy]) -> Table:
    """Return the energy of an inference by every model, with the sources of their numbers."""
    rows = tuple(
        (each.model, nanojoule(each.snn), nanojoule(each.ann), f"{each.ratio:.3g}" if each.ann > 0 else "-")
        for each in energies
    )
    sources = tuple(line for each in energies for line in paragraph(f"{each.model}: {each.source}."))
    return Table("energy by model", rows, ("model", "SNN", "ANN", "SNN / ANN"), sources)


def break_even_words(spikes: Spikes) -> str:
    """Return behind what count of spikes or messages per unit a network would take more than the ANN's energy."""
    found = spikes.break_even
    if found is UNKNOWN:
        return ""
    if found is None:
        return " (no spikes, no break-even)"
    if found == 0:
        return " (no break-even: what does not depend on spikes takes the ANN's energy alone)"
    return f" (break-even with the ANN: {found:.3g})"


def verdict(energy: Energy) -> str:
    """Return how the energies of both networks compare."""
    if energy.ann <= 0:
        return "The ANN has no multiplications to compare with"
    times = f"{energy.ratio:.3g}" if energy.ratio < 100 else f"{energy.ratio:,.0f}"
    return f"The spikes cost {times} times the ANN's energy"


def nanojoule(picojoule: float) -> str:
    """Return an energy in nanojoule."""
    return f"{picojoule / 1e3:,.3g} nJ" if picojoule < 1e5 else f"{picojoule / 1e3:,.0f} nJ"


def dominating(parts: Sequence[EnergyPart]) -> tuple[str, ...]:
    """Return what takes the energy, the most first, in lines; none where nothing does."""
    total = sum(part.pj for part in parts)
    if total <= 0:
        return ()
    kinds: dict[str, list[EnergyPart]] = {}
    for part in parts:
        kinds.setdefault(part.kind, []).append(part)
    shares = sorted(((sum(part.pj for part in each) / total, kind) for kind, each in kinds.items()), reverse=True)
    shown = (
        f"{_name(kinds[kind])} {share:.0%} ({_operations(kinds[kind], total)})"
        for share, kind in shares
        if share >= MIN_SHARE
    )
    return paragraph(f"Of this energy: {', '.join(shown)}.")


def _name(parts: Sequence[EnergyPart]) -> str:
    """Return what parts of one kind are called."""
    graded = parts[0].kind == "spikes" and any(part.mac for part in parts)
    return "messages" if graded else NAMES[parts[0].kind]


def _operations(parts: Sequence[EnergyPart], total: float) -> str:
    """Return how many operations some parts are, and which layer's spikes make most of them."""
    counts = (
        (sum(part.ac for part in parts), "accumulates"),
        (sum(part.mac for part in parts), "multiply-accumulates"),
    )
    shown = " and ".join(f"{count:,.0f} {name}" for count, name in counts if count > 0)
    by_source: dict[str, float] = {}
    for part in parts:
        by_source[part.source] = by_source.get(part.source, 0.0) + part.pj
    if parts[0].kind != "spikes" or len(by_source) < 2:
        return shown
    most = max(by_source, key=by_source.__getitem__)
    return f"{shown}, most from {most}: {by_source[most] / total:.0%}"
