"""The domain of the inputs: intervals, and what they are for a network."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, prod
from typing import Any, TypeAlias

import numpy as np
from scipy.stats import qmc

from snnir.errors import Diagnostic, UsageError, model_error, usage_error
from snnir.ir import Graph, Value
from snnir.types import Array

Domain: TypeAlias = Mapping[str, tuple[float, float]]
SHOWN = 12
"""Columns that a hint shows one by one."""
FUNCTION = 24
"""Columns under one interval from which on an input looks like the values of a function."""


def parse_domain(text: str) -> dict[str, tuple[float, float]]:
    """Return the intervals in ``"x=-1:1,t=0:1"``, in order.

    Raises:
        UsageError: The text is no domain; code ``bad-domain``, all findings at once.
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


def domain_notes(graph: Graph, domain: Domain) -> tuple[str, ...]:
    """Return remarks on points drawn from a domain: inputs that are functions need samples."""
    return tuple(
        f"input {value.name!r}: its {columns_of(value)} columns are drawn independently of each other from one "
        "interval; if they are the values of a function at so many places, this is noise: "
        "give samples of such functions"
        for value in graph.inputs
        if value.name in domain and columns_of(value) >= FUNCTION and (len(graph.inputs) > 1 or len(domain) == 1)
    )


def intervals_of(domain: Any) -> dict[str, tuple[float, float]]:
    """Return a domain that came through the API, once it is one."""
    try:
        return {str(name): (float(low), float(high)) for name, (low, high) in domain.items()}
    except (AttributeError, TypeError, ValueError):
        hint = 'give a dict of intervals, e.g. {"x": (-1, 1), "t": (0, 1)}'
        raise usage_error("bad-domain", f"{domain!r} is no domain", "`domain`", hint) from None


def bounds_of(graph: Graph, domain: Domain) -> dict[str, Array]:
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
        bounds[single.name] = np.repeat(np.array([domain[single.name]]).T, columns_of(single), axis=1)
    elif single is not None:
        # By position, whatever the names: a column may well be called like the input.
        columns = columns_of(single)
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
        bounds = {v.name: np.repeat(np.array([domain[v.name]]).T, columns_of(v), axis=1) for v in known}
    if sum(map(columns_of, graph.inputs)) > qmc.Sobol.MAXDIM:
        findings.append(_bad_domain("the model has too many columns to draw points of; give `samples`", hint))
    findings += [
        _bad_domain(f"the domain of input {value.name!r} goes beyond what {value.type.dtype} can hold", hint)
        for value in graph.inputs
        if not findings and np.max(np.abs(bounds[value.name]), initial=0) > _largest(value)
    ]
    if findings:
        raise UsageError(findings)
    return bounds


def require_free_size(graph: Graph) -> None:
    """Return if a graph takes any number of points.

    Raises:
        ModelError: It takes exactly one inference's worth, so it cannot be calibrated; code ``fixed-size``.
    """
    if any(axis_of(value) for value in graph.inputs):
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


def _bad_domain(message: str, hint: str = 'write e.g. `domain` "x=-1:1,t=0:1"') -> Diagnostic:
    return Diagnostic("bad-domain", message, "`domain`", hint)


def _domain_hint(graph: Graph) -> str:
    """Return what a domain of this model looks like: its inputs, or the columns of its only one."""
    takes = ", ".join(f"{value.name}: {value.type}" for value in graph.inputs)
    names = [value.name for value in graph.inputs]
    if len(names) == 1 and 1 < columns_of(graph.inputs[0]) <= SHOWN:
        # Intervals count by position, so that any names will do.
        names = [f"c{column}" for column in range(1, columns_of(graph.inputs[0]) + 1)]
    intervals = ",".join(f"{name}=-1:1" for name in names)
    return f'the model takes {takes}: write e.g. `domain` "{intervals}"'


def columns_of(value: Value) -> int:
    """Return how many numbers make one point of an input."""
    return prod(dim for dim in value.type.shape if isinstance(dim, int))


def axis_of(value: Value) -> str:
    """Return the size that counts the points of an input; empty where all sizes are fixed."""
    return next((dim for dim in value.type.shape if isinstance(dim, str)), "")
