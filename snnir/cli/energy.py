"""Where the energy goes, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from snnir.cli.output import paragraph

NAMES = {
    "spikes": "spikes",
    "changes": "changes of the inputs",
    "encoder": "encoders",
    "input": "the first layer",
    "host": "what stays on the host",
}
"""Of the kinds of `snnir.analysis.operations.Part`."""
SHOWN = 0.005
"""Part of the energy that is worth a word."""


def break_even(report: Mapping[str, Any]) -> str:
    """Return behind what count of spikes or messages per unit this network would take more than the ANN's energy."""
    if "break_even" not in report["spikes"]:  # in archives of the first days
        return ""
    found = report["spikes"]["break_even"]
    if found is None:
        return " (no spikes, no break-even)"
    if found == 0:
        return " (no break-even: what does not depend on spikes takes the ANN's energy alone)"
    return f" (break-even with the ANN: {found:.3g})"


def dominating(parts: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return what takes the energy, the most first, in lines; none where nothing does."""
    total = sum(part["pj"] for part in parts)
    if total <= 0:
        return ()
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for part in parts:
        kinds.setdefault(part["kind"], []).append(part)
    shares = sorted(((sum(part["pj"] for part in each) / total, kind) for kind, each in kinds.items()), reverse=True)
    said = (
        f"{_name(kinds[kind])} {share:.0%} ({_operations(kinds[kind], total)})"
        for share, kind in shares
        if share >= SHOWN
    )
    return paragraph(f"Of this energy: {', '.join(said)}.")


def _name(parts: Sequence[Mapping[str, Any]]) -> str:
    """Return what parts of one kind are called."""
    graded = parts[0]["kind"] == "spikes" and any(part["mac"] for part in parts)
    return "messages" if graded else NAMES[parts[0]["kind"]]


def _operations(parts: Sequence[Mapping[str, Any]], total: float) -> str:
    """Return how many operations some parts are, and which layer's spikes make most of them."""
    counts = ((sum(part[key] for part in parts), name) for key, name in _OPERATIONS.items())
    said = " and ".join(f"{count:,.0f} {name}" for count, name in counts if count > 0)
    by_source: dict[str, float] = {}
    for part in parts:
        by_source[part["source"]] = by_source.get(part["source"], 0.0) + part["pj"]
    if parts[0]["kind"] != "spikes" or len(by_source) < 2:
        return said
    most = max(by_source, key=by_source.__getitem__)
    return f"{said}, most from {most}: {by_source[most] / total:.0%}"


_OPERATIONS = {"ac": "accumulates", "mac": "multiply-accumulates"}
