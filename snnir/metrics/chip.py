"""What a network takes of a chip, and how far its integers are from the ends of their ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from snnir.metrics.record import Record
from snnir.metrics.table import Table


@dataclass(frozen=True, eq=False)
class Range(Record):
    """One quantity of one layer.

    Attributes:
        layer: Name of the neurons or of the readout.
        quantity: ``weight``, ``threshold``, ``bias``, ``input``, ``current``, ``membrane`` or ``message``.
        value: The largest size, in units of the membrane.
        limit: The largest possible.
        fits: Whether it does: it is no larger, and a multiple of what it must be a multiple of.
    """

    layer: str
    quantity: str
    value: float
    limit: float
    fits: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Core(Record):
    """What is placed on one core.

    Attributes:
        layers: Neurons of every layer, as ``(first, end)``.
        neurons: How many there are.
        synapse_bits: Of their weights.
        axons: Into the core.
    """

    layers: Mapping[str, tuple[int, int]]
    neurons: int
    synapse_bits: int
    axons: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Busiest(Record):
    """The core that most messages reach.

    Attributes:
        core: Its index.
        messages: Per inference.
    """

    core: int
    messages: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ChipUse(Record):
    """What a network takes of a chip; see `snnir.analysis.resources`.

    Attributes:
        neurons: Of all cores.
        synapses: Of all neurons.
        weight_bits: Of all synapses.
        axons: Of the core with most of them.
        cores: How many are used.
        placement: What is on each.
        steps: Of one inference, with the delay of every synapse.
        messages: Spikes times the cores that they go to, per inference.
        busiest: The core that most messages reach.
        bottleneck: The quantity that is nearest to its limit.
        use: Of every limit, from 0 to 1.
        unknown: Limits that are not known.
    """

    neurons: int
    synapses: int
    weight_bits: int
    axons: int
    cores: int
    placement: tuple[Core, ...]
    steps: int
    messages: float
    busiest: Busiest
    bottleneck: str
    use: Mapping[str, float]
    unknown: tuple[str, ...]

    @property
    def table(self) -> Table:
        """All but the placement."""
        use = ", ".join(f"{name} {part:.2%}" for name, part in self.use.items())
        busiest = f"{self.busiest.messages:,.0f} of them into core {self.busiest.core}"
        rows = (
            ("neurons", f"{self.neurons:,}"),
            ("synapses", f"{self.synapses:,}, {self.weight_bits:,} bits"),
            ("cores", f"{self.cores:,}"),
            ("axons", f"{self.axons:,} into a core at most"),
            ("steps", f"{self.steps:,} for one inference, every synapse takes one"),
            ("messages", f"{self.messages:,.0f} per inference, {busiest}"),
            ("in use", use),
            ("bottleneck", self.bottleneck),
        )
        notes = (f"Not known, so not checked: {', '.join(self.unknown)}.",) if self.unknown else ()
        return Table("on the chip", rows, notes=notes)


def ranges_table(ranges: Sequence[Range]) -> Table:
    """Return how much of its range every quantity of every layer takes."""
    layers = dict.fromkeys(row.layer for row in ranges)
    quantities = tuple(dict.fromkeys(row.quantity for row in ranges))
    use: dict[tuple[str, str], float] = {}
    for row in ranges:
        key = row.layer, row.quantity
        use[key] = max(use.get(key, 0.0), row.value / row.limit)
    rows = tuple((name, *(_part(use.get((name, each))) for each in quantities)) for name in layers)
    notes = ("Currents and membranes were measured on points that calibration did not see.",)
    return Table("integers, in parts of what fits", rows, ("layer", *quantities), notes)


def _part(use: float | None) -> str:
    return "" if use is None else f"{use:.1%}"
