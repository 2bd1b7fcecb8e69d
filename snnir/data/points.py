"""Points of the input domain: drawn, read from files, checked, and split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import isfinite, prod
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np
from scipy.stats import qmc

from snnir.data.lines import LINES, lines
from snnir.data.mixing import mixed
from snnir.errors import Diagnostic, UsageError, model_error, usage_error
from snnir.io.files import GIT_LFS_HINT, git_lfs_pointer, read_bytes
from snnir.io.tables import read_table
from snnir.ir import Graph, Value
from snnir.types import Array, Dim

Domain: TypeAlias = Mapping[str, tuple[float, float]]
Points: TypeAlias = Mapping[str, Array]
"""Arrays by the name of the graph input."""

CALIBRATION = 4096
HELD_OUT = 4096
POOL = 1 << 16
"""Points that training by gradients draws from, where there is a domain: they cost one evaluation of the network each.
Twice as many where there are more than three columns, for there a network of some 10^5 weights fits 10^5 points
better than the function between them (12-60-60-60-60-1, K = 8: 5.0e-2 on the points, 6.2e-2 on others; with 4,096
points 6e-3 and 2.3e-1)."""
MAX_POOL = 1 << 23
"""Numbers in all of them."""
MIN_SAMPLES = 16
"""Samples; with fewer nothing can be fitted and measured."""
SHOWN = 12
"""Columns that a hint shows one by one."""
FUNCTION = 24
"""Columns under one interval from which on an input looks like the values of a function."""


@dataclass(frozen=True)
class Split:
    """Points to calibrate on, and others to measure the error on.

    Attributes:
        calibration: Seen by calibration.
        held_out: Never seen by it.
        lines: How many lines follow each other along each axis, where both are streams; None where order means nothing.
        pool: More points, none of them held out, for what trains by gradients; None where calibration needs none.
    """

    calibration: Points
    held_out: Points
    lines: int | None = None
    pool: Points | None = None


def parse_domain(text: str) -> dict[str, tuple[float, float]]:
    """Return the intervals in ``"x=-1:1,t=0:1"``, in order.

    Raises:
        UsageError: The text does not say that; code ``bad-domain``, all findings at once.
    """
    intervals: dict[str, tuple[float, float]] = {}
    findings: list[Diagnostic] = []
    for part in text.split(","):
        name, _, interval = (piece.strip() for piece in part.partition("="))
        try:
            low, high = (float(end) for end in interval.split(":"))
        except ValueError:
            findings.append(_bad_domain(f"{part.strip()!r} is not of the form NAME=LOW:HIGH"))
            continue
        if name in intervals or not name:
            findings.append(_bad_domain(f"{name!r} is named twice" if name else f"{part.strip()!r} names nothing"))
        intervals[name] = (low, high)
    if findings:
        raise UsageError(findings)
    return intervals


def sample(graph: Graph, domain: Domain, seed: int) -> Split:
    """Return points of a low-discrepancy sequence (Sobol, scrambled by `seed`), calibration and held-out ones apart.

    Sizes that are known only when points arrive become the number of points; inputs that share such a size
    are drawn jointly, others (the axes of a separable network) each on its own.

    Args:
        graph: Its inputs say what is drawn.
        domain: For a single input, an interval for each of its columns in order, under any names; else, or
            where there is just one, an interval by input name that holds for all columns of that input.
        seed: A non-negative integer.

    Raises:
        UsageError: Columns, names or intervals are wrong; code ``bad-domain``, all findings at once.
    """
    _require_free_size(graph)
    bounds = _bounds(graph, _intervals(domain))

    def sobol(count: int) -> Callable[[int, np.random.Generator], Array]:
        return lambda columns, rng: qmc.Sobol(columns, rng=rng).random(count)

    columns = max(sum(map(_columns, graph.inputs)), 1)
    many = POOL if columns <= 3 else min(2 * POOL, 1 << (MAX_POOL // columns).bit_length() - 1)
    return Split(
        _draw(graph, bounds, (2 * seed,), sobol(CALIBRATION)),
        _draw(graph, bounds, (2 * seed + 1,), sobol(HELD_OUT)),
        pool=_draw(graph, bounds, (2 * seed, 1), sobol(max(many, CALIBRATION))),
    )


def sweep(graph: Graph, domain: Domain, seed: int) -> Split:
    """Return streams of points along straight lines through the domain, calibration and held-out ones apart.

    Inputs that share a size are swept jointly, along `snnir.data.lines.LINES` lines one after the other. Where there
    are several sizes (the axes of a separable network), each is swept once, from one end to the other.

    Args:
        graph: Its inputs say what is swept.
        domain: As in `sample`.
        seed: A non-negative integer.

    Raises:
        UsageError: Columns, names or intervals are wrong; code ``bad-domain``, all findings at once.
    """
    _require_free_size(graph)
    bounds = _bounds(graph, _intervals(domain))
    count = LINES if len({_axis(value) for value in graph.inputs} - {""}) == 1 else 1

    def unit(columns: int, rng: np.random.Generator) -> Array:
        return lines(columns, rng, count)

    calibration, held_out = (_draw(graph, bounds, (2 * seed + part,), unit) for part in (0, 1))
    return Split(calibration, held_out, count)


def domain_notes(graph: Graph, domain: Domain) -> tuple[str, ...]:
    """Return what people should know about points drawn from a domain: inputs that are functions need samples."""
    return tuple(
        f"input {value.name!r}: its {_columns(value)} columns are drawn independently of each other from one interval; "
        "if they are the values of a function at so many places, this is noise: give --samples of such functions"
        for value in graph.inputs
        if value.name in domain and _columns(value) >= FUNCTION and (len(graph.inputs) > 1 or len(domain) == 1)
    )


def _intervals(domain: Any) -> dict[str, tuple[float, float]]:
    """Return a domain that came through the API, once it is one."""
    try:
        return {str(name): (float(low), float(high)) for name, (low, high) in domain.items()}
    except (AttributeError, TypeError, ValueError):
        hint = 'give a dict of intervals, e.g. {"x": (-1, 1), "t": (0, 1)}'
        raise usage_error("bad-domain", f"{domain!r} is no domain", "domain", hint) from None


def _bounds(graph: Graph, domain: Domain) -> dict[str, Array]:
    """Return for each input the lower and upper ends, ``[2, columns]``."""
    hint = _domain_hint(graph)
    findings = [
        _bad_domain(f"the interval of {name!r}, {low:g}:{high:g}, {_wrong(low, high)}", hint)
        for name, (low, high) in domain.items()
        if _wrong(low, high)
    ]
    bounds: dict[str, Array] = {}
    single = graph.inputs[0] if len(graph.inputs) == 1 else None
    if single is not None and len(domain) == 1 and single.name in domain:
        bounds[single.name] = np.repeat(np.array([domain[single.name]]).T, _columns(single), axis=1)
    elif single is not None:
        # By position, whatever the names: a column may well be called like the input.
        columns = _columns(single)
        bounds[single.name] = np.array(list(domain.values()), dtype=np.float64).T
        if len(domain) != columns:
            counts = f"{_counted(len(domain), 'interval')}, input {single.name!r} has {_counted(columns, 'column')}"
            findings.append(_bad_domain(f"the domain has {counts}", hint))
    else:
        names = [value.name for value in graph.inputs]
        findings += [_bad_domain(f"no interval for input {name!r}", hint) for name in names if name not in domain]
        findings += [
            _bad_domain(f"{name!r} is no input of this model; it has: {', '.join(names)}", hint)
            for name in domain
            if name not in names
        ]
        known = [value for value in graph.inputs if value.name in domain]
        bounds = {v.name: np.repeat(np.array([domain[v.name]]).T, _columns(v), axis=1) for v in known}
    if sum(map(_columns, graph.inputs)) > qmc.Sobol.MAXDIM:
        findings.append(_bad_domain("the model has too many columns to draw points of; give --samples", hint))
    findings += [
        _bad_domain(f"the domain of input {value.name!r} goes beyond what {value.type.dtype} can hold", hint)
        for value in graph.inputs
        if not findings and np.max(np.abs(bounds[value.name]), initial=0) > _largest(value)
    ]
    if findings:
        raise UsageError(findings)
    return bounds


def _require_free_size(graph: Graph) -> None:
    """Return if a graph takes any number of points.

    Raises:
        ModelError: It takes exactly one inference's worth, so it cannot be calibrated; code ``fixed-size``.
    """
    if any(_axis(value) for value in graph.inputs):
        return
    takes = ", ".join(f"{value.name}: {value.type}" for value in graph.inputs)
    sizes = {int(value.type.shape[0]) for value in graph.inputs if len(value.type.shape) > 1}
    what = "one point at a time" if sizes <= {1} else f"batches of exactly {' and '.join(map(str, sorted(sizes)))}"
    message = f"the model takes {what}, and cannot be shown to compute the same for any number; calibration needs many"
    axes = ", ".join(f'"{value.name}": {{0: "N"}}' for value in graph.inputs)
    hint = f"export it with a dynamic first axis, in PyTorch: torch.onnx.export(..., dynamic_axes={{{axes}}})"
    raise model_error("fixed-size", message, takes, hint)


def _wrong(low: float, high: float) -> str:
    if not (isfinite(low) and isfinite(high)):
        return "is not finite"
    if low == high:
        return "is empty"
    return "is reversed" if low > high else ""


def _largest(value: Value) -> float:
    """Return the largest number that an input may get: beyond it, sums of a few numbers overflow."""
    kind = np.dtype(value.type.dtype)
    if kind.kind == "b":
        return 1.0
    return min(float(np.finfo(kind).max if kind.kind == "f" else np.iinfo(kind).max), 1e30)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _bad_domain(message: str, hint: str = 'write e.g. --domain "x=-1:1,t=0:1"') -> Diagnostic:
    return Diagnostic("bad-domain", message, "--domain", hint)


def _domain_hint(graph: Graph) -> str:
    """Return what a domain of this model looks like: its inputs, or the columns of its only one."""
    takes = ", ".join(f"{value.name}: {value.type}" for value in graph.inputs)
    names = [value.name for value in graph.inputs]
    if len(names) == 1 and 1 < _columns(graph.inputs[0]) <= SHOWN:
        # Intervals count by position, so that any names will do.
        names = [f"c{column}" for column in range(1, _columns(graph.inputs[0]) + 1)]
    intervals = ",".join(f"{name}=-1:1" for name in names)
    return f'the model takes {takes}: write e.g. --domain "{intervals}"'


def _columns(value: Value) -> int:
    """Return how many numbers make one point of an input."""
    return prod(dim for dim in value.type.shape if isinstance(dim, int))


def _axis(value: Value) -> str:
    """Return the size that counts the points of an input; empty where all sizes are fixed."""
    return next((dim for dim in value.type.shape if isinstance(dim, str)), "")


def _draw(
    graph: Graph, bounds: Mapping[str, Array], seed: tuple[int, ...], unit: Callable[[int, np.random.Generator], Array]
) -> Points:
    """Return points for all inputs, from those that `unit` returns of a unit cube with so many columns."""
    groups: dict[str, list[Value]] = {}
    for value in graph.inputs:
        groups.setdefault(_axis(value), []).append(value)
    drawn: dict[str, Array] = {}
    for index, (axis, values) in enumerate(groups.items()):
        columns = sum(_columns(value) for value in values)
        rng = np.random.default_rng([seed[0], index, *seed[1:]])
        cube = unit(max(columns, 1), rng)[: None if axis else 1]
        start = 0
        for value in values:
            width = _columns(value)
            low, high = bounds[value.name]
            flat = low + (high - low) * cube[:, start : start + width]
            drawn[value.name] = _shaped(value, flat)
            start += width
    return drawn


def _shaped(value: Value, flat: Array) -> Array:
    """Return ``[points, columns]`` in the shape and type of an input; further free sizes become 1."""
    axis = _axis(value)
    place = value.type.shape.index(axis) if axis else 0
    fixed = [dim if isinstance(dim, int) else 1 for dim in value.type.shape]
    if not axis:
        return flat.reshape(fixed).astype(value.type.dtype)
    rest = fixed[:place] + fixed[place + 1 :]
    return np.moveaxis(flat.reshape(len(flat), *rest), 0, place).astype(value.type.dtype)


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
    one_by_one = value.name not in arrays and len(columns) == _columns(value) and {each.ndim for each in columns} == {1}
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


def split(graph: Graph, points: Points, seed: int, *, stream: bool = False) -> Split:
    """Return given points split by a seeded shuffle: three quarters to calibrate on, the rest held out.

    Args:
        graph: Its inputs say what the points are.
        points: By input name.
        seed: Of the shuffle.
        stream: Do not shuffle: three quarters in their order, then the rest in its order.

    Raises:
        UsageError: There are too few; code ``too-few-points``.
    """
    _require_free_size(graph)
    orders: dict[str, Array] = {}
    calibration: dict[str, Array] = {}
    held_out: dict[str, Array] = {}
    pool: dict[str, Array] = {}
    for value in graph.inputs:
        array, axis = points[value.name], _axis(value)
        if not axis:
            calibration[value.name] = held_out[value.name] = pool[value.name] = array
            continue
        place = value.type.shape.index(axis)
        count = array.shape[place]
        if count < MIN_SAMPLES:
            hint = f"give at least {MIN_SAMPLES}, or a --domain to draw them from"
            raise usage_error(
                "too-few-points", f"{count} points for input {value.name!r} are too few", "--samples", hint
            )
        if axis not in orders:
            shuffled = np.random.default_rng([seed, len(orders)]).permutation(count)
            orders[axis] = np.arange(count) if stream else shuffled
        cut = min(CALIBRATION, count * 3 // 4)
        calibration[value.name] = np.take(array, orders[axis][:cut], axis=place)
        held_out[value.name] = np.take(array, orders[axis][cut : cut + HELD_OUT], axis=place)
        rest = np.concatenate([orders[axis][cut + HELD_OUT :], orders[axis][:cut]])
        given = np.take(array, rest, axis=place)
        between = mixed(
            given,
            place,
            max(min(POOL, MAX_POOL // max(_columns(value), 1)) - len(rest), 0),
            np.random.default_rng([seed, len(orders), 1]),
        )
        pool[value.name] = np.concatenate([between, given], axis=place)
    return Split(calibration, held_out, 1) if stream else Split(calibration, held_out, pool=pool)
