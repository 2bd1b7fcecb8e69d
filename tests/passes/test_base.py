"""How passes run one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from snnir.analysis import find_layers
from snnir.codes import Code, Phase, Population, Radix, Rate, SigmaDeltaCode, spiking_pipeline
from snnir.codes.population.products import Products
from snnir.codes.radix.properties import DIGITAL
from snnir.codes.radix.resolution import Resolution
from snnir.codes.ramps.activations import Activations
from snnir.codes.ramps.normalise import Normalise
from snnir.codes.ramps.tune import Tune
from snnir.codes.rate import Thresholds
from snnir.codes.sigma_delta.properties import GRADED
from snnir.codes.sigma_delta.quantise_changes import QuantiseChanges
from snnir.errors import ModelError, UsageError
from snnir.ir import Graph
from snnir.passes import Context, Pass, Property, analog_pipeline, run_pass, run_passes
from snnir.passes.canonicalise import CANONICAL, Canonicalise
from snnir.passes.couple import Couple
from snnir.passes.fold import Fold
from snnir.passes.fuse import Fuse
from snnir.passes.least_squares import LeastSquares
from snnir.passes.properties import FOLDED, SPIKING
from snnir.passes.separate import Separate
from snnir.text import parse_graph
from tests.networks import SHAPES, mlp, points_for
from tests.support import failure

ANALOG = (Fold(), Canonicalise())
COUPLED = (*ANALOG, Activations(), Couple())


def unfolded() -> Graph:
    """Return ``dense(tanh(dense(x + (1 + 1))))``."""
    return parse_graph(
        """snnir 1 graph "g" {
  input %x: float32[N, 1]
  %one = constant() {value = tensor float32[] [1.0]}: float32[]  @"one"
  %two = add(%one, %one): float32[]  @"scaled"
  %x0 = add(%x, %two): float32[N, 1]  @"x0"
  %z = dense(%x0) {weight = tensor float32[1, 2] [1.0, -1.0]}: float32[N, 2]  @"z"
  %a = tanh(%z): float32[N, 2]  @"f"
  %y = dense(%a) {weight = tensor float32[2, 1] [1.0, 2.0]}: float32[N, 1]  @"y"
  output %y
}"""
    )


@dataclass(frozen=True)
class Liar(Pass):
    """Returns what it is given, whatever it promises."""

    name: ClassVar[str] = "liar"

    def run(self, graph: Graph, context: Context) -> Graph:
        """Do nothing."""
        return graph


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
    ("passes", "message"),
    [
        ((Canonicalise(),), "canonicalise takes a graph that is folded, and node 'scaled' depends on constants alone"),
        ((Fold(), Fuse()), "fuse takes a graph that is canonical, and node 'z' could be merged or dropped"),
        ((Fold(), Separate()), "separate takes a graph that is canonical, and node 'z' could be merged or dropped"),
        ((Activations(),), "activations takes a graph that is folded, and node 'scaled' depends on constants alone"),
        ((*ANALOG, Activations(), Fold(), Canonicalise()), "canonicalise takes a graph that is analog, and node "),
        ((*ANALOG, Couple()), "couple takes a graph that is spiking, and it has no neurons"),
        ((*ANALOG, Activations(), Thresholds()), "thresholds takes a graph that is coupled, and dense layer 'y' reads"),
        ((*COUPLED, LeastSquares()), "least-squares takes a graph that is scaled, and the thresholds of 'a' are not"),
        ((*COUPLED, Normalise()), "normalise takes a graph that is scaled, and the thresholds of 'a' are not set"),
        ((*COUPLED, Thresholds(), Tune()), "tune takes a graph that is of unit thresholds, and 'a' has other"),
        ((*COUPLED, Resolution()), "resolution takes a graph that is digital, and 'a' sends spikes that all count"),
        ((*COUPLED, QuantiseChanges()), "quantise-changes takes a graph that is graded, and 'a' sends spikes"),
    ],
    ids=lambda value: value[-1].name if isinstance(value, tuple) else None,
)
def test_wrong_order(passes: tuple[Pass, ...], message: str) -> None:
    """A pass does not run on a graph without what it requires; the finding tells which node is not so."""
    context = Context({"x": np.linspace(-1, 1, 20, dtype=np.float32)[:, np.newaxis]})
    context = replace(context, ann=run_passes(unfolded(), ANALOG, context))
    error = failure(lambda: run_passes(unfolded(), passes, context), UsageError)
    assert [each.code for each in error.diagnostics] == ["pass-order"]
    assert error.diagnostics[0].message.startswith(f"pass {message}")


def test_wrong_order_comes_with_the_pass_to_run() -> None:
    """The hint has what would make it right, as a specification."""
    error = failure(lambda: run_passes(unfolded(), (Fold(), Fuse()), Context({})), UsageError)
    assert error.diagnostics[0].hint == "run canonicalise before it"


@pytest.mark.parametrize(
    ("promised", "finding"),
    [
        (FOLDED, "node 'scaled' depends on constants alone"),
        (GRADED, "no neurons send changes"),
        (SPIKING, "it has no neurons"),
        (DIGITAL, "no neurons send digits"),
    ],
    ids=lambda value: value.name if isinstance(value, Property) else None,
)
def test_a_pass_that_lies_is_caught(promised: Property, finding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pass ensures is looked for in the graph that it returns, not believed."""
    monkeypatch.setattr(Liar, "ensures", (promised,))
    error = failure(lambda: run_pass(Liar(), unfolded(), Context({})), ModelError)
    assert [each.code for each in error.diagnostics] == ["broken-pass"]
    assert error.diagnostics[0].message == f"pass liar ensures a graph that is {promised.name}, but {finding}"


def test_a_property_that_a_pass_destroys_is_gone() -> None:
    """Products leaves diagonal layers behind others: the result is no longer canonical, which is not declared."""
    graph = SHAPES["modified-mlp"]()
    context = Context(points_for(graph))
    ann = analog_pipeline(graph, context)
    assert CANONICAL.holds(run_passes(ann, (Fuse(),), context))
    error = failure(lambda: run_passes(ann, (Products(), Fuse()), context), UsageError)
    assert "fuse takes a graph that is canonical, and node" in str(error)


def test_passes_are_announced_between_graphs() -> None:
    """A callback sees every graph, the pass that made it and the pass that is next."""
    seen: list[tuple[str, str, int]] = []

    def between(last: Pass | None, graph: Graph, step: Pass | None) -> None:
        seen.append((last.name if last else "", step.name if step else "", len(graph.nodes)))

    run_passes(unfolded(), ANALOG[:2], Context({}), between)
    assert seen == [("", "fold", 6), ("fold", "canonicalise", 5), ("canonicalise", "", 3)]
    seen.clear()
    assert run_passes(unfolded(), (), Context({}), between) == unfolded()
    assert seen == [("", "", 6)]


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("code", [Rate(), Population(), Phase(), Radix(), SigmaDeltaCode()], ids=lambda code: code.name)
def test_contracts_hold_on_every_shape(name: str, code: Code) -> None:
    """The contracts of all passes hold on every shape of this field, in every code, in floats."""
    graph = SHAPES[name]()
    context = Context(points_for(graph, 24), steps=6)
    ann = analog_pipeline(graph, context)
    if not find_layers(ann):
        return
    steps = replace(context, steps=1) if code.stream else context
    spiking_pipeline(ann, steps, code, "none")


def test_context_without_an_analog_network() -> None:
    """A pass that needs the analog network is refused where there is none."""
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
