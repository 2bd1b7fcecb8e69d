"""Kernels of linear maps and contractions."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from snnir import ops
from snnir.semantics.kernels.base import kernel
from snnir.types import Array


@kernel(ops.Dense)
def _dense(op: ops.Dense, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    y = _product(x, op.weight.array)
    return y if op.bias is None else np.add(y, op.bias.array)


@kernel(ops.MatMul)
def _matmul(_: ops.MatMul, operands: tuple[Array, ...]) -> Array:
    return _product(*operands)


def _product(a: Array, b: Array) -> Array:
    """Return the matrix product; half precision is summed in single, as every runtime does.

    Raises:
        ValueError: The operands do not fit; NumPy's own words for it are about its machinery.
    """
    if not a.ndim or not b.ndim:
        raise ValueError("a scalar is no matrix")
    columns, rows = a.shape[-1], b.shape[max(b.ndim - 2, 0)]
    if columns != rows:
        raise ValueError(f"{columns} columns cannot meet {rows} rows")
    if a.dtype == np.float16:
        return np.asarray(np.matmul(a.astype(np.float32), b.astype(np.float32)), dtype=np.float16)
    return np.asarray(np.matmul(a, b))


@kernel(ops.Einsum)
def _einsum(op: ops.Einsum, operands: tuple[Array, ...]) -> Array:
    return np.asarray(np.einsum(op.equation, *operands, optimize=len(operands) > 1))


@kernel(ops.Conv)
def _conv(op: ops.Conv, operands: tuple[Array, ...]) -> Array:
    (x,) = operands
    kernel_size = op.weight.shape[2:]
    rank = len(kernel_size)
    strides = op.strides or (1,) * rank
    pads = op.pads or (0,) * (2 * rank)
    dilations = op.dilations or (1,) * rank
    padded = np.pad(x, [(0, 0), (0, 0), *zip(pads[:rank], pads[rank:], strict=True)])
    spans = tuple((size - 1) * gap + 1 for size, gap in zip(kernel_size, dilations, strict=True))
    windows = sliding_window_view(padded, spans, axis=tuple(range(2, 2 + rank)))
    every = (slice(None), slice(None), *(slice(None, None, step) for step in (*strides, *dilations)))
    y = _contract(windows[every], op.weight.array, op.groups)
    return y if op.bias is None else np.add(y, np.reshape(op.bias.array, (-1, *(1,) * rank)))


def _contract(windows: Array, weight: Array, groups: int) -> Array:
    """Sum windows ``[N, C, places..., kernel...]`` against weights ``[M, C / groups, kernel...]``."""
    rank = weight.ndim - 2
    places = range(2 + rank, 2 + 2 * rank)
    parts = [
        np.tensordot(part, block, axes=((1, *places), tuple(range(1, 2 + rank))))
        for part, block in zip(np.split(windows, groups, axis=1), np.split(weight, groups, axis=0), strict=True)
    ]
    return np.moveaxis(np.concatenate(parts, axis=-1), -1, 1)
