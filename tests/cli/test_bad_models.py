"""Models that cannot be compiled: one clear finding each, and nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests.cli.common import QUICK, mlp, model, refused, saved, snapshot, snnir


def compile_refused(folder: Path, path: Path, exit_code: int = 1, *, hint: bool = True) -> str:
    """Compile a model that must be refused by name; return what is printed."""
    text = refused(folder, "compile", path, "-o", folder / "out.nir", *QUICK, exit_code=exit_code, hint=hint)
    assert path.name in text
    return text


def deep(*extra: onnx.NodeProto) -> onnx.ModelProto:
    """Return a network whose output goes through further nodes, from ``u`` to ``v``."""
    proto = mlp(2, 8, 8, 1)
    proto.graph.node.extend(extra)
    proto.graph.output[0].name = "v"
    return proto


def test_missing_file(net: Path, tmp_path: Path) -> None:
    """A missing file is named, and so is the one that was probably meant."""
    text = compile_refused(tmp_path, tmp_path / "nett.onnx", 2)
    assert "there is no such file [no-such-file]" in text
    assert f"did you mean {str(net)!r}?" in text


def test_folder_instead_of_a_file(net: Path, tmp_path: Path) -> None:
    """A folder is not a model."""
    (tmp_path / "dir.onnx").mkdir()
    assert "this is a folder" in compile_refused(tmp_path, tmp_path / "dir.onnx", 2)


@pytest.mark.parametrize("content", [b"", b"import torch\nprint('hello')\n", b"\x89HDF\r\n\x1a\n" * 9, b"PK\x03\x04"])
def test_not_onnx(net: Path, tmp_path: Path, content: bytes) -> None:
    """A file of another kind is no ONNX model, whatever its name."""
    path = tmp_path / "text.onnx"
    path.write_bytes(content)
    assert "[not-onnx]" in compile_refused(tmp_path, path)


@pytest.mark.parametrize("part", [0.05, 0.3, 0.5, 0.9, 0.99])
def test_truncated(net: Path, tmp_path: Path, part: float) -> None:
    """A file that was cut short is refused."""
    data = net.read_bytes()
    path = tmp_path / "cut.onnx"
    path.write_bytes(data[: int(len(data) * part)])
    compile_refused(tmp_path, path)


@pytest.mark.parametrize("block", range(8))
def test_flipped_bits(net: Path, tmp_path: Path, block: int) -> None:
    """A flipped bit leads to an error or to another network, never to a traceback or to half a result."""
    rng = np.random.default_rng(block)
    data = net.read_bytes()
    path = tmp_path / "flipped.onnx"
    for place in rng.integers(len(data), size=12):
        changed = bytearray(data)
        changed[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(changed)
        before = snapshot(tmp_path)
        result = snnir("compile", path, "-o", tmp_path / "new.nir", *QUICK, "--steps", 1)
        assert result.exit_code in {0, 1, 2}
        if result.exit_code:
            assert snapshot(tmp_path) == before
            assert result.stderr.startswith("error: ")
        for name in ("new.nir", "new.snnir"):
            (tmp_path / name).unlink(missing_ok=True)


def test_tree_ensemble(net: Path, tmp_path: Path) -> None:
    """A tree ensemble is refused by name."""
    attributes: dict[str, Any] = {
        "nodes_treeids": [0],
        "nodes_nodeids": [0],
        "nodes_featureids": [0],
        "nodes_modes": ["LEAF"],
        "nodes_values": [0.0],
        "target_treeids": [0],
        "target_nodeids": [0],
        "target_ids": [0],
        "target_weights": [1.0],
        "n_targets": 1,
    }
    trees = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], name="trees", domain="ai.onnx.ml", **attributes)
    path = saved(tmp_path / "trees.onnx", model([trees], {}, {"x": ["N", 2]}, {"y": ["N", 1]}))
    text = compile_refused(tmp_path, path)
    assert "trees" in text
    assert "TreeEnsembleRegressor" in text


def test_loop(net: Path, tmp_path: Path) -> None:
    """A loop is refused by name."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("Tanh", ["s"], ["t"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
            helper.make_tensor_value_info("s", TensorProto.FLOAT, ["N", 1]),
        ],
        [
            helper.make_tensor_value_info("d", TensorProto.BOOL, []),
            helper.make_tensor_value_info("t", TensorProto.FLOAT, ["N", 1]),
        ],
    )
    loop = helper.make_node("Loop", ["count", "", "u"], ["v"], name="again", body=body)
    proto = deep(loop)
    proto.graph.initializer.append(helper.make_tensor("count", TensorProto.INT64, [], [3]))
    text = compile_refused(tmp_path, saved(tmp_path / "loop.onnx", proto))
    assert "'again' (Loop)" in text


def test_all_unsupported_nodes_at_once(net: Path, tmp_path: Path) -> None:
    """Every node that is not supported is named, deep in a graph or not, each with a hint."""
    proto = deep(
        helper.make_node("Bernoulli", ["u"], ["p"], name="first"),
        helper.make_node("Foo", ["p"], ["q"], name="second", domain="acme"),
        helper.make_node("NonZero", ["q"], ["r"], name="third"),
        helper.make_node("Cast", ["r"], ["v"], name="fine", to=TensorProto.FLOAT),
    )
    text = compile_refused(tmp_path, saved(tmp_path / "deep.onnx", proto))
    assert all(f"'{name}'" in text for name in ("first", "second", "third"))
    assert "'fine'" not in text
    assert text.count("error: ") == 3


@pytest.fixture
def external(tmp_path: Path, net: Path) -> Path:
    """That network with its weights in a file beside it."""
    path = tmp_path / "external.onnx"
    onnx.save(onnx.load(net), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    return path


def test_missing_external_data(external: Path, tmp_path: Path) -> None:
    """A weight file that is missing is named."""
    (tmp_path / "weights.bin").unlink()
    assert "weights.bin" in compile_refused(tmp_path, external)


def test_external_data_outside(external: Path, tmp_path: Path) -> None:
    """Weights are not read from outside the model's folder."""
    (tmp_path / "inner").mkdir()
    for place in ("../weights.bin", str(tmp_path / "weights.bin")):
        proto = onnx.load(external, load_external_data=False)
        for tensor in proto.graph.initializer:
            next(entry for entry in tensor.external_data if entry.key == "location").value = place
        compile_refused(tmp_path, saved(tmp_path / "inner" / "model.onnx", proto))


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_weights_that_are_no_numbers(net: Path, tmp_path: Path, number: float) -> None:
    """NaN and infinite weights are refused with the tensor's name."""
    proto = onnx.load(net)
    weight = onnx.numpy_helper.to_array(proto.graph.initializer[2]).copy()
    weight[0, 0] = number
    proto.graph.initializer[2].CopyFrom(onnx.numpy_helper.from_array(weight, "1.weight"))
    assert "'1.weight'" in compile_refused(tmp_path, saved(tmp_path / "bad.onnx", proto))


def test_input_of_a_trillion_numbers(net: Path, tmp_path: Path) -> None:
    """An input that no memory holds is refused before anything is allocated."""
    mean = helper.make_node("ReduceMean", ["big"], ["points"], name="mean", axes=[1], keepdims=1)
    proto = mlp(1, 8, 8, 1)
    nodes = [mean, *proto.graph.node]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    proto.graph.input[0].CopyFrom(helper.make_tensor_value_info("big", TensorProto.FLOAT, ["N", 10**12]))
    path = saved(tmp_path / "big.onnx", proto)
    arguments = ["compile", path, "-o", tmp_path / "out.nir", "--domain", "big=0:1"]
    assert "[too-large]" in refused(tmp_path, *arguments, exit_code=1, hint=None)


def test_nothing_that_can_spike(net: Path, tmp_path: Path) -> None:
    """A linear network has no units, so there is nothing to compile."""
    path = saved(tmp_path / "linear.onnx", mlp(2, 1))
    text = refused(tmp_path, "compile", path, "-o", tmp_path / "out.nir", *QUICK, exit_code=1)
    assert "[nothing-spikes]" in text


def test_output_of_nan(net: Path, tmp_path: Path) -> None:
    """A network that is not defined on all of the domain is refused."""
    proto = deep(helper.make_node("Log", ["u"], ["v"], name="log"))
    path = saved(tmp_path / "log.onnx", proto)
    text = refused(tmp_path, "compile", path, "-o", tmp_path / "out.nir", *QUICK, exit_code=1)
    assert "NaN or infinite" in text


def test_escape_codes_in_names(net: Path, tmp_path: Path) -> None:
    """Names in a file cannot steer the terminal that they are printed on."""
    proto = deep(helper.make_node("Foo", ["u"], ["v"], name="\x1b[2Jgone", domain="acme"))
    text = compile_refused(tmp_path, saved(tmp_path / "escape.onnx", proto))
    assert "\x1b" not in text
    assert "[2Jgone" in text


def test_ending_that_nobody_reads(net: Path, tmp_path: Path) -> None:
    """A model of another format is refused, and the hint names those that are read."""
    path = tmp_path / "net.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    assert ".onnx" in compile_refused(tmp_path, path, 2)
    text = refused(tmp_path, "inspect", path, exit_code=2)
    assert ".onnx" in text
    assert ".snnir" in text


@pytest.mark.parametrize(
    ("ending", "line"),
    [
        (".pt", "torch.onnx.export("),
        (".pth", "torch.onnx.export("),
        (".keras", "model.export("),
        (".h5", "model.export("),
        (".mat", "exportONNXNetwork("),
        (".pkl", "skl2onnx.to_onnx("),
    ],
)
def test_files_of_frameworks(net: Path, tmp_path: Path, ending: str, line: str) -> None:
    """A network in a framework's own file is refused with the line that exports it (users 13)."""
    path = tmp_path / f"net{ending}"
    path.write_bytes(b"anything")
    text = compile_refused(tmp_path, path, 2)
    assert line in text
    assert "known endings: " in text


def test_a_file_of_torch_under_another_name(net: Path, tmp_path: Path) -> None:
    """What torch.save wrote stays that, whatever it is called."""
    path = tmp_path / "net.onnx"
    path.write_bytes(b"PK\x03\x04" + b"0" * 60)
    assert "torch.onnx.export(" in compile_refused(tmp_path, path)
