"""The error that is asked for: what the search compares with."""

from __future__ import annotations

from snnir.metrics import UNEXPLAINED


def bar(goal: float) -> float:
    """Return what an error must not be above, so that more than half of the variation is explained whatever the goal.

    Args:
        goal: What the user asked for, or less.
    """
    return min(goal, UNEXPLAINED)
