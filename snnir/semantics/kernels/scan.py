"""The kernel of networks that run step by step."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from snnir import ops
from snnir.ir import Graph, Node, Value
from snnir.semantics.kernels.base import TABLE, kernel
from snnir.types import Array


@kernel(ops.Scan)
def _scan(op: ops.Scan, operands: tuple[Array, ...]) -> tuple[Array, ...]:
    body = op.body
    states, rest = body.inputs[: op.states], body.inputs[op.states :]
    series = dict(zip((value.name for value in rest[: op.series]), operands, strict=False))
    initial = operands[op.series : len(operands) - op.held]
    sizes = _sizes(rest[: op.series], series)
    (steps,) = {len(array) for array in series.values()}
    fixed = dict(zip((value.name for value in rest[op.series :]), operands[len(operands) - op.held :], strict=True))
    still, moving = _split(body, fixed)
    _run(still, fixed)
    known = {
        value.name: _start(value, initial[index] if initial else np.zeros((), value.type.dtype), sizes)
        for index, value in enumerate(states)
    }
    made: list[Array] = []
    for step in range(steps):
        values = fixed | known | {name: array[step] for name, array in series.items()}
        _run(moving, values)
        results = [values[name] for name in body.outputs]
        known = dict(zip(known, results[: op.states], strict=True))
        if not made:
            made = [np.empty((steps, *result.shape), result.dtype) for result in results[op.states :]]
        for whole, result in zip(made, results[op.states :], strict=True):
            whole[step] = result
    return tuple(made)


def _sizes(values: tuple[Value, ...], series: dict[str, Array]) -> dict[str, int]:
    """Return the sizes that are known only now, by name.

    Raises:
        ValueError: The series do not fit the body, or each other, or have no steps.
    """
    lengths = {array.shape[:1] for array in series.values()}
    if len(lengths) != 1 or lengths & {(), (0,)}:
        raise ValueError(f"the series have {sorted(lengths)} steps: all must have as many, and at least one")
    sizes: dict[str, int] = {}
    for value in values:
        shape = series[value.name].shape[1:]
        wanted = value.type.shape
        fits = len(shape) == len(wanted) and all(
            have == (sizes.setdefault(want, have) if isinstance(want, str) else want)
            for have, want in zip(shape, wanted, strict=True)
        )
        if not fits:
            raise ValueError(f"{value.name!r} takes {value.type} at each step, got {list(shape)}")
    return sizes


def _start(value: Value, initial: Array, sizes: dict[str, int]) -> Array:
    """Return a state before the first step."""
    missing = [dim for dim in value.type.shape if isinstance(dim, str) and dim not in sizes]
    if missing:
        raise ValueError(f"the size {missing[0]} of state {value.name!r} is not that of a series")
    shape = tuple(sizes[dim] if isinstance(dim, str) else dim for dim in value.type.shape)
    return np.broadcast_to(initial.astype(value.type.dtype, copy=False), shape)


def _split(body: Graph, fixed: dict[str, Array]) -> tuple[list[Node], list[Node]]:
    """Return the nodes that make the same at every step, and the others."""
    known = set(fixed)
    still: list[Node] = []
    moving: list[Node] = []
    for node in body.nodes:
        same = known.issuperset(node.inputs)
        (still if same else moving).append(node)
        known.update(value.name for value in node.outputs if same)
    return still, moving


def _run(nodes: Iterable[Node], values: dict[str, Array]) -> None:
    for node in nodes:
        results = TABLE[type(node.op)](node.op, tuple(values[name] for name in node.inputs))
        values.update(zip((value.name for value in node.outputs), results, strict=True))
