"""The radix code."""

from snnir.codes.radix import answers
from snnir.codes.radix.code import Radix
from snnir.codes.radix.neuron import Accumulate, SignedDigits, estimator

__all__ = ["Accumulate", "Radix", "SignedDigits", "answers", "estimator"]
