"""The promise of the sigma-delta code on the shipped networks."""

from __future__ import annotations

import pytest

import snnir
from examples.paper import PROBLEMS
from examples.paper.shipped import model_path
from examples.paper.streams import run, sweeps

pytestmark = pytest.mark.accuracy

QUICK = ("burgers", "beltrami_separable")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in PROBLEMS]
)
def test_sweeps_of_200_points(name: str) -> None:
    """A relative error of at most 5e-3 at less than half a message per unit and point, on sweeps of 200 points."""
    problem = PROBLEMS[name]
    graph = snnir.load(model_path(name))
    compiled = snnir.compile(graph, target="numpy", code="sigma-delta", domain=problem.domain)
    assert compiled.report["conversion"]["rel_l2"] <= 5e-3
    for title, points in sweeps(problem):
        error, messages = run(compiled, points)
        assert error <= 5e-3, title
        assert messages < 0.5, title
