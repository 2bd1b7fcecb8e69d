"""Padding: constants are concatenated, copies of the input are gathered."""

from __future__ import annotations

import numpy as np

from snnir import ops
from snnir.ir import Tensor
from snnir.semantics.limits import check_size
from snnir.types import Array
from snnir_onnx.builder import Operand
from snnir_onnx.converters.registry import converts
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError

MODES = {"reflect": "reflect", "edge": "edge", "wrap": "wrap"}
"""Modes that copy elements of the input, by NumPy's names."""


@converts("Pad")
def pad(node: Scope) -> Operand:
    """Pads are attributes before operator set 11; negative ones cut."""
    x, mode = node.operand(0), node.text("mode", "constant")
    before, after = _pads(node, x.rank)
    value = _value(node, x)
    for axis, (left, right) in enumerate(zip(before, after, strict=True)):
        x = _cut(node, x, axis, left, right)
        left, right = max(left, 0), max(right, 0)  # noqa: PLW2901 - what is left to add
        if not left and not right:
            continue
        if mode == "constant":
            parts = [_block(node, x, axis, left, value), x, _block(node, x, axis, right, value)]
            x = node.emit(ops.Concat(axis), *(part for part in parts if part is not None))
        else:
            x = _copied(node, x, axis, (left, right), mode)
    return x


def _pads(node: Scope, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    given = node.integers("pads") or node.integers("paddings") or node.known_integers(1, "pads") or ()
    axes = node.known_integers(3, "axes")
    chosen = [axis % rank for axis in (range(rank) if axes is None else axes)]
    if len(given) != 2 * len(chosen):
        raise RefusedError("bad-model", f"{len(given)} pads for {len(chosen)} axes", "the file is damaged")
    before, after = [0] * rank, [0] * rank
    for place, axis in enumerate(chosen):
        before[axis], after[axis] = given[place], given[place + len(chosen)]
    return tuple(before), tuple(after)


def _value(node: Scope, x: Operand) -> Array:
    if node.optional(2) is not None:
        return np.reshape(node.known(2, "value"), (1,))
    return np.full(1, node.real("value", 0.0), x.arrays[0].dtype)


def _cut(node: Scope, x: Operand, axis: int, left: int, right: int) -> Operand:
    if left >= 0 and right >= 0:
        return x
    end = right if right < 0 else 2**31 - 1
    return node.emit(ops.Slice((max(-left, 0),), (end,), (axis,), (1,)), x)


def _block(node: Scope, x: Operand, axis: int, size: int, value: Array) -> Operand | None:
    """Return the constant part beside x, or None where there is none."""
    if size == 0:
        return None
    width = node.constant(np.asarray([size], np.int64))
    around = [node.emit(ops.Shape(0, axis), x), width, node.emit(ops.Shape(axis + 1), x)]
    return node.emit(ops.Fill(Tensor(value)), node.emit(ops.Concat(0), *around))


def _copied(node: Scope, x: Operand, axis: int, widths: tuple[int, int], mode: str) -> Operand:
    size = x.type.shape[axis]
    if isinstance(size, str) or mode not in MODES:
        raise RefusedError("unsupported-operand", f"Pad by {mode!r} along an axis of size {size} is not supported")
    check_size((size + sum(widths),))
    places: Array = np.pad(np.arange(size), widths, mode="reflect" if mode == "reflect" else "edge")
    if mode == "wrap":
        places = np.arange(-widths[0], size + widths[1]) % size
    return node.emit(ops.Gather(axis), x, node.constant(places.astype(np.int64)))
