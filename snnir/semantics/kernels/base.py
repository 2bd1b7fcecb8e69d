"""The table of kernels and how kernels enter it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np

from snnir.errors import model_error
from snnir.ir import Op
from snnir.types import Array

Kernel: TypeAlias = Callable[[Op, tuple[Array, ...]], tuple[Array, ...]]
"""Takes an op and its operands, returns its results; pure."""

OpT = TypeVar("OpT", bound=Op)
Typed: TypeAlias = "Callable[[OpT, tuple[Array, ...]], Array | tuple[Array, ...]]"


class Table(dict[type[Op], Kernel]):
    """Kernels by op; a missing one is a defect of the package that defines the op."""

    def __missing__(self, kind: type[Op]) -> Kernel:
        """Refuse to evaluate an op without a kernel.

        Raises:
            ModelError: Always; code ``broken-plugin``.
        """
        hint = "its module must register one with `snnir.semantics.kernel`"
        raise model_error("broken-plugin", f"op {kind.mnemonic} has no kernel", kind.__module__, hint)


TABLE = Table()


def kernel(kind: type[OpT]) -> Callable[[Typed[OpT]], Typed[OpT]]:
    """Register the decorated function as the kernel of an op; it returns one array or a tuple of arrays.

    Infinities and NaN are legal results, so floating-point warnings are silenced here, once.
    """

    def register(function: Typed[OpT]) -> Typed[OpT]:
        def run(op: Op, operands: tuple[Array, ...]) -> tuple[Array, ...]:
            with np.errstate(all="ignore"):
                result = function(cast("OpT", op), operands)
            results = result if isinstance(result, tuple) else (result,)
            return tuple(np.asarray(one) for one in results)

        TABLE[kind] = run
        return function

    return register


def unary(kind: type[OpT], function: Callable[[Array], Any]) -> None:
    """Register a function of one array; the result has the element type of the operand."""
    kernel(kind)(lambda _, operands: np.asarray(function(operands[0]), dtype=operands[0].dtype))


def binary(kind: type[OpT], function: Callable[[Array, Array], Any]) -> None:
    """Register a function of two arrays; NumPy gives the element type."""
    kernel(kind)(lambda _, operands: np.asarray(function(operands[0], operands[1])))


def scalar(value: float, like: Array) -> Array:
    """Return a number in the element type of an array, so that it does not widen it."""
    return np.asarray(value, dtype=like.dtype)
