"""The first-spike code in files: chains of Affine and LIF, with the pulses of a clock among their spikes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.codes import FirstSpikeCode, spiking_pipeline
from snnir.codes.first_spike import FirstSpike
from snnir.ir import Graph
from snnir.passes import Context, analog_pipeline
from snnir.semantics import Semantics
from snnir.setting import Setting
from snnir.types import Array
from snnir_nir import BACKEND, from_nir, import_nir, interpret, read_metadata, read_nir, simulate
from snnir_nir.assemble import assemble
from snnir_nir.library import to_library
from snnir_nir.readers import NORSE, SPEC, SPIKINGJELLY
from tests.networks import SHAPES, mlp, points_for
from tests.nir.running import assert_runs_as_simulated
from tests.support import failure, setting_on

SQUARE = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
STEPS = 8
CHAINS = ("mlp", "mlp-double", "mlp-sin", "siren", "normalised", "hard-constraint")


def setting(semantics: Semantics) -> Setting:
    """Return what a graph is written with."""
    return setting_on(BACKEND.target, semantics=semantics)


def converted(name: str, semantics: Semantics) -> tuple[Graph, dict[str, Array]]:
    """Return a network of some shape in first spikes, and points."""
    graph = SHAPES[name]()
    context = Context(points_for(graph, 60), semantics, STEPS)
    code = FirstSpikeCode(neurons_per_unit=2)
    return spiking_pipeline(analog_pipeline(graph, context), context, code, "advanced").graph, points_for(graph, 20, 1)


def compiled(**options: Any) -> snnir.Compiled:
    """Return a small network for norse."""
    given = {"target": "nir", "reader": "norse", "code": "first-spike", "neurons_per_unit": 2, "steps": STEPS}
    return snnir.compile(mlp(2, 6, 6, 1), domain=SQUARE, calibration="advanced", **{**given, **options})


@pytest.mark.parametrize("reader", [SPEC, NORSE, SPIKINGJELLY], ids=lambda each: each.name)
@pytest.mark.parametrize("name", CHAINS)
def test_every_chain_sends_the_spikes_of_the_simulator(name: str, reader: Any, tmp_path: Path) -> None:
    """Step by step in our interpreter, with the comparison of the reader; not one spike differs."""
    semantics = reader.semantics
    graph, points = converted(name, semantics)
    assert_runs_as_simulated(graph, points, setting(semantics), tmp_path / "net.nir")


@pytest.mark.parametrize("name", CHAINS)
def test_the_graph_comes_back(name: str) -> None:
    """Weights, biases, gates and codings are in the file; the host part is not."""
    graph, _ = converted(name, NORSE.semantics)
    back = from_nir(to_library(assemble(graph, setting(NORSE.semantics))))
    again = {node.name: node for node in back.nodes}
    assert {name: graph.by_name[name] for name in again} == again
    assert [node.name for node in back.of(FirstSpike)] == [node.name for node in graph.of(FirstSpike)]


@pytest.mark.parametrize("name", ["residual", "separable", "two-outputs"])
def test_other_networks_are_refused(name: str) -> None:
    """Pulses travel along a chain."""
    graph, _ = converted(name, SPEC.semantics)
    error = failure(lambda: assemble(graph, setting(SPEC.semantics)), snnir.ModelError)
    assert [each.code for each in error.diagnostics] == ["not-on-target"]


def test_what_is_in_a_file(tmp_path: Path) -> None:
    """Nothing but Affine and LIF, one threshold, time constants above a step, resets to zero, and relays for pulses."""
    made = compiled()
    made.save(tmp_path / "net.nir")
    file: Any = read_nir(tmp_path / "net.nir")
    assert {type(node).__name__ for node in file.nodes.values()} == {"Input", "Output", "Affine", "LIF"}
    facts = read_metadata(file)
    first, second = (file.nodes[name] for name in facts["layers"])
    for node in (first, second):
        assert np.all(node.tau == STEPS)
        assert np.all(node.r == 1)
        assert np.all(node.v_threshold == 1)
        assert not node.v_leak.any()
        assert not node.v_reset.any()
    assert facts["steps"] == 3 * STEPS
    (port,) = facts["inputs"]
    pulses = len(port["lanes"]) - 1
    assert file.nodes["input"].input_type["input"].item() == 2 + pulses
    assert len(second.tau) == 12
    assert 12 < len(first.tau) <= 12 + pulses
    assert len(set(file.edges)) == len(file.nodes) - 1


def test_every_neuron_fires_once() -> None:
    """In all steps of a file, relays apart; layers one after the other."""
    made = compiled(reader="spec")
    file = to_library(assemble(made.graph, made.setting))
    spikes = interpret(file, np.random.default_rng(0).uniform(-1, 1, (100, 2))).spikes
    for index, (name, layer) in enumerate(read_metadata(file)["layers"].items()):
        own = spikes[name][..., : layer["neurons"]]
        begin = (index + 1) * STEPS
        assert np.all(own.sum(axis=0) == 1)
        assert np.all(own[begin : begin + STEPS].sum(axis=0) == 1)


def test_a_file_is_run_as_it_was_compiled(tmp_path: Path) -> None:
    """`snnir run` of a file gives what the compiled network does."""
    made = compiled()
    made.save(tmp_path / "net.nir")
    source = read_nir(tmp_path / "net.nir")
    points = np.random.default_rng(0).uniform(-1, 1, (50, 2)).astype(np.float32)
    run = simulate(source, points)
    np.testing.assert_allclose(run.outputs["output"], made.run(points), rtol=0, atol=1e-5)
    assert run.steps == 3 * STEPS
    for name, layer in read_metadata(source)["layers"].items():
        sent = run.spikes[name][layer["first"] : layer["first"] + STEPS, :, : layer["neurons"]]
        np.testing.assert_array_equal(sent.transpose(1, 0, 2), made.record(points)[layer["node"]])
    assert import_nir(source).read_out == "digits"


def test_a_changed_pulse_is_found() -> None:
    """Pulses are compared as weights are."""
    made = compiled()
    file: Any = to_library(assemble(made.graph, made.setting))
    layer = list(read_metadata(file)["layers"].values())[1]
    clock = file.nodes[layer["clock"]]
    clock.weight = clock.weight.copy()
    clock.weight[0, -1] += 1
    assert failure(lambda: from_nir(file), snnir.ModelError).diagnostics[0].code == "changed-nir"
