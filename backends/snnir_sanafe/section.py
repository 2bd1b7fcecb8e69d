"""What an inference takes of the simulated chip, in the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from snnir.metrics import Section, Table
from snnir.metrics.record import Record
from snnir.metrics.table import paragraph
from snnir.types import Array
from snnir_sanafe.program import SHIPPED

COUNTED = (
    *paragraph(
        "Counted: every weight that a spike reads, neurons, messages, routing, and the clocks that give biases, open "
        "and close gates, and silence layers at the end. Encoders are joined with the synapses before them, for "
        "nothing but neurons adds up spikes on the chip: a spike reads K weights for every unit behind it."
    ),
    "Not counted: what the host computes, writes and reads: currents of first layers, and membranes of readouts.",
)
PICO, MICRO = 1e12, 1e6


@dataclass(frozen=True, kw_only=True, eq=False)
class ChipEnergy(Record):
    """Picojoule of one inference, split as SANA-FE splits them."""

    total: float
    synapse: float
    dendrite: float
    soma: float
    network: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ChipPart(Record):
    """A part of the network that runs without the host in between; means of one inference.

    Attributes:
        outputs: What is read out.
        energy_pj: Picojoule.
        latency_us: Microseconds from the inputs to the end, one inference after the other.
        steps: Time steps of the chip.
        events: Weights that spikes read.
        messages: Spikes times the cores that they go to.
        updates: Membranes that were updated, in all steps.
        fired: Spikes, those of clocks among them.
        stray: Spikes of layers outside of their trains: none, unless the chip does something else.
        cores: In use.
        tiles: In use.
    """

    outputs: tuple[str, ...]
    energy_pj: ChipEnergy
    latency_us: float
    steps: int
    events: float
    messages: float
    updates: float
    fired: float
    stray: float
    cores: int
    tiles: int


@dataclass(frozen=True, kw_only=True, eq=False)
class SimulatedChip(Section):
    """Energy and latency of a chip that SANA-FE simulates, memory and routing included.

    Boyle et al., "SANA-FE: Simulating Advanced Neuromorphic Architectures for Fast Exploration", IEEE Transactions on
    Computer-Aided Design 2025, doi 10.1109/TCAD.2025.3537971: within 12 % of Loihi's energy and 25 % of its latency on
    three applications, as its authors state.

    Attributes:
        architecture: The file that describes the chip.
        program: What simulated it.
        points: How many inferences the means are of.
        parts: Of the network; none where nothing was measured.
        note: Why not; empty where something was.
    """

    key: ClassVar[str] = "simulated_chip"
    architecture: str
    program: str
    points: int
    parts: tuple[ChipPart, ...]
    note: str

    def tables(self) -> Iterator[Table]:
        """Yield energy and latency of every part."""
        if not self.parts:
            yield Table("on the simulated chip", notes=paragraph(self.note))
            return
        place = f"{self.program}, {self.architecture}"
        title = f"one inference on the simulated chip ({place}), mean of {self.points:,} points"
        notes = COUNTED
        for part in self.parts:
            name = f": {', '.join(part.outputs)}" if len(self.parts) > 1 else ""
            yield Table(f"{title}{name}", tuple(_rows(part)), notes=notes)
            notes = ()


def _rows(part: ChipPart) -> Iterator[tuple[str, str]]:
    energy = part.energy_pj
    shares = (("synapses", energy.synapse), ("dendrites", energy.dendrite), ("somas", energy.soma))
    split = ", ".join(f"{name} {_microjoule(each)}" for name, each in (*shares, ("network", energy.network)))
    yield "energy", f"{_microjoule(energy.total)}: {split}"
    yield "latency", f"{part.latency_us:,.3g} us for {part.steps} steps"
    yield "events", f"{part.events:,.0f} weights read, {part.messages:,.0f} messages"
    yield "neurons", f"{part.updates:,.0f} updates, {part.fired:,.0f} spikes, of clocks, too"
    yield "in use", f"{part.cores} cores on {part.tiles} tiles"
    if part.stray:
        yield "stray", f"{part.stray:,.3g} spikes outside of their trains: this chip does not what was simulated"


def _microjoule(picojoule: float) -> str:
    return f"{picojoule / 1e6:,.3g} uJ"


def measured(
    costs: Mapping[tuple[str, ...], Mapping[str, Array]],
    steps: Mapping[tuple[str, ...], int],
    architecture: Path | None,
    program: str,
) -> SimulatedChip:
    """Return the section for what programs recorded.

    Args:
        costs: Of every part, by what it reads out: arrays ``[points]`` by name, see `snnir_sanafe.program`.
        steps: Of every part, likewise.
        architecture: Of the chip; None for the one that comes with SANA-FE.
        program: What simulated it.
    """
    parts = tuple(_part(names, each, steps[names]) for names, each in costs.items())
    points = max((len(each["time"]) for each in costs.values()), default=0)
    name = SHIPPED if architecture is None else architecture.name
    return SimulatedChip(architecture=name, program=program, points=points, parts=parts, note="")


def not_measured(note: str) -> SimulatedChip:
    """Return the section where nothing could be measured."""
    return SimulatedChip(architecture=SHIPPED, program="", points=0, parts=(), note=note)


def _part(outputs: tuple[str, ...], record: Mapping[str, Array], steps: int) -> ChipPart:
    mean = {name: float(array.mean()) for name, array in record.items()}
    kinds = ("total", "synapse", "dendrite", "soma", "network")
    return ChipPart(
        outputs=outputs,
        energy_pj=ChipEnergy(**{kind: PICO * mean[f"energy_{kind}"] for kind in kinds}),
        latency_us=MICRO * mean["time"],
        steps=steps,
        **{name: mean[name] for name in ("events", "messages", "updates", "fired", "stray")},
        cores=int(mean["cores"]),
        tiles=int(mean["tiles"]),
    )
