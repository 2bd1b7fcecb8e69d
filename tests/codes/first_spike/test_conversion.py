"""The first-spike code from end to end: what it reaches, what it costs, and who refuses it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.analysis import limit
from snnir.codes import FirstSpikeCode, spiking_pipeline
from snnir.codes.first_spike import FirstSpike
from snnir.codes.first_spike.scan import scan_spikes
from snnir.compiler import Compiled
from snnir.ir import Graph, Node, verify
from snnir.passes import CALIBRATIONS, Calibration, Context, analog_pipeline
from snnir.registry import backend_for, carried, targets
from snnir.semantics import Semantics, evaluate
from snnir.types import Array, Spikes
from tests.networks import SHAPES, mlp, points_for
from tests.support import assert_round_trip

MODELS = Path(__file__).parents[3] / "examples" / "models"
SQUARE = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
EXAMPLES: dict[str, tuple[float, float, dict[str, tuple[float, float]]]] = {
    "poisson": (9e-3, 1.1, SQUARE),
    "burgers": (2.1e-2, 1.3, {"x": (0.0, 2 * np.pi), "t": (0.0, 4.0)}),
}
"""Error, and energy as a part of the ANN's, with two neurons per unit and windows of 32 steps."""


@cache
def compiled(**options: Any) -> Compiled:
    """Return a small network; the same one for the same options."""
    options = {"target": "numpy", "code": "first-spike", "neurons_per_unit": 2, "steps": 16, **options}
    return snnir.compile(mlp(2, 8, 8, 1), domain=SQUARE, **options)


def converted(name: str, calibration: Calibration, steps: int = 16) -> tuple[Graph, dict[str, Array]]:
    """Return a spiking network, and points that neither calibration nor tuning saw."""
    graph = SHAPES[name]()
    context = Context(points_for(graph, 200), Semantics(reset="value", compare=">"), steps)
    ann = analog_pipeline(graph, context)
    made = spiking_pipeline(ann, context, FirstSpikeCode(neurons_per_unit=3), calibration).graph
    return made, points_for(graph, 100, seed=1)


@pytest.mark.accuracy
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    """A third of what populations reach there that reset to zero, with a quarter of the neurons and two spikes."""
    most, energy, domain = EXAMPLES[name]
    options: dict[str, Any] = {"code": "first-spike", "neurons_per_unit": 2, "steps": 32}
    model = snnir.load(MODELS / f"{name}.onnx")
    report = snnir.compile(model, target="nir", reader="norse", domain=domain, **options).report
    assert report["conversion"]["rel_l2"] <= most
    assert report["energy_pj"]["snn"] <= energy * report["energy_pj"]["ann"]
    assert report["spikes"]["per_unit"] == pytest.approx(2.0)


@pytest.mark.accuracy
def test_more_neurons() -> None:
    """Four neurons per unit are within a hundredth of the ANN on Burgers."""
    model, domain = snnir.load(MODELS / "burgers.onnx"), EXAMPLES["burgers"][2]
    options: dict[str, Any] = {"code": "first-spike", "neurons_per_unit": 4, "steps": 32}
    report = snnir.compile(model, target="nir", reader="spikingjelly", domain=domain, **options).report
    assert report["conversion"]["rel_l2"] <= 1e-2
    assert report["spikes"]["per_unit"] == pytest.approx(4.0)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_fires_once(name: str) -> None:
    """No neuron fires while it reads, and each one once after, on points that no gate was made for."""
    graph, unseen = converted(name, "advanced")
    verify(graph)
    early = 0.0

    def observe(node: Node, _: slice, current: Array) -> None:
        nonlocal early
        if isinstance(node.op, FirstSpike):
            found, sent = scan_spikes(node.op, current, 16, ">")
            early += float(found.sum())
            assert sent.sum(axis=0).max() == 1
            assert np.mean(sent.sum(axis=0)) > 0.99

    layers = list(graph.of(FirstSpike))
    assert {node.output.type.coding for node in layers} == {Spikes("first-spike", 16)}
    semantics = Semantics(reset="value", compare=">")
    evaluate(graph, unseen, outputs=[each.output.name for each in layers], semantics=semantics, currents=observe)
    assert early == 0
    verify(limit(graph))
    assert_round_trip(graph)


@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_more_steps_come_nearer_to_the_limit(calibration: Calibration) -> None:
    """What times of spikes decode to tends to the clipped lines that the network has without spikes."""
    graph, unseen = converted("mlp", calibration, steps=128)
    (name,) = graph.outputs
    ideal = evaluate(limit(graph), unseen)[limit(graph).outputs[0]]
    np.testing.assert_allclose(evaluate(graph, unseen)[name], ideal, rtol=0, atol=4e-2 * np.max(np.abs(ideal)))


def test_report() -> None:
    """Layers wait for each other, and the pulses of the clock are counted."""
    made = compiled()
    report = made.report
    assert (report["code"], report["steps"], report["latency"], report["neurons"]) == ("first-spike", 16, 48, 32)
    assert [row["start"] for row in report["layers"]] == [16, 32]
    assert report["spikes"]["per_unit"] == pytest.approx(2.0)
    parts = {(part["node"], part["kind"]): part for part in report["energy_pj"]["parts"]}
    gated = [int(np.count_nonzero(node.op.gate.array)) for node in made.graph.of(FirstSpike)]
    clocks = [parts[node.name, "clock"]["ac"] for node in made.graph.of(FirstSpike)]
    assert clocks == [16 * 17 + 2 * count for count in gated]


def test_reset_is_of_no_account() -> None:
    """The same file for every comparison but for the spikes at the threshold; the same weights for every reset."""
    zero, subtract = (compiled(target=target, reader=reader) for target, reader in (("nir", "spec"), ("numpy", None)))
    assert (zero.semantics.reset, subtract.semantics.reset) == ("value", "subtract")
    points = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    np.testing.assert_allclose(zero.run(points), subtract.run(points), rtol=0, atol=0.05)


def test_it_is_searched_by_its_ladder() -> None:
    """Steps and neurons per unit are chosen on measured errors."""
    made = compiled(neurons_per_unit=None, steps=None, error=0.2, calibration="advanced")
    assert made.report["search"]["reached"]
    assert {row["code"] for row in made.report["search"]["tried"]} == {"first-spike"}


def test_targets_that_take_it() -> None:
    """Readers that reset to zero, and the simulator."""
    assert {name for name in targets() if "first-spike" in carried(backend_for(name).target)} == {"numpy"}
    nir = backend_for("nir").target
    takes = {
        each.name for each in nir.readers if not each.refused and "first-spike" in carried(nir.with_reader(each.name))
    }
    assert takes == {"spec", "norse", "spikingjelly"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"steps": 129}, "bad-steps"),
        ({"steps": 3}, "bad-steps"),
        ({"steps": 0}, "bad-steps"),
        ({"neurons_per_unit": 65}, "bad-neurons-per-unit"),
        ({"target": "nir"}, "code-not-on-target"),
        ({"target": "nir", "reader": "nirtorch"}, "code-not-on-target"),
        ({"target": "nir", "form": "exact"}, "code-not-on-target"),
        ({"target": "loihi2"}, "code-not-on-target"),
    ],
)
def test_what_it_has_not_is_refused(options: dict[str, Any], code: str) -> None:
    """Each with a finding of its own."""
    with pytest.raises(snnir.UsageError) as caught:
        compiled(**options)
    assert [each.code for each in caught.value.diagnostics] == [code]
