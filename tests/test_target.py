"""What a target cannot run is refused, node by node."""

from __future__ import annotations

import pytest

import snnir
from snnir.errors import ModelError
from snnir.ops import Erf
from snnir.registry import backend_for
from snnir.target import conformance
from tests.networks import Analog, mlp

DOMAIN = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}


def test_spiking_ops_that_a_target_has_not() -> None:
    """Difference neurons are not among those of stock NIR: each node is named."""
    graph = snnir.compile(mlp(2, 4, 1), target="numpy", domain=DOMAIN, code="radix", steps=6).graph
    assert not conformance(graph, backend_for("numpy").target)
    found = conformance(graph, backend_for("nir").target)
    assert {each.code for each in found} == {"not-on-target"}
    assert any("no signed_digits inside its spiking part" in each.message for each in found)


def test_host_files_that_cannot_be_written_have_a_note() -> None:
    """The file of the spiking part is there, and what has no file beside it is named with the reason."""
    net = Analog("float64")
    graph = net.graph(net.op(Erf(), net.mlp(net.input(), 4, 4, 1)))
    compiled = snnir.compile(graph, target="nir", domain=DOMAIN, code="population", neurons_per_unit=2, steps=8)
    assert compiled.artifacts().keys() == {".snnir", ".nir"}
    (note,) = compiled.host_files.notes
    assert note.startswith("There is no file *_after.onnx for what stays on the host there: ")
    assert "onnxruntime cannot load" in note


def test_host_ops_that_a_program_has_not() -> None:
    """A program for Lava computes its host in NumPy, which has no error function."""
    net = Analog()
    graph = net.graph(net.op(Erf(), net.mlp(net.input(), 4, 4, 1)))
    with pytest.raises(ModelError, match=r"has no erf on its host \[host-op\]"):
        snnir.compile(graph, target="loihi2", domain=DOMAIN, code="population", neurons_per_unit=2, steps=8)
