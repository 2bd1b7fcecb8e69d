"""Files for readers that give out what neurons do: an LI in front of every Output, which passes on what arrives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import snnir
from snnir.compiler import Compiled, verify_file
from snnir_nir import from_nir, import_nir, interpret, read_nir, simulate
from snnir_nir.assemble import assemble
from snnir_nir.library import from_library
from snnir_nir.net import LeakyIntegrator, Neurons
from tests.networks import mlp, separable

DOMAIN = {"x": (-1, 1), "y": (-1, 1)}


@pytest.fixture(scope="module")
def network() -> Compiled:
    """A small network for such a reader."""
    options = {"code": "population", "neurons_per_unit": 2, "steps": 8, "calibration": "advanced"}
    return snnir.compile(mlp(2, 6, 5, 1), domain=DOMAIN, reader="snn-mlir", **options)  # type: ignore[arg-type]


def test_the_output_is_that_of_a_neuron(network: Compiled, tmp_path: Path) -> None:
    """The last node forgets its membrane in every step, and the file is the one that the graph would be written as."""
    network.save(tmp_path / "net.nir")
    source = read_nir(tmp_path / "net.nir")
    net = from_library(source)
    (last,) = net.into("output")
    node = net.nodes[last]
    assert isinstance(node, LeakyIntegrator)
    assert [each.array.tolist() for each in (node.tau, node.r, node.leak)] == [[1.0], [1.0], [0.0]]
    assert from_nir(source) == network.graph
    layers = [each for each in net.nodes.values() if isinstance(each, Neurons)]
    assert {float(each) for layer in layers for each in layer.threshold.array} == {1.0}


def test_it_means_what_it_meant(network: Compiled, tmp_path: Path) -> None:
    """To the simulator, to the interpreter, to what runs files step by step, and to the specification's reader."""
    network.save(tmp_path / "net.nir")
    source = read_nir(tmp_path / "net.nir")
    (points,) = network.points.values()
    expected = network.run(points)
    np.testing.assert_allclose(interpret(source, points).outputs["output"], expected, rtol=0, atol=1e-6)
    run = simulate(source, points)
    np.testing.assert_allclose(run.outputs["output"], expected, rtol=0, atol=1e-6)
    assert import_nir(source, reader="snn-mlir").read_out == "mean"
    result = verify_file(tmp_path / "net.nir", reader="spec", spike_limit=0, output_limit=1e-6)
    assert result.findings == ()
    assert result.report["spikes"]["sent"] > 100


def test_other_files_have_none(network: Compiled) -> None:
    """What is written for others stays what it was."""
    without = assemble(network.graph, replace(network.setting, reader="norse")).nodes
    assert assemble(network.graph, network.setting).nodes.keys() - without.keys() == {"output_outlet"}


def test_several_outputs_are_refused() -> None:
    """It reads chains."""
    with pytest.raises(snnir.ModelError, match="snn-mlir reads files with one input"):
        snnir.compile(
            separable(3, 4), domain=DOMAIN, reader="snn-mlir", code="population", steps=4, calibration="advanced"
        )
