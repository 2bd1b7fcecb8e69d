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
    rows = tuple(_row(backend_for(name).target) for name in targets())
    show([Table("", rows, ("target", "codes", "files", "neurons", "what it is"))])


def _row(target: Target) -> tuple[str, ...]:
    files = ", ".join((".snnir", *target.artifacts))
    return target.name, ", ".join(sorted(target.codes)), files, _neurons(target.semantics), target.summary


def _neurons(semantics: Semantics) -> str:
    reset = "threshold subtracted" if semantics.reset == "subtract" else f"reset to {semantics.reset_value:g}"
    return f"fire at {semantics.compare} threshold, {reset}, delay {semantics.delay}, {semantics.dtype}"
