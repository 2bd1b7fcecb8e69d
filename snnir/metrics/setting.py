"""Settings that were tried, and what they do: rows of a search, a survey and a comparison of targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import ClassVar, TypeAlias

from snnir.io.records import OPTIONAL
from snnir.metrics.error import asked_error
from snnir.metrics.record import Record
from snnir.metrics.table import Table, plural, small

OVER = "of variation"
"""Heads the error over variation."""
ENERGY = "energy / ANN's"
"""Heads the energy as a multiple of the analog network's."""
Argument: TypeAlias = str | int | float | bool | None
"""Of `snnir.compile`, as plain JSON."""


def setting_words(code: str, steps: int, neurons_per_unit: float) -> str:
    """Return a setting in words, e.g. "population code, 16 steps, 8 neurons per unit"."""
    many = f", {neurons_per_unit:g} neurons per unit" if neurons_per_unit != 1 else ""
    return f"{code} code, {plural(steps, 'step')}{many}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Tried(Record):
    """A setting, and what it does on points that calibration did not see.

    Attributes:
        code: How units travel as spikes.
        neurons_per_unit: On average.
        steps: T, the time steps of one inference, or of one layer of digits.
        latency: Steps from the inputs to the last output, of all layers together.
        rel_l2: Relative L2 conversion error.
        over_variation: Error over variation, of the column where it is largest.
        per_unit: Spikes per unit.
        energy: As a multiple of the analog network's.
        energy_model: By which that is, one of `snnir.metrics.energy_models`; None where it is that of ``energy_pj``.
    """

    code: str
    neurons_per_unit: float
    steps: int
    latency: int
    rel_l2: float
    over_variation: float
    per_unit: float
    energy: float
    energy_model: str | None = field(default=None, metadata=OPTIONAL)

    @property
    def identity(self) -> tuple[str, float, int]:
        """What makes it another setting than others."""
        return self.code, self.neurons_per_unit, self.steps

    @property
    def words(self) -> str:
        """The setting, e.g. "population code, 16 steps, 8 neurons per unit"."""
        return setting_words(self.code, self.steps, self.neurons_per_unit)

    def cost_words(self, error_of: str) -> str:
        """Return what it does, e.g. "4.90e-03 at 0.58 times the ANN's energy (radix code, 9 steps)"."""
        asked = asked_error(self, error_of)
        both = f"{self.rel_l2:.2e}, {self.over_variation:.2e} of the variation,"
        error = f"{asked:.2e}" if isfinite(asked) else both
        by = "" if self.energy_model is None else f" by {self.energy_model}"
        return f"{error} at {self.energy:.3g} times the ANN's energy{by} ({self.words})"


@dataclass(frozen=True, kw_only=True, eq=False)
class Surveyed(Tried):
    """A setting among others.

    Attributes:
        best: No other has a smaller ``rel_l2`` at no more spikes.
    """

    best: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Way(Tried):
    """Another target or code that was tried for the same error.

    Attributes:
        target: Its name.
        reached: Whether it reached the error.
        arguments: Those of `snnir.compile` that give this network instead of the one asked for.
    """

    LEADING: ClassVar[tuple[str, ...]] = ("target",)
    target: str
    reached: bool
    arguments: Mapping[str, Argument]

    @property
    def call(self) -> str:
        """The call that goes this way."""
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"snnir.compile(graph, {arguments}, ...)"

    def way_words(self, error_of: str) -> str:
        """Return whether it leads to the error, e.g. "target numpy reaches it: 4.90e-03 at 0.58 times ..."."""
        verdict = "reaches it" if self.reached else "does not reach it either"
        return f"target {self.target} {verdict}: {self.cost_words(error_of)}"


Called: TypeAlias = Callable[[Way], str]
"""Returns what to write to go a way."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared(Record):
    """What a code does about an error on a target; None of all that is measured where nothing can be.

    Attributes:
        target: Its name.
        code: Its name.
        reached: Whether the error is reached.
        why: Why it is not; else empty.
        out_of_time: Settings were left out for lack of time.
        neurons_per_unit: As of `Tried`, of the cheapest setting that reaches the error, or of the nearest.
        steps: Likewise.
        latency: Likewise.
        rel_l2: Likewise.
        over_variation: Likewise.
        per_unit: Likewise.
        energy: Likewise.
        energy_model: Likewise.
    """

    target: str
    code: str
    reached: bool
    why: str
    out_of_time: bool
    neurons_per_unit: float | None = None
    steps: int | None = None
    latency: int | None = None
    rel_l2: float | None = None
    over_variation: float | None = None
    per_unit: float | None = None
    energy: float | None = None
    energy_model: str | None = field(default=None, metadata=OPTIONAL)

    @property
    def cells(self) -> tuple[str, ...]:
        """Of a row of a table."""
        measured = (
            ("{:g}", self.neurons_per_unit),
            ("{}", self.steps),
            ("{:.2e}", self.rel_l2),
            ("{:.2e}", self.over_variation),
            ("{:.2f}", self.energy),
        )
        verdict = f"{'yes' if self.reached else f'no: {self.why}'}{' *' if self.out_of_time else ''}"
        shown = ("" if value is None else form.format(value) for form, value in measured)
        return self.target, self.code, *shown, verdict


def settings_table(title: str, rows: Sequence[Tried], notes: tuple[str, ...]) -> Table:
    """Return a table of settings and what they do; the best ones, if they are marked, with a star."""
    cells = tuple(
        (
            f"{row.code}{' *' if isinstance(row, Surveyed) and row.best else ''}",
            f"{row.neurons_per_unit:g}",
            f"{row.steps}",
            f"{row.latency}",
            small(row.rel_l2),
            small(row.over_variation),
            f"{row.per_unit:.2f}",
            f"{row.energy:.2f}",
        )
        for row in rows
    )
    header = ("code", "neurons per unit", "steps", "latency", "rel L2", OVER, "spikes per unit", _energy(rows))
    return Table(title, cells, header, notes)


def compared_table(title: str, rows: Sequence[Compared], time_limit: float) -> Table:
    """Return a table of all targets and codes."""
    header = ("target", "code", "neurons per unit", "steps", "rel L2", OVER, _energy(rows), "reached")
    notes = [
        "The cheapest setting of each code that reaches the goal, or the nearest to it.",
        "The sigma-delta code is for streams and is not compared.",
    ]
    if any(row.out_of_time for row in rows):
        notes.append(f"* the time limit of {time_limit:g} s ended the search; --time-limit gives it more.")
    return Table(title, tuple(row.cells for row in rows), header, tuple(notes))


def _energy(rows: Sequence[Tried | Compared]) -> str:
    """Return the head of the column of energies, with their model where it is not the usual one."""
    named = next((row.energy_model for row in rows if row.energy_model is not None), None)
    return ENERGY if named is None else f"{ENERGY}, {named}"
