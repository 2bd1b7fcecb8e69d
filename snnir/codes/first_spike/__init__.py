"""The code of first spikes."""

from snnir.codes.first_spike import answers
from snnir.codes.first_spike.code import FirstSpikeCode
from snnir.codes.first_spike.neuron import FirstSpike

__all__ = ["FirstSpike", "FirstSpikeCode", "answers"]
