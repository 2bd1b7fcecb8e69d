"""The error that is asked for: what it is of, and how messages and tables speak of it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from snnir.analysis import ERRORS_OF, UNEXPLAINED, asked_error


def bar(goal: float) -> float:
    """Return what an error must not be above, so that more than half of the variation is explained whatever the goal.

    Args:
        goal: What the user asked for, or less.
    """
    return min(goal, UNEXPLAINED)


def nearness(conversion: Mapping[str, Any], error_of: str) -> tuple[float, float]:
    """Return what says which of two errors is nearer to a goal: the lower one, also where neither is one to ask for."""
    return asked_error(conversion, error_of), asked_error(conversion, "both")


def goal_words(goal: float, error_of: str) -> str:
    """Return a goal in words, e.g. "an error of 0.01 (relative L2)"."""
    return f"an error of {goal:g} ({ERRORS_OF[error_of]})"


def found_words(conversion: Mapping[str, Any], error_of: str) -> str:
    """Return an error in words, e.g. "1.20e-02 (relative L2)"."""
    asked = asked_error(conversion, error_of)
    if isfinite(asked):
        return f"{asked:.2e} ({ERRORS_OF[error_of]})"
    over = conversion["over_variation"]
    return f"{conversion['rel_l2']:.2e} ({ERRORS_OF[error_of]}) but {over:.2e} of the variation of a column"


def setting_words(row: Mapping[str, Any]) -> str:
    """Return a setting in words, e.g. "population code, 16 steps, 8 neurons per unit".

    Args:
        row: Of a setting that was tried.
    """
    many = f", {row['neurons_per_unit']:g} neurons per unit" if row["neurons_per_unit"] != 1 else ""
    return f"{row['code']} code, {row['steps']} step{'' if row['steps'] == 1 else 's'}{many}"


def cost_words(row: Mapping[str, Any], error_of: str) -> str:
    """Return what a setting does in words, e.g. "4.90e-03 at 0.58 times the ANN's energy (radix code, 9 steps)"."""
    asked = asked_error(row, error_of)
    error = f"{asked:.2e}" if isfinite(asked) else f"{row['rel_l2']:.2e}, {row['over_variation']:.2e} of the variation,"
    return f"{error} at {row['energy']:.3g} times the ANN's energy ({setting_words(row)})"
