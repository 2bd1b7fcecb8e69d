"""What a chip has room for, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that a chip has, and who says so.

    Attributes:
        value: The largest possible.
        source: Where the number is from.
    """

    value: int
    source: str


@dataclass(frozen=True)
class Chip:
    """What a chip has room for; None where no public source says so, and then nothing is checked.

    Attributes:
        cores: Of the chip.
        neurons: Of a core.
        synapse_bits: Weights of a core, in bits; if None, a core gets an even share of the chip's synapses.
        axons: Neurons that a core can hear.
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
