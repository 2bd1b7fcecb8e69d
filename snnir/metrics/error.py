"""How far outputs are from others: over all of them, of every output, and of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, isfinite, sqrt
from typing import ClassVar, Protocol

from snnir.io.records import LATER, OPTIONAL, UNKNOWN
from snnir.metrics.record import Record

ERRORS_OF = {"both": "the larger of relative L2 and of error over variation", "norm": "relative L2"}
"""What an error that is asked for may be of, in words; see `asked_error`."""
UNEXPLAINED = sqrt(1 / 2)
"""``over_variation`` above which ``1 - over_variation^2``, the part of a variation that is explained, is below half."""


class Erring(Protocol):
    """What has both errors that a goal may be of."""

    @property
    def rel_l2(self) -> float:
        """Relative L2 over all outputs."""
        ...

    @property
    def over_variation(self) -> float:
        """Of the column where it is largest."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Errors(Record):
    """Errors over some outputs and points; see `snnir.analysis.differences`.

    Earlier versions did not measure all of them: then they are NaN.

    Attributes:
        rel_l2: Norm of the error over the norm of what is expected.
        over_variation: Root mean square of the error over the standard deviation of what is expected, of the column
            where that is largest.
        rms: Of the error itself.
        median: Of its magnitude, over points and columns.
        p99: The same that 99 % are below.
        max_abs: The largest.
    """

    rel_l2: float
    over_variation: float = field(default=UNKNOWN, metadata=OPTIONAL)
    rms: float
    median: float = field(default=UNKNOWN, metadata=OPTIONAL)
    p99: float = field(default=UNKNOWN, metadata=OPTIONAL)
    max_abs: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnErrors(Errors):
    """Errors of one column of an output.

    Attributes:
        column: Its index.
    """

    LEADING: ClassVar[tuple[str, ...]] = ("column",)
    column: int


@dataclass(frozen=True, kw_only=True, eq=False)
class OutputErrors(Errors):
    """Errors of one output.

    Attributes:
        name: Of the output.
        width: The number of its columns; 0 where an earlier version did not state it.
        columns: The same of its columns, where there are several: of those with the largest errors over variation.
    """

    LEADING: ClassVar[tuple[str, ...]] = ("name",)
    name: str
    width: int = field(default=0, metadata=LATER)
    columns: tuple[ColumnErrors, ...] | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True, kw_only=True, eq=False)
class PointErrors(Errors):
    """Errors over all outputs.

    Attributes:
        points: How many there were.
    """

    points: int


@dataclass(frozen=True, kw_only=True, eq=False)
class ConversionErrors(PointErrors):
    """Errors against the analog network, over all outputs and of each.

    Attributes:
        outputs: Of each output, in their order.
    """

    outputs: tuple[OutputErrors, ...]

    @property
    def total(self) -> PointErrors:
        """Those over all outputs alone."""
        return PointErrors(points=self.points, **measures(self))


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantisedErrors(Errors):
    """Errors of the analog network with its activations in few bits.

    Attributes:
        bits: Of every activation.
        energy_model: By which its energy is: integers that hold so many bits.
        energy_pj: Per inference, in picojoule, as if its weights were such integers, too; NaN where an earlier version
            did not state it.
    """

    LEADING: ClassVar[tuple[str, ...]] = ("bits",)
    bits: int
    energy_model: str | None = field(default=None, metadata=OPTIONAL)
    energy_pj: float = field(default=UNKNOWN, metadata=OPTIONAL)


def measures(errors: Errors) -> dict[str, float]:
    """Return the six numbers of errors alone, by name."""
    return {
        "rel_l2": errors.rel_l2,
        "over_variation": errors.over_variation,
        "rms": errors.rms,
        "median": errors.median,
        "p99": errors.p99,
        "max_abs": errors.max_abs,
    }


def asked_error(errors: Erring, error_of: str) -> float:
    """Return the error that is compared with the one asked for.

    Args:
        errors: From `snnir.analysis.differences` or `snnir.analysis.conversion_errors`, or of a setting.
        error_of: ``both``, the larger of ``rel_l2`` and ``over_variation``; or ``norm``, ``rel_l2`` alone, but infinite
            where less than half of the variation of a column is explained. One of `ERRORS_OF`.
    """
    relative, over = float(errors.rel_l2), float(errors.over_variation)
    if not (isfinite(relative) and isfinite(over)):
        return inf
    if error_of == "norm":
        return relative if over <= UNEXPLAINED else inf
    return max(relative, over)


def nearness(errors: Erring, error_of: str) -> tuple[float, float]:
    """Return a key that orders errors by nearness to a goal, the lower the nearer, also where none can be asked for."""
    return asked_error(errors, error_of), asked_error(errors, "both")


def goal_words(goal: float, error_of: str) -> str:
    """Return a goal in words, e.g. "an error of 0.01 (relative L2)"."""
    return f"an error of {goal:g} ({ERRORS_OF[error_of]})"


def found_words(errors: Erring, error_of: str) -> str:
    """Return an error in words, e.g. "1.20e-02 (relative L2)"."""
    asked = asked_error(errors, error_of)
    if isfinite(asked):
        return f"{asked:.2e} ({ERRORS_OF[error_of]})"
    over = errors.over_variation
    return f"{errors.rel_l2:.2e} ({ERRORS_OF[error_of]}) but {over:.2e} of the variation of a column"


def largest_over_variation(columns: Sequence[ColumnErrors], most: int) -> list[ColumnErrors]:
    """Return so many columns with the largest errors over variation, in their order."""
    worst = sorted(columns, key=lambda each: -each.over_variation)
    return sorted(worst[:most], key=lambda each: each.column)
