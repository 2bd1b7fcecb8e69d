"""``snnir targets``."""

from __future__ import annotations

import click

from snnir.cli.output import Table, show
from snnir.registry import backend_for, targets
from snnir.semantics import Semantics
from snnir.target import Target


@click.command("targets")
def command() -> None:
    """List the places that a network can be compiled for."""
    found = [backend_for(name).target for name in targets()]
    places = Table("", tuple(map(_row, found)), ("target", "codes", "files", "neurons", "what it is"))
    show([places, *(_readers(target) for target in found if target.readers)])


def _row(target: Target) -> tuple[str, ...]:
    files = ", ".join((".snnir", *target.artifacts))
    return target.name, ", ".join(sorted(target.codes)), files, _neurons(target.semantics), target.summary


def _readers(target: Target) -> Table:
    """Return what is known to load the files of a target."""
    rows = tuple(
        (each.name, each.observed, f"refused: {each.refused}" if each.refused else each.summary)
        for each in target.readers
    )
    notes = ("Compile with --reader NAME, and check the result with snnir verify.",)
    return Table(
        f"readers of {' and '.join(target.artifacts)} files", rows, ("reader", "observed in", "what it does"), notes
    )


def _neurons(semantics: Semantics) -> str:
    reset = "threshold subtracted" if semantics.reset == "subtract" else f"reset to {semantics.reset_value:g}"
    return f"fire at {semantics.compare} threshold, {reset}, delay {semantics.delay}, {semantics.dtype}"
