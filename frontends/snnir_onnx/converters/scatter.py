"""Assignment in place, as exporters write it: a block of x is replaced, at places that no data decide.

Where only one axis has places that stay, that axis of the result is chosen from x and the new block side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from snnir import ops
from snnir.types import Array
from snnir_onnx.builder import Operand
from snnir_onnx.converters.registry import converts
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError

HINT = "write the assignment with fixed columns, or build the result by torch.cat or torch.stack"


@converts("ScatterND", since=11)
def scatter_nd(node: Scope) -> Operand:
    """``x[indices] = updates``: the last axis of the indices holds places along the first axes of x."""
    x, places = _operands(node)
    updates = node.operand(2)
    found = _indices(x, places)
    if found is None:
        return _flat(node, x, places, updates)
    block = _block(node, updates, found, places[0].ndim - 1)
    for axis, each in enumerate(found):
        if each.places is not None:
            return _assigned(node, x, block, axis, each.places)
    return block


@converts("ScatterElements", since=11)
def scatter_elements(node: Scope) -> Operand:
    """``x[..., indices[i], ...] = updates[i]`` along one axis: the same places in every row, and all rows."""
    x, indices = _operands(node)
    updates, axis = node.operand(2), node.integer("axis", 0) % max(x.rank, 1)
    places = _shared(indices, axis)
    rows = all(x.type.shape[other] == updates.type.shape[other] for other in range(x.rank) if other != axis)
    if places is None or not rows:
        raise RefusedError("unsupported-operand", "ScatterElements at places that differ between rows", HINT)
    return _assigned(node, x, updates, axis, places)


@converts("GatherND", since=12)
def gather_nd(node: Scope) -> Operand:
    """``x[indices]``: the last axis of the indices holds places along the first axes of x."""
    x, places = node.operand(0), node.known(1, "indices")
    depth = places.shape[-1]
    sizes = x.type.shape[:depth]
    if node.integer("batch_dims", 0):
        raise RefusedError("unsupported-operand", "GatherND in batches is not supported", HINT)
    if not all(isinstance(size, int) for size in sizes):
        raise RefusedError("unsupported-operand", "GatherND along open axes is not supported", HINT)
    flat = x if depth == 1 else node.emit(ops.Reshape(_joined(x, depth)), x)
    return node.emit(ops.Gather(0), flat, node.constant(_positions(places, x.arrays[0].shape[:depth])))


@dataclass(frozen=True, slots=True)
class _Index:
    """Places along one axis of x.

    Attributes:
        along: Axis of the updates that they follow; None for a single place.
        places: Where; None for everywhere, in order.
    """

    along: int | None
    places: Array | None


def _operands(node: Scope) -> tuple[Operand, tuple[Array, ...]]:
    """Return x, and the indices in every run.

    Raises:
        RefusedError: Indices depend on data, or what is there already counts.
    """
    x, indices = node.operand(0), node.operand(1)
    if indices.depends == "data":
        raise RefusedError("unsupported-operand", f"{node.node.op} with computed indices is not supported", HINT)
    reduction = node.text("reduction", "none")
    if reduction != "none":
        raise RefusedError("unsupported-operand", f"{node.node.op} with reduction={reduction!r} is not supported", HINT)
    return x, indices.arrays


def _shared(indices: tuple[Array, ...], axis: int) -> Array | None:
    """Return the places along one axis that every row has, in every run; None where they differ."""
    if any(array.size == 0 for array in indices):
        return None
    rows = [_rows(array, axis) for array in indices]
    places: Array = rows[0][:, 0]
    same = all(len(each) == len(places) and bool(np.all(each == places[:, np.newaxis])) for each in rows)
    return places if same else None


def _rows(array: Array, axis: int) -> Array:
    """Return a matrix whose first axis is the given one."""
    return np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)


def _indices(x: Operand, places: tuple[Array, ...]) -> tuple[_Index, ...] | None:
    """Return the places along each of the first axes of x; None where they are not those of one block.

    Of a block all axes but one are covered as a whole, and each follows another axis of the updates.
    """
    indices = [_index(x, places, axis) for axis in range(places[0].shape[-1])]
    found = tuple(each for each in indices if each is not None)
    leading = [each.along for each in found if each.along is not None]
    rest = set(range(places[0].ndim - 1)) - set(leading)
    single = all(array.shape[axis] == 1 for axis in rest for array in places)
    if len(found) < len(indices) or len(set(leading)) < len(leading) or not single:
        return None
    return found if sum(each.places is not None for each in found) < 2 else None


def _index(x: Operand, indices: tuple[Array, ...], axis: int) -> _Index | None:
    """Return the places along one axis, if they follow one axis of the indices alone."""
    parts = [array[..., axis] for array in indices]
    if any(part.size == 0 for part in parts):
        return None
    varying = [place for place in range(parts[0].ndim) if any(_varies(part, place) for part in parts)]
    size = x.type.shape[axis]
    if not varying:
        numbers = {int(part.flat[0]) % array.shape[axis] for part, array in zip(parts, x.arrays, strict=True)}
        places = None if size == 1 else np.asarray([*numbers], np.int64)
        return _Index(None, places) if len(numbers) == 1 else None
    if len(varying) > 1:
        return None
    columns: list[Array] = [_rows(part, varying[0])[:, 0] for part in parts]
    orders: list[Array] = [np.arange(array.shape[axis]) for array in x.arrays]
    if all(np.array_equal(column, order) for column, order in zip(columns, orders, strict=True)):
        return _Index(varying[0], None)
    fixed = isinstance(size, int) and all(np.array_equal(column, columns[0]) for column in columns)
    return _Index(varying[0], columns[0]) if fixed else None


def _varies(part: Array, place: int) -> bool:
    return part.shape[place] > 1 and bool(np.any(part != np.take(part, [0], axis=place)))


def _block(node: Scope, updates: Operand, found: tuple[_Index, ...], depth: int) -> Operand:
    """Return the updates with one axis for each of the first axes of x, in order.

    Args:
        node: Makes the ops.
        updates: Its first axes are those that indices follow, or of size 1.
        found: By axis of x.
        depth: How many first axes there are.
    """
    leading = [each.along for each in found if each.along is not None]
    rest = [axis for axis in range(depth) if axis not in leading]
    order = (*leading, *rest, *range(depth, updates.rank))
    if order != tuple(range(updates.rank)):
        updates = node.emit(ops.Transpose(order), updates)
    if rest:
        updates = node.emit(ops.Squeeze(tuple(range(len(leading), depth))), updates)
    single = tuple(axis for axis, each in enumerate(found) if each.along is None)
    return node.emit(ops.Unsqueeze(single), updates) if single else updates


def _assigned(node: Scope, x: Operand, block: Operand, axis: int, places: Array) -> Operand:
    """Return x with a block in some places of one axis; of several for one place the last one counts."""
    size = x.type.shape[axis]
    if not isinstance(size, int):
        raise RefusedError("unsupported-operand", f"{node.node.op} along an axis of open size", HINT)
    chosen = np.arange(size, dtype=np.int64)
    chosen[places % size] = size + np.arange(len(places))
    return node.emit(ops.Gather(axis), node.emit(ops.Concat(axis), x, block), node.constant(chosen))


def _flat(node: Scope, x: Operand, places: tuple[Array, ...], updates: Operand) -> Operand:
    """Assign one by one along the first axes of x, joined to one."""
    depth = places[0].shape[-1]
    sizes = x.type.shape[:depth]
    constant = node.operand(1).constant is not None and all(isinstance(size, int) for size in sizes)
    if not constant:
        raise RefusedError("unsupported-operand", "ScatterND at places that differ between rows", HINT)
    joined = _joined(x, depth)
    rest = joined[1:]
    flat = node.emit(ops.Reshape(joined), x)
    block = node.emit(ops.Reshape((prod(places[0].shape[:-1]), *rest)), updates)
    positions = _positions(places[0], x.arrays[0].shape[:depth]).reshape(-1)
    result = _assigned(node, flat, block, 0, positions)
    return node.emit(ops.Reshape((*x.arrays[0].shape[:depth], *rest)), result)


def _joined(x: Operand, depth: int) -> tuple[int, ...]:
    """Return the shape of x with its first axes as one.

    Raises:
        RefusedError: Several of the others are open.
    """
    rest = tuple(dim if isinstance(dim, int) else -1 for dim in x.type.shape[depth:])
    if rest.count(-1) > 1:
        raise RefusedError("unsupported-operand", f"an operand of type {x.type} has too many open sizes", HINT)
    return (prod(x.arrays[0].shape[:depth]), *rest)


def _positions(places: Array, sizes: tuple[int, ...]) -> Array:
    """Return places along several axes as places along one."""
    split = tuple(places[..., axis] % size for axis, size in enumerate(sizes))
    return np.asarray(np.ravel_multi_index(split, sizes), np.int64)
