"""The table of derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from snnir.cli.output import Table, paragraph, small
from snnir.data.derivatives import USELESS, derivative_name

SHOWN = 6
"""Rows, and names of derivatives that are useless."""


def derivatives_table(found: Mapping[str, Any]) -> Table:
    """Return the errors of first and second differences beside that of the value, a row for each output and input."""
    pairs: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
    for row in found["rows"]:
        pairs.setdefault((row["output"], row["input"]), {})[row["order"]] = row
    rows = tuple(
        (output, along, small(next(iter(orders.values()))["value"]), *_both(orders.get(1)), *_both(orders.get(2)))
        for (output, along), orders in list(pairs.items())[:SHOWN]
    )
    steps = dict.fromkeys(f"{step:.3g}" for step in found["step"].values())
    shown = ", ".join(f"{name} {step:.3g}" for name, step in found["step"].items())
    title = f"derivatives by central differences, rel L2, on {found['description']}, "
    title += f"steps of {next(iter(steps))}" if len(steps) == 1 else f"steps {shown}"
    notes = [f"The first {SHOWN} of {len(pairs)}; the report has all."] if len(pairs) > SHOWN else []
    names = [derivative_name(each["output"], each["input"], each["order"]) for each in found["useless"]]
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        verb = "is" if len(names) == 1 else "are"
        which = f"{', '.join(names[:SHOWN])}{more} {verb} useless: an error above {USELESS:g} of the derivative's norm"
        notes += paragraph(f"{which}, smoothed or not.")
    header = ("output", "along", "value", "first", "smoothed", "second", "smoothed")
    return Table(title, rows, header, tuple(notes))


def _both(row: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return the error of a derivative as it is and smoothed; nothing where the derivative vanishes."""
    return ("", "") if row is None else (small(row["rel_l2"]), small(row["smoothed"]))
