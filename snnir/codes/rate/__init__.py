"""The rate code."""

from snnir.codes.rate.code import Rate
from snnir.codes.rate.thresholds import Thresholds

__all__ = ["Rate", "Thresholds"]
