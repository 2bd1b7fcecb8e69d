"""The sigma-delta code."""

from snnir.codes.sigma_delta.code import SigmaDeltaCode

__all__ = ["SigmaDeltaCode"]
