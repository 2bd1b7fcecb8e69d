"""The phase code from end to end: what it reaches, what it costs, and who refuses it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.analysis import find_afferents, limit
from snnir.codes import Phase, spiking_pipeline
from snnir.codes.phase import BinaryDigits
from snnir.codes.phase.gates import Gates
from snnir.codes.phase.section import LostDigits, lost_digits
from snnir.compiler import Compiled
from snnir.ir import Graph, Tensor, verify
from snnir.metrics.energy_models import FLOAT32
from snnir.ops import Dense
from snnir.passes import CALIBRATIONS, Calibration, Context, analog_pipeline, run_pass
from snnir.registry import backend_for, carried, targets
from snnir.semantics import Semantics, evaluate
from snnir.types import Array, Spikes
from tests.networks import SHAPES, mlp, points_for
from tests.support import assert_round_trip

MODELS = Path(__file__).parents[3] / "examples" / "models"
SQUARE = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
EXAMPLES: dict[str, tuple[int, float, dict[str, tuple[float, float]]]] = {
    "poisson": (7, 0.35, SQUARE),
    "diffusion_reaction": (7, 0.35, {"x": (-1.0, 1.0), "t": (0.0, 0.01)}),
    "burgers": (7, 0.45, {"x": (0.0, 2 * np.pi), "t": (0.0, 4.0)}),
}
"""Digits that are enough for 1e-2 with two neurons per unit, and the most energy, as a part of the ANN's."""


@cache
def compiled(**options: Any) -> Compiled:
    """Return a small network with two neurons per unit and four digits; the same one for the same options."""
    options = {"target": "numpy", "code": "phase", "neurons_per_unit": 2, "steps": 4, **options}
    return snnir.compile(mlp(2, 8, 8, 1), domain=SQUARE, **options)


def converted(name: str, calibration: Calibration, digits: int = 5) -> tuple[Graph, Graph, dict[str, Array]]:
    """Return a spiking network, the analog one, and points that neither calibration nor tuning saw."""
    graph = SHAPES[name]()
    context = Context(points_for(graph, 200), Semantics(), digits)
    ann = analog_pipeline(graph, context)
    made = spiking_pipeline(ann, context, Phase(neurons_per_unit=3), calibration).graph
    return made, ann, points_for(graph, 100, seed=1)


@pytest.mark.accuracy
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    """Within a hundredth of the ANN on unseen points, at much less than its energy, with about one spike per unit."""
    digits, most, domain = EXAMPLES[name]
    options: dict[str, Any] = {"code": "phase", "neurons_per_unit": 2, "steps": digits}
    report = snnir.compile(snnir.load(MODELS / f"{name}.onnx"), target="numpy", domain=domain, **options).report
    assert report["conversion"]["rel_l2"] <= 1e-2
    assert report["energy_pj"]["snn"] <= most * report["energy_pj"]["ann"]
    assert report["spikes"]["per_unit"] <= 1.3
    assert report["digits"]["early"] == 0


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_becomes_digits(name: str) -> None:
    """Layers send digits, no neuron fires while it reads, on points that no gate was made for; the text is complete."""
    graph, ann, unseen = converted(name, "advanced")
    verify(graph)
    for node in graph.of(BinaryDigits):
        assert node.output.type.coding == Spikes("phase", 5)
        assert node.op.encoder(graph, node) is not None
    assert {each.receiver for each in find_afferents(graph, ann)} >= {node.name for node in graph.of(BinaryDigits)}
    assert lost_digits(graph, unseen, Semantics()).early == 0
    verify(limit(graph))
    assert_round_trip(graph)


@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_more_digits_come_nearer_to_the_limit(calibration: Calibration) -> None:
    """What digits decode to tends to the clipped lines that the network has without spikes."""
    graph, _, unseen = converted("mlp", calibration, digits=12)
    (name,) = graph.outputs
    ideal = evaluate(limit(graph), unseen)[limit(graph).outputs[0]]
    np.testing.assert_allclose(evaluate(graph, unseen)[name], ideal, rtol=0, atol=5e-3 * np.max(np.abs(ideal)))


def test_report() -> None:
    """Steps are the digits of a layer; layers wait for each other; every part of the energy can be added up."""
    made = compiled()
    report = made.report
    assert (report["code"], report["steps"], report["latency"], report["neurons"]) == ("phase", 4, 8, 32)
    assert [row["start"] for row in report["layers"]] == [0, 4]
    parts = {(part["node"], part["kind"]): part for part in report["energy_pj"]["parts"]}
    layers = list(made.graph.of(BinaryDigits))
    gated = [int(np.count_nonzero(node.op.gate.array)) for node in layers]
    assert gated[0] == 0
    assert [parts[node.name, "clock"]["pj"] for node in layers] == pytest.approx(
        [FLOAT32.accumulate * (16 + count) for count in gated]
    )
    encoders = [part["pj"] for (_, kind), part in parts.items() if kind == "encoder"]
    assert encoders == pytest.approx(
        [FLOAT32.accumulate * count for count in (16, 16 * 4)]
    )  # the first layer's current is constant
    assert sum(part["pj"] for part in parts.values()) == pytest.approx(report["energy_pj"]["snn"])
    digits = report["digits"]
    assert digits["early"] == 0
    assert 0 <= digits["high"] < digits["low"] < 1
    assert "cut at the upper end of a ramp" in str(report)


def test_every_spike_that_is_sent_is_counted() -> None:
    """Each costs an accumulate for every weight behind it, counted apart from the report on the same points."""
    made = compiled()
    made = made.with_graph(made.graph)
    (points,) = made.points.values()
    spikes = made.record(points)
    behind = {node.inputs[0]: np.count_nonzero(node.op.weight.array, axis=1) for node in made.graph.of(Dense)}
    layers = made.graph.of(BinaryDigits)
    counted = sum(float(spikes[node.name].sum(axis=1).mean(axis=0) @ behind[node.output.name]) for node in layers)
    parts = made.report["energy_pj"]["parts"]
    assert sum(part["ac"] for part in parts if part["kind"] == "spikes") == pytest.approx(counted)


def test_gates_are_no_wider_than_they_must_be() -> None:
    """A power of two that covers the largest current of a step, and not twice as much."""
    graph = compiled().graph
    _, second = graph.of(BinaryDigits)
    encoder = second.op.encoder(graph, second)
    assert encoder is not None
    synapse = graph.producers[encoder.inputs[0]].op
    assert isinstance(synapse, Dense)
    assert synapse.bias is not None
    assert encoder.op.bias is not None
    excited = np.maximum(synapse.weight.array @ encoder.op.weight.array, 0).sum(axis=0)
    largest = excited + synapse.bias.array @ encoder.op.weight.array + encoder.op.bias.array
    gate = second.op.gate.array
    assert np.all(gate >= np.where(largest > second.op.threshold.array, largest, 0))
    assert np.all(gate < 2 * np.maximum(largest, 0) + 1e-6)


def test_narrow_gates_are_said() -> None:
    """Without gates neurons fire while they read; the report counts every spike that is lost."""
    graph, ann, unseen = converted("mlp", "advanced")
    open_ = graph.with_nodes(
        tuple(
            replace(node, op=replace(node.op, gate=Tensor(np.zeros_like(node.op.gate.array))))
            if isinstance(node.op, BinaryDigits)
            else node
            for node in graph.nodes
        )
    )
    lost = lost_digits(open_, unseen, Semantics())
    assert lost.early > 0
    (table,) = lost.tables()
    assert "gates are too narrow" in str(table)
    context = Context(points_for(SHAPES["mlp"](), 200), Semantics(), 5, ann=ann)
    assert lost_digits(run_pass(Gates(), open_, context), unseen, Semantics()).early == 0


def test_a_section_is_what_its_json_says() -> None:
    """It is read back from the JSON of a report."""
    report = compiled().report
    (section,) = [each for each in report.sections if isinstance(each, LostDigits)]
    assert section.to_json() == report["digits"]


def test_it_is_searched_by_its_ladder() -> None:
    """Digits and neurons per unit are chosen on measured errors."""
    made = compiled(neurons_per_unit=None, steps=None, error=0.2, calibration="advanced")
    tried = made.report["search"]["tried"]
    assert made.report["search"]["reached"]
    assert {row["code"] for row in tried} == {"phase"}
    assert all(2 <= row["steps"] <= 12 for row in tried)
    ladder = Phase().ladder()
    assert {each.size for each in ladder.variants} == {2, 4, 8, 16}
    assert Phase(neurons_per_unit=3).ladder().variants == (Phase(neurons_per_unit=3),)


@pytest.mark.parametrize(
    ("target", "reader", "why"),
    [
        ("nir", None, "few programs that load NIR files run a leak that doubles membranes"),
        ("loihi1", None, "it has no binary_digits; the decays of Loihi's stock neurons are unsigned"),
        ("loihi2", "lif", "the decays of Loihi's stock neurons are unsigned"),
        ("lava-float", "lif", "leave the reader out for a process of our own"),
        ("sana-fe", "hard", "its neurons reset to 0"),
    ],
)
def test_other_targets_refuse_it(target: str, reader: str | None, why: str) -> None:
    """With the reason, and with what to do."""
    place = backend_for(target).target.with_reader(reader)
    assert "phase" not in carried(place)
    with pytest.raises(snnir.UsageError, match="cannot carry the phase code: ") as e:
        compiled(target=target, reader=reader)
    (found,) = e.value.diagnostics
    assert found.code == "code-not-on-target"
    assert why in found.message
    assert "numpy" in found.hint.partition("`target` ")[2]


def test_targets_that_take_it() -> None:
    """All others have such a case above."""
    assert {name for name in targets() if "phase" in carried(backend_for(name).target)} == {
        "lava-float",
        "loihi2",
        "numpy",
        "sana-fe",
    }


def test_pipelined_layers_start_earlier() -> None:
    """By the digits that still arrive, for hardly more error; a layer behind the inputs has none to wait for."""
    waiting, flowing = (compiled(steps=7, pipelined=each) for each in (False, True))
    assert (waiting.report.latency, flowing.report.latency) == (14, 12)
    assert [each.start for each in flowing.report.layers] == [0, 5]
    assert flowing.report.conversion.rel_l2 <= 1.2 * waiting.report.conversion.rel_l2
    assert {node.op.lag for node in flowing.graph.of(BinaryDigits)} == {2}
    assert_round_trip(flowing.graph)
    section = flowing.report.sections[0]
    assert isinstance(section, LostDigits)
    assert section.early == 0


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"steps": 13}, "bad-steps"),
        ({"steps": 0}, "bad-steps"),
        ({"neurons_per_unit": 65}, "bad-neurons-per-unit"),
        ({"pipelined": True, "target": "loihi2"}, "bad-pipelined"),
        ({"pipelined": True, "target": "sana-fe"}, "bad-pipelined"),
        ({"pipelined": True, "target": "nir", "reader": "nirtorch"}, "bad-pipelined"),
    ],
)
def test_what_it_has_not_is_refused(options: dict[str, Any], code: str) -> None:
    """Each with a finding of its own."""
    with pytest.raises(snnir.UsageError) as caught:
        compiled(**options)
    assert [each.code for each in caught.value.diagnostics] == [code]
