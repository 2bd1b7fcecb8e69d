"""``snnir targets``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from snnir.analysis import Chip
from snnir.cli.output import show
from snnir.io.processes import is_installed
from snnir.metrics import Table
from snnir.registry import Backend, Platform, backend_for, carried, targets
from snnir.semantics import Semantics
from snnir.target import Target


@click.command("targets")
def command() -> None:
    """List the places that a network can be compiled for."""
    backends = [backend_for(name) for name in targets()]
    rows = tuple(_row(backend.target) for backend in backends)
    tables = [Table("", rows, ("target", "codes", "files", "neurons", "what it is"))]
    tables += [_readers(backend.target, backend.platform) for backend in backends if backend.target.readers]
    platforms = {backend.platform: None for backend in backends if backend.platform is not None}
    tables += [_platform(each, backends) for each in platforms]
    tables += [
        _chip(backend.target, backend.target.capacity) for backend in backends if backend.target.capacity is not None
    ]
    show(tables)


def _row(target: Target) -> tuple[str, ...]:
    files = ", ".join((".snnir", *target.artifacts))
    return target.name, ", ".join(carried(target)), files, _neurons(target.semantics), target.summary


def _readers(target: Target, platform: Platform | None) -> Table:
    """Return what is known to load the files of a target."""
    rows = tuple(
        (each.name, each.observed, f"refused: {each.refused}" if each.refused else each.summary)
        for each in target.readers
    )
    notes = (f"Compile with --target {target.name} --reader NAME, and check the result with snnir verify.",)
    name = target.name if platform is not None else ""
    return Table(
        f"{name}{' ' if name else ''}readers of {' and '.join(target.artifacts)} files",
        rows,
        ("reader", "observed in", "what it does"),
        notes,
    )


def _neurons(semantics: Semantics) -> str:
    reset = "threshold subtracted" if semantics.reset == "subtract" else f"reset to {semantics.reset_value:g}"
    numbers: str = semantics.dtype
    if semantics.integer is not None:
        numbers = f"integers of {semantics.integer.state_bits} bits, weights of {semantics.integer.weight_bits}"
    return f"fire at {semantics.compare} threshold, {reset}, delay {semantics.delay}, {numbers}"


def _platform(platform: Platform, backends: Sequence[Backend]) -> Table:
    """Return what runs the files of some targets, and whether it is here."""
    targets = [backend.target for backend in backends if backend.platform == platform]
    here = is_installed(platform.module)
    rows = (
        ("targets", ", ".join(target.name for target in targets)),
        ("installed", "yes" if here else "no: emit only"),
        ("to install it", platform.install),
        ("to run it", f"snnir run --backend {platform.name} --python INTERPRETER"),
        ("to check it", "snnir verify FILE.py --python INTERPRETER"),
    )
    notes = tuple(note for target in targets if target.capacity is None for note in target.notes)
    return Table(f"what runs under {platform.title or platform.name.capitalize()}", rows, notes=notes)


def _chip(target: Target, chip: Chip) -> Table:
    """Return the limits of a chip, with their sources."""
    limits = (
        ("cores", chip.cores),
        ("neurons of a core", chip.neurons),
        ("bits of weights of a core", chip.synapse_bits),
        ("presynaptic neurons of a core", chip.axons),
        ("synapses of the chip", chip.synapses),
    )
    rows = tuple((name, f"{limit.value:,}", limit.source) for name, limit in limits if limit is not None)
    unknown = f"Not known, so not checked: {', '.join(chip.unknown)}."
    return Table(f"limits of {target.name}", rows, ("limit", "value", "source"), (unknown, *target.notes))
