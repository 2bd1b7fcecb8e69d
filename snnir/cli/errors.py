"""The table of the conversion error: of every output, and of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from snnir.analysis import UNEXPLAINED
from snnir.cli.output import Table, small

OVER = "of variation"
"""Heads the error over variation."""
SHOWN = 8
"""Columns of an output that have a row, at most."""
KEYS = ("rel_l2", "over_variation", "median", "p99", "max_abs")
HEADER = ("output", "rel L2", OVER, "median", "99 %", "max")


def conversion_table(report: Mapping[str, Any]) -> Table:
    """Return the errors of a report, which may be one of the first days, when there were fewer numbers."""
    total, outputs = report["conversion"], report["outputs"]
    rows = [row for output in outputs for row in _rows(output)]
    if len(outputs) > 1:
        rows.append(("together", *_errors(total)))
    title = f"conversion error against the ANN, on {total['points']:,} points that calibration did not see"
    if "stream" in report:
        stream = report["stream"]
        lines = f"{stream['lines']} line{'' if stream['lines'] == 1 else 's'}"
        title += f": a stream of {stream['points']:,} points in order, {lines}"
    return Table(title, tuple(rows), HEADER, tuple(_notes(report)))


def _rows(output: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the row of an output, and those of its columns where there are several."""
    yield output["name"], *_errors(output)
    for column in _shown(output):
        yield f"{output['name']}[{column['column']}]", *_errors(column)


def _shown(output: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the columns with the largest errors over variation, in their order."""
    worst = sorted(output.get("columns", ()), key=lambda each: -each["over_variation"])
    return sorted(worst[:SHOWN], key=lambda each: each["column"])


def _errors(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(small(row[key]) if key in row else "" for key in KEYS)


def _notes(report: Mapping[str, Any]) -> Iterator[str]:
    for output in report["outputs"]:
        name, width = output["name"], output.get("width", 1)
        if width > SHOWN:
            yield f"Of the {width} columns of {name}, the {SHOWN} with the largest error over variation."
    if report["conversion"].get("over_variation", 0.0) > UNEXPLAINED:
        yield "Less than half of the variation is explained: of a column, the error is nearly as large as what varies."
    if "quantised_ann" in report:
        plain = report["quantised_ann"]
        bits = f"{plain['bits']} bit{'' if plain['bits'] == 1 else 's'}"
        yield f"For comparison, the ANN with its activations in {bits}: rel L2 {small(plain['rel_l2'])}."
