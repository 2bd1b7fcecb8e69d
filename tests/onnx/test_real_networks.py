"""What ONNX files of scientific networks hold: each is imported exactly, or refused with the reason and a way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, reference

from snnir.semantics import evaluate
from snnir.text import parse_graph, print_graph, tensors_of
from snnir.types import Array
from tests.onnx.common import agree, load, model

FLOAT, HALF, DOUBLE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE
RANDOM = np.random.default_rng(5)


def weight(*shape: int, dtype: Any = np.float32) -> Array:
    """Return random weights."""
    return RANDOM.normal(0, 0.6, shape).astype(dtype)


def node(op: str, sources: str, to: str, **attributes: Any) -> onnx.NodeProto:
    """Return a node that reads and makes values named between blanks."""
    return helper.make_node(op, sources.split(), to.split(), **attributes)


@pytest.mark.parametrize("op", ["Mish", "Gelu", "HardSwish"])
def test_an_operator_without_a_kernel_in_onnxruntime(op: str, tmp_path: Path) -> None:
    """Activations in double precision, which onnxruntime cannot run, are checked by ONNX's reference implementation."""
    nodes = [node("MatMul", "x A", "z"), node(op, "z", "h"), node("MatMul", "h B", "u")]
    weights = {"A": weight(2, 4, dtype=np.float64), "B": weight(4, 1, dtype=np.float64)}
    proto = model(nodes, {"x": (DOUBLE, ["N", 2])}, ["u"], weights, opset=22)
    proto.graph.output[0].CopyFrom(helper.make_tensor_value_info("u", DOUBLE, ["N", 1]))
    graph = load(proto, tmp_path)
    x = RANDOM.uniform(-2, 2, (5, 2))
    (expected,) = reference.ReferenceEvaluator(proto).run(None, {"x": x})
    np.testing.assert_allclose(evaluate(graph, {"x": x})["u"], np.asarray(expected), rtol=1e-12)
    assert graph.source is not None
    assert graph.source.checked_by == "onnx.reference"
    assert parse_graph(print_graph(graph), tensors_of(graph)).source == graph.source


def test_onnxruntime_is_the_usual_check(tmp_path: Path) -> None:
    """A graph records the program that it was compared with."""
    graph = agree(model([node("Tanh", "x", "u")], {"x": (FLOAT, ["N", 2])}, ["u"], {}), tmp_path)
    assert graph.source is not None
    assert graph.source.checked_by == "onnxruntime"
