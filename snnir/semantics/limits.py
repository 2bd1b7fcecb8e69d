"""Results that are too large to hold are refused before they are made."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

import numpy as np

from snnir.ir import Op
from snnir.ops import Binary, Conv, Einsum, Expand, Fill, Gather, MatMul, Range, Tile, Where
from snnir.types import Array

MAX_ELEMENTS = 1 << 24
"""Elements of one array: far beyond every network of this field, 128 MiB in double precision."""


class TooLargeError(Exception):
    """An array would have more elements than can be intended."""


def check_size(shape: Iterable[int] = (), *, operands: tuple[Array, ...] = (), op: Op | None = None) -> None:
    """Return if an array of this shape, or the result of this op, may be made.

    Raises:
        TooLargeError: It has more than `MAX_ELEMENTS`.
    """
    elements = prod(shape) if op is None else _elements(op, operands)
    if elements > MAX_ELEMENTS:
        raise TooLargeError(f"it would have {elements:.3g} elements, more than the limit of {MAX_ELEMENTS:.3g}")


def _elements(op: Op, operands: tuple[Array, ...]) -> int:
    """Return how many elements the result of an op that can make much out of little has; else 0."""
    shapes = [operand.shape for operand in operands]
    if isinstance(op, Fill):
        return prod(_integers(operands[0]))
    if isinstance(op, Expand):
        return prod(np.broadcast_shapes(shapes[0], _integers(operands[1])))
    if isinstance(op, Tile):
        return operands[0].size * prod(_integers(operands[1]))
    if isinstance(op, Range):
        start, limit, step = (float(np.reshape(operand, ())) for operand in operands)
        return max(int((limit - start) / step), 0)
    if isinstance(op, Gather) and operands[0].ndim:
        return operands[1].size * prod(_integers(np.delete(shapes[0], op.axis)))
    if isinstance(op, Binary | Where):
        return int(prod(np.broadcast_shapes(*shapes)))
    if isinstance(op, MatMul) and all(len(shape) >= 2 for shape in shapes):
        stacks = np.broadcast_shapes(shapes[0][:-2], shapes[1][:-2])
        return int(prod((*stacks, shapes[0][-2], shapes[1][-1])))
    if isinstance(op, Conv):
        added = zip(op.pads[: len(op.pads) // 2], op.pads[len(op.pads) // 2 :], strict=True)
        padded = prod(size + sum(pads) for size, pads in zip(shapes[0][2:], added, strict=False))
        return int(prod(shapes[0][:2]) * padded)
    if isinstance(op, Einsum):
        return _einsum_elements(op.equation, shapes)
    return 0


def _integers(array: Array) -> tuple[int, ...]:
    return tuple(max(int(number), 0) for number in np.reshape(array, -1))


def _einsum_elements(equation: str, shapes: list[tuple[int, ...]]) -> int:
    terms, _, result = equation.replace(" ", "").partition("->")
    sizes = {
        letter: size
        for term, shape in zip(terms.split(","), shapes, strict=False)
        for letter, size in zip(term, shape, strict=False)
    }
    return prod(sizes.get(letter, 1) for letter in result)
