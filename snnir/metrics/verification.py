"""What became of a file in the program that runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from snnir.io.records import OPTIONAL
from snnir.metrics.cost import Host
from snnir.metrics.error import Errors
from snnir.metrics.host import host_rows
from snnir.metrics.record import Record
from snnir.metrics.section import Section
from snnir.metrics.table import Table, small

CLOSE_CALLS = (
    "Ties: membranes exactly at the threshold, where >= and > differ.",
    "Backlog: membranes still at the threshold or above it after a reset. Both counted in the simulator.",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Agreement(Record):
    """How many spikes of some neurons agree.

    Attributes:
        compared: Decisions: neurons x steps x points.
        sent: Spikes of the simulator.
        different: Those that differ.
        ties: Membranes exactly at the threshold; None of integers and of digits, which have no ties.
        backlog: Membranes at the threshold or above after a reset; likewise.
        share: Those that differ, as a part of those that are sent.
    """

    compared: int
    sent: int
    different: int
    ties: int | None = field(default=None, metadata=OPTIONAL)
    backlog: int | None = field(default=None, metadata=OPTIONAL)
    share: float

    @property
    def counts(self) -> dict[str, int]:
        """What a table shows, by what it is called there."""
        counted = {"spikes": self.sent, "differ": self.different, "ties": self.ties, "backlog": self.backlog}
        return {name: count for name, count in counted.items() if count is not None}


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerAgreement(Agreement):
    """How many spikes of a layer agree.

    Attributes:
        name: Of the layer.
    """

    LEADING: ClassVar[tuple[str, ...]] = ("name", "compared", "sent", "different", "share")
    name: str


@dataclass(frozen=True, kw_only=True, eq=False)
class OutputAgreement(Errors):
    """How far what a program made is from what the simulator makes.

    Attributes:
        max_relative: The largest difference, relative to the largest value.
    """

    max_relative: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Program(Record):
    """What ran the file.

    Attributes:
        name: Of the reader or the platform.
        observed: The version whose behaviour its profile states.
        versions: Of what is installed, by name.
    """

    name: str
    observed: str
    versions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReaderErrors(Record):
    """Relative L2 errors against the analog network.

    Attributes:
        compiled: As the compile report has it.
        simulated: Of the simulator, on these points.
        reader: Of the program, on these points.
    """

    compiled: float
    simulated: float
    reader: float


@dataclass(frozen=True, eq=False)
class Limits(Record):
    """How much may differ.

    Attributes:
        spikes: Part of those that are sent.
        output: Relative L2 difference.
    """

    spikes: float
    output: float


@dataclass(frozen=True, kw_only=True, eq=False)
class AsCompiled(Record):
    """How far a program is from what the file was compiled for, where that is another.

    Attributes:
        spikes: Of all layers together.
        output: Of what it made.
    """

    spikes: Agreement
    output: OutputAgreement


@dataclass(frozen=True, kw_only=True, eq=False)
class Finding(Record):
    """A diagnostic, see `snnir.errors.Diagnostic`."""

    code: str
    message: str
    where: str
    hint: str


@dataclass(frozen=True, kw_only=True, eq=False)
class VerificationReport(Record):
    """What was measured of a file in the program that runs it.

    Attributes:
        file: Its name.
        target: What it was compiled for.
        form: Of the file.
        reader: What ran it.
        compiled_for: The reader or platform that it was compiled for; None for none in particular.
        host: What the file leaves to the host.
        points: How many it was run on, by input.
        archive_points: How many there are, by input.
        spikes: Of all layers together.
        layers: Of each.
        output: What was made.
        conversion: Errors against the analog network.
        limits: How much might differ.
        as_compiled: The same against what it was compiled for; None where that is this program.
        verified: Nothing is beyond the limits.
        findings: What is.
        sections: What else was measured.
    """

    file: str
    target: str
    form: Literal["portable", "exact"]
    reader: Program
    compiled_for: str | None
    host: Host
    points: Mapping[str, int]
    archive_points: Mapping[str, int]
    spikes: Agreement
    layers: tuple[LayerAgreement, ...]
    output: OutputAgreement
    conversion: ReaderErrors
    limits: Limits
    as_compiled: AsCompiled | None = field(default=None, metadata=OPTIONAL)
    verified: bool
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...] = field(default=(), metadata=OPTIONAL)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON: the fields, with sections under their own keys."""
        own = {key: value for key, value in super().to_json().items() if key != "sections"}
        return own | {each.key: each.to_json() for each in self.sections}

    def tables(self) -> Iterator[Table]:
        """Yield what people are shown."""
        verdict = "verified" if self.verified else "not verified"
        yield Table(f"{self.file} in {self.reader.name}: {verdict}", tuple(self._summary()))
        counts = tuple(self.spikes.counts)
        rows = tuple((layer.name, *(f"{layer.counts[name]:,}" for name in counts)) for layer in self.layers)
        yield Table("layers", rows, ("layer", *counts), CLOSE_CALLS if "ties" in counts else ())
        for section in self.sections:
            yield from section.tables()

    def _summary(self) -> Iterator[tuple[str, str]]:
        spikes, output, error = self.spikes, self.output, self.conversion
        yield "installed", ", ".join(f"{name} {number}" for name, number in self.reader.versions.items())
        yield "profile", f"observed in {self.reader.observed}"
        yield "compiled for", self.compiled_for or "no reader in particular"
        rest = f" of {_product(self.archive_points)} in the archive" if self.points != self.archive_points else ""
        yield "points", f"{_product(self.points)}{rest}"
        if any(self.host.nodes):
            yield from host_rows(self.host.places)
        yield "compared", f"{spikes.compared:,} decisions (neurons x steps x points)"
        yield "spikes differ", f"{spikes.different:,} of {spikes.sent:,} ({spikes.share:.1e})"
        yield "output differs", f"{small(output.max_relative)} of the largest at most, rel L2 {small(output.rel_l2)}"
        if self.as_compiled is not None:
            promised = self.as_compiled
            differ = f"{promised.spikes.different:,} spikes differ, output rel L2 {small(promised.output.rel_l2)}"
            yield "as compiled", differ
        yield "rel L2", f"{small(error.reader)} against the ANN, {small(error.simulated)} in the simulator"


def _product(counts: Mapping[str, int]) -> str:
    return " x ".join(f"{count:,}" for count in counts.values())
