"""What an inference costs: spikes, messages, operations and energy, over all and of every layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from snnir.io.records import LATER, OPTIONAL, UNKNOWN
from snnir.metrics.record import Record

Kind: TypeAlias = Literal["spikes", "clock", "changes", "encoder", "input", "host"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Spikes(Record):
    """Outputs of neurons that are not zero.

    Attributes:
        rate: Per neuron and step, mean over layers.
        per_unit: Per inference and unit of the analog network.
        total_per_inference: Of all neurons.
        break_even: Per unit, at which this network would take the ANN's energy; None where there are no spikes, NaN
            where an earlier version did not state it.
    """

    rate: float
    per_unit: float
    total_per_inference: float
    break_even: float | None = field(default=UNKNOWN, metadata=OPTIONAL)


@dataclass(frozen=True, kw_only=True, eq=False)
class Messages(Record):
    """Graded messages of a stream; see `snnir.analysis.messages`.

    Attributes:
        per_unit_per_point: Of the neurons.
        inputs_per_point: Changes of the inputs.
        meaning: In words.
    """

    per_unit_per_point: float
    inputs_per_point: float
    meaning: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Operations(Record):
    """Operations per inference.

    Attributes:
        ac: Accumulates.
        mac: Multiply-accumulates.
        function_evaluations: Of f inside neurons. (The ANN evaluates f once per unit, too.)
        neuron_updates: Of every neuron one in each step in which its layer works; NaN, as the two below, where an
            earlier version did not count them.
        rows: Rows of weights that are read: one for every spike or message and dense layer that it reaches, and one
            for every input of a dense layer that receives numbers. Encoders have no rows: what they multiply by is a
            parameter of their neurons. Rows of zeros do not count.
        ann_mac: Multiply-accumulates of the analog network.
        ann_rows: Rows of weights that it reads: all of its dense layers.
    """

    ac: float
    mac: float
    function_evaluations: float = field(default=0.0, metadata=LATER)
    neuron_updates: float = field(default=UNKNOWN, metadata=OPTIONAL)
    rows: float = field(default=UNKNOWN, metadata=OPTIONAL)
    ann_mac: float
    ann_rows: float = field(default=UNKNOWN, metadata=OPTIONAL)


@dataclass(frozen=True, kw_only=True, eq=False)
class EnergyPart(Record):
    """What one node adds to the energy.

    Attributes:
        node: Its name.
        kind: See `snnir.analysis.operations.Part`.
        source: Name of the layer whose spikes, or of the value, it works on.
        ac: Accumulates per inference.
        mac: Multiply-accumulates per inference.
        pj: Picojoule per inference.
    """

    node: str
    kind: Kind
    source: str
    ac: float
    mac: float
    pj: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Energy(Record):
    """Energy per inference in picojoule, of operations alone.

    Attributes:
        snn: Of the spiking network.
        ann: Of the analog network.
        parts: Of the spiking network by node; they sum to `snn`. None in reports of earlier versions.
    """

    snn: float
    ann: float
    parts: tuple[EnergyPart, ...] = field(default=(), metadata=LATER)

    @property
    def ratio(self) -> float:
        """The spiking network's energy as a multiple of the analog one's; 0 where that has no multiplications."""
        return self.snn / self.ann if self.ann > 0 else 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerReport(Record):
    """One layer of neurons.

    Attributes:
        name: Its name.
        neurons: How many there are.
        rate: Spikes per neuron and step.
        threshold: Mean amplitude, or mean threshold of changes.
        local_error: The largest relative error that it has a part in, see `snnir.metrics.bound.BoundPart`.
        start: Its first step.
    """

    name: str
    neurons: int
    rate: float
    threshold: float
    local_error: float
    start: int = field(default=0, metadata=LATER)


@dataclass(frozen=True, kw_only=True, eq=False)
class Region(Record):
    """How often a part of a spiking network runs.

    Attributes:
        layers: Names of its neuron layers.
        inputs: Names of the graph inputs that it depends on.
        count: Points that it runs on, each for all time steps.
    """

    layers: tuple[str, ...]
    inputs: tuple[str, ...]
    count: int


@dataclass(frozen=True, kw_only=True, eq=False)
class InferenceCounts(Record):
    """How often a spiking network runs for a set of points.

    Attributes:
        total: Of all parts together.
        regions: Of each.
    """

    total: int
    regions: tuple[Region, ...]

    @property
    def most(self) -> int:
        """Of the part that runs most often."""
        return max(part.count for part in self.regions)


@dataclass(frozen=True, kw_only=True, eq=False)
class Host(Record):
    """The nodes that stay on the host, as ``name (op)``, by their place.

    Attributes:
        before: No spikes go in.
        between: Spikes go in, and more come behind: the chip waits for the host.
        after: No spikes come behind.
    """

    before: tuple[str, ...]
    between: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        """The same by the name of the place."""
        return {"before": self.before, "between": self.between, "after": self.after}

    @property
    def nodes(self) -> Iterator[str]:
        """All of them."""
        yield from (*self.before, *self.between, *self.after)
