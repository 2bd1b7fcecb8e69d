"""Points as people have them: read from files and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np

from snnir.data.domain import columns_of
from snnir.errors import Diagnostic, UsageError, usage_error
from snnir.io.files import GIT_LFS_HINT, git_lfs_pointer, read_bytes
from snnir.io.tables import read_table
from snnir.ir import Value
from snnir.types import Array, Dim

Points: TypeAlias = Mapping[str, Array]
"""Arrays by the name of the graph input."""


def read_points(path: Path, inputs: Iterable[Value], columns: Mapping[str, Sequence[str]] | None = None) -> Points:
    """Return the points in a file, see `read_arrays`, checked by `check_points`.

    Args:
        path: Of the file.
        inputs: Of the network.
        columns: What its columns are called, by input, see `snnir.data.box.labels_of`. A table whose columns have these
            very names may have them in any order.

    Raises:
        UsageError: The file is missing or holds something else; all findings at once.
    """
    return check_points(in_order(read_arrays(path), columns or {}), inputs, path.name)


def in_order(arrays: Mapping[str, Array], columns: Mapping[str, Sequence[str]]) -> Mapping[str, Array]:
    """Return arrays, columns of the only input in its own order where they are called as its columns are."""
    (labels, *others) = columns.values() or [()]
    return arrays if others or set(labels) != set(arrays) else {name: arrays[name] for name in labels}


def read_arrays(path: Path) -> dict[str, Array]:
    """Return the array in a ``.npy`` file, under no name, or those in a ``.npz`` file by their names.

    A ``.csv`` file has a point in every line: one array ``[points, columns]`` under no name, or where its first line
    has names, every column as an array under its own.

    Raises:
        UsageError: The file is missing, or is none of these; codes ``no-such-file``, ``cannot-read``, ``lfs-pointer``
            and ``bad-points``.
    """
    data = read_bytes(path)
    if git_lfs_pointer(data):
        raise usage_error("lfs-pointer", "this is not the file itself but a pointer to it", path.name, GIT_LFS_HINT)
    if path.suffix.lower() == ".csv":
        return read_table(data, path.name)
    try:
        loaded: Any = np.load(BytesIO(data), allow_pickle=False)
        return {name: loaded[name] for name in loaded.files} if hasattr(loaded, "files") else {"": loaded}
    except (ValueError, OSError, EOFError, BadZipFile, KeyError, MemoryError) as error:
        # NumPy takes everything that does not begin like its own files for a pickle.
        pickled = data.startswith((b"\x93NUMPY", b"PK")) and "pickle" in str(error).lower()
        reason = "it holds pickled objects" if pickled else "it cannot be read as an array"
        hint = "write it with numpy.save or numpy.savez from arrays of numbers"
        raise usage_error("bad-points", f"not a file of points: {reason}", path.name, hint) from None


def first_points(array: Array, shape: tuple[Dim, ...], count: int) -> Array:
    """Return the first points of an input along each of its free axes.

    Args:
        array: The points.
        shape: Of the input, with names for its free sizes.
        count: How many, at most.
    """
    return array[tuple(slice(count) if isinstance(dim, str) else slice(None) for dim in shape)]


def check_points(arrays: Mapping[str, Array], inputs: Iterable[Value], where: str) -> Points:
    """Return the arrays by input name, in each input's type; a single array may have any name.

    Shapes may be as people have them: ``[N, columns]``, as a domain has it, whatever the shape of a point in the model;
    with axes of size 1 left out or added; a vector for a single column, or else for one point; a number for a point
    that is one.

    Raises:
        UsageError: A name, shape or type is wrong or a number is not finite; code ``bad-points``, all at once.
    """
    wanted = {value.name: value for value in inputs}
    if len(wanted) == 1 and len(arrays) == 1:
        arrays = dict(zip(wanted, arrays.values(), strict=True))
    elif len(wanted) == 1:
        arrays = _joined(arrays, next(iter(wanted.values())))
    findings = [f"there are no points for input {name!r}" for name in wanted if name not in arrays]
    findings += [f"{name or 'the array'!r} is no input of this model" for name in arrays if name not in wanted]
    points: dict[str, Array] = {}
    sizes: dict[str, int] = {}
    for name, value in wanted.items():
        if name not in arrays:
            continue
        try:
            array = _fitted(np.asarray(arrays[name]), value)
        except ValueError:
            findings.append(f"input {name!r}: rows have different lengths")
            continue
        problem = _problem(array, value, sizes)
        if problem:
            findings.append(f"input {name!r}: {problem}")
        else:
            points[name] = array.astype(value.type.dtype, copy=False)
    if findings:
        shapes = ", ".join(f"{name}: {value.type}" for name, value in wanted.items())
        raise UsageError(Diagnostic("bad-points", text, where, f"the model takes {shapes}") for text in findings)
    return points


def _joined(arrays: Mapping[str, Array], value: Value) -> Mapping[str, Array]:
    """Return the columns of the only input as one array, where they came one by one, in this order."""
    columns = [np.asarray(array) for array in arrays.values()]
    one_by_one = (
        value.name not in arrays and len(columns) == columns_of(value) and {each.ndim for each in columns} == {1}
    )
    return {value.name: np.stack(columns, axis=1)} if one_by_one and len({len(c) for c in columns}) == 1 else arrays


def _fitted(array: Array, value: Value) -> Array:
    """Return an array in the shape of an input where there is but one way to read it; else as it is."""
    shape = value.type.shape
    if _fits(array.shape, shape):
        return array
    free = [place for place, dim in enumerate(shape) if isinstance(dim, str)]
    inner = tuple(dim for dim in shape if isinstance(dim, int))
    columns = prod(inner)
    core = tuple(dim for dim in inner if dim != 1)
    if not free and tuple(dim for dim in array.shape if dim != 1) == core:
        return array.reshape(inner)
    if free != [0] or array.size == 0:
        return array
    if array.ndim < 2:
        points = 1 if array.size == columns else array.size if columns == 1 else 0
        return array.reshape(points, *inner) if points else array
    flat = array.shape[1:] == (columns,)
    same = tuple(dim for dim in array.shape[1:] if dim != 1) == core
    return array.reshape(len(array), *inner) if flat or same else array


def _fits(have: tuple[int, ...], want: tuple[Dim, ...]) -> bool:
    """Whether an array's shape is one of an input; free sizes may be anything."""
    return len(have) == len(want) and all(
        size == dim or isinstance(dim, str) for size, dim in zip(have, want, strict=True)
    )


def _problem(array: Array, value: Value, sizes: dict[str, int]) -> str:
    """Return what is wrong with an array for an input, and note its free sizes; empty where nothing is."""
    if array.dtype.kind not in "fiu":
        return f"the numbers are of type {array.dtype}, which is neither float nor integer"
    shape = value.type.shape
    fits = len(array.shape) == len(shape) and all(
        have == want if isinstance(want, int) else sizes.setdefault(want, have) == have
        for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        return f"its shape is {list(array.shape)}"
    if array.size == 0:
        return "it is empty"
    with np.errstate(over="ignore", invalid="ignore"):
        given = array.astype(value.type.dtype)
    if given.dtype.kind != "f" and not np.array_equal(given, array):
        return f"it holds numbers that {value.type.dtype} has not"
    return (
        ""
        if np.all(np.isfinite(given))
        else f"it holds NaN or infinite numbers, or numbers too large for {value.type.dtype}"
    )
