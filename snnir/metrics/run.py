"""What was measured of a run: of a compiled network, or of a network in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from snnir.io.records import OPTIONAL
from snnir.metrics.cost import Host, InferenceCounts
from snnir.metrics.error import Errors, OutputErrors, PointErrors
from snnir.metrics.record import Record
from snnir.metrics.setting import OVER
from snnir.metrics.table import Table, small


@dataclass(frozen=True, kw_only=True, eq=False)
class OutsideColumn(Record):
    """Points that are outside the interval of one column.

    Attributes:
        name: Of the column.
        low: The end of the interval.
        high: The other end.
        points: How many are outside.
        furthest: The one furthest outside.
        widths: How far it is beyond, in widths of the interval; None where that has none.
    """

    name: str
    low: float
    high: float
    points: int
    furthest: float
    widths: float | None

    @property
    def words(self) -> str:
        """How many points are how far outside."""
        far = "" if self.widths is None else f", {self.widths:.2g} of its width beyond"
        return f"{self.points:,} in {self.name} = {self.furthest:g}{far} {self.low:g}:{self.high:g}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Outside(Record):
    """Points outside the box that a network was calibrated in.

    Attributes:
        points: How many; of a separable network, of the coordinates along all its axes.
        total: All of them.
        columns: Those in which points are outside.
    """

    points: int
    total: int = field(metadata={"key": "of"})
    columns: tuple[OutsideColumn, ...]

    @property
    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield rows that warn of them."""
        count = f"{self.points:,} of {self.total:,} points are outside what it was compiled for"
        yield "warning", f"{count}: its error there is not known"
        yield from (("", column.words) for column in self.columns)


@dataclass(frozen=True, kw_only=True, eq=False)
class SmoothedErrors(Errors):
    """Errors of smoothed outputs.

    Attributes:
        kept: Frequencies along each axis of the grid, by output.
    """

    kept: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class SpikeRate(Record):
    """How often neurons spike.

    Attributes:
        rate: The mean of the layers' spikes per neuron and step.
    """

    rate: float


@dataclass(frozen=True, kw_only=True, eq=False)
class RunReport(Record):
    """What was measured of a compiled network on points of a user.

    Attributes:
        name: Of the network.
        target: What it was compiled for.
        steps: T.
        points: How many there were.
        inferences: How often the network ran for them.
        conversion: Errors against the analog network over all outputs.
        outputs: The same of each.
        smoothed: The same of smoothed outputs; None where they were not.
        spikes: How often neurons spiked.
        outside: Points that it was not compiled for; None where there are none.
    """

    name: str
    target: str
    steps: int
    points: int
    inferences: InferenceCounts
    conversion: PointErrors
    outputs: tuple[OutputErrors, ...]
    smoothed: SmoothedErrors | None = field(default=None, metadata=OPTIONAL)
    spikes: SpikeRate
    outside: Outside | None = field(default=None, metadata=OPTIONAL)

    def tables(self, axes: Mapping[str, tuple[int, ...]]) -> Iterator[Table]:
        """Yield what people are shown.

        Args:
            axes: Frequencies that there are along each axis of the grid, by output, where outputs were smoothed.
        """
        steps = f"{self.steps} steps" if self.steps > 1 else "1 step"
        yield Table(f"{self.name} as {self.target}, {steps}", tuple(self._summary()))
        if self.smoothed is not None:
            rows = tuple(
                (name, _product(kept, ".1f"), _product(axes[name], "d")) for name, kept in self.smoothed.kept.items()
            )
            yield Table("frequencies kept along the axes of the grid", rows, ("output", "kept", "of"))

    def _summary(self) -> Iterator[tuple[str, str]]:
        yield "points", f"{self.points:,}"
        yield from () if self.outside is None else self.outside.rows
        yield "inferences", self._inferences()
        yield "rel L2", f"{small(self.conversion.rel_l2)} against the ANN on these points"
        yield OVER, f"{small(self.conversion.over_variation)}, of the column where it is largest"
        if self.smoothed is not None:
            yield "smoothed", f"{small(self.smoothed.rel_l2)} against the ANN on these points"
        yield "spike rate", f"{self.spikes.rate:.4f} of neurons x steps, mean over layers"

    def _inferences(self) -> str:
        """Return how often the network ran: for every axis of a separable one, and for how many points in all."""
        total, counts = self.inferences.total, [part.count for part in self.inferences.regions]
        terms = f" ({' + '.join(f'{count:,}' for count in counts)})" if len(counts) > 1 else ""
        points = f" for {self.points:,} points" if total != self.points else ""
        return f"{total:,}{terms}{points}"


@dataclass(frozen=True, kw_only=True, eq=False)
class SpikeRates(Record):
    """How often neurons spike.

    Attributes:
        rates: Spikes per neuron and step, by node.
    """

    rates: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class TimedReport(Record):
    """What was measured of a network in time.

    Attributes:
        name: Of the network.
        reader: Whose behaviour counted; None where the file decides.
        dt: The time step; None where it was left open.
        steps: That it ran.
        points: How many there were.
        read_out: ``mean`` over the steps, the number that its ``digits`` are, or every step, ``series``.
        spikes: How often nodes spiked.
        notes: Remarks on the file, for the user.
        outside: Points that it was not compiled for; None where there are none.
        host: What the file leaves to the host; None where it is not one of ours.
    """

    name: str
    reader: str | None
    dt: float | None
    steps: int
    points: int
    read_out: str
    spikes: SpikeRates
    notes: tuple[str, ...]
    outside: Outside | None = field(default=None, metadata=OPTIONAL)
    host: Host | None = field(default=None, metadata=OPTIONAL)


def _product(numbers: Sequence[float], form: str) -> str:
    return " x ".join(format(number, form) for number in numbers)
