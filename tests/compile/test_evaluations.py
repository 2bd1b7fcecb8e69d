"""What a compile works out once: layers, and the analog network on every set of points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from snnir.analysis import Evaluations, find_layers, units
from snnir.compiler.options import Options
from snnir.compiler.prepare import make_job
from snnir.ir import Graph, Node
from snnir.ops import Tanh
from snnir.passes import Calibration
from snnir.semantics import evaluate, simulator
from tests.networks import mlp, points_for

DOMAIN = {"x0": (-1.0, 1.0), "x1": (-1.0, 1.0)}


CODES: tuple[tuple[str, Calibration], ...] = (
    ("rate", "least-squares"),
    ("population", "advanced"),
    ("radix", "least-squares"),
)


@pytest.mark.parametrize(("code", "calibration"), CODES)
def test_settings_share_what_does_not_depend_on_them(
    code: str, calibration: Calibration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many settings are tried, layers are found once, and no activation of the ANN is computed twice."""
    job = make_job(mlp(2, 6, 6, 1), Options("numpy", code, calibration=calibration), DOMAIN, None, None)
    found: Counter[int] = Counter()
    evaluated: Counter[tuple[str, bytes]] = Counter()
    layers, run = units._Cones, simulator.run_analog

    def finding(graph: Graph) -> Any:
        found[id(graph)] += graph is job.ann
        return layers(graph)

    def running(nodes: Iterable[Node], values: dict[str, Any]) -> None:
        nodes = tuple(nodes)
        run(nodes, values)
        for node in nodes:
            if isinstance(node.op, Tanh) and job.ann.by_name.get(node.name) is node:
                evaluated[node.name, values[node.output.name].tobytes()] += 1

    monkeypatch.setattr(units, "_Cones", finding)
    monkeypatch.setattr(simulator, "run_analog", running)
    more = {"neurons_per_unit": 2} if code == "population" else {}
    for steps in (6, 8):
        options = Options("numpy", code, steps, calibration=calibration, code_options=more)
        if code != "radix":
            job.limit_error(options)
        job.tried(options)
    assert found[id(job.ann)] <= 1
    assert evaluated
    assert set(evaluated.values()) == {1}


def test_values_are_those_of_an_evaluation() -> None:
    """Whatever was asked for before; other points are other points, even if they are as many."""
    graph = mlp(2, 5, 5, 1)
    known = Evaluations()
    layers = find_layers(graph)
    for points in (points_for(graph, 20), points_for(graph, 20)):
        for names in (None, [layers[1].a], [layers[0].z, *graph.outputs]):
            expected = evaluate(graph, points, outputs=names)
            found = known.values(graph, points, names)
            assert list(found) == list(expected)
            assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_something_of_an_object_is_made_once() -> None:
    """And of another one again."""
    known, one, other = Evaluations(), [1], [1]
    assert known.once("sum", one, lambda: [0]) is known.once("sum", one, lambda: [0])
    assert known.once("sum", one, lambda: [0]) is not known.once("sum", other, lambda: [0])
