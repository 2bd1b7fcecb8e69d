"""Where the energy goes, in words."""

from __future__ import annotations

from collections.abc import Sequence

from snnir.io.records import UNKNOWN
from snnir.metrics.cost import Energy, EnergyPart, Spikes
from snnir.metrics.table import paragraph

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
