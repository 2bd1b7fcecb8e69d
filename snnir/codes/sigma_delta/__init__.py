"""The sigma-delta code."""

from snnir.codes.sigma_delta import answers
from snnir.codes.sigma_delta.code import SigmaDeltaCode
from snnir.codes.sigma_delta.neuron import TRAIN, Delta, SigmaDelta

__all__ = ["TRAIN", "Delta", "SigmaDelta", "SigmaDeltaCode", "answers"]
