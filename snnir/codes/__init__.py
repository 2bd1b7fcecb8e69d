"""How the value of a unit travels as spikes."""

from snnir.codes.rate import Granularity, ThresholdRule, clip_floor, thresholds

CODES = ("rate",)
"""The codes of this version."""

__all__ = ["CODES", "Granularity", "ThresholdRule", "clip_floor", "thresholds"]
