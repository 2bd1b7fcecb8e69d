"""What the ONNX tests share: models from text, imports compared with onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper, parser

from snnir.ir import Graph
from snnir.semantics import evaluate
from snnir.types import Array
from snnir_onnx import FRONTEND

BOUNDS = {"float16": 5e-3, "float32": 1e-5, "float64": 1e-12}
"""Relative to the largest output: rounding of a few layers in the output's precision."""


def parsed(text: str, *, opset: int = 17, ml: bool = False) -> onnx.ModelProto:
    """Return a model from ONNX text without its head."""
    sets = f'"": {opset}' + (', "ai.onnx.ml": 1' if ml else "")
    return parser.parse_model(f"<ir_version: 8, opset_import: [{sets}]>\n{text}")


def model(
    nodes: list[Any],
    inputs: Mapping[str, tuple[Any, ...]],
    outputs: list[str],
    weights: Mapping[str, Any],
    *,
    opset: int = 17,
    ir_version: int = 8,
) -> onnx.ModelProto:
    """Return a model of nodes; inputs by name as (element type, shape)."""
    given = [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()]
    made = [helper.make_empty_tensor_value_info(name) for name in outputs]
    stored = [numpy_helper.from_array(np.asarray(array), name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "g", given, made, stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)


def load(proto: onnx.ModelProto, folder: Path, name: str = "model.onnx") -> Graph:
    """Write a model and import it."""
    path = folder / name
    path.write_bytes(proto.SerializeToString())
    return FRONTEND.load(path)


def session(content: bytes) -> onnxruntime.InferenceSession:
    """Return onnxruntime's session of a model, silent and on one thread."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def draw(graph: Graph, size: int, low: float, high: float, seed: int = 0) -> dict[str, Array]:
    """Return random inputs for a graph; the i-th open size is `size` + i."""
    random = np.random.default_rng(seed)
    names = sorted({dim for value in graph.inputs for dim in value.type.shape if isinstance(dim, str)})
    sizes = {name: size + place for place, name in enumerate(names)}
    feeds: dict[str, Array] = {}
    for value in graph.inputs:
        shape = [sizes[dim] if isinstance(dim, str) else dim for dim in value.type.shape]
        dtype = np.dtype(value.type.dtype)
        if np.issubdtype(dtype, np.floating):
            feeds[value.name] = random.uniform(low, high, shape).astype(dtype)
        else:
            feeds[value.name] = random.integers(0, 2, shape).astype(dtype)
    return feeds


def narrowed(feeds: Mapping[str, Array], runtime: onnxruntime.InferenceSession) -> dict[str, Array]:
    """Return inputs in float16 where the file takes these; its import takes float32."""
    half = {value.name for value in runtime.get_inputs() if value.type == "tensor(float16)"}
    return {name: array.astype(np.float16) if name in half else array for name, array in feeds.items()}


def assert_close(ours: Array, theirs: Array, size: float = 0.0) -> None:
    """Check that two results have one type and shape and agree to rounding; float16 is imported as float32.

    Args:
        ours: By snnir.
        theirs: By onnxruntime.
        size: Of the largest results for any points: of a few points all may be near zero, their terms are not.
    """
    assert ours.dtype == (np.float32 if theirs.dtype == np.float16 else theirs.dtype)
    assert ours.shape == theirs.shape
    bound = BOUNDS.get(str(theirs.dtype), 0.0) * float(np.max(np.abs(theirs), initial=size))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=bound)


def agree(
    proto: onnx.ModelProto, folder: Path, *, low: float = -2.0, high: float = 2.0, oracle: onnx.ModelProto | None = None
) -> Graph:
    """Import a model, compare it with onnxruntime at several numbers of points, and return the graph.

    A file with a fixed batch that the import freed, or of a single point, is compared row by row.
    """
    graph = load(proto, folder)
    runtime = session((oracle or proto).SerializeToString())
    fixed = {value.name: value.shape[0] for value in runtime.get_inputs() if value.shape}
    sizes: dict[str, float] = {}
    for size in (5, 2, 1):
        feeds = narrowed(draw(graph, size, low, high, seed=size), runtime)
        ours = evaluate(graph, {value.name: feeds[value.name].astype(value.type.dtype) for value in graph.inputs})
        freed = any(isinstance(v.type.shape[0], str) and fixed.get(v.name) == 1 for v in graph.inputs if v.type.shape)
        if any(len(value.shape) < feeds[value.name].ndim for value in runtime.get_inputs()):
            points = [runtime.run(None, {n: np.asarray(a[i]) for n, a in feeds.items()}) for i in range(size)]
            theirs = [np.stack(parts) for parts in zip(*points, strict=True)]
        elif freed:
            rows = [runtime.run(None, {n: a[i : i + 1] for n, a in feeds.items()}) for i in range(size)]
            theirs = [np.concatenate(parts) for parts in zip(*rows, strict=True)]
        else:
            theirs = runtime.run(None, feeds)
        for value, expected in zip(runtime.get_outputs(), theirs, strict=True):
            theirs_here = np.asarray(expected)
            assert_close(ours[value.name], theirs_here, sizes.get(value.name, 0.0))
            sizes[value.name] = max(sizes.get(value.name, 0.0), float(np.max(np.abs(theirs_here), initial=0.0)))
    FRONTEND.dump(graph)  # which compares what it writes with onnxruntime, too
    return graph


def ops(graph: Graph) -> list[str]:
    """Return the names of the ops of a graph, in order, constants left out."""
    return [node.op.mnemonic for node in graph.nodes if node.op.mnemonic != "constant"]
