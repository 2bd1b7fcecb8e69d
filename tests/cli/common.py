"""Small ONNX models, and the command line called as users call it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner, Result
from onnx import ModelProto, TensorProto, helper, numpy_helper

from snnir.cli.app import cli

DOMAIN = ("--domain", "x=-1:1,t=0:1")
UNTUNED = ("--calibration", "advanced")
"""Without the training by gradients, which takes most of the time: for what does not depend on how good weights are."""
QUICK = (*DOMAIN, "--code", "rate", "--steps", "4", *UNTUNED)


def snnir(*args: object) -> Result:
    """Call the command line in this process; whatever it does must be an exit code and text."""
    result = CliRunner().invoke(cli, [str(each) for each in args], prog_name="snnir")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert "defect of snnir" not in result.output, result.output
    return result


def done(*args: object) -> str:
    """Call the command line, which must succeed in silence on the standard error, and return what it prints."""
    result = snnir(*args)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def refused(folder: Path, *args: object, exit_code: int, hint: bool | None = True) -> str:
    """Call the command line, which must fail and leave every file in a folder as it is; return its findings."""
    before = snapshot(folder)
    result = snnir(*args)
    assert snapshot(folder) == before
    assert result.stdout == ""
    assert result.exit_code == exit_code, result.stderr
    assert result.stderr.startswith("error: ")
    assert hint is None or ("\n  hint: " in result.stderr) == hint
    return result.stderr


def snapshot(folder: Path) -> dict[Path, bytes | None]:
    """Return the content of everything in a folder."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def model(nodes: Sequence[Any], tensors: dict[str, Any], inputs: dict[str, Any], outputs: dict[str, Any]) -> ModelProto:
    """Return a float32 model; inputs and outputs with their shapes."""
    given, made = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in each.items()]
        for each in (inputs, outputs)
    )
    stored = [numpy_helper.from_array(np.asarray(array), name) for name, array in tensors.items()]
    graph = helper.make_graph(list(nodes), "net", given, made, stored)
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("acme", 1)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def mlp(*widths: int, heads: int = 1) -> ModelProto:
    """Return a tanh network of these widths with random weights, and so many outputs."""
    rng = np.random.default_rng(0)
    nodes: list[Any] = []
    tensors: dict[str, Any] = {}

    def gemm(name: str, source: str, rows: int, columns: int, result: str) -> None:
        tensors[f"{name}.weight"] = rng.normal(size=(columns, rows), scale=2 / rows**0.5).astype(np.float32)
        tensors[f"{name}.bias"] = rng.normal(size=columns).astype(np.float32)
        operands = [source, f"{name}.weight", f"{name}.bias"]
        nodes.append(helper.make_node("Gemm", operands, [result], name=f"/{name}/Gemm", transB=1))

    source = "points"
    for index, (rows, columns) in enumerate(pairwise(widths[:-1])):
        gemm(f"{index}", source, rows, columns, f"z{index}")
        nodes.append(helper.make_node("Tanh", [f"z{index}"], [f"a{index}"], name=f"/{index}/Tanh"))
        source = f"a{index}"
    outputs = {"u" if heads == 1 else f"u{head}": ["N", widths[-1]] for head in range(heads)}
    for name in outputs:
        gemm(name, source, widths[-2], widths[-1], name)
    return model(nodes, tensors, {"points": ["N", widths[0]]}, outputs)


def separable() -> ModelProto:
    """Return a network of two axes, ``u[N, M] = f(x[N, 1]) g(t[M, 1])``."""
    rng = np.random.default_rng(0)
    nodes: list[Any] = []
    tensors: dict[str, Any] = {}
    for axis in "xt":
        for index, (rows, columns) in enumerate(((1, 8), (8, 4))):
            tensors[f"{axis}.{index}"] = rng.normal(size=(rows, columns)).astype(np.float32)
            source = axis if index == 0 else f"{axis}.a"
            nodes.append(helper.make_node("MatMul", [source, f"{axis}.{index}"], [f"{axis}.z{index}"]))
            if index == 0:
                nodes.append(helper.make_node("Tanh", [f"{axis}.z0"], [f"{axis}.a"], name=f"{axis}.tanh"))
    nodes.append(helper.make_node("Transpose", ["t.z1"], ["turned"], perm=[1, 0]))
    nodes.append(helper.make_node("MatMul", ["x.z1", "turned"], ["u"], name="merge"))
    return model(nodes, tensors, {"x": ["N", 1], "t": ["M", 1]}, {"u": ["N", "M"]})


def saved(path: Path, proto: ModelProto) -> Path:
    """Write a model and return where it is."""
    path.write_bytes(proto.SerializeToString())
    return path
