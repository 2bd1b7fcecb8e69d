"""The 84 network shapes of this field, exported by both torch exporters."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from snnir.semantics import evaluate  # noqa: E402 - only where torch is there
from snnir_onnx import FRONTEND  # noqa: E402
from tests.onnx.common import assert_close, session  # noqa: E402
from tests.onnx.shapes import SHAPES, Net, Shape  # noqa: E402

pytestmark = pytest.mark.torch

EXAMPLE = {"N": 4, "M": 5, "L": 6}
SIZES = ({"N": 1, "M": 1, "L": 1}, {"N": 3, "M": 5, "L": 2}, {"N": 7, "M": 4, "L": 1})
DIFFERENTIATED = sorted(name for name, shape in SHAPES.items() if not shape.exports)
EXPORTED = sorted(name for name, shape in SHAPES.items() if shape.exports)
QUICK = ("mlp_tanh", "dde_FNN_feature_output_transform")
"""Shapes that the new exporter, which takes seconds for each, also exports in the fast run."""


def export(shape: Shape, path: Path, *, dynamo: bool, fixed: bool = False) -> Any:
    """Export a shape, with its sizes open by default, and return the module."""
    module = shape.module()
    names = [f"x{index}" for index in range(len(shape.inputs))]
    open_axes = [{axis: dim for axis, dim in enumerate(dims) if isinstance(dim, str)} for dims in shape.inputs]
    options: dict[str, Any] = {"input_names": names, "dynamo": dynamo}
    if dynamo:
        each = tuple(dict.fromkeys(axes, torch.export.Dim.AUTO) for axes in open_axes)
        options |= {"dynamic_shapes": (each,) if isinstance(module, Net) else each, "verbose": False}
    else:
        options |= {"opset_version": 17} | ({} if fixed else {"dynamic_axes": dict(zip(names, open_axes, strict=True))})
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # torch warns about its own exporters
        torch.onnx.export(module, shape.points(EXAMPLE), str(path), **options)
    logging.disable(logging.NOTSET)
    return module


def check(name: str, folder: Path, *, dynamo: bool, fixed: bool = False) -> None:
    """Export a shape, import it, and compare it with torch and onnxruntime at three sizes."""
    shape, path = SHAPES[name], folder / f"{name}.onnx"
    module = export(shape, path, dynamo=dynamo, fixed=fixed)
    graph = FRONTEND.load(path)
    runtime = None if fixed else session(path)  # a path, so that external data are found
    largest = 0.0
    for sizes in reversed(SIZES):
        points = shape.points(sizes, seed=3)
        feeds = {value.name: point.numpy() for value, point in zip(graph.inputs, points, strict=True)}
        ours = evaluate(graph, feeds)
        with torch.no_grad():
            made = module(*points)
        made = made if isinstance(made, tuple) else (made,)
        for output, expected in zip(graph.outputs, made, strict=True):
            largest = max(largest, float(expected.abs().max()))
            assert_close(ours[output], expected.numpy(), largest)
        if runtime is not None:
            for output, expected in zip(graph.outputs, runtime.run(None, feeds), strict=True):
                assert_close(ours[output], np.asarray(expected), largest)


def test_there_are_84_shapes() -> None:
    """80 shapes export; four differentiate inside the network, which no exporter writes."""
    assert (len(EXPORTED), len(DIFFERENTIATED)) == (80, 4)


@pytest.mark.parametrize("name", EXPORTED)
def test_script_exports_are_exact(name: str, tmp_path: Path) -> None:
    """What the TorchScript exporter writes computes what torch computes, at three sizes including 1."""
    check(name, tmp_path, dynamo=False)


@pytest.mark.parametrize("name", QUICK)
def test_dynamo_exports_are_exact(name: str, tmp_path: Path) -> None:
    """What the default exporter writes, with its external data, computes what torch computes."""
    check(name, tmp_path, dynamo=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPORTED)
def test_all_dynamo_exports_are_exact(name: str, tmp_path: Path) -> None:
    """The same for all shapes."""
    check(name, tmp_path, dynamo=True)


ONE_POINT = "mlp_unbatched_1d_input"
"""Its input is a vector, a point."""


@pytest.mark.parametrize("name", sorted(set(EXPORTED) - {ONE_POINT, "spinn2_unused_y"}))
def test_a_fixed_number_of_points_is_freed(name: str, tmp_path: Path) -> None:
    """A network exported for one number of points runs at every other, with the same values as in torch.

    (One shape uses an input for its size alone; a fixed export drops that input.)
    """
    check(name, tmp_path, dynamo=False, fixed=True)


def test_a_network_of_one_point_takes_many(tmp_path: Path) -> None:
    """A vector for an input is one point; the import takes points in rows."""
    path = tmp_path / "point.onnx"
    module = export(SHAPES[ONE_POINT], path, dynamo=False)
    graph = FRONTEND.load(path)
    points = torch.rand((5, 2), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = torch.stack([module(point) for point in points])
    assert_close(evaluate(graph, {graph.inputs[0].name: points.numpy()})[graph.outputs[0]], expected.numpy())


@pytest.mark.parametrize("dynamo", [False, True])
@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_derivatives_by_autograd_do_not_export(name: str, dynamo: bool, tmp_path: Path) -> None:
    """Torch itself refuses networks that differentiate themselves; if it ever stops, they belong to the others."""
    with pytest.raises(Exception, match=r"."):
        export(SHAPES[name], tmp_path / "model.onnx", dynamo=dynamo)


def test_provenance_names_the_users_line(tmp_path: Path) -> None:
    """Exports by dynamo carry the user's own source line, and every node made from them names it."""
    path = tmp_path / "lines.onnx"
    export(SHAPES["residual_mlp"], path, dynamo=True)
    origins = [origin for node in FRONTEND.load(path).nodes for origin in node.provenance.origins]
    lines = {origin.line for origin in origins if origin.op == "Tanh"}
    assert lines
    assert all(line.startswith("shapes.py:") and line.endswith("in forward") for line in lines)
