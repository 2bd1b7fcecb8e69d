"""Files that cannot be imported: every one is refused with a code, a place and a hint, never with a traceback."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from snnir.errors import Diagnostic, ModelError, SnnirError, UsageError
from snnir_onnx import FRONTEND
from snnir_onnx.compare import Disagreement, compare
from snnir_onnx.oracle import Oracle
from snnir_onnx.reader import read
from tests.onnx.common import load, model, parsed

FLOAT = TensorProto.FLOAT
WEIGHT = np.arange(6, dtype=np.float32).reshape(2, 3) / 7
POINTS = {"x": (FLOAT, ["N", 2])}


def network(**given: Any) -> onnx.ModelProto:
    """Return one layer and an activation, with all names given."""
    nodes = [
        helper.make_node("MatMul", ["x", "W"], ["h"], name="layer"),
        helper.make_node("Tanh", ["h"], ["y"], name="activation"),
    ]
    return model(nodes, POINTS, ["y"], {"W": given.get("W", WEIGHT)})


def refusal(proto: onnx.ModelProto, folder: Path) -> tuple[Diagnostic, ...]:
    """Return the findings that a model is refused with."""
    with pytest.raises(ModelError) as caught:
        load(proto, folder)
    return caught.value.diagnostics


def only(findings: tuple[Diagnostic, ...]) -> Diagnostic:
    """Return the only finding."""
    (finding,) = findings
    return finding


def test_a_missing_file(tmp_path: Path) -> None:
    """A path without a file is a mistake of the command, not of the model."""
    with pytest.raises(UsageError) as caught:
        FRONTEND.load(tmp_path / "none.onnx")
    assert caught.value.diagnostics[0].code == "no-such-file"
    assert "none.onnx" in caught.value.diagnostics[0].where


def test_a_folder(tmp_path: Path) -> None:
    """A folder is not a file."""
    with pytest.raises(UsageError) as caught:
        FRONTEND.load(tmp_path)
    assert caught.value.diagnostics[0].code == "not-a-file"


@pytest.mark.parametrize(
    "content", [b"", b"hello, this is no model\n" * 20, b"\x00" * 100, b"\x89PNG\r\n\x1a\n", b"\x08\x08"]
)
def test_content_that_is_no_model(content: bytes, tmp_path: Path) -> None:
    """Texts, images, empty and short files are distinguished from models."""
    path = tmp_path / "text.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        FRONTEND.load(path)
    finding = only(caught.value.diagnostics)
    assert (finding.code, finding.where) == ("not-onnx", "text.onnx")
    assert "damaged" in finding.hint


def test_a_truncated_model(tmp_path: Path) -> None:
    """Half a model is no model."""
    path = tmp_path / "half.onnx"
    content = network().SerializeToString()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError) as caught:
        FRONTEND.load(path)
    assert caught.value.diagnostics[0].code == "not-onnx"


def test_attributes_of_other_kinds(tmp_path: Path) -> None:
    """An attribute that is a type, as operators on optional values have it, is refused by name."""
    proto = network()
    kind = helper.make_tensor_type_proto(FLOAT, [1])
    proto.graph.node[1].attribute.append(helper.make_attribute("type", kind))
    finding = only(refusal(proto, tmp_path))
    assert finding.code == "unsupported-op"
    assert finding.message == "attribute 'type' is of a kind that is not supported"


def test_a_model_without_nodes(tmp_path: Path) -> None:
    """Outputs that are initializers are no network."""
    finding = only(refusal(model([], POINTS, ["W"], {"W": WEIGHT}), tmp_path))
    assert finding.code == "no-nodes"


def test_a_model_of_constants(tmp_path: Path) -> None:
    """A file whose outputs do not depend on its inputs is no network."""
    node = helper.make_node("Constant", [], ["y"], value=numpy_helper.from_array(WEIGHT))
    assert only(refusal(model([node], POINTS, ["y"], {}), tmp_path)).code == "no-nodes"


def test_all_unsupported_operators_are_listed(tmp_path: Path) -> None:
    """One run names every operator that is missing, with its node and what to do."""
    nodes = [
        helper.make_node("MatMul", ["x", "W"], ["h"], name="layer"),
        helper.make_node("NonZero", ["h"], ["a"], name="positions"),
        helper.make_node("FusedGemm", ["h", "W"], ["b"], name="fused", domain="com.microsoft"),
        helper.make_node("Tanhh", ["h"], ["y"]),
    ]
    findings = refusal(model(nodes, POINTS, ["y"], {"W": WEIGHT}), tmp_path)
    assert [finding.code for finding in findings] == ["unsupported-op"] * 3
    places = ["node 'positions' (NonZero)", "node 'fused' (FusedGemm)", "node 'Tanhh_3' (Tanhh)"]
    assert [finding.where for finding in findings] == [f"model.onnx, {place}" for place in places]
    assert "com.microsoft::FusedGemm" in findings[1].message
    assert "optimised for onnxruntime" in findings[1].hint
    assert "did you mean 'Tanh'" in findings[2].hint


@pytest.mark.parametrize("op", ["If", "Loop", "RNN", "LSTM"])
def test_control_flow_and_recurrence(op: str, tmp_path: Path) -> None:
    """They are refused by node name, with a hint of their own."""
    finding = only(refusal(model([helper.make_node(op, ["x"], ["y"], name="control")], POINTS, ["y"], {}), tmp_path))
    assert finding.code == "unsupported-op"
    assert "'control'" in finding.where
    assert finding.hint


def test_an_operator_newer_than_its_operator_set(tmp_path: Path) -> None:
    """An operator outside the versions that its converter knows is refused, not guessed."""
    finding = only(refusal(model([helper.make_node("Gelu", ["x"], ["y"])], POINTS, ["y"], {}, opset=17), tmp_path))
    assert finding.code == "unsupported-op"
    assert "20 to" in finding.hint


def test_an_operator_set_from_the_future(tmp_path: Path) -> None:
    """A newer operator set may change any operator."""
    finding = only(refusal(model([helper.make_node("Tanh", ["x"], ["y"])], POINTS, ["y"], {}, opset=99), tmp_path))
    assert finding.code == "unsupported-opset"
    assert "opset_version" in finding.hint


def external(folder: Path, location: str, **entries: str) -> onnx.ModelProto:
    """Return a model whose weight lies in another file."""
    proto = network()
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    pairs = {"location": location} | entries
    tensor.external_data.extend(onnx.StringStringEntryProto(key=key, value=value) for key, value in pairs.items())
    return proto


def test_missing_external_data(tmp_path: Path) -> None:
    """The weight and the file that is missing are named."""
    finding = only(refusal(external(tmp_path, "model.onnx.data"), tmp_path))
    assert finding.code == "missing-external-data"
    assert "'W'" in finding.where
    assert "model.onnx.data" in finding.message
    assert "copy" in finding.hint


def test_short_external_data(tmp_path: Path) -> None:
    """A data file that ends too early belongs to another model."""
    (tmp_path / "w.bin").write_bytes(b"1234")
    assert only(refusal(external(tmp_path, "w.bin"), tmp_path)).code == "missing-external-data"


@pytest.mark.parametrize("entries", [{"offset": "-4"}, {"length": "8"}, {"offset": "many"}, {"length": "9" * 30}])
def test_external_data_with_bad_numbers(entries: dict[str, str], tmp_path: Path) -> None:
    """Offsets and lengths must be numbers that fit the tensor."""
    (tmp_path / "w.bin").write_bytes(b"1" * 100)
    assert only(refusal(external(tmp_path, "w.bin", **entries), tmp_path)).code == "bad-tensor"


@pytest.mark.parametrize("kind", ["absolute", "parent", "hidden parent", "windows", "link", "linked folder", "empty"])
def test_external_data_outside_the_folder(kind: str, tmp_path: Path) -> None:
    """Nothing outside the model's folder is read, however it is spelt."""
    secret = tmp_path / "secret.bin"
    secret.write_bytes(WEIGHT.tobytes())
    folder = tmp_path / "models"
    (folder / "sub").mkdir(parents=True)
    (folder / "link.bin").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path)
    location = {
        "absolute": str(secret),
        "parent": "../secret.bin",
        "hidden parent": "sub/../../secret.bin",
        "windows": "C:\\secret.bin",
        "link": "link.bin",
        "linked folder": "linked/secret.bin",
        "empty": "",
    }[kind]
    finding = only(refusal(external(folder, location), folder))
    assert finding.code == "external-data-outside"
    assert "'W'" in finding.where


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite(value: float, tmp_path: Path) -> None:
    """A network whose training diverged is refused by the name of the weight."""
    weight = WEIGHT.copy()
    weight[0, 1] = value
    finding = only(refusal(network(W=weight), tmp_path))
    assert finding.code == "bad-weights"
    assert "'W'" in finding.where
    assert "1 of its 6 values" in finding.message


def test_computed_weights_that_are_not_finite(tmp_path: Path) -> None:
    """The same where the file computes the weight."""
    text = "g (float[N, 2] x) => (float[N, 3] y) { V = Log(W)  y = MatMul(x, V) }"
    proto = parsed(text)
    proto.graph.initializer.append(numpy_helper.from_array(-WEIGHT - 1, "W"))
    finding = only(refusal(proto, tmp_path))
    assert finding.code == "bad-weights"
    assert "MatMul" in finding.where


def test_an_enormous_input(tmp_path: Path) -> None:
    """An input of 10^12 elements is refused before it is made."""
    proto = model([helper.make_node("Tanh", ["x"], ["y"])], {"x": (FLOAT, [10**6, 10**6])}, ["y"], {})
    assert only(refusal(proto, tmp_path)).code == "too-large"


@pytest.mark.parametrize("op", ["ConstantOfShape", "Expand", "Tile", "Range"])
def test_an_enormous_constant(op: str, tmp_path: Path) -> None:
    """A few bytes that stand for 10^12 elements are refused before these are made."""
    weights: dict[str, Any] = {"size": np.asarray([10**6, 10**6]), "one": np.ones((1, 1), np.float32)}
    inputs = {"ConstantOfShape": ["size"], "Expand": ["one", "size"], "Tile": ["one", "size"], "Range": ["a", "b", "c"]}
    weights |= {"a": np.float32(0), "b": np.float32(1e12), "c": np.float32(1)}
    nodes = [helper.make_node(op, inputs[op], ["k"], name="large"), helper.make_node("Add", ["x", "k"], ["y"])]
    finding = only(refusal(model(nodes, {"x": (FLOAT, [1, 1])}, ["y"], weights), tmp_path))
    assert finding.code == "too-large"
    assert "'large'" in finding.where


def test_an_enormous_initializer(tmp_path: Path) -> None:
    """A tensor that declares 10^12 elements and has six is refused."""
    proto = network()
    del proto.graph.initializer[0].dims[:]
    proto.graph.initializer[0].dims.extend([10**6, 10**6])
    assert only(refusal(proto, tmp_path)).code == "too-large"


def test_data_that_do_not_fit_their_shape(tmp_path: Path) -> None:
    """Six values are no [2, 4]."""
    proto = network()
    proto.graph.initializer[0].dims[1] = 4
    finding = only(refusal(proto, tmp_path))
    assert finding.code == "bad-tensor"
    assert "'W'" in finding.where


@pytest.mark.parametrize("kind", [TensorProto.STRING, TensorProto.BFLOAT16, TensorProto.UINT16, TensorProto.COMPLEX64])
def test_element_types_that_the_ir_does_not_have(kind: int, tmp_path: Path) -> None:
    """They are refused by the name of the input."""
    finding = only(
        refusal(model([helper.make_node("Identity", ["x"], ["y"])], {"x": (kind, ["N"])}, ["y"], {}), tmp_path)
    )
    assert finding.code == "unsupported-type"
    assert "'x'" in finding.where
    assert "FLOAT" in finding.hint


@pytest.mark.parametrize("kind", ["sequence", "optional"])
def test_inputs_that_are_no_tensors(kind: str, tmp_path: Path) -> None:
    """Sequences and optionals are refused."""
    proto = model([helper.make_node("Identity", ["x"], ["y"])], POINTS, ["y"], {})
    tensor = helper.make_tensor_type_proto(FLOAT, [2])
    make = helper.make_sequence_type_proto if kind == "sequence" else helper.make_optional_type_proto
    proto.graph.input[0].type.CopyFrom(make(tensor))
    assert only(refusal(proto, tmp_path)).code == "unsupported-type"


def test_operands_that_do_not_fit(tmp_path: Path) -> None:
    """A weight of the wrong size is found at its node, with both types."""
    proto = model(
        [helper.make_node("MatMul", ["x", "W"], ["y"], name="layer")], {"x": (FLOAT, ["N", 5])}, ["y"], {"W": WEIGHT}
    )
    finding = only(refusal(proto, tmp_path))
    assert finding.code == "bad-operands"
    assert "'layer'" in finding.where
    assert "float32[N, 5]" in finding.message


def test_all_nodes_that_fail_are_listed(tmp_path: Path) -> None:
    """Two mistakes give two findings; what depends on them gives none."""
    nodes = [
        helper.make_node("Reshape", ["x", "three"], ["a"], name="first"),
        helper.make_node("Transpose", ["x"], ["b"], name="second", perm=[0, 0]),
        helper.make_node("Add", ["a", "b"], ["y"], name="third"),
    ]
    findings = refusal(model(nodes, POINTS, ["y"], {"three": np.asarray([3, 3])}), tmp_path)
    assert [finding.where.split("'")[1] for finding in findings] == ["first", "second"]


def test_cycles_and_undefined_values(tmp_path: Path) -> None:
    """What can never be computed is named."""
    nodes = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Tanh", ["a"], ["b"])]
    findings = refusal(model(nodes, POINTS, ["b"], {}), tmp_path)
    assert {finding.code for finding in findings} == {"bad-model"}
    assert "cycle" in findings[0].hint


def test_values_made_twice(tmp_path: Path) -> None:
    """A name must stand for one value."""
    nodes = [helper.make_node("Tanh", ["x"], ["y"]), helper.make_node("Sin", ["x"], ["y"])]
    finding = only(refusal(model(nodes, POINTS, ["y"], {}), tmp_path))
    assert (finding.code, "'y'" in finding.message) == ("bad-model", True)


def test_training_mode(tmp_path: Path) -> None:
    """A network exported while training is reported as such."""
    nodes = [helper.make_node("BatchNormalization", ["x", *"abcd"], ["y"], training_mode=1)]
    weights = {name: np.ones(2, np.float32) for name in "abcd"}
    finding = only(refusal(model(nodes, POINTS, ["y"], weights), tmp_path))
    assert (finding.code, "eval" in finding.hint) == ("training-mode", True)


def test_open_sizes_that_fit_nothing(tmp_path: Path) -> None:
    """Where no number of columns fits, a fixed shape is asked for."""
    nodes = [helper.make_node("MatMul", ["x", "A"], ["a"]), helper.make_node("MatMul", ["x", "B"], ["b"])]
    nodes.append(helper.make_node("Add", ["a", "b"], ["y"]))
    weights = {"A": np.ones((2, 3), np.float32), "B": np.ones((4, 3), np.float32)}
    findings = refusal(model(nodes, {"x": (FLOAT, ["N", None])}, ["y"], weights), tmp_path)
    assert findings[-1].code == "unknown-shape"
    assert "'x'" in findings[-1].where


def test_slices_by_points(tmp_path: Path) -> None:
    """Bounds that depend on data are refused with what is missing."""
    proto = parsed("g (float[N, 2] x, int64[1] e) => (float[M, 2] y) { y = Slice(x, e, e) }")
    finding = only(refusal(proto, tmp_path))
    assert finding.code == "unsupported-operand"
    assert "computed starts" in finding.message


def test_a_model_that_onnxruntime_refuses(tmp_path: Path) -> None:
    """What cannot be checked is not imported: here operands of two types, which NumPy would join."""
    proto = parsed("g (float[N, 2] x, double[N, 2] z) => (double[N, 2] y) { y = Add(x, z) }")
    finding = only(refusal(proto, tmp_path))
    assert finding.code == "oracle-failed"
    assert "onnxruntime" in finding.message


def test_an_import_that_differs_is_refused_where_it_first_differs(tmp_path: Path) -> None:
    """If a graph computes something else than the file, the first node that differs is named."""
    path = tmp_path / "model.onnx"
    path.write_bytes(network().SerializeToString())
    graph = FRONTEND.load(path)
    path.write_bytes(network(W=WEIGHT * np.float32(1.01)).SerializeToString())
    with pytest.raises(ModelError) as caught:
        Oracle(read(path)).check(graph)
    finding = only(caught.value.diagnostics)
    assert finding.code == "import-differs"
    assert "node 'layer'" in finding.where


def test_the_bound_of_the_oracle(tmp_path: Path) -> None:
    """Differences beyond 1e-5 of the largest output are found, smaller ones are rounding."""
    graph = load(network(), tmp_path)
    feeds = {"x": np.asarray([[0.3, -0.8]], np.float32)}
    theirs = np.tanh(feeds["x"] @ WEIGHT)
    scale = np.float32(np.max(np.abs(theirs)))
    assert compare(graph, feeds, {"y": theirs + scale * np.float32(0.9e-5)}) is None
    assert isinstance(compare(graph, feeds, {"y": theirs + scale * np.float32(2e-5)}), Disagreement)
    assert isinstance(compare(graph, feeds, {"y": theirs.astype(np.float64)}), Disagreement)
    assert isinstance(compare(graph, feeds, {"y": np.full_like(theirs, np.nan)}), Disagreement)


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Warnings of onnxruntime stay off the terminal, such as that of a wrongly declared output."""
    proto = network()
    proto.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", FLOAT, [1, 7]))
    load(proto, tmp_path)
    assert capfd.readouterr() == ("", "")


def damaged(content: bytes, seed: int) -> bytes:
    """Return a model with one bit flipped, or cut off."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    if seed % 6 == 5:
        return content[: chance.randrange(len(content))]
    position = chance.randrange(8 * len(content))
    changed = bytearray(content)
    changed[position // 8] ^= 1 << position % 8
    return bytes(changed)


def findings_of(path: Path) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a file; nothing where it can be imported."""
    try:
        FRONTEND.load(path)
    except SnnirError as error:
        return error.diagnostics
    return ()


@pytest.mark.parametrize("which", ["dense", "shapes"])
def test_any_flipped_bit_is_a_refusal_or_a_correct_import(which: str, tmp_path: Path) -> None:
    """No damage leads to a traceback; what is imported has passed the check against onnxruntime."""
    proto = network()
    if which == "shapes":
        text = """g (float[N, 2] x) => (float[P, 4] y) {
            s = Shape(x)  r = Slice(s, zero, one)  k = Concat<axis = 0>(r, one)  f = ConstantOfShape(k)
            c = Concat<axis = 1>(x, f, f)  t = Reshape(c, target)  n, m = Split<axis = 1>(t, sizes)
            u = Einsum<equation = "bi,bi->b">(n, m)  w = Unsqueeze(u, one)  e = Expand(w, four)  y = Clip(e) }"""
        proto = parsed(text)
        arrays = {"zero": [0], "one": [1], "target": [-1, 4], "sizes": [2, 2], "four": [1, 4]}
        proto.graph.initializer.extend(numpy_helper.from_array(np.asarray(a), name) for name, a in arrays.items())
    content = proto.SerializeToString()
    path = tmp_path / "model.onnx"
    imported = 0
    for seed in range(240):
        path.write_bytes(damaged(content, seed))
        findings = findings_of(path)
        assert all(finding.code and finding.message for finding in findings)
        assert not any(finding.code == "import-differs" for finding in findings)
        imported += not findings
    assert 3 < imported < 200
