"""Synapses of a program, their arrays, and their weights as the chip has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from snnir.analysis import Term, delays
from snnir.arithmetic.integer import half_limit, scaled_weights, split, weight_unit
from snnir.ir import Node
from snnir.semantics import IntegerFormat
from snnir.types import Array


@dataclass
class Arrays:
    """The arrays of a plan; equal ones share a name."""

    found: dict[str, Array] = field(default_factory=dict[str, Array])
    names: dict[tuple[str, bytes], str] = field(default_factory=dict[tuple[str, bytes], str])

    def add(self, array: Array) -> str:
        """Return the name of an array."""
        key = f"{array.dtype}{array.shape}", array.tobytes()
        if key not in self.names:
            self.names[key] = f"array{len(self.names)}"
            self.found[self.names[key]] = array
        return self.names[key]


@dataclass(frozen=True)
class Synapses:
    """Makes the synapses of a plan.

    Attributes:
        arrays: Takes their weights.
        depth: From `snnir.analysis.depths`.
        integer: The format of weights on the chip; None for floats.
    """

    arrays: Arrays
    depth: Mapping[str, int]
    integer: IntegerFormat | None

    def of(self, terms: tuple[Term, ...], *, signed: bool = False) -> list[dict[str, Any]]:
        """Return the synapses of a current."""
        waiting = delays(terms, self.depth)
        return [each for term in terms for each in self._synapse(term, waiting[term.node.name], signed=signed)]

    def _synapse(self, term: Term, delay: int, *, signed: bool) -> Iterator[dict[str, Any]]:
        """Yield a synapse and its bias, which comes from the clock; matrices ``[receivers, senders]``."""
        weight, bias = term.node.op.weight.array.T, term.node.op.bias
        if term.source.op.halves > 1:
            weight = np.concatenate([weight, -weight], axis=1)
        if signed:
            weight = np.concatenate([weight, -weight])
        graded = term.source.op.graded
        yield self.dense(weight, term.source.name, delay=delay, plain=graded)
        if bias is None or graded:
            return
        column = (np.concatenate([bias.array, -bias.array]) if signed else bias.array)[:, np.newaxis]
        form = self.integer
        if form is None:
            yield self.dense(column, None)
            return
        most, unit = half_limit(form), weight_unit(form)
        for part, factor in zip(split(column / unit, most), (most + 1, 1), strict=True):
            if np.any(part):
                yield self.dense(part * factor * unit, None)

    def cross(self, node: Node, threshold: Array) -> dict[str, Any]:
        """Return what raises one of a pair where the other fires."""
        size = len(threshold)
        return self.dense(np.roll(np.eye(2 * size), size, axis=1) * np.tile(threshold, 2), node.name)

    def dense(self, weight: Array, source: str | None, *, delay: int = 0, plain: bool = False) -> dict[str, Any]:
        """Return one synapse: a matrix, exact in the format of the chip where it has one.

        Args:
            weight: ``[receivers, senders]``.
            source: The layer that sends; None for the clock.
            delay: Steps that spikes wait.
            plain: What it adds up is not shifted, as it is for integrate-and-fire neurons.
        """
        form = self.integer
        synapse = {"source": source, "delay": delay}
        if form is None:
            return {**synapse, "weights": self.arrays.add(weight.astype(np.float64)), "exponent": 0}
        scaled = scaled_weights(weight, replace(form, shift=0) if plain else form)
        assert scaled is not None  # noqa: S101 - ranges are checked before
        name = self.arrays.add(scaled.mantissa.astype(np.int32))
        return {**synapse, "weights": name, "exponent": scaled.exponent}
