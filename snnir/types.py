"""Types of values: element type, shape, and how the value is carried (its coding)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""What is written as JSON."""
JsonObject: TypeAlias = Mapping[str, Json]
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


Weighting: TypeAlias = Literal["even", "binary", "decaying"]
WEIGHTINGS: tuple[Weighting, ...] = get_args(Weighting)
"""How much each time step counts where a train is decoded to its mean: all alike, each half of the one before, or each
so much more than the one before as a membrane forgets in a step, see `snnir.semantics.leak`."""


@dataclass(frozen=True, slots=True)
class Current:
    """A number at each of `steps` time steps: what arrives at a membrane or a readout.

    It decodes to its weighted mean over the steps.
    """

    steps: int
    weighting: Weighting = "even"

    def __str__(self) -> str:
        return f"current<{self.steps}>" if self.weighting == "even" else f"current<{self.steps},{self.weighting}>"


@dataclass(frozen=True, slots=True)
class Estimate:
    """An online partial value, most significant digit first, refined at each of `steps` steps; the last one counts."""

    steps: int

    def __str__(self) -> str:
        return f"estimate<{self.steps}>"


@dataclass(frozen=True, slots=True)
class Spikes:
    """A spike (+1, -1) or none (0) at each of `steps` time steps, in the given code.

    It decodes to its weighted mean over the steps.
    """

    code: str
    steps: int

    @property
    def weighting(self) -> Weighting:
        """How much each step counts, as `weigh` states it of the code: ``even`` where it does not."""
        return _WEIGHTINGS.get(self.code, "even")

    def __str__(self) -> str:
        return f"spikes<{self.code},{self.steps}>"


_WEIGHTINGS: dict[str, Weighting] = {}


def weigh(code: str, weighting: Weighting) -> None:
    """State how much each step of a code's spikes counts; the module with the code's ops does so.

    Raises:
        ValueError: It was stated to be another.
    """
    if _WEIGHTINGS.setdefault(code, weighting) != weighting:
        raise ValueError(f"spikes of the {code} code are weighted in another way already")


Coding: TypeAlias = Analog | Current | Spikes | Estimate
ANALOG = Analog()


@dataclass(frozen=True, slots=True)
class ValueType:
    """Element type, shape (time steps not counted) and coding of a value."""

    dtype: DType
    shape: tuple[Dim, ...]
    coding: Coding = ANALOG

    @property
    def steps(self) -> int:
        """Time steps of one inference; 1 of analog values."""
        return 1 if isinstance(self.coding, Analog) else self.coding.steps

    def __str__(self) -> str:
        text = f"{self.dtype}[{', '.join(map(str, self.shape))}]"
        return text if isinstance(self.coding, Analog) else f"{self.coding} {text}"
