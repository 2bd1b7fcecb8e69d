"""What operations cost, as data: a model of energy for each kind of arithmetic or chip, with its source.

At 45 nm: Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014, arithmetic alone, no memory
or routing. Loihi: Davies et al., "Loihi: a neuromorphic manycore processor with on-chip learning", IEEE Micro 38(1),
2018, Table 2, simulated for 14 nm at 0.75 V, with the memory that a synaptic operation and an update read; hops between
tiles (3 and 4 pJ) depend on the placement and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from snnir.metrics.cost import Operations
from snnir.metrics.record import Record


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergyModel:
    """Energies in picojoule.

    Attributes:
        name: What ``energy_model`` takes.
        accumulate: Per accumulate of the spiking network.
        multiply_accumulate: Per multiply-accumulate of the spiking network.
        ann_multiply_accumulate: Per multiply-accumulate of the analog network that it is compared with.
        neuron_update: Per neuron and step in which its layer works, see `snnir.analysis.latencies.Latency`; as if all
            were active, of a chip on which neurons that nothing reaches take less.
        spike: Per spike or message that is sent, however many synapses it reaches.
        bits: Of the integers that are multiplied; None of other numbers.
        source: Where the numbers are from, and what they include; a sentence without its full stop.
    """

    name: str
    accumulate: float
    multiply_accumulate: float
    ann_multiply_accumulate: float
    neuron_update: float = 0.0
    spike: float = 0.0
    bits: int | None = None
    source: str

    @property
    def break_even(self) -> float:
        """Spikes per unit that take the ANN's energy where synapses are all that costs energy."""
        return self.ann_multiply_accumulate / self.accumulate

    @property
    def only_operations(self) -> bool:
        """Whether nothing else costs energy, so that neither neurons nor steps do that no spike reaches."""
        return self.neuron_update == self.spike == 0


FLOAT32 = EnergyModel(
    name="float32",
    accumulate=0.9,
    multiply_accumulate=4.6,
    ann_multiply_accumulate=4.6,
    source="45 nm, add 0.9 pJ, multiply 3.7 pJ; no memory or routing (Horowitz, ISSCC 2014)",
)
"""The one that ``energy_pj`` is by, and that a search minimises where no other is asked for."""
MODELS = {
    each.name: each
    for each in (
        FLOAT32,
        EnergyModel(
            name="int32",
            accumulate=0.1,
            multiply_accumulate=3.2,
            ann_multiply_accumulate=3.2,
            bits=32,
            source="both in 32-bit integers, 45 nm, add 0.1 pJ, multiply 3.1 pJ (Horowitz, ISSCC 2014)",
        ),
        EnergyModel(
            name="int8",
            accumulate=0.1,
            multiply_accumulate=0.3,
            ann_multiply_accumulate=0.3,
            bits=8,
            source="both in 8-bit integers, 45 nm, multiply 0.2 pJ; sums of 32 bits, add 0.1 pJ (Horowitz, ISSCC 2014)",
        ),
        EnergyModel(
            name="loihi",
            accumulate=23.6,
            multiply_accumulate=23.6,
            ann_multiply_accumulate=FLOAT32.ann_multiply_accumulate,
            neuron_update=81.0,
            spike=1.7,
            source="14 nm, with memory: 23.6 pJ per synaptic operation, as which all accumulates and multiplications "
            "count, 81 pJ per neuron and step in which its layer works, 1.7 pJ per spike (Davies et al., IEEE Micro "
            "38(1), 2018). No ANN runs there: it is compared with the ANN in float32 at 45 nm, without memory",
        ),
    )
}
"""By name."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelEnergy(Record):
    """Energy per inference by one model, in picojoule.

    Attributes:
        model: Its name.
        snn: Of the spiking network.
        ann: Of the analog network.
        source: Of the model's numbers.
    """

    model: str
    snn: float
    ann: float
    source: str

    @property
    def ratio(self) -> float:
        """The spiking network's energy as a multiple of the analog one's; 0 where that has no multiplications."""
        return self.snn / self.ann if self.ann > 0 else 0.0


def energy_by(model: EnergyModel, operations: Operations, spikes: float) -> ModelEnergy:
    """Return the energy of an inference by a model.

    Args:
        model: One of `MODELS`, or of your own.
        operations: Per inference.
        spikes: Or messages, per inference.
    """
    arithmetic = model.accumulate * operations.ac + model.multiply_accumulate * operations.mac
    events = model.neuron_update * operations.neuron_updates + model.spike * spikes
    return ModelEnergy(
        model=model.name,
        snn=arithmetic + events,
        ann=model.ann_multiply_accumulate * operations.ann_mac,
        source=model.source,
    )


def of_integers(bits: int) -> EnergyModel:
    """Return the model of the narrowest integers that hold so many bits, or of the widest."""
    known = {each.bits: each for each in MODELS.values() if each.bits is not None}
    return known[min((each for each in known if each >= bits), default=max(known))]
