"""Shapes as people have them: what is compiled from a domain runs on points in rows, archives and files alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from snnir.types import Array
from tests.cli.common import QUICK, done, mlp, model, saved, snnir

SHAPES: dict[str, tuple[list[Any], list[Any]]] = {
    "a point": ([2], [1]),
    "MATLAB": (["B", 1, 1, 2], ["B", 1, 1, 1]),
    "in between": (["N", 1, 2], ["N", 1, 1]),
    "batch of 4": ([4, 2], [4, 1]),
    "batch of 1": ([1, 2], [1, 1]),
}
RNG = np.random.default_rng(3)
WEIGHTS = {name: RNG.normal(0, 0.7, shape).astype(np.float32) for name, shape in {"A": (2, 8), "B": (8, 1)}.items()}


def network(folder: Path, shape: list[Any], made: list[Any]) -> Path:
    """Save a network of one hidden layer for inputs of a shape."""
    nodes = [helper.make_node("MatMul", ["points", "A"], ["z"]), helper.make_node("Tanh", ["z"], ["h"])]
    nodes.append(helper.make_node("MatMul", ["h", "B"], ["u"]))
    return saved(folder / "net.onnx", model(nodes, WEIGHTS, {"points": shape}, {"u": made}))


def expected(path: Path, points: Array) -> Array:
    """Return what onnxruntime computes, point by point or in batches as the file has it."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    shape = [dim if isinstance(dim, int) else 1 for dim in session.get_inputs()[0].shape]
    blocks = points.astype(np.float32).reshape(-1, *shape)
    return np.concatenate([np.ravel(session.run(None, {"points": block})[0]) for block in blocks])


@pytest.mark.parametrize("name", SHAPES)
def test_a_domain_and_rows_of_points(name: str, tmp_path: Path) -> None:
    """A domain of two columns compiles it, and points [N, 2] run, from archive and NIR file (real-networks 15)."""
    path = network(tmp_path, *SHAPES[name])
    points = RNG.uniform(0, 1, (8, 2))
    np.save(tmp_path / "points.npy", points)
    done("compile", path, "-o", tmp_path / "x.nir", *QUICK[:2], "--code", "population", "--steps", 32)
    for file in ("x.snnir", "x.nir"):
        done("run", tmp_path / file, "--inputs", tmp_path / "points.npy", "--output", tmp_path / "u.npy")
        values = np.load(tmp_path / "u.npy")
        assert len(values) == 8
        np.testing.assert_allclose(values.reshape(-1), expected(path, points), rtol=0, atol=0.1)


def test_a_report_says_what_was_checked_by_which_program(net: Path, tmp_path: Path) -> None:
    """The report names the program that checked the network, and where it differs from the file on purpose."""
    proto = mlp(2, 8, 8, 1)
    done("compile", net, "-o", tmp_path / "x.snnir", *QUICK, "--report", tmp_path / "report.json")
    source = json.loads((tmp_path / "report.json").read_text())["source"]
    assert (source["checked_by"], source["notes"]) == ("onnxruntime", [])
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.elem_type = TensorProto.FLOAT16
    for tensor in proto.graph.initializer:
        half = onnx.numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(onnx.numpy_helper.from_array(half, tensor.name))
    path = saved(tmp_path / "half.onnx", proto)
    text = done("compile", path, "-o", tmp_path / "y.snnir", *QUICK)
    assert "computed in float32 where the file computes in float16" in text
    result = snnir("inspect", path)
    assert (result.exit_code, "note: computed in float32" in result.stderr) == (0, True)
