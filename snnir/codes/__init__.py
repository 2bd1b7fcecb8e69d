"""How the value of a unit travels as spikes."""

from typing import Literal, TypeAlias, get_args

from snnir.codes.population import MAX_PER_UNIT, NEURONS_PER_UNIT
from snnir.codes.radix import MAX_DIGITS
from snnir.codes.rate import Granularity, ThresholdRule, clip_floor, thresholds
from snnir.codes.sigma_delta import GAINS, STREAM_ERROR, WHOLE_GAINS

Code: TypeAlias = Literal["rate", "population", "radix", "sigma-delta"]
CODES: tuple[Code, ...] = get_args(Code)
"""The codes of this version."""

__all__ = [
    "CODES",
    "GAINS",
    "MAX_DIGITS",
    "MAX_PER_UNIT",
    "NEURONS_PER_UNIT",
    "STREAM_ERROR",
    "WHOLE_GAINS",
    "Code",
    "Granularity",
    "ThresholdRule",
    "clip_floor",
    "thresholds",
]
