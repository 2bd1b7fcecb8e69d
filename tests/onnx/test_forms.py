"""The forms that exporters other than torch write, and the corners of single operators, compared with onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from snnir.errors import ModelError
from snnir.ir import Value
from snnir.ops import Constant, Dense
from snnir.semantics import evaluate
from snnir.semantics.infer import assignments
from snnir.types import ValueType
from snnir_onnx.convert import convert
from snnir_onnx.reader import read
from tests.onnx.common import agree, draw, load, model, ops, parsed, session

FLOAT = TensorProto.FLOAT
RANDOM = np.random.default_rng(11)
SIZES = {"W": (2, 4), "U": (4, 4), "V": (4, 1), "WT": (4, 2), "b": (1, 4), "c": (1, 4), "d": (1, 1), "n": (4,), "s": ()}
WEIGHTS = {name: RANDOM.normal(size=shape).astype(np.float32) for name, shape in SIZES.items()}


def filled(text: str, **given: Any) -> onnx.ModelProto:
    """Return the model of a text; operands that it names like `WEIGHTS` become initializers."""
    proto = parsed(text, opset=given.pop("opset", 17), ml=given.pop("ml", False))
    used = {name for node in proto.graph.node for name in node.input}
    arrays = {**WEIGHTS, **{name: np.asarray(array) for name, array in given.items()}}
    proto.graph.initializer.extend(numpy_helper.from_array(a, name) for name, a in arrays.items() if name in used)
    return proto


def f32(*numbers: float) -> np.ndarray[Any, Any]:
    """Return numbers in single precision."""
    return np.asarray(numbers, np.float32)


def i64(*numbers: int) -> np.ndarray[Any, Any]:
    """Return integers."""
    return np.asarray(numbers, np.int64)


HEAD = "g (float[N, 2] x) => (float[N, 1] y)"
TWO_LAYERS = "h = MatMul(x, W)  z = Add(h, b)  t = {act}  m = MatMul(t, V)  y = Add(m, d)"
JAX = {
    "mlp_tanh_pure": TWO_LAYERS.format(act="Tanh(z)"),
    "mlp_tanh_flax": "z = Gemm(x, W, n)  t = Tanh(z)  y = Gemm(t, V, s)",
    "mlp_silu": TWO_LAYERS.format(act="Sigmoid(z)  t0 = Mul(z, t)").replace("MatMul(t, V)", "MatMul(t0, V)"),
    "mlp_softplus": TWO_LAYERS.format(act="Softplus(z)"),
    "mlp_elu": TWO_LAYERS.format(act="Elu(z)"),
    "siren": "h = MatMul(x, W)  z = Add(h, b)  o = Mul(z, s)  t = Sin(o)  m = MatMul(t, V)  y = Add(m, d)",
    "adaptive_tanh": "h = MatMul(x, W)  z = Add(h, b)  o = Mul(z, s)  t = Tanh(o)  m = MatMul(t, V)  y = Add(m, d)",
    "fourier": "p = Gemm(x, W)  c0 = Cos(p)  q = Gemm(x, W)  s0 = Sin(q)  e = Concat<axis = -1>(c0, s0)"
    "  h = MatMul(e, E)  z = Add(h, b)  t = Tanh(z)  m = MatMul(t, V)  y = Add(m, d)",
    "modified_mlp": "u0 = Gemm<beta = 0.0>(x, W, s)  u1 = Add(u0, b)  u = Tanh(u1)  v0 = Gemm<beta = 0.0>(x, W, s)"
    "  v1 = Add(v0, c)  v = Tanh(v1)  h0 = Mul(u, u)  k = Sub(one, u)  k0 = Mul(k, v)  h = Add(h0, k0)"
    "  y0 = Gemm<beta = 0.0>(h, V, s)  y = Add(y0, d)",
    "norm_hard": "l0 = Concat<axis = 0>(lo, lo)  l1 = Reshape(l0, pair)  l = Expand(l1, row)  r = Sub(x, l)"
    "  q = Div(r, two)  w = Sub(q, one)  h = MatMul(w, W)  z = Add(h, b)  t = Tanh(z)  m = MatMul(t, V)"
    "  a = Slice(x, zero, step, step)  k = Sub(a, one)  y = Mul(m, k)",
    "u_x_grad_vmap": "h0 = Gemm<beta = 0.0>(x, W, s)  h1 = Add(h0, b)  h = Tanh(h1)  sq = Mul(h, h)  k = Sub(one, sq)"
    "  vr = Transpose<perm = [1, 0]>(V)  ke = Mul(k, vr)  ks = Sum(ke, ke, ke)  wt = Transpose<perm = [1, 0]>(W)"
    "  g2 = Gemm(ks, wt)  y = Gather<axis = 1>(g2, zero)",
}
EXTRA = {
    "E": RANDOM.normal(size=(8, 4)).astype(np.float32),
    "one": f32(1),
    "two": f32(2),
    "lo": f32(-1),
    "pair": i64(1, 2),
    "row": i64(1, 2),
    "zero": i64(0),
    "step": i64(1),
}


@pytest.mark.parametrize("name", sorted(JAX))
def test_jax_forms(name: str, tmp_path: Path) -> None:
    """What jax2onnx writes for plain networks: separate bias rows, beta = 0 with a rank-0 C, unfolded constants."""
    agree(filled(f"{HEAD} {{ {JAX[name]} }}", **EXTRA), tmp_path)


def test_jax_gelu(tmp_path: Path) -> None:
    """Gelu is one operator from operator set 20 on."""
    graph = agree(filled(f"{HEAD} {{ {TWO_LAYERS.format(act='Gelu(z)')} }}", opset=20), tmp_path)
    assert ops(graph) == ["dense", "add", "gelu", "dense", "add"]


GRID = "g (float[A, 1] x, float[B, 1] t) => (float[A, B] y)"
AXIS = "{o}0 = MatMul({i}, W1)  {o}1 = Add({o}0, b)  {o}2 = Tanh({o}1)  {o}3 = MatMul({o}2, U)  {o} = Add({o}3, c)  "


@pytest.mark.parametrize(
    ("merge", "dims"),
    [
        ('y = Einsum<equation = "ir,jr->ij">(p, q)', ("A", "B")),
        ('pt = Transpose(p)  qt = Transpose(q)  y = Einsum<equation = "fx,fy->xy">(pt, qt)', ("A", "B")),
        ("qt = Transpose<perm = [1, 0]>(q)  y = MatMul(p, qt)", ("A", "B")),
        ("k = Mul(p, q)  y = ReduceSum<keepdims = 0>(k, last)", ("A",)),
    ],
)
def test_separable_merges(merge: str, dims: tuple[str, ...], tmp_path: Path) -> None:
    """Axes of a grid keep their own sizes; sizes that must be equal get one name."""
    text = f"{GRID} {{ {AXIS.format(o='p', i='x')} {AXIS.format(o='q', i='t')} {merge} }}"
    proto = filled(text, W1=WEIGHTS["W"][:1], last=i64(-1))
    del proto.graph.output[0].type.tensor_type.shape.dim[len(dims) :]
    graph = agree(proto, tmp_path)
    assert graph.types["y"].shape == dims
    assert {value.type.shape[0] for value in graph.inputs} == set(dims)


def test_deeponet_of_jax(tmp_path: Path) -> None:
    """Branch and trunk are multiplied and summed; both declare their own size, which must be one."""
    merge = "k = Mul(p, q)  r = ReduceSum(k, last)  y = Add(r, d)"
    text = f"{GRID} {{ {AXIS.format(o='p', i='x')} {AXIS.format(o='q', i='t')} {merge} }}"
    proto = filled(text, W1=WEIGHTS["W"][:1], last=i64(-1))
    proto.graph.output[0].type.tensor_type.ClearField("shape")
    assert [str(v.type) for v in agree(proto, tmp_path).inputs] == ["float32[A, 1]", "float32[A, 1]"]


SKLEARN = {
    "mlp_tanh": "x1 = Cast<to = 1>(x)  " + TWO_LAYERS.format(act="Tanh(z)").replace("(x,", "(x1,"),
    "mlp_logistic": "x1 = Cast<to = 1>(x)  " + TWO_LAYERS.format(act="Sigmoid(z)").replace("(x,", "(x1,"),
    "minmax": "x0 = Cast<to = 1>(x)  x1 = Mul(x0, two)  x2 = Add(x1, lo)  "
    + TWO_LAYERS.format(act="Tanh(z)").replace("(x,", "(x2,"),
}


@pytest.mark.parametrize("name", sorted(SKLEARN))
def test_sklearn_forms(name: str, tmp_path: Path) -> None:
    """Networks of scikit-learn: casts to the type they have vanish, the last reshape stays."""
    body = SKLEARN[name].replace("y = Add", "y0 = Add") + "  y = Reshape(y0, out)"
    graph = agree(filled(f"{HEAD} {{ {body} }}", out=i64(-1, 1), **EXTRA), tmp_path)
    assert "cast" not in ops(graph)


@pytest.mark.parametrize(("kind", "count"), [("float", 2), ("double", 2), ("int64", 1), ("float", 1)])
def test_scaler(kind: str, count: int, tmp_path: Path) -> None:
    """The scaler of ai.onnx.ml subtracts and multiplies in single precision, whatever comes in."""
    offset, scale = ("0.5, -1.5", "2.0, 0.25") if count == 2 else ("0.5", "2.0")
    node = f"x1 = ai.onnx.ml.Scaler<offset = [{offset}], scale = [{scale}]>(x)"
    text = f"g ({kind}[N, 2] x) => (float[N, 1] y) {{ {node}  h = MatMul(x1, W)  t = Tanh(h)  y = MatMul(t, V) }}"
    graph = agree(filled(text, ml=True), tmp_path)
    assert graph.types["y"].dtype == "float32"


def test_matlab_dense_layers_as_convolutions(tmp_path: Path) -> None:
    """A kernel that spans its input is a dense layer; the first number of points is freed."""
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["x0"]),
        helper.make_node("Conv", ["x0", "k1", "b1"], ["h"], kernel_shape=[1, 3]),
        helper.make_node("Tanh", ["h"], ["t"]),
        helper.make_node("Conv", ["t", "k2", "b2"], ["u"]),
        helper.make_node("Relu", ["u"], ["r"]),
        helper.make_node("Conv", ["r", "k3"], ["y"]),
    ]
    weights = {
        "mean": np.zeros((1, 1, 1, 3), np.float32),
        **{name: RANDOM.normal(size=s).astype(np.float32) for name, s in
           {"k1": (5, 1, 1, 3), "b1": (5,), "k2": (4, 5, 1, 1), "b2": (4,), "k3": (2, 4, 1, 1)}.items()},
    }  # fmt: skip
    graph = agree(model(nodes, {"x": (FLOAT, [1, 1, 1, 3])}, ["y"], weights), tmp_path)
    assert sum(isinstance(node.op, Dense) for node in graph.nodes) == 3
    assert "conv" not in ops(graph)
    assert graph.types["y"].shape == ("N", 2, 1, 1)


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_shape": [3]},
        {"kernel_shape": [3], "pads": [1, 2], "strides": [2]},
        {"kernel_shape": [3], "dilations": [2], "group": 2},
        {"kernel_shape": [3], "auto_pad": "SAME_UPPER", "strides": [2]},
        {"kernel_shape": [3], "auto_pad": "SAME_LOWER", "strides": [2]},
        {"kernel_shape": [3], "auto_pad": "VALID"},
    ],
)
def test_real_convolutions(options: dict[str, Any], tmp_path: Path) -> None:
    """Convolutions along an axis keep their kernels, with every kind of padding."""
    groups = options.get("group", 1)
    weights = {"k": RANDOM.normal(size=(4, 4 // groups, 3)).astype(np.float32), "b": WEIGHTS["n"]}
    nodes = [helper.make_node("Conv", ["x", "k", "b"], ["h"], **options), helper.make_node("Tanh", ["h"], ["y"])]
    assert ops(agree(model(nodes, {"x": (FLOAT, ["N", 4, 8])}, ["y"], weights), tmp_path)) == ["conv", "tanh"]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ([2], ["dense"]),
        ([2, 1], ["transpose", "dense", "transpose"]),
        ([2, "N"], ["transpose", "dense", "transpose"]),
        (["N", 2, 3], ["transpose", "dense", "transpose"]),
    ],
)
def test_weights_on_the_left(shape: list[Any], expected: list[str], tmp_path: Path) -> None:
    """``W x`` is a dense layer between transposes, which a vector does not need."""
    proto = model([helper.make_node("MatMul", ["WT", "x"], ["y"])], {"x": (FLOAT, shape)}, ["y"], WEIGHTS)
    assert ops(agree(proto, tmp_path)) == expected


@pytest.mark.parametrize("side", ["left", "right"])
def test_vectors_as_weights(side: str, tmp_path: Path) -> None:
    """A product with a constant vector loses an axis."""
    operands = ["n", "x"] if side == "left" else ["x", "n"]
    shape = ["N", 4, 3] if side == "left" else ["N", 4]
    agree(model([helper.make_node("MatMul", operands, ["y"])], {"x": (FLOAT, shape)}, ["y"], WEIGHTS), tmp_path)


@pytest.mark.parametrize("alpha", [1.0, 0.5])
@pytest.mark.parametrize("beta", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("transposed", [0, 1])
@pytest.mark.parametrize("c", ["", "s", "n", "b"])
def test_gemm_forms(alpha: float, beta: float, transposed: int, c: str, tmp_path: Path) -> None:
    """Every form of Gemm with constant weights is one dense layer."""
    inputs = ["x", "WT" if transposed else "W", *([c] if c else [])]
    node = helper.make_node("Gemm", inputs, ["y"], alpha=alpha, beta=beta, transB=transposed)
    graph = agree(model([node], {"x": (FLOAT, ["N", 2])}, ["y"], WEIGHTS), tmp_path)
    assert ops(graph) == ["dense"]


def test_gemm_transposed_input(tmp_path: Path) -> None:
    """The points may lie in columns."""
    node = helper.make_node("Gemm", ["x", "W", "n"], ["y"], transA=1)
    agree(model([node], {"x": (FLOAT, [2, "N"])}, ["y"], WEIGHTS), tmp_path)


def test_gemm_of_computed_operands(tmp_path: Path) -> None:
    """Weights that are inputs make a product, a factor and a sum."""
    node = helper.make_node("Gemm", ["x", "w", "v"], ["y"], alpha=0.5, beta=2.0, transB=1)
    inputs = {"x": (FLOAT, ["N", 2]), "w": (FLOAT, [3, 2]), "v": (FLOAT, [3])}
    assert ops(agree(model([node], inputs, ["y"], {}), tmp_path)) == ["transpose", "matmul", "mul", "mul", "add"]


def test_gemm_with_weights_first(tmp_path: Path) -> None:
    """A constant first operand is a dense layer too, with its bias added after."""
    node = helper.make_node("Gemm", ["WT", "x", "v"], ["y"], alpha=0.5)
    weights = {"WT": WEIGHTS["WT"], "v": RANDOM.normal(size=(4, 1)).astype(np.float32)}
    graph = agree(model([node], {"x": (FLOAT, [2, "N"])}, ["y"], weights), tmp_path)
    assert ops(graph) == ["transpose", "dense", "transpose", "add"]


def test_computed_weights_are_folded(tmp_path: Path) -> None:
    """Random weight factorisation leaves Exp, Unsqueeze and Mul on weights: they are constants."""
    weight = "e = Exp(n)  c0 = Unsqueeze(e, one_axis)  w = Mul(c0, WT)"
    text = f"{HEAD} {{ {weight}  h = Gemm<transB = 1>(x, w, n)  t = Tanh(h)  y = MatMul(t, V) }}"
    assert ops(agree(filled(text, one_axis=i64(1)), tmp_path)) == ["dense", "tanh", "dense"]


@pytest.mark.parametrize("op", ["Sum", "Max", "Min", "Mean"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_operators_of_any_number_of_operands(op: str, count: int, tmp_path: Path) -> None:
    """They become chains of two."""
    text = (
        f"g (float[N, 4] x) => (float[N, 4] y) {{ a = Tanh(x)  y = {op}({', '.join(['x', 'a', 'n', 'b'][:count])}) }}"
    )
    agree(filled(text), tmp_path)


def test_bias_before_the_product(tmp_path: Path) -> None:
    """TorchScript puts the bias first."""
    text = "g (float[N, 5, 2] x) => (float[N, 5, 4] y) { h = MatMul(x, W)  y = Add(n, h) }"
    assert ops(agree(filled(text), tmp_path)) == ["dense", "add"]


OLD = {
    "Slice": (9, {"starts": [1], "ends": [-1], "axes": [1]}),
    "Squeeze": (11, {"axes": [2]}),
    "Unsqueeze": (11, {"axes": [0, 2]}),
    "ReduceSum": (11, {"axes": [1], "keepdims": 0}),
    "ReduceMean": (17, {"axes": [-1]}),
    "Clip": (10, {"min": -0.5, "max": 0.25}),
    "Pad": (10, {"pads": [0, 1, 0, 0, 2, 0], "value": 1.5}),
    "Dropout": (9, {"ratio": 0.5}),
    "Softmax": (11, {"axis": 1}),
    "LogSoftmax": (11, {"axis": 2}),
    "Flatten": (9, {"axis": 2}),
}


@pytest.mark.parametrize("op", sorted(OLD))
def test_attributes_of_old_operator_sets(op: str, tmp_path: Path) -> None:
    """What are operands now were attributes then."""
    opset, attributes = OLD[op]
    shape = ["N", 4, 1] if op == "Squeeze" else ["N", 4, 3]
    proto = model([helper.make_node(op, ["x"], ["y"], **attributes)], {"x": (FLOAT, shape)}, ["y"], {}, opset=opset)
    agree(proto, tmp_path)


def test_old_split_and_batch_normalisation(tmp_path: Path) -> None:
    """Split by attribute, one part unused; batch normalisation of the first operator sets."""
    nodes = [
        helper.make_node("BatchNormalization", ["x", "n", "o", "p", "v"], ["h"], epsilon=0.01),
        helper.make_node("Split", ["h"], ["y", "unused"], split=[1, 3], axis=1),
    ]
    weights = {"n": f32(1, 2, 3, 4), "o": f32(0.1, 0.2, 0.3, 0.4), "p": f32(-1, 0, 1, 2), "v": f32(1, 2, 0.5, 0.25)}
    agree(model(nodes, {"x": (FLOAT, ["N", 4])}, ["y"], weights, opset=9), tmp_path)


def legacy(op: str, shape: tuple[int, ...], axis: int) -> onnx.ModelProto:
    """Return a file of operator set 6 whose second operand broadcasts from an axis on."""
    node = helper.make_node(op, ["x", "a"], ["y"], broadcast=1, axis=axis)
    weights = {"a": f32(1.5, -2, 3)}
    return model([node], {"x": (FLOAT, shape)}, ["y"], weights, opset=6, ir_version=3)


@pytest.mark.parametrize("op", ["Add", "Sub", "Mul", "Div"])
def test_broadcast_attribute_of_the_first_operator_sets(op: str, tmp_path: Path) -> None:
    """Aligned with the last axes, it is the broadcast of today."""
    graph = load(legacy(op, (2, 3), 1), tmp_path)
    feeds = draw(graph, 2, -1, 1)
    modern = model([helper.make_node(op, ["x", "a"], ["y"])], {"x": (FLOAT, [2, 3])}, ["y"], {"a": f32(1.5, -2, 3)})
    (expected,) = session(modern.SerializeToString()).run(None, feeds)
    np.testing.assert_allclose(evaluate(graph, feeds)["y"], np.asarray(expected), rtol=1e-6)


def test_broadcast_along_an_inner_axis(tmp_path: Path) -> None:
    """Elsewhere it is converted, but onnxruntime cannot check it, so the import is refused."""
    path = tmp_path / "old.onnx"
    path.write_bytes(legacy("Add", (2, 3, 4), 1).SerializeToString())
    source = read(path)
    kind = ValueType("float32", (2, 3, 4))
    graph = convert(source, (Value("x", kind),), next(assignments(())))
    x = RANDOM.normal(size=(2, 3, 4)).astype(np.float32)
    expected = x + f32(1.5, -2, 3)[:, None]
    np.testing.assert_array_equal(evaluate(graph, {"x": x})["y"], expected)
    with pytest.raises(ModelError, match="oracle-failed"):
        load(legacy("Add", (2, 3, 4), 1), tmp_path)


def test_initializers_repeated_as_inputs(tmp_path: Path) -> None:
    """They are weights, not inputs, in old files and where an exporter is asked to."""
    proto = filled(f"{HEAD} {{ h = MatMul(x, W)  y = MatMul(h, V) }}")
    proto.ir_version = 3
    proto.graph.input.extend(
        helper.make_tensor_value_info(tensor.name, FLOAT, tensor.dims) for tensor in proto.graph.initializer
    )
    assert [value.name for value in load(proto, tmp_path).inputs] == ["x"]


def test_every_form_of_constant(tmp_path: Path) -> None:
    """Constants as tensors (with raw or typed data), numbers and lists; weights in them make dense layers."""
    typed = helper.make_tensor("w", FLOAT, [2, 3], [1.0, 2, 3, 4, 5, 6])
    nodes = [
        helper.make_node("Constant", [], ["w"], value=typed),
        helper.make_node("Constant", [], ["two"], value_float=2.0),
        helper.make_node("Constant", [], ["shift"], value_floats=[0.5, 1.5, -1.0]),
        helper.make_node("Constant", [], ["column"], value_int=0),
        helper.make_node("Constant", [], ["sizes"], value_ints=[-1, 1]),
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("Mul", ["h", "two"], ["m"]),
        helper.make_node("Add", ["m", "shift"], ["a"]),
        helper.make_node("Gather", ["a", "column"], ["c"], axis=1),
        helper.make_node("Reshape", ["c", "sizes"], ["y"]),
    ]
    graph = agree(model(nodes, {"x": (FLOAT, ["N", 2])}, ["y"], {}), tmp_path)
    assert ops(graph) == ["dense", "mul", "add", "gather", "reshape"]


def test_shared_weights_through_identity(tmp_path: Path) -> None:
    """TorchScript merges equal weights into Identity nodes; the weight is stored once."""
    text = "g (float[N, 4] x) => (float[N, 4] y) { n2 = Identity(n)  a = Add(x, n)  t = Tanh(a)  y = Mul(t, n2) }"
    graph = agree(filled(text), tmp_path)
    assert sum(isinstance(node.op, Constant) for node in graph.nodes) == 1


def test_unordered_unnamed_and_undeclared(tmp_path: Path) -> None:
    """Nodes in any order, without names, outputs without shapes, unused weights and operator sets: all are legal."""
    proto = filled("g (float[N, 2] x) => (float[N, 1] y) { y = MatMul(t, V)  t = Tanh(h)  h = MatMul(x, W) }")
    proto.graph.output[0].type.tensor_type.ClearField("shape")
    proto.graph.initializer.append(numpy_helper.from_array(f32(1, 2), "unused"))
    proto.opset_import.append(helper.make_opsetid("ai.onnx.ml", 2))
    graph = agree(proto, tmp_path)
    assert [node.name for node in graph.nodes] == ["MatMul_2", "Tanh_1", "MatMul_0"]


def test_a_wrongly_declared_output(tmp_path: Path) -> None:
    """The declared shape of an output is not believed."""
    proto = filled("g (float[N, 2] x) => (float[1, 3] y) { h = MatMul(x, W)  y = MatMul(h, V) }")
    assert load(proto, tmp_path).types["y"].shape == ("N", 1)


def test_outputs_inside_the_graph(tmp_path: Path) -> None:
    """An output may be read by other nodes, equal an input, or equal another output."""
    text = """g (float[N, 2] x) => (float[N, 4] h, float[N, 4] y, float[N, 4] z, float[N, 2] w) {
        h = MatMul(x, W)  y = Tanh(h)  z = Identity(y)  w = Identity(x) }"""
    assert agree(filled(text), tmp_path).outputs == ("h", "y", "z", "w")


def test_local_functions_are_inlined(tmp_path: Path) -> None:
    """Functions that a model brings along are expanded."""
    text = """<ir_version: 8, opset_import: ["": 17, "local": 1]>
    g (float[N, 2] x) => (float[N, 2] y) { h = local.swish(x)  y = local.swish(h) }
    <domain: "local", opset_import: ["": 17]> swish (a) => (c) { b = Sigmoid(a)  c = Mul(a, b) }"""
    assert ops(agree(onnx.parser.parse_model(text), tmp_path)) == ["sigmoid", "mul", "sigmoid", "mul"]


@pytest.mark.parametrize("inside", [True, False])
def test_external_data(inside: bool, tmp_path: Path) -> None:
    """Weights beside the model, also in a folder below it, are read; offsets are honoured."""
    proto = filled(f"{HEAD} {{ h = MatMul(x, W)  y = MatMul(h, V) }}")
    location = "data/weights.bin" if inside else "weights.bin"
    (tmp_path / location).parent.mkdir(exist_ok=True)
    content = b"12345678"
    for tensor in proto.graph.initializer:
        entries = {"location": location, "offset": str(len(content)), "length": str(len(tensor.raw_data))}
        content += tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.extend(onnx.StringStringEntryProto(key=key, value=value) for key, value in entries.items())
    (tmp_path / location).write_bytes(content)
    graph = load(proto, tmp_path)
    x = np.asarray([[0.5, -1.0]], np.float32)
    np.testing.assert_allclose(evaluate(graph, {"x": x})["y"], x @ WEIGHTS["W"] @ WEIGHTS["V"], rtol=1e-5)


def test_half_precision_weights(tmp_path: Path) -> None:
    """Weights stored in half precision and cast to single are ordinary weights."""
    text = f"{HEAD} {{ w = Cast<to = 1>(half)  h = MatMul(x, w)  y = MatMul(h, V) }}"
    assert ops(agree(filled(text, half=WEIGHTS["W"].astype(np.float16)), tmp_path)) == ["dense", "dense"]


def test_networks_in_half_and_double_precision(tmp_path: Path) -> None:
    """Double precision is kept, half precision becomes single, within its own rounding."""
    for kind, dtype, kept in (("float16", np.float16, "float32"), ("double", np.float64, "float64")):
        text = f"g ({kind}[N, 2] x) => ({kind}[N, 1] y) {{ h = MatMul(x, w)  t = Tanh(h)  y = MatMul(t, v) }}"
        proto = filled(text, w=WEIGHTS["W"].astype(dtype), v=WEIGHTS["V"].astype(dtype))
        assert agree(proto, tmp_path).types["y"].dtype == kept


def test_unknown_sizes_are_found(tmp_path: Path) -> None:
    """A number of columns that the file leaves open is the one that fits the weights; rows stay open."""
    for shape in (["N", None], [None, None], ["N", "columns"], None):
        proto = model([helper.make_node("MatMul", ["x", "W"], ["y"])], {"x": (FLOAT, shape)}, ["y"], WEIGHTS)
        assert load(proto, tmp_path).inputs[0].type.shape == ("N", 2)


def test_sizes_that_flow_through_shape_arithmetic(tmp_path: Path) -> None:
    """Shape, Gather, Concat and Reshape with an open size become one reshape; Expand keeps its size."""
    text = """g (float[N, 2] x, float[M, 1] t) => (float[P, 4] y, float[M, 4] z) {
        h = MatMul(x, W)  sh = Shape(h)  r = Gather(sh, zero)  r1 = Unsqueeze(r, first)  k = Concat<axis = 0>(r1, four)
        y = Reshape(h, k)  st = Shape(t)  m = Slice(st, first, one, first)  e = Concat<axis = 0>(m, four)
        z = Expand(b, e) }"""
    graph = agree(filled(text, zero=np.int64(0), first=i64(0), one=i64(1), four=i64(4)), tmp_path)
    assert ops(graph)[:2] == ["dense", "reshape"]
    assert graph.types["z"].shape == ("M", 4)


def test_activations_with_their_attributes(tmp_path: Path) -> None:
    """Activation functions keep their attributes, and defaults are those of ONNX."""
    calls = [
        "LeakyRelu", "LeakyRelu<alpha = 0.3>", "Elu<alpha = 0.7>", "Selu", "Selu<alpha = 1.2, gamma = 0.9>",
        "Celu<alpha = 2.0>", "HardSigmoid", "HardSigmoid<alpha = 0.3, beta = 0.4>", "HardSwish", "Softsign",
        "ThresholdedRelu<alpha = 0.4>", "Shrink<lambd = 0.4, bias = 0.1>", "Mish", "Softplus",
    ]  # fmt: skip
    for call in calls:
        agree(filled(f"g (float[N, 4] x) => (float[N, 4] y) {{ y = {call}(x) }}", opset=18), tmp_path)
    agree(filled("g (float[N, 4] x) => (float[N, 4] y) { y = PRelu(x, n) }"), tmp_path)


def test_limits_that_are_computed(tmp_path: Path) -> None:
    """Clip by numbers is a clip; by computed limits it is a maximum and a minimum."""
    fixed = agree(filled("g (float[N, 4] x) => (float[N, 4] y) { y = Clip(x, s, hi) }", hi=np.float32(2)), tmp_path)
    assert ops(fixed) == ["clip"]
    loose = "g (float[N, 4] x, float low) => (float[N, 4] y) { y = Clip(x, low, s) }"
    assert ops(agree(filled(loose), tmp_path)) == ["maximum", "minimum"]


def test_reshapes_that_name_a_fixed_number_of_points(tmp_path: Path) -> None:
    """Targets, expansions and joins that contain the fixed number of points are rewritten to keep it open."""
    text = """g (float[1, 6] x) => (float[1, 5] y) {
        a = Reshape(x, split)  t = Tanh(a)  f = Reshape(t, flat)  h = MatMul(f, M)  e = Expand(h, wide)
        j = Concat<axis = 1>(e, d)  y = Sin(j) }"""
    weights = {
        "split": i64(1, 2, 3),
        "flat": i64(1, 6),
        "wide": i64(1, 4),
        "M": RANDOM.normal(size=(6, 4)).astype(np.float32),
    }
    assert agree(filled(text, **weights), tmp_path).types["y"].shape == ("N", 5)


@pytest.mark.parametrize("slope", [3.0, 20.0])
def test_quotients_of_vanishing_windows(slope: float, tmp_path: Path) -> None:
    """Far outside its domain a windowed network divides tails, where onnxruntime's sigmoid is inexact."""
    text = """g (float[N, 1] x) => (float[N, 1] y) { a = Sub(x, l)  p = Mul(a, k)  u = Sigmoid(p)
        e = Sub(x, r)  q = Mul(e, k)  v = Sigmoid(q)  t = Add(u, v)  y = Div(u, t) }"""
    graph = load(filled(text, l=f32(4), r=f32(4.5), k=f32(slope)), tmp_path)
    y = evaluate(graph, {"x": f32(0, 0.5)[:, None]})["y"]
    np.testing.assert_allclose(y, 1 / (1 + np.exp(-slope / 2)), rtol=1e-4)


def test_a_sum_over_points_keeps_its_fixed_size(tmp_path: Path) -> None:
    """A network that mixes points computes something else at another number of points, so the number stays."""
    text = "g (float[4, 2] x) => (float[4, 2] y) { m = ReduceMean<axes = [0]>(x)  y = Sub(x, m) }"
    assert load(filled(text), tmp_path).inputs[0].type.shape == (4, 2)
