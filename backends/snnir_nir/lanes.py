"""What the columns of an Input bring, and when: values, and pulses of a clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from snnir.types import Array, Json


@dataclass(frozen=True, order=True)
class Lane:
    """Columns of an Input, which are 0 before their first step and from their end on.

    Attributes:
        value: Whether they bring what the network encodes there, or 1: a single column, a pulse of a clock.
        first: Their first step.
        end: The step after their last one; None where there is none.
    """

    value: bool
    first: int = 0
    end: int | None = None

    def to_json(self) -> dict[str, Json]:
        """Return it as it stands in the metadata of a file."""
        return asdict(self)

    def width(self, size: int) -> int:
        """Return how many columns it has, where the network encodes `size` values."""
        return size if self.value else 1


VALUES = (Lane(value=True),)
"""Of an Input that gets the same values at every step."""
PULSED = (*VALUES, Lane(value=False, end=1))
"""The same, and a pulse at the first step."""


def lanes_of(port: Mapping[str, object]) -> tuple[Lane, ...]:
    """Return the lanes of an Input as the metadata of a file state them.

    Raises:
        LookupError, TypeError, ValueError: They state something else.
    """
    stated: Any = port.get("lanes")
    if stated is None:
        return PULSED if port.get("pulse") else VALUES
    ends = (None if each["end"] is None else int(each["end"]) for each in stated)
    return tuple(Lane(bool(each["value"]), int(each["first"]), end) for each, end in zip(stated, ends, strict=True))


def width_of(lanes: Iterable[Lane], size: int) -> int:
    """Return the columns of an Input that encodes `size` values."""
    return sum(lane.width(size) for lane in lanes)


def values_in(lanes: Iterable[Lane], columns: int) -> int:
    """Return how many values an Input of so many columns encodes."""
    lanes = tuple(lanes)
    pulses = sum(not lane.value for lane in lanes)
    return (columns - pulses) // max(len(lanes) - pulses, 1)


def filled(trains: Array, lanes: tuple[Lane, ...]) -> Array:
    """Return what an Input gets, ``[steps, points, columns]``; the last step counts for all that follow.

    Args:
        trains: The values to encode, ``[steps, points, values]``; here, too, the last step counts for all that follow.
        lanes: Of the Input.
    """
    last = max((bound for lane in lanes for bound in (lane.first, lane.end or 0)), default=0)
    if last == 0 and len(lanes) == 1:
        return trains
    steps = np.arange(max(len(trains), last + 1))
    longer = trains[np.minimum(steps, len(trains) - 1)]
    return np.concatenate([_lane(lane, longer, steps) for lane in lanes], axis=2)


def _lane(lane: Lane, longer: Array, steps: Array) -> Array:
    on = (steps >= lane.first) & (steps < (len(steps) + lane.first if lane.end is None else lane.end))
    given = longer if lane.value else np.ones((*longer.shape[:2], 1), longer.dtype)
    made: Array = given * on.astype(longer.dtype)[:, np.newaxis, np.newaxis]
    return made
