"""How the value of a unit travels as spikes."""

from snnir.codes.rate import Granularity, ThresholdRule, clip_floor, thresholds

__all__ = ["Granularity", "ThresholdRule", "clip_floor", "thresholds"]
