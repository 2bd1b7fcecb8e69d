"""Show what `python -m examples.paper.timing` measured: `python -m examples.paper.training_time`; needs no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from .markdown import table, times

MEASURED = Path(__file__).with_name("timing.json")


def load() -> dict[str, Any]:
    """What was measured; `timing.py` defines the numbers."""
    measured: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return measured


def environment(measured: Mapping[str, Any]) -> str:
    """Where it was measured, in words."""
    place = measured["environment"]
    threads = "one thread" if place["threads"] == 1 else f"{place['threads']} threads"
    return f"{threads} of {place['cores']} cores, {place['dtype']}, torch {place['torch']}"


def ratios_table(measured: Mapping[str, Any]) -> str:
    """Seconds per epoch of both kinds of networks, as Markdown."""
    header = ("equation", "grid", "plain PINN", "separable PINN", "plain / separable")
    rows = (
        (
            row["problem"].capitalize(),
            " x ".join(map(str, row["grid"])),
            seconds(row["plain_seconds"]),
            seconds(row["separable_seconds"]),
            times(row["ratio"]),
        )
        for row in measured["rows"]
    )
    return table(header, rows)


def calibration_table(measured: Mapping[str, Any]) -> str:
    """Seconds to compile each network, as Markdown."""
    header = ("network", "parameters", "compiled in")
    rows = (
        (
            row["model"] if row["trained"] else f"{row['model']} (plain, not trained)",
            f"{row['parameters']}",
            seconds(row["seconds"]),
        )
        for row in measured["calibration"]
    )
    return table(header, rows)


def seconds(number: float) -> str:
    """Seconds with three digits."""
    return f"{number:.3g} s"


@click.command()
def main() -> None:
    """Print the training times that were measured, and the times to compile beside them."""
    measured = load()
    click.echo(f"{environment(measured)}\n\n{ratios_table(measured)}\n\n{calibration_table(measured)}")


if __name__ == "__main__":
    main()
