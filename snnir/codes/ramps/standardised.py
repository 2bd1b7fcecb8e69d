"""What enters and leaves a region, in units of how much it varies: networks of any size train alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from snnir.ir import Node
from snnir.ops import Decode, Encode
from snnir.types import Array

FLOOR = 1e-8
"""Of the mean variance of all outputs: one that varies less is not fitted to more than that."""


@dataclass(frozen=True)
class Standardised:
    """Inputs of mean 0 and variance 1, and the outputs with their variances; by value name.

    Attributes:
        shift: What was subtracted from inputs, ``[width]``.
        scale: What they were divided by then, ``[width]``.
        inputs: At encodes, ``[points, width]``.
        wanted: At decodes, as they are, ``[points, width]``.
        power: The variance of each output, ``[width]``.
    """

    shift: Mapping[str, Array]
    scale: Mapping[str, Array]
    inputs: Mapping[str, Array]
    wanted: Mapping[str, Array]
    power: Mapping[str, Array]

    @property
    def outputs(self) -> int:
        """How many outputs there are, of all decodes together."""
        return sum(len(power) for power in self.power.values())

    def offset(self) -> float:
        """Return the mean square of the outputs over their variance, on average over all outputs: 1 without offsets."""
        squares = [
            np.mean(np.square(array.astype(np.float64)), axis=0) / self.power[name]
            for name, array in self.wanted.items()
        ]
        return float(np.mean(np.concatenate(squares)))


def standardised(nodes: Sequence[Node], boundary: Mapping[str, Array], dtype: np.dtype[Any]) -> Standardised:
    """Return what goes in at the encodes of a region and should come out at its decodes.

    Args:
        nodes: Of the region.
        boundary: Both, ``[points, width]`` by value name.
        dtype: What to compute in.
    """
    encodes = {node.output.name: boundary[node.inputs[0]] for node in nodes if isinstance(node.op, Encode)}
    shift = {name: given.mean(axis=0).astype(dtype) for name, given in encodes.items()}
    scale = {name: _spread(given).astype(dtype) for name, given in encodes.items()}
    inputs = {name: ((given - shift[name]) / scale[name]).astype(dtype) for name, given in encodes.items()}
    decodes = [node.output.name for node in nodes if isinstance(node.op, Decode)]
    wanted = {name: boundary[name].astype(dtype) for name in decodes}
    return Standardised(shift, scale, inputs, wanted, _powers(wanted))


def _spread(array: Array) -> Array:
    """Return the standard deviation of every column; 1 where it is rounding only, so that no weight is blown up."""
    spread: Array = array.std(axis=0)
    return np.where(spread > np.float32(1e-5) * np.abs(array).max(axis=0), spread, np.float32(1))


def _powers(wanted: Mapping[str, Array]) -> dict[str, Array]:
    """Return the variance of every column, none so small that it would rule the loss."""
    variances = {name: np.var(array.astype(np.float64), axis=0) for name, array in wanted.items()}
    largest = max((float(each.max(initial=0)) for each in variances.values()), default=0.0)
    powers: dict[str, Array] = {}
    for name, variance in variances.items():
        size = np.square(1e-6 * np.abs(wanted[name]).max(axis=0, initial=0).astype(np.float64))
        power = np.maximum(np.maximum(variance, FLOOR * largest), size)
        powers[name] = np.where(power > 0, power, 1.0).astype(wanted[name].dtype)
    return powers
