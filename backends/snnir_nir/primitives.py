"""The nodes of NIR and their parameters, as data.

The vocabulary is that of nir 1.0 (Pedersen et al., "Neuromorphic intermediate representation: A unified instruction
set for interoperable brain-inspired computing", Nature Communications 15, 2024).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from snnir.ir import Tensor
from snnir.types import Array
from snnir_nir.hdf5 import Bad, Item

Kind: TypeAlias = Literal["numbers", "integers", "padding"]


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of a primitive.

    Attributes:
        kind: Real numbers; whole numbers; or how a convolution is padded: those, ``same`` or ``valid``.
        default: Where a file leaves it out; None where it may not, unless it is optional.
        optional: It may be left out, and is then not there.
    """

    kind: Kind = "numbers"
    default: float | None = None
    optional: bool = False


_NUMBERS, _INTEGERS = Field(), Field("integers")
_RESET = Field(default=0.0)
_CONV = {
    "weight": _NUMBERS,
    "bias": Field(optional=True),
    "stride": _INTEGERS,
    "padding": Field("padding"),
    "dilation": _INTEGERS,
    "groups": _INTEGERS,
    "input_shape": Field("integers", optional=True),
}
_POOL = {"kernel_size": _INTEGERS, "stride": _INTEGERS, "padding": _INTEGERS}
_LI = {"tau": _NUMBERS, "r": _NUMBERS, "v_leak": _NUMBERS}
_FIRING = {"v_threshold": _NUMBERS, "v_reset": _RESET}
_CUBA = {"tau_syn": _NUMBERS, "tau_mem": _NUMBERS, "r": _NUMBERS, "v_leak": _NUMBERS, "w_in": Field(default=1.0)}

PRIMITIVES: Mapping[str, Mapping[str, Field]] = MappingProxyType(
    {
        "Input": {"shape": _INTEGERS},
        "Output": {"shape": _INTEGERS},
        "Affine": {"weight": _NUMBERS, "bias": _NUMBERS},
        "Linear": {"weight": _NUMBERS},
        "Scale": {"scale": _NUMBERS},
        "Conv1d": _CONV,
        "Conv2d": _CONV,
        "SumPool2d": _POOL,
        "AvgPool2d": _POOL,
        "Flatten": {
            "start_dim": _INTEGERS,
            "end_dim": _INTEGERS,
            "input_type": Field("integers", optional=True),
        },
        "Delay": {"delay": _NUMBERS},
        "Threshold": {"threshold": _NUMBERS},
        "I": {"r": _NUMBERS},
        "IF": {"r": _NUMBERS, **_FIRING},
        "LI": _LI,
        "LIF": {**_LI, **_FIRING},
        "CubaLI": _CUBA,
        "CubaLIF": {**_CUBA, **_FIRING},
    }
)
"""Parameters by type of node."""

NEURONS = ("I", "IF", "LI", "LIF", "CubaLI", "CubaLIF")
"""Nodes with a membrane: what they make in a step depends on the steps before."""
FIRING = ("Threshold", "IF", "LIF", "CubaLIF")
"""Nodes that make spikes."""

_NOT_ZERO = ("tau",)
"""With a time constant below zero a membrane grows by itself."""
_POSITIVE = ("tau_syn", "tau_mem", "stride", "dilation", "groups", "kernel_size")
_NOT_NEGATIVE = ("padding", "delay", "shape", "input_shape", "input_type")


@dataclass(frozen=True)
class Primitive:
    """A node of a NIR graph.

    Attributes:
        kind: Its type, e.g. ``LIF``.
        parameters: By name; texts only for paddings.
        initial: Membrane before the first step, from our own files' metadata, or None.
    """

    kind: str
    parameters: Mapping[str, Tensor | str]
    initial: Tensor | None = None

    def array(self, name: str) -> Array:
        """Return a parameter that is numbers."""
        found = self.parameters[name]
        assert isinstance(found, Tensor)  # noqa: S101 - only paddings can be texts
        return found.array

    def integers(self, name: str) -> tuple[int, ...]:
        """Return a parameter that is whole numbers; a single one as a tuple of one."""
        return tuple(int(each) for each in self.array(name).flat)


def what_is_untyped(item: Item, name: str) -> str:
    """Return what is wrong with a node without a type."""
    parts = item.items() if isinstance(item, Mapping) else ()
    inside = next((key for key, each in parts if isinstance(each, Mapping) and "type" in each), None)
    if inside is None:
        return "it has no type"
    return f"it has no type, but holds {inside!r}: HDF5 cuts names at slashes, so rename '{name}/{inside}'"


def parameter_of(name: str, field: Field, item: Item | None) -> Tensor | str | None:
    """Return a parameter in the form of its field; None where it is not there, and need not be.

    Raises:
        ValueError: It is something else.
    """
    if item is None:
        if field.optional or field.default is not None:
            return None
        raise ValueError(f"{name} is missing")
    if isinstance(item, Bad):
        raise ValueError(f"{name} cannot be used: {item.reason}")  # noqa: TRY004 - the file is wrong, no argument
    if isinstance(item, str) and field.kind == "padding":
        if item not in {"same", "valid"}:
            raise ValueError(f"{name} is {item!r}, neither a number nor 'same' or 'valid'")
        return item
    if not isinstance(item, np.ndarray) or item.dtype.kind not in "biuf":
        what = "a group" if isinstance(item, Mapping) else "text"
        raise ValueError(f"{name} is {what}, not numbers")
    return Tensor(_numbers(name, field, item))


def _numbers(name: str, field: Field, given: Array) -> Array:
    """Return numbers in an element type of the IR.

    Raises:
        ValueError: They are not what their field takes.
    """
    if not np.isfinite(given).all():
        raise ValueError(f"{name} holds infinities or NaN")
    if field.kind != "numbers" and (given != np.round(given)).any():
        raise ValueError(f"{name} is not whole")
    array = given if field.kind == "numbers" else given.astype(np.int64)
    if name in _NOT_ZERO and (array == 0).any():
        raise ValueError(f"{name} must not be zero")
    if name in _POSITIVE and (array <= 0).any():
        raise ValueError(f"{name} must be greater than zero, and is {array.min():g}")
    if name in _NOT_NEGATIVE and (array < 0).any():
        raise ValueError(f"{name} must not be negative, and is {array.min():g}")
    return array.astype(_width(array))


def _width(array: Array) -> np.dtype[np.generic]:
    """Return the element type in which the IR holds numbers."""
    if array.dtype.kind == "f":
        return np.dtype(f"f{min(array.dtype.itemsize, 8)}")
    return np.dtype(np.int64 if array.dtype.kind in "iu" else bool)
