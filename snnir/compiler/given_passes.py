"""A user's own passes, on the canonical analog network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from snnir.analysis import differences
from snnir.data.points import Points, first_points
from snnir.data.sampling import Split
from snnir.errors import model_error
from snnir.ir import Graph
from snnir.passes import Context, Pass
from snnir.passes.properties import ANALOG, FOLDED
from snnir.passes.sequence import run_chosen
from snnir.semantics import Semantics, evaluate

MAX_DIFFERENCE = 1e-4
"""Relative L2 difference of what a network computes after passes; they may round, not compute something else."""


def with_given_passes(ann: Graph, steps: Sequence[Pass], points: Split, semantics: Semantics, seed: int) -> Graph:
    """Return the network after passes: what is converted, and what errors are measured against.

    Args:
        ann: The canonical analog network.
        steps: In the order of running.
        points: What passes calibrate on, and what both networks are compared on.
        semantics: Of the target.
        seed: Of everything random.

    Raises:
        UsageError: The order is wrong.
        ModelError: A pass does not keep its contract, or what comes out is not analog or has other inputs or outputs,
            code ``broken-pass``; or it computes something else, code ``pass-differs``.
    """
    if not steps:
        return ann
    made = run_chosen(ann, steps, Context(points.calibration, semantics, seed=seed, pool=points.pool))
    found = next(_misfits(ann, made), None)
    if found is not None:
        names = ", ".join(step.name for step in steps)
        hint = "they get the canonical analog network, and return one that takes and gives the same"
        raise model_error("broken-pass", f"passes {names}: {found}", ann.name, hint)
    few = {value.name: first_points(points.held_out[value.name], value.type.shape, 64) for value in ann.inputs}
    _check_same(ann, made, few)
    return made


def _misfits(before: Graph, after: Graph) -> Iterator[str]:
    """Yield why a network cannot take the place of another."""
    for needed in (ANALOG, FOLDED):
        yield from needed.violations(after)
    if after.inputs != before.inputs:
        yield "it takes other inputs"
    if after.outputs != before.outputs or any(after.types[name] != before.types[name] for name in before.outputs):
        yield "it gives other outputs"


def _check_same(before: Graph, after: Graph, points: Points) -> None:
    """Compare two networks on points.

    Raises:
        ModelError: They differ; code ``pass-differs``.
    """
    difference = differences(evaluate(after, points), evaluate(before, points))["rel_l2"]
    if not difference <= MAX_DIFFERENCE:
        message = f"the passes change what the network computes by {difference:.1e} (relative L2)"
        hint = "run them before `snnir.compile`, which then measures errors against the network that they make"
        raise model_error("pass-differs", message, before.name, hint)
