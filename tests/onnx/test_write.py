"""Graphs written as ONNX files, where they cannot be: what cannot be written is refused, not approximated."""

from __future__ import annotations

import pytest

from snnir.errors import ModelError
from snnir.ops import Erf
from snnir_nir import FRONTEND as NIR
from snnir_onnx import FRONTEND
from tests.networks import Analog, mlp
from tests.support import failure, spiking_graph


def test_ops_that_onnx_has_not() -> None:
    """Every one is named with its node and where it comes from."""
    found = failure(lambda: FRONTEND.dump(spiking_graph()), ModelError).diagnostics
    assert {each.code for each in found} == {"not-in-onnx"}
    assert {each.message.split()[-1] for each in found} == {"encode", "integrate_and_fire", "decode"}
    assert "node 'act0' (poisson.onnx: /net/0/Gemm" in found[1].where


def test_a_file_that_onnxruntime_cannot_run() -> None:
    """It has no kernel for erf in double precision: a host part that cannot be run is not written."""
    net = Analog("float64")
    graph = net.graph(net.op(Erf(), net.input()))
    with pytest.raises(ModelError, match=r"cannot be used: onnxruntime cannot load .* \[export-differs\]"):
        FRONTEND.dump(graph)


def test_files_of_other_kinds_take_no_graph() -> None:
    """Host parts are written by frontends that can."""
    with pytest.raises(ModelError, match=r"not written as files of this kind \[not-written\]"):
        NIR.dump(mlp(2, 3, 1))
