"""Types of values: element type, shape, and how the value is carried (its coding)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Dim: TypeAlias = int | str
"""A fixed size, or the name of a size that is known only when points arrive (``N``)."""

DType: TypeAlias = Literal["float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool"]
DTYPES: tuple[DType, ...] = ("float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool")


def dtype_of(array: Array) -> DType:
    """Return the element type of an array.

    Raises:
        TypeError: The IR has no such element type.
    """
    for name in DTYPES:
        if array.dtype == np.dtype(name):
            return name
    raise TypeError(f"no IR element type for {array.dtype}")


@dataclass(frozen=True, slots=True)
class Analog:
    """An ordinary number, evaluated once per inference."""

    def __str__(self) -> str:
        return "analog"


@dataclass(frozen=True, slots=True)
class Current:
    """A number at each of `steps` time steps: what arrives at a membrane or a readout.

    It decodes to its mean over the steps.
    """

    steps: int

    def __str__(self) -> str:
        return f"current<{self.steps}>"


@dataclass(frozen=True, slots=True)
class Spikes:
    """A spike (+1, -1) or none (0) at each of `steps` time steps, in the given code.

    It decodes by the code's rule; ``rate`` and ``population``: the mean over the steps.
    """

    code: str
    steps: int

    def __str__(self) -> str:
        return f"spikes<{self.code},{self.steps}>"


Coding: TypeAlias = Analog | Current | Spikes
ANALOG = Analog()


@dataclass(frozen=True, slots=True)
class ValueType:
    """Element type, shape (time steps not counted) and coding of a value."""

    dtype: DType
    shape: tuple[Dim, ...]
    coding: Coding = ANALOG

    def __str__(self) -> str:
        text = f"{self.dtype}[{', '.join(map(str, self.shape))}]"
        return text if isinstance(self.coding, Analog) else f"{self.coding} {text}"
