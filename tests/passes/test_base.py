"""How passes run one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from snnir.codes import Rate, spiking_pipeline
from snnir.errors import ModelError
from snnir.ir import Graph
from snnir.passes import Context, Pass, analog_pipeline, run_passes
from snnir.passes.activations import Activations
from snnir.passes.canonicalise import Canonicalise
from snnir.passes.couple import Couple
from snnir.passes.fold import Fold
from snnir.passes.fuse import Fuse
from snnir.passes.least_squares import LeastSquares
from snnir.passes.normalise import Normalise
from snnir.passes.separate import Separate
from snnir.passes.thresholds import Thresholds
from tests.networks import mlp, points_for
from tests.support import failure

ANALOG = frozenset({"folded", "canonical"})


@dataclass(frozen=True)
class Broken(Pass):
    """Returns a graph without its first node."""

    name: ClassVar[str] = "broken"

    def run(self, graph: Graph, context: Context) -> Graph:
        """Drop the first node."""
        return graph.with_nodes(graph.nodes[1:])


def test_every_pass_result_is_verified() -> None:
    """A pass that returns an illegal graph is caught right behind it, as a defect of snnir."""
    error = failure(lambda: run_passes(mlp(2, 3, 1), [Broken(), Fold()], Context({})), ModelError)
    assert [each.code for each in error.diagnostics] == ["invalid-ir"]
    assert "'dense0' is read before it is made" in str(error)


@pytest.mark.parametrize(
    ("passes", "established", "missing"),
    [
        ((Canonicalise(),), frozenset[str](), "canonicalise requires ['folded']"),
        ((Fuse(),), frozenset({"folded"}), "fuse requires ['canonical']"),
        ((Fold(), Separate()), frozenset[str](), "separate requires ['canonical']"),
        ((Activations(),), frozenset({"folded"}), "activations requires ['canonical']"),
        ((Couple(),), ANALOG, "couple requires ['spiking']"),
        ((Activations(), Thresholds()), ANALOG, "thresholds requires ['coupled']"),
        ((Activations(), Couple(), LeastSquares()), ANALOG, "least-squares requires ['thresholds']"),
        ((Activations(), Couple(), Normalise()), ANALOG, "normalise requires ['thresholds']"),
    ],
    ids=lambda value: value[-1].name if isinstance(value, tuple) else None,
)
def test_wrong_order(passes: tuple[Pass, ...], established: frozenset[str], missing: str) -> None:
    """A pass whose requirements none before it established does not run."""
    graph = mlp(2, 3, 1)
    with pytest.raises(RuntimeError) as caught:
        run_passes(graph, passes, Context(points_for(graph)), established)
    assert str(caught.value) == f"pass {missing} first"


def test_passes_are_announced() -> None:
    """Whoever asks is told of every pass before it runs."""
    seen: list[str] = []
    run_passes(mlp(2, 3, 1), [Fold(), Canonicalise(), Fuse()], Context({}), before=lambda step: seen.append(step.name))
    assert seen == ["fold", "canonicalise", "fuse"]


def test_context_without_an_analog_network() -> None:
    """A pass that needs the analog network says so where there is none."""
    with pytest.raises(RuntimeError, match="canonical analog network"):
        _ = Context({}).analog


def test_passes_change_neither_argument() -> None:
    """The whole pipeline leaves the graph and the points that it was given as they were."""
    graph = mlp(2, 6, 6, 1)
    points = points_for(graph)
    copy = {name: array.copy() for name, array in points.items()}
    context = Context(points, steps=8)
    digest = hash(graph)
    ann = analog_pipeline(graph, context)
    before = replace(ann)
    spiking_pipeline(ann, context, Rate(), "least-squares")
    assert hash(graph) == digest
    assert ann == before
    assert all((points[name] == copy[name]).all() for name in points)


@pytest.mark.parametrize("calibration", ["none", "light", "advanced", "least-squares"])
def test_pipeline_is_deterministic(calibration: str) -> None:
    """The same network, points and seed give the same bits."""
    graph = mlp(2, 6, 6, 1)
    context = Context(points_for(graph), steps=8)
    ann = analog_pipeline(graph, context)
    first, second = (spiking_pipeline(ann, context, Rate(), calibration).graph for _ in range(2))  # type: ignore[arg-type]
    assert first == second


def test_pipeline_reports_every_pass() -> None:
    """Progress names the passes in order, each from 0 and never beyond 1."""
    seen: list[tuple[str, float]] = []
    graph = mlp(2, 6, 6, 1)
    context = Context(points_for(graph), steps=8)
    ann = analog_pipeline(graph, context)
    spiking_pipeline(ann, context, Rate(), "least-squares", report=lambda name, part: seen.append((name, part)))
    names = list(dict.fromkeys(name for name, _ in seen))
    assert names[:2] == ["activations", "couple"]
    assert names.index("thresholds") < names.index("least-squares")
    for name in names:
        parts = [part for each, part in seen if each == name]
        assert parts[0] == 0.0
        assert all(0 <= part <= 1 for part in parts)
