"""What a chip has room for, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a chip, with its source.

    Attributes:
        value: The largest possible.
        source: Where the number is from.
    """

    value: int
    source: str


@dataclass(frozen=True)
class Chip:
    """The capacity of a chip; None where no public source states it, and then nothing is checked.

    Attributes:
        cores: Of the chip.
        neurons: Of a core.
        synapse_bits: Weights of a core, in bits; if None, a core gets an even share of the chip's synapses.
        axons: Presynaptic neurons of a core.
        synapses: Of the chip.
        bias_synapses: Of a neuron, for its bias, which a neuron gives that sends a spike at every step (one for the
            layers of one depth); 0 where neurons have biases of their own.
        unknown: What is not known and matters, in words.
    """

    cores: Limit
    neurons: Limit
    synapse_bits: Limit | None = None
    axons: Limit | None = None
    synapses: Limit | None = None
    bias_synapses: int = 0
    unknown: tuple[str, ...] = ()
