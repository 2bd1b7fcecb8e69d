"""The phase code."""

from snnir.codes.phase import answers
from snnir.codes.phase.code import Phase
from snnir.codes.phase.neuron import BinaryDigits

__all__ = ["BinaryDigits", "Phase", "answers"]
