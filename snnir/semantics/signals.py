"""Signals that are kept: what layers send at all steps on all points, in little memory, to go on from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from snnir.types import Array


class Signal(Protocol):
    """What a value of a spiking region is at all steps on all points."""

    @property
    def points(self) -> int:
        """The number of points."""
        ...

    def part(self, rows: slice, dtype: str) -> Array:
        """Return it for some points, ``[steps, points, n]``, or ``[1, points, n]`` where it is constant."""
        ...


@dataclass(frozen=True)
class Plain:
    """A signal as it is.

    Attributes:
        array: ``[steps or 1, points, n]``.
    """

    array: Array

    @property
    def points(self) -> int:
        """The number of points."""
        return int(self.array.shape[1])

    def part(self, rows: slice, dtype: str) -> Array:
        """Return it for some points."""
        return self.array[:, rows].astype(dtype)


@dataclass(frozen=True)
class Train:
    """Spikes -1, 0 and 1, as a bit each, or two bits if any is -1.

    A layer's trains take ``T / 64`` of the memory of its mean spikes in double precision, which calibration has anyway.

    Attributes:
        width: n.
        excited: Where they are 1: bits ``[steps, points, ceil(n / 8)]``.
        inhibited: Where they are -1; None where none is.
    """

    width: int
    excited: Array
    inhibited: Array | None

    @property
    def points(self) -> int:
        """The number of points."""
        return int(self.excited.shape[1])

    def part(self, rows: slice, dtype: str) -> Array:
        """Return it for some points."""
        spikes = np.unpackbits(self.excited[:, rows], axis=-1, count=self.width).astype(dtype)
        if self.inhibited is not None:
            spikes -= np.unpackbits(self.inhibited[:, rows], axis=-1, count=self.width)
        return spikes


def kept(chunks: Sequence[Signal]) -> Signal:
    """Return the signal of all points from those of chunks, in their order."""
    trains = [chunk for chunk in chunks if isinstance(chunk, Train)]
    if len(trains) < len(chunks):
        arrays = [chunk.array if isinstance(chunk, Plain) else chunk.part(slice(None), "int8") for chunk in chunks]
        return Plain(np.concatenate(arrays, axis=1))
    excited = np.concatenate([train.excited for train in trains], axis=1)
    if all(train.inhibited is None for train in trains):
        return Train(trains[0].width, excited, None)
    inhibited = [np.zeros_like(each.excited) if each.inhibited is None else each.inhibited for each in trains]
    return Train(trains[0].width, excited, np.concatenate(inhibited, axis=1))


def packed(spikes: Array) -> Signal:
    """Return spikes ``[steps, points, n]`` in as little memory as their counts allow; a copy."""
    low, high = spikes.min(initial=0), spikes.max(initial=0)
    if low < -1 or high > 1:
        return Plain(spikes.astype(np.int8 if max(-low, high) <= np.iinfo(np.int8).max else np.int32))
    inhibited = np.packbits(spikes < 0, axis=-1) if low < 0 else None
    return Train(spikes.shape[-1], np.packbits(spikes > 0, axis=-1), inhibited)
