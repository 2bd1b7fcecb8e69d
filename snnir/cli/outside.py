"""Points outside the box that a network was calibrated in: how many, and how far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from snnir.data.box import as_rows
from snnir.ir import Value
from snnir.metrics.run import Outside, OutsideColumn
from snnir.types import Array


def columns_of(calibrated: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Return the names of columns, by input; nothing where a file lacks them, as those of earlier versions do."""
    try:
        columns: Any = calibrated["columns"]
        return {str(name): tuple(map(str, labels)) for name, labels in columns.items()}
    except (LookupError, TypeError, AttributeError):
        return {}


def points_outside(
    inputs: Iterable[Value], points: Mapping[str, Array], calibrated: Mapping[str, object]
) -> Outside | None:
    """Return what lies outside; None where nothing does, or the domain is not known.

    Args:
        inputs: Of the network.
        points: By input.
        calibrated: ``domain`` and ``columns``, as of `snnir.setting.Setting.to_json`.
    """
    names = columns_of(calibrated)
    columns: list[OutsideColumn] = []
    beyond: dict[str, Array] = {}
    for value in inputs:
        rows = as_rows(value, points[value.name]).astype(np.float64)
        ends = _ends(calibrated.get("domain"), value.name, rows.shape[1])
        if ends is None:
            continue
        low, high = ends
        labels = names.get(value.name, ())
        excess = np.maximum(low - rows, rows - high)
        axis = next((dim for dim in value.type.shape if isinstance(dim, str)), value.name)
        beyond[axis] = beyond.get(axis, np.zeros(len(rows), np.bool_)) | (excess > 0).any(axis=1)
        for index in np.flatnonzero((excess > 0).any(axis=0)):
            worst = int(np.argmax(excess[:, index]))
            width = high[index] - low[index]
            columns.append(
                OutsideColumn(
                    name=labels[index] if len(labels) == len(low) else f"{value.name}[{index}]",
                    low=float(low[index]),
                    high=float(high[index]),
                    points=int(np.count_nonzero(excess[:, index] > 0)),
                    furthest=float(rows[worst, index]),
                    widths=float(excess[worst, index] / width) if width > 0 else None,
                )
            )
    if not columns:
        return None
    return Outside(
        points=sum(int(each.sum()) for each in beyond.values()),
        total=sum(map(len, beyond.values())),
        columns=tuple(columns),
    )


def _ends(domain: Any, name: str, columns: int) -> Array | None:
    """Return the ends of an input's columns, ``[2, columns]``; None where a file lacks them."""
    try:
        ends = np.asarray(domain[name], np.float64)
    except (LookupError, TypeError, ValueError):
        return None
    return ends if ends.shape == (2, columns) else None
