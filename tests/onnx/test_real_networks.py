"""What ONNX files of scientific networks hold: each is imported exactly, or refused with the reason and a way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, reference

from snnir.analysis import find_layers
from snnir.errors import ModelError
from snnir.ir import verify
from snnir.passes.base import Context, run_passes
from snnir.passes.canonicalise import Canonicalise
from snnir.passes.fold import Fold
from snnir.semantics import evaluate
from snnir.semantics.infer import infer
from snnir.text import parse_graph, print_graph, tensors_of
from snnir.types import Array
from snnir_onnx import FRONTEND
from tests.onnx.common import agree, load, model, ops, parsed, session
from tests.support import failure

FLOAT, HALF, DOUBLE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE
RANDOM = np.random.default_rng(5)


def weight(*shape: int, dtype: Any = np.float32) -> Array:
    """Return random weights."""
    return RANDOM.normal(0, 0.6, shape).astype(dtype)


def node(op: str, sources: str, made: str, /, **attributes: Any) -> onnx.NodeProto:
    """Return a node that reads and makes values named between blanks."""
    return helper.make_node(op, sources.split(), made.split(), **attributes)


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
    np.testing.assert_allclose(evaluate(graph, {"x": x})["u"], np.asarray(expected), rtol=1e-6)
    assert graph.source is not None
    assert graph.source.checked_by == "onnx.reference"
    assert parse_graph(print_graph(graph), tensors_of(graph)).source == graph.source


def test_attributes_are_of_single_precision(tmp_path: Path) -> None:
    """A slope that the file leaves out is the single-precision 0.01 in a network of doubles, too."""
    agree(model([node("LeakyRelu", "x", "u")], {"x": (DOUBLE, ["N", 2])}, ["u"], {}), tmp_path)


def test_identities_and_casts_to_what_is_there_already(tmp_path: Path) -> None:
    """Chains of Identity, on weights too, and CastLike, as the exporter of torch writes them unoptimised, vanish."""
    nodes = [node("Identity", "A", "A1"), node("Identity", "A1", "A2"), node("CastLike", "A2 x", "A3")]
    nodes += [node("Identity", "x", "x1"), node("CastLike", "x1 A", "x2"), node("MatMul", "x2 A3", "z")]
    nodes += [node("CastLike", "two z", "k"), node("Mul", "z k", "y"), node("Identity", "y", "u")]
    weights = {"A": weight(2, 3), "two": np.asarray(2, np.int64)}
    assert ops(agree(model(nodes, {"x": (FLOAT, ["N", 2])}, ["u"], weights), tmp_path)) == ["dense", "mul"]


def test_fixed_batches_of_several_inputs(tmp_path: Path) -> None:
    """Three inputs of fixed sizes, two of them sharing an axis, take any numbers: a DeepONet on a grid."""
    proto = parsed("""g (float[3, 4] f, float[3, 4] g, float[5, 2] x) => (float[3, 5] u) {
        a = MatMul(f, A)  b = MatMul(g, A)  c = MatMul(x, B)  u = Einsum<equation = "bi,bi,ni->bn">(a, b, c) }""")
    weights = {"A": weight(4, 6), "B": weight(2, 6)}
    proto.graph.initializer.extend(onnx.numpy_helper.from_array(array, name) for name, array in weights.items())
    graph = load(proto, tmp_path)
    shapes = [value.type.shape for value in graph.inputs]
    assert shapes[0] == shapes[1]
    assert len({shape[0] for shape in shapes} - {3, 5}) == 2
    feeds = {name: RANDOM.uniform(-1, 1, shape) for name, shape in {"f": (7, 4), "g": (7, 4), "x": (2, 2)}.items()}
    feeds = {name: array.astype(np.float32) for name, array in feeds.items()}
    expected = (feeds["f"] @ weights["A"]) * (feeds["g"] @ weights["A"]) @ (feeds["x"] @ weights["B"]).T
    np.testing.assert_allclose(evaluate(graph, feeds)["u"], expected, 1e-5, 1e-6)


def test_onnxruntime_is_the_usual_check(tmp_path: Path) -> None:
    """A graph records the program that it was compared with."""
    graph = agree(model([node("Tanh", "x", "u")], {"x": (FLOAT, ["N", 2])}, ["u"], {}), tmp_path)
    assert graph.source is not None
    assert graph.source.checked_by == "onnxruntime"


def layers(dtype: Any = np.float32, gain: float = 1.0) -> tuple[list[onnx.NodeProto], dict[str, Array]]:
    """Return the nodes of a network from x to u with two hidden layers, and its weights."""
    nodes = [node("Gemm", "x A a", "z1"), node("Tanh", "z1", "h1"), node("Gemm", "h1 B b", "z2")]
    nodes += [node("Tanh", "z2", "h2"), node("Gemm", "h2 C c", "u")]
    weights = {"A": weight(2, 8) * gain, "a": weight(8), "B": weight(8, 8), "b": weight(8), "C": weight(8, 1)}
    return nodes, {name: array.astype(dtype) for name, array in (weights | {"c": weight(1)}).items()}


@pytest.mark.parametrize("gain", [1.0, 30.0])
def test_half_precision_is_computed_in_single(gain: float, tmp_path: Path) -> None:
    """A float16 model, whose dense layers could not spike, is imported in float32, with a note (real-networks 12)."""
    nodes, weights = layers(np.float16, gain)
    graph = load(model(nodes, {"x": (HALF, ["N", 2])}, ["u"], weights), tmp_path)
    assert {kind.dtype for kind in graph.types.values()} == {"float32"}
    assert graph.source is not None
    assert graph.source.notes == ("computed in float32 where the file computes in float16",)
    single = {name: array.astype(np.float32) for name, array in weights.items()}
    exact = session(model(nodes, {"x": (FLOAT, ["N", 2])}, ["u"], single).SerializeToString())
    x = RANDOM.uniform(-1, 1, (9, 2)).astype(np.float32)
    np.testing.assert_allclose(evaluate(graph, {"x": x})["u"], np.asarray(exact.run(None, {"x": x})[0]), 1e-5, 1e-6)


def test_half_precision_between_casts(tmp_path: Path) -> None:
    """Converted models with float32 inputs and outputs lose the casts to float16 and back."""
    nodes, weights = layers(np.float16)
    nodes[0].input[0], nodes[-1].output[0] = "x16", "u16"
    nodes = [node("Cast", "x", "x16", to=HALF), *nodes, node("Cast", "u16", "u", to=FLOAT)]
    proto = model(nodes, {"x": (FLOAT, ["N", 2])}, ["u"], weights)
    graph = load(proto, tmp_path)
    assert "cast" not in ops(graph)
    x = RANDOM.uniform(-1, 1, (9, 2)).astype(np.float32)
    (expected,) = session(proto.SerializeToString()).run(None, {"x": x})
    np.testing.assert_allclose(evaluate(graph, {"x": x})["u"], np.asarray(expected), rtol=0, atol=5e-3)


def test_weights_stored_in_half_precision(tmp_path: Path) -> None:
    """A file that only stores its weights in float16 computes in float32, and is compared as such."""
    nodes, weights = layers()
    nodes.insert(0, node("Cast", "A16", "A", to=FLOAT))
    weights["A16"] = weights.pop("A").astype(np.float16)
    graph = agree(model(nodes, {"x": (FLOAT, ["N", 2])}, ["u"], weights), tmp_path)
    assert graph.source is not None
    assert graph.source.notes == ()


POINT_MODELS = {
    "dense": ("float[8] x) => (float[3] u) { z = MatMul(x, A)  y = Add(z, a)  h = Tanh(y)  u = MatMul(h, B) }"),
    "gemm": (
        """float[8] x) => (float[3] u) { r = Unsqueeze(x, k0)  z = Gemm(r, A, a)  h = Tanh(z)  v = MatMul(h, B)
        u = Squeeze(v, k0) }"""
    ),
    "reshaped": ("float[8] x) => (float[3] u) { r = Reshape(x, k18)  h = MatMul(r, A)  u = MatMul(h, B) }"),
    "columns": (
        """float[8] x) => (float[9] u) { l = Slice(x, k0, k2)  r = Gather(x, g)  s = Sin(l)
        c = Concat<axis = 0>(s, r, x, a)  w = Slice(c, k0, k9)  m = ReduceMean<axes = [0]>(w)  u = Mul(w, m) }"""
    ),
    "elements": (
        """float[8] x) => (float q, float[1] p) { e = Gather(x, i)  f = Gather(x, j)  q = Mul(e, f)
        p = Unsqueeze(q, k0) }"""
    ),
    "outer": (
        """float[8] x, float[5] t) => (float[6, 5] u, float[5, 6] v) { z = MatMul(x, A)  c = Unsqueeze(z, k1)
        u = Mul(c, t)  v = Transpose(u) }"""
    ),
    "contracted": (
        """float[8] x, float[8] t) => (float u, float[8] v, float[2, 4] w) { u = Einsum<equation = "i,i->">(x, t)
        s = Softmax(x)  v = Sub(s, t)  w = Reshape(v, k24) }"""
    ),
    "scalars": (
        """float x, float t) => (float[5] u) { e = Unsqueeze(x, k0)  f = Unsqueeze(t, k0)
        c = Concat<axis = 0>(e, f)  z = MatMul(c, C)  u = Tanh(z) }"""
    ),
    "stack": (
        """float[8] x) => (float[4, 1, 3] u) { r = Expand(x, k418)  p = Transpose<perm = [0, 2, 1]>(r)
        z = MatMul(V, p)  a1, b1 = Split<axis = 1>(z, k33)  w = Add(a1, b1)  u = Transpose<perm = [0, 2, 1]>(w) }"""
    ),
}
"""Networks of one point: inputs are vectors or scalars."""
CONSTANTS: dict[str, Array] = {
    "A": weight(8, 6),
    "a": weight(6),
    "B": weight(6, 3),
    "C": weight(2, 5),
    "V": weight(6, 8),
    "g": np.asarray([5, 1, 1]),
    "i": np.asarray(2),
    "j": np.asarray(-1),
    "k0": np.asarray([0]),
    "k1": np.asarray([1]),
    "k2": np.asarray([2]),
    "k9": np.asarray([9]),
    "k18": np.asarray([1, 8]),
    "k24": np.asarray([2, 4]),
    "k33": np.asarray([3, 3]),
    "k418": np.asarray([4, 1, 8]),
}


def point_model(body: str) -> onnx.ModelProto:
    """Return a model from the text of its inputs, outputs and nodes."""
    proto = parsed(f"g ({body}")
    used = {name for each in proto.graph.node for name in each.input}
    stored = [onnx.numpy_helper.from_array(array, name) for name, array in CONSTANTS.items() if name in used]
    proto.graph.initializer.extend(stored)
    return proto


@pytest.mark.parametrize("name", POINT_MODELS)
def test_inputs_that_are_one_point(name: str, tmp_path: Path) -> None:
    """A model of vectors and scalars, one point, takes any number of them, each as in onnxruntime (users, last row)."""
    proto = point_model(POINT_MODELS[name])
    graph = load(proto, tmp_path)
    runtime = session(proto.SerializeToString())
    given = {value.name: tuple(value.shape) for value in runtime.get_inputs()}
    assert {value.name: value.type.shape for value in graph.inputs} == {n: ("N", *s) for n, s in given.items()}
    for count in (1, 4):
        feeds = {n: RANDOM.uniform(-1, 1, (count, *s)).astype(np.float32) for n, s in given.items()}
        ours = evaluate(graph, feeds)
        for row in range(count):
            theirs = runtime.run(None, {n: np.asarray(array[row]) for n, array in feeds.items()})
            for output, expected in zip(graph.outputs, theirs, strict=True):
                np.testing.assert_allclose(ours[output][row], np.asarray(expected), 1e-5, 1e-6)
    verify(infer(graph))
    assert infer(graph) == graph


def pipeline(steps: list[onnx.NodeProto], columns: dict[str, int]) -> onnx.ModelProto:
    """Return a model of steps of ``ai.onnx.ml`` from columns to u."""
    for each in steps:
        each.domain = "ai.onnx.ml" if each.op_type not in {"Tanh", "Identity"} else ""
    proto = model(steps, {name: (FLOAT, ["N", count]) for name, count in columns.items()}, ["u"], {})
    proto.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    return proto


@pytest.mark.parametrize(
    "step",
    [
        node("Scaler", "x", "u", offset=[0.5, -1.0, 2.0], scale=[2.0, 0.5, 1.5]),
        node("Normalizer", "x", "u", norm="L1"),
        node("Normalizer", "x", "u", norm="L2"),
        node("Normalizer", "x", "u", norm="MAX"),
        node("Imputer", "x", "u", imputed_value_floats=[0.5, 1.5, 2.5], replaced_value_float=float("nan")),
        node("Imputer", "x", "u", imputed_value_floats=[7.0], replaced_value_float=0.0),
        node("Binarizer", "x", "u", threshold=0.25),
        node(
            "LinearRegressor", "x", "u", coefficients=[1.0, -2.0, 0.5, 3.0, 0.0, 1.0], intercepts=[1.0, -1.0], targets=2
        ),
    ],
    ids=lambda step: step.op_type,
)
def test_steps_of_scikit_learn(step: onnx.NodeProto, tmp_path: Path) -> None:
    """Steps of a pipeline compute what onnxruntime computes, rows of zeros and missing values included."""
    proto = pipeline([step], {"x": 3})
    graph = agree(proto, tmp_path)
    x = np.asarray([[0, 0, 0], [np.nan, 1, 0], [-1, -2, -3], [0.25, -0.25, 0]], np.float32)
    x = x[::2] if step.op_type in {"Binarizer", "Normalizer", "Scaler"} else x
    (expected,) = session(proto.SerializeToString()).run(None, {"x": x})
    np.testing.assert_allclose(evaluate(graph, {"x": x})["u"], np.asarray(expected), 1e-6, 1e-6)


def test_a_pipeline_of_named_columns(tmp_path: Path) -> None:
    """Named columns, joined and chosen from, are a network of several inputs (real-networks, missing)."""
    steps = [node("FeatureVectorizer", "p q", "f", inputdimensions=[1, 2]), node("Identity", "f", "g")]
    steps += [node("Identity", "g", "h"), node("ArrayFeatureExtractor", "h places", "u")]
    proto = pipeline(steps, {"p": 1, "q": 2})
    proto.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray([2, 0]), "places"))
    assert ops(agree(proto, tmp_path)) == ["concat", "gather"]


@pytest.mark.parametrize(
    ("op", "domain", "fragment"),
    [
        ("LabelEncoder", "ai.onnx.ml", "encode them before the model"),
        ("OneHotEncoder", "ai.onnx.ml", "encode them before the model"),
        ("TreeEnsembleRegressor", "ai.onnx.ml", "MLPRegressor"),
        ("ZipMap", "ai.onnx.ml", "zipmap"),
        ("ArgMax", "", "hand back the values"),
        ("MaxPool", "", "pooling"),
        ("ConvTranspose", "", "transposed convolutions"),
        ("MatMulInteger", "", "give the float model"),
        ("DynamicQuantizeLinear", "", "give the float model"),
        ("QGemm", "com.microsoft", "give the float model"),
        ("FusedGemm", "com.microsoft", "optimised for onnxruntime"),
    ],
)
def test_operators_are_refused_with_the_reason(op: str, domain: str, fragment: str, tmp_path: Path) -> None:
    """An operator of ONNX is no misspelt one: its own hint, and no ``did you mean`` (real-networks 17)."""
    proto = model([helper.make_node(op, ["x"], ["u"], domain=domain)], {"x": (FLOAT, ["N", 2])}, ["u"], {})
    proto.opset_import.extend(helper.make_opsetid(name, 1) for name in ("ai.onnx.ml", "com.microsoft"))
    (finding,) = failure(lambda: load(proto, tmp_path), ModelError).diagnostics
    assert finding.code == "unsupported-op"
    assert fragment in finding.hint
    assert "did you mean" not in finding.hint


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 123456\n"


def test_pointers_of_git_lfs(tmp_path: Path) -> None:
    """A model, or its data, that Git LFS never fetched is distinguished from a damaged one (real-networks 17)."""
    path = tmp_path / "model.onnx"
    path.write_bytes(POINTER)
    (finding,) = failure(lambda: FRONTEND.load(path), ModelError).diagnostics
    assert "git lfs pull" in finding.hint
    nodes, weights = layers()
    proto = model(nodes, {"x": (FLOAT, ["N", 2])}, ["u"], weights)
    onnx.save(proto, path, save_as_external_data=True, location="model.data", size_threshold=0)
    (tmp_path / "model.data").write_bytes(POINTER)
    findings = failure(lambda: FRONTEND.load(path), ModelError).diagnostics
    assert all("git lfs pull" in finding.hint and finding.code == "missing-external-data" for finding in findings)


def test_one_missing_file_is_one_finding(tmp_path: Path) -> None:
    """The data file of six tensors is missing once, not six times (real-networks 17)."""
    nodes, weights = layers()
    path = tmp_path / "model.onnx"
    proto = model(nodes, {"x": (FLOAT, ["N", 2])}, ["u"], weights)
    onnx.save(proto, path, save_as_external_data=True, location="model.data", size_threshold=0)
    (tmp_path / "model.data").unlink()
    (finding,) = failure(lambda: FRONTEND.load(path), ModelError).diagnostics
    assert finding.where == "model.onnx, tensors 'A', 'a', 'B' and 3 more"
    assert "'model.data' is not there" in finding.message


@pytest.mark.parametrize(
    ("shape", "fragment"), [(["N", 5], "5 columns cannot meet 2 rows"), ([], "a scalar is no matrix")]
)
def test_matrices_that_do_not_fit_are_reported_in_plain_words(shape: list[Any], fragment: str, tmp_path: Path) -> None:
    """Neither NumPy's signatures nor its core dimensions are shown (real-networks 17)."""
    proto = model([node("MatMul", "x A", "u")], {"x": (FLOAT, shape)}, ["u"], {"A": weight(2, 3)})
    (finding,) = failure(lambda: load(proto, tmp_path), ModelError).diagnostics
    assert (finding.code, "gufunc" in finding.message) == ("bad-operands", False)
    assert fragment in finding.message


IN_PLACE = {
    # x[:, 1] = log(x[:, 1] + 2), by rows and columns: torch's TorchScript exporter.
    "rows and a column": """c = Gather<axis = 1>(x, one)  s = Add(c, two)  l = Log(s)  sh = Shape(x)
        n = Gather(sh, zero)  r = Range(zero, n, one)  rs = Reshape(r, column)  re = Unsqueeze(rs, last)
        n1 = Unsqueeze(n, k0)  k = Concat<axis = 0>(n1, k1)  ks = Expand(one, k)  ke = Unsqueeze(ks, last)
        i = Concat<axis = -1>(re, ke)  v = Reshape(l, column)  u = ScatterND(x, i, v)""",
    # The same by elements: torch's default exporter.
    "elements": """c = Gather<axis = 1>(x, one)  s = Add(c, two)  l = Log(s)  v = Unsqueeze(l, k1)  sv = Shape(v)
        i = Expand(one, sv)  u = ScatterElements<axis = 1>(x, i, v)""",
    # x[:, 1:3] = sin(x[:, 0:2]), transposed, one column named twice: the last one counts.
    "transposed": """t = Transpose(x)  c = Gather<axis = 0>(t, three)  s = Sin(c)  v = ScatterND(t, places, s)
        u = Transpose(v)""",
    "gathered": "t = Transpose(x)  v = GatherND(t, places)  s = Sin(v)  u = Transpose(s)",
    "everything": """s = Sin(x)  sh = Shape(x)  n = Gather(sh, zero)  r = Range(zero, n, one)  i = Unsqueeze(r, last)
        u = ScatterND(x, i, s)""",
}
"""Bodies of networks that assign in place."""
PLACES = {
    "zero": 0, "one": 1, "k0": [0], "k1": [1], "last": [-1], "column": [-1, 1], "three": [0, 1, 1],
    "places": [[1], [2], [-2]],
}  # fmt: skip


@pytest.mark.parametrize("name", IN_PLACE)
def test_assignments_in_place(name: str, tmp_path: Path) -> None:
    """Columns that are assigned to are imported as both exporters of torch write them (real-networks, missing)."""
    proto = parsed(f"g (float[N, 3] x) => (float[N, 3] u) {{ {IN_PLACE[name]} }}")
    stored = [onnx.numpy_helper.from_array(np.asarray(array), given) for given, array in PLACES.items()]
    proto.graph.initializer.extend([*stored, onnx.numpy_helper.from_array(np.float32(2), "two")])
    assert not {"shape", "range"} & set(ops(agree(proto, tmp_path, low=-1, high=1)))


def test_assignments_to_single_elements(tmp_path: Path) -> None:
    """Elements of a point of fixed shape are assigned to one by one."""
    proto = parsed("g (float[2, 3] x) => (float[2, 3] u) { s = Sin(v)  u = ScatterND(x, i, s) }")
    arrays = {"i": np.asarray([[1, 2], [0, -3], [1, 0]]), "v": np.asarray([1, 2, 3], np.float32)}
    proto.graph.initializer.extend(onnx.numpy_helper.from_array(array, name) for name, array in arrays.items())
    agree(proto, tmp_path)


@pytest.mark.parametrize(
    ("body", "fragment"),
    [
        ("float[N, 3] x, int64[1, 1] i) => (float[N, 3] u) { u = ScatterND(x, i, v) }", "computed indices"),
        ('float[N, 3] x) => (float[N, 3] u) { u = ScatterND<reduction = "add">(x, k, v) }', "reduction='add'"),
        ("float[N, 3] x) => (float[N, 3] u) { u = ScatterND(x, k, v) }", "open size"),
        ("float[N, 3] x) => (float[N, 3] u) { u = ScatterElements<axis = 1>(x, m, w) }", "differ between rows"),
    ],
)
def test_other_assignments_are_refused(body: str, fragment: str, tmp_path: Path) -> None:
    """Places that data decide, sums, and single rows of any number are refused with the reason and a way out."""
    proto = parsed(f"g ({body}", opset=18)
    arrays = {"k": np.asarray([[1]]), "v": weight(1, 3), "m": np.asarray([[1, 0], [0, 1]]), "w": weight(2, 2)}
    proto.graph.initializer.extend(onnx.numpy_helper.from_array(array, name) for name, array in arrays.items())
    (finding,) = failure(lambda: load(proto, tmp_path), ModelError).diagnostics
    assert finding.code == "unsupported-operand"
    assert fragment in finding.message
    assert "torch.cat" in finding.hint


@pytest.mark.parametrize("shared", [True, False])
def test_ensembles_as_stacks_of_matrices(shared: bool, tmp_path: Path) -> None:
    """Members whose weights are stacked, as in a batched product, are dense layers side by side (real-networks)."""
    nodes = [node("MatMul", "x P" if shared else "e P", "m"), node("Add", "m p", "z"), node("Tanh", "z", "h")]
    nodes += [node("MatMul", "h Q", "o"), node("ReduceMean", "o", "u", axes=[0], keepdims=0)]
    nodes = nodes if shared else [node("Unsqueeze", "x k0", "r"), node("Expand", "r sizes", "e"), *nodes]
    weights = {"P": weight(4, 2, 8), "p": weight(4, 1, 8), "Q": weight(4, 8, 1), "k0": np.asarray([0])}
    weights["sizes"] = np.asarray([4, 1, 1])
    graph = agree(model(nodes, {"x": (FLOAT, ["N", 2])}, ["u"], weights), tmp_path)
    canonical = run_passes(graph, [Fold(), Canonicalise()], Context({}))
    assert [layer.width for layer in find_layers(canonical)] == [32]


def quantised(kind: Any, seed: int) -> onnx.ModelProto:
    """Return a network of int8 weights, one scale for each output, whose activations go through integers."""
    random = np.random.default_rng(seed)
    weights: dict[str, Any] = {"s": np.float32(1 / 64), "z": np.asarray(np.iinfo(kind).min + 128, kind)}
    nodes: list[onnx.NodeProto] = []
    value = "x"
    for layer, (rows, columns) in enumerate([(2, 16), (16, 16), (16, 1)]):
        nodes += [
            node("QuantizeLinear", f"{value} s z", f"q{layer}"),
            node("DequantizeLinear", f"q{layer} s z", f"d{layer}"),
        ]
        nodes += [node("DequantizeLinear", f"W{layer} c{layer}", f"V{layer}", axis=0)]
        nodes += [
            node("Gemm", f"d{layer} V{layer} b{layer}", f"z{layer}", transB=1),
            node("Tanh", f"z{layer}", f"t{layer}"),
        ]
        weights[f"W{layer}"] = random.integers(-127, 128, (columns, rows)).astype(np.int8)
        weights[f"c{layer}"] = random.uniform(0.01, 0.02, columns).astype(np.float32)
        weights[f"b{layer}"] = random.normal(size=columns).astype(np.float32)
        value = f"t{layer}"
    nodes[-1].output[0] = "u"
    return model(nodes, {"x": (FLOAT, ["N", 2])}, ["u"], weights)


@pytest.mark.parametrize("kind", [np.int8, np.uint8])
def test_quantised_networks_are_imported_as_they_compute(kind: Any, tmp_path: Path) -> None:
    """Weights are the floats that they stand for, activations staircases, layers stay layers (real-networks)."""
    graph = agree(quantised(kind, 0), tmp_path)
    canonical = run_passes(graph, [Fold(), Canonicalise()], Context({}))
    assert [layer.width for layer in find_layers(canonical)] == [16, 16]
    assert graph.source is not None
    assert graph.source.notes == ()


def test_activations_between_two_integers(tmp_path: Path) -> None:
    """Another order of summation may round an activation to the next integer; that is no other network."""
    for seed in range(12):
        load(quantised(np.int8, seed), tmp_path)


@pytest.mark.parametrize(("zero", "block"), [(np.uint16(0), 0), (np.int8(0), 2)])
def test_other_quantised_networks_are_refused(zero: Any, block: int, tmp_path: Path) -> None:
    """Integers that the IR does not have, and scales by block, are refused, and the float model asked for."""
    nodes = [node("QuantizeLinear", "x s z", "q", block_size=block), node("DequantizeLinear", "q s z", "u")]
    scale = np.ones((2, 1), np.float32) if block else np.float32(0.1)
    zeros = np.zeros((2, 1), np.int8) if block else zero
    proto = model(nodes, {"x": (FLOAT, [2, 2])}, ["u"], {"s": scale, "z": zeros}, opset=21, ir_version=10)
    finding = failure(lambda: load(proto, tmp_path), ModelError).diagnostics[0]
    assert finding.code in {"unsupported-type", "unsupported-operand"}
    assert "give the float model" in finding.hint
