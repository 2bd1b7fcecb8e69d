"""Small networks built op by op: the analog shapes of this field, and spiking regions in exact numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph, Node, Op, Tensor, Value, verify
from snnir.ops import (
    Add,
    Cast,
    Concat,
    Constant,
    Cos,
    Decode,
    Dense,
    Einsum,
    Encode,
    Exp,
    LayerNormalization,
    Less,
    Mul,
    Neg,
    Relu,
    Sigmoid,
    Sin,
    Split,
    Sub,
    Tanh,
    Where,
)
from snnir.provenance import Origin, Provenance
from snnir.semantics.infer import infer
from snnir.types import ANALOG, Array, Coding, Current, Dim, Spikes, ValueType


class Analog:
    """Builds an analog graph; methods take and return names of values.

    Weights are normal with a deviation of ``gain / sqrt(inputs)`` and biases of 0.3, so that units are
    neither linear nor saturated.
    """

    def __init__(self, dtype: Any = "float32", seed: int = 0) -> None:
        self.dtype = np.dtype(dtype)
        self.rng = np.random.default_rng(seed)
        self.inputs: list[Value] = []
        self.nodes: list[Node] = []
        self.counts: dict[str, int] = {}
        self.widths: dict[str, int] = {}

    def input(self, columns: int = 2, name: str = "x", axis: Dim = "N") -> str:
        """Add an input ``[axis, columns]``."""
        kind = ValueType("float64" if self.dtype == np.float64 else "float32", (axis, columns))
        self.inputs.append(Value(name, kind))
        self.widths[name] = columns
        return name

    def op(self, op: Op, *inputs: str, width: int | None = None) -> str:
        """Add a node; its output is as wide as its first input, or `width`."""
        (made,) = self.several(op, *inputs, widths=(width or self.widths.get(inputs[0], 1) if inputs else 1,))
        return made

    def several(self, op: Op, *inputs: str, widths: tuple[int, ...]) -> tuple[str, ...]:
        """Add a node with an output for each of `widths`."""
        number = self.counts.get(op.mnemonic, 0)
        self.counts[op.mnemonic] = number + 1
        base = f"{op.mnemonic}{number}"
        names = (base,) if len(widths) == 1 else tuple(f"{base}_{index}" for index in range(len(widths)))
        unknown = ValueType("float32", ())
        provenance = Provenance((Origin("net.onnx", f"/{base}", op.mnemonic),))
        values = tuple(Value(name, unknown) for name in names)
        self.nodes.append(Node(f"/{base}", op, inputs, values, provenance))
        self.widths.update(zip(names, widths, strict=True))
        return names

    def constant(self, array: Any) -> str:
        """Add a constant in the graph's precision."""
        return self.op(Constant(Tensor(np.asarray(array, self.dtype))))

    def weights(self, *shape: int, scale: float = 1.0) -> Array:
        """Return normal numbers in the graph's precision."""
        return (scale * self.rng.normal(size=shape)).astype(self.dtype)

    def dense(self, x: str, width: int, *, gain: float = 1.5, bias: bool = True) -> str:
        """Add a dense layer."""
        fan_in = self.widths[x]
        weight = Tensor(self.weights(fan_in, width, scale=gain / fan_in**0.5))
        return self.op(Dense(weight, Tensor(self.weights(width, scale=0.3)) if bias else None), x, width=width)

    def affine(self, x: str, scale: Any, offset: Any) -> str:
        """Add ``x scale + offset`` as two nodes."""
        return self.op(Add(), self.op(Mul(), x, self.constant(scale)), self.constant(offset))

    def mlp(self, x: str, *widths: int, activation: Callable[[str], str] | Op | None = None) -> str:
        """Add dense layers, with an activation between them and none behind the last one."""
        act = activation or Tanh()
        for index, width in enumerate(widths):
            if index:
                x = self.op(act, x) if isinstance(act, Op) else act(x)
            x = self.dense(x, width)
        return x

    def join(self, *parts: str) -> str:
        """Concatenate along the last axis."""
        return self.op(Concat(-1), *parts, width=sum(self.widths[part] for part in parts))

    def graph(self, *outputs: str, name: str = "net") -> Graph:
        """Return what was built, with types inferred."""
        graph = infer(Graph(name, tuple(self.inputs), tuple(self.nodes), outputs))
        verify(graph)
        return graph


def mlp(*widths: int, dtype: Any = "float32", seed: int = 0, activation: Op | None = None) -> Graph:
    """Return ``x -> dense -> f -> dense ... -> dense``."""
    net = Analog(dtype, seed)
    x = net.input(widths[0])
    return net.graph(net.mlp(x, *widths[1:], activation=activation))


def residual(width: int = 8) -> Graph:
    """Return a network of blocks ``h + tanh(dense h)``."""
    net = Analog()
    h = net.op(Tanh(), net.dense(net.input(), width))
    for _ in range(2):
        h = net.op(Add(), h, net.op(Tanh(), net.dense(h, width)))
    return net.graph(net.dense(h, 1))


def concat_skip(width: int = 8) -> Graph:
    """Return a network whose last layer reads the input and both layers."""
    net = Analog()
    x = net.input()
    first = net.op(Tanh(), net.dense(x, width))
    second = net.op(Tanh(), net.dense(net.join(x, first), width))
    return net.graph(net.dense(net.join(x, first, second), 1))


def modified_mlp(width: int = 8, gates: int = 2) -> Graph:
    """Return the modified MLP of Wang et al.: ``h = (1 - s) u + s v`` with encoders u, v and ``s = tanh(dense h)``."""
    net = Analog()
    x = net.input()
    u, v = (net.op(Tanh(), net.dense(x, width)) for _ in range(2))
    h = x
    one = net.constant(1.0)
    for _ in range(gates):
        s = net.op(Tanh(), net.dense(h, width))
        h = net.op(Add(), net.op(Mul(), net.op(Sub(), one, s, width=width), u), net.op(Mul(), s, v))
    return net.graph(net.dense(h, 1))


def gated_product(width: int = 8) -> Graph:
    """Return ``dense(tanh(dense x) sigmoid(dense x))``: a product of two layers, with one layer behind it."""
    net = Analog()
    x = net.input()
    product = net.op(Mul(), net.op(Tanh(), net.dense(x, width)), net.op(Sigmoid(), net.dense(x, width)))
    return net.graph(net.dense(net.op(Tanh(), net.dense(product, width)), 1))


def separable(rank: int = 4, width: int = 8, axes: tuple[str, ...] = ("x", "y")) -> Graph:
    """Return a separable network: a net per axis, of its own number of points, merged by an outer product."""
    net = Analog()
    features = [net.mlp(net.input(1, name, f"N{name}"), width, width, rank) for name in axes]
    letters = "abcdefg"[: len(axes)]
    equation = f"{','.join(f'{letter}r' for letter in letters)}->{letters}"
    return net.graph(net.op(Einsum(equation), *features))


def two_branch(width: int = 8) -> Graph:
    """Return a network of two inputs with a net for each, added up behind their layers."""
    net = Analog()
    parts = [net.op(Tanh(), net.mlp(net.input(1, name), width, width)) for name in ("x", "t")]
    return net.graph(net.dense(net.op(Add(), *parts), 1))


def operator_network(width: int = 8, *, activated_trunk: bool = True) -> Graph:
    """Return a DeepONet: branch and trunk on their own points, merged by a matrix product over features."""
    net = Analog()
    branch = net.mlp(net.input(5, "u", "M"), width, width)
    trunk = net.mlp(net.input(2, "x", "N"), width, width)
    if activated_trunk:
        trunk = net.op(Tanh(), trunk)
    return net.graph(net.op(Einsum("mr,nr->mn"), branch, trunk))


def siren(width: int = 8) -> Graph:
    """Return a network of ``sin(5 dense)`` layers."""
    net = Analog()

    def act(z: str) -> str:
        return net.op(Sin(), net.op(Mul(), net.constant(5.0), z, width=width))

    return net.graph(net.mlp(net.input(), width, width, 1, activation=act))


def fourier_features(features: int = 6, width: int = 8) -> Graph:
    """Return sine and cosine of a random projection, and layers behind them."""
    net = Analog()
    projection = net.dense(net.input(), features, bias=False)
    embedded = net.join(net.op(Sin(), projection), net.op(Cos(), projection))
    return net.graph(net.mlp(embedded, width, width, 1))


def layer_norm(width: int = 8) -> Graph:
    """Return two layers with a layer normalisation between the first and the second."""
    net = Analog()
    h = net.op(Tanh(), net.dense(net.input(), width))
    normed = net.op(LayerNormalization(), h, net.constant(np.linspace(0.5, 1.5, width)), net.constant(np.zeros(width)))
    return net.graph(net.dense(net.op(Tanh(), net.dense(normed, width)), 1))


def exp_output(width: int = 8) -> Graph:
    """Return a network with ``exp`` on its output."""
    net = Analog()
    return net.graph(net.op(Exp(), net.mlp(net.input(), width, width, 1)))


def hard_constraint(width: int = 8) -> Graph:
    """Return ``(1 - x^2) net(x, y)``: zero on two edges by construction."""
    net = Analog()
    x = net.input()
    first, _ = net.several(Split((1, 1), 1), x, widths=(1, 1))
    factor = net.op(Sub(), net.constant(1.0), net.op(Mul(), first, first))
    return net.graph(net.op(Mul(), factor, net.mlp(x, width, width, 1)))


def normalised(width: int = 8) -> Graph:
    """Return a network that scales its input to [-1, 1], and its output back."""
    net = Analog()
    x = net.op(Sub(), net.op(Mul(), net.input(), net.constant([2.0, 0.5])), net.constant([1.0, 0.25]))
    return net.graph(net.affine(net.mlp(x, width, width, 1), 3.0, -0.5))


def adaptive(width: int = 8) -> Graph:
    """Return a network of ``tanh(slope z)``, a slope for every unit."""
    net = Analog()

    def act(z: str) -> str:
        return net.op(Tanh(), net.op(Mul(), net.constant(np.linspace(0.8, 1.2, width)), z, width=width))

    return net.graph(net.mlp(net.input(), width, width, 1, activation=act))


def two_outputs(width: int = 8) -> Graph:
    """Return a network with two heads on one trunk; one head is a hidden layer's linear map."""
    net = Analog()
    trunk = net.op(Tanh(), net.dense(net.input(), width))
    deep = net.op(Tanh(), net.dense(trunk, width))
    return net.graph(net.dense(deep, 1), net.dense(trunk, 2))


def wholly_double(width: int = 8) -> Graph:
    """Return a double-precision network on single-precision points."""
    net = Analog("float64")
    net.inputs.append(Value("x", ValueType("float32", ("N", 2))))
    net.widths["x"] = 2
    return net.graph(net.mlp(net.op(Cast("float64"), "x"), width, width, 1))


def negated(width: int = 8) -> Graph:
    """Return an odd network: ``net(x) - net(-x)`` with shared weights."""
    net = Analog()
    x = net.input()
    one, two = (Tensor(net.weights(*shape)) for shape in ((2, width), (width, 1)))

    def arm(source: str) -> str:
        return net.op(Dense(two), net.op(Tanh(), net.op(Dense(one), source, width=width)), width=1)

    return net.graph(net.op(Sub(), arm(x), arm(net.op(Neg(), x))))


def piecewise(width: int = 8) -> Graph:
    """Return one network left of a line and another to the right of it."""
    net = Analog()
    x = net.input()
    first, _ = net.several(Split((1, 1), 1), x, widths=(1, 1))
    left, right = (net.mlp(x, width, width, 1) for _ in range(2))
    return net.graph(net.op(Where(), net.op(Less(), first, net.constant(0.0)), left, right))


def several_uses(width: int = 6) -> Graph:
    """Return a network whose z is read as sine and cosine, by CReLU, as tanh and its slope, and is an output."""
    net = Analog()
    z = net.dense(net.op(Tanh(), net.dense(net.input(), width)), width)
    crelu = net.op(Relu(), z), net.op(Relu(), net.op(Neg(), z))
    tanh = net.op(Tanh(), z)
    slope = net.op(Sub(), net.constant(1.0), net.op(Mul(), tanh, tanh), width=width)
    features = net.join(net.op(Sin(), z), net.op(Cos(), z), *crelu, tanh, slope)
    return net.graph(net.dense(features, 1), z)


def preactivation_residual(width: int = 8) -> Graph:
    """Return a network of blocks ``z + dense(tanh(z))``: a sum goes into the activation and around it."""
    net = Analog()
    z = net.dense(net.input(), width)
    for _ in range(2):
        z = net.op(Add(), net.dense(net.op(Tanh(), z), width), z)
    return net.graph(net.dense(net.op(Tanh(), z), 1))


SHAPES: Mapping[str, Callable[[], Graph]] = {
    "mlp": lambda: mlp(2, 8, 8, 1),
    "mlp-double": lambda: mlp(2, 8, 8, 1, dtype="float64"),
    "mlp-sin": lambda: mlp(2, 8, 8, 1, activation=Sin()),
    "residual": residual,
    "concat-skip": concat_skip,
    "modified-mlp": modified_mlp,
    "gated-product": gated_product,
    "separable": separable,
    "separable-3": lambda: separable(axes=("x", "y", "z")),
    "two-branch": two_branch,
    "operator": operator_network,
    "operator-linear-trunk": lambda: operator_network(activated_trunk=False),
    "siren": siren,
    "fourier-features": fourier_features,
    "layer-norm": layer_norm,
    "exp-output": exp_output,
    "hard-constraint": hard_constraint,
    "normalised": normalised,
    "adaptive": adaptive,
    "two-outputs": two_outputs,
    "wholly-double": wholly_double,
    "negated": negated,
    "piecewise": piecewise,
    "several-uses": several_uses,
    "preactivation-residual": preactivation_residual,
}
"""Every shape by name; all of them can spike."""


def points_for(graph: Graph, count: int = 50, seed: int = 0) -> dict[str, Array]:
    """Return uniform points in [-1, 1] for every input; inputs of different free sizes get different counts."""
    rng = np.random.default_rng(seed)
    sizes: dict[str, int] = {}
    points: dict[str, Array] = {}
    for value in graph.inputs:
        free = [dim for dim in value.type.shape if isinstance(dim, str)]
        sizes.update({dim: count + 3 * len(sizes) for dim in free if dim not in sizes})
        shape = [sizes[dim] if isinstance(dim, str) else dim for dim in value.type.shape]
        points[value.name] = rng.uniform(-1, 1, shape).astype(value.type.dtype)
    return points


class Spiking:
    """Builds a spiking graph; methods take and return names of values."""

    def __init__(self, dtype: Any = np.float32, steps: int = 8) -> None:
        self.dtype = np.dtype(dtype)
        self.steps = steps
        self.inputs: list[Value] = []
        self.nodes: list[Node] = []
        self.types: dict[str, ValueType] = {}

    def input(self, width: int, name: str = "x") -> str:
        """Add a graph input ``[N, width]``."""
        kind = self._type(width, ANALOG)
        self.inputs.append(Value(name, kind))
        self.types[name] = kind
        return name

    def encode(self, source: str) -> str:
        """Encode an analog value."""
        return self.op(Encode(self.steps), self.width(source), Current(self.steps), source)

    def dense(self, source: str, weight: Any, bias: Any = None) -> str:
        """Add a dense layer in whatever coding its operand has."""
        array = np.asarray(weight, self.dtype)
        op = Dense(Tensor(array), None if bias is None else Tensor(np.asarray(bias, self.dtype)))
        return self.op(op, array.shape[1], op.coding((self.types[source].coding,)), source)

    def fire(self, source: str, threshold: Any = 1.0, initial: Any = None, *, signed: bool = True) -> str:
        """Add neurons."""
        width = self.width(source)
        limit = np.broadcast_to(np.asarray(threshold, self.dtype), (width,))
        start = None if initial is None else Tensor(np.asarray(initial, self.dtype))
        op = IntegrateAndFire(Tensor(limit), Tensor(np.ones(width, self.dtype)), start, signed)
        return self.op(op, width, Spikes("rate", self.steps), source)

    def add(self, left: str, right: str) -> str:
        """Add two values of the same coding."""
        return self.op(Add(), self.width(left), self.types[left].coding, left, right)

    def decode(self, source: str) -> str:
        """Decode a current or spikes."""
        return self.op(Decode(), self.width(source), ANALOG, source)

    def op(self, op: Op, width: int, coding: Coding, *inputs: str) -> str:
        """Add any node with one output."""
        name = f"{op.mnemonic}{sum(node.op.mnemonic == op.mnemonic for node in self.nodes)}"
        value = Value(name, self._type(width, coding))
        self.nodes.append(Node(f"/{name}", op, inputs, (value,)))
        self.types[name] = value.type
        return name

    def width(self, name: str) -> int:
        """Return the size of the last axis of a value."""
        size = self.types[name].shape[-1]
        assert isinstance(size, int)
        return size

    def graph(self, *outputs: str) -> Graph:
        """Return what was built, verified."""
        graph = Graph("net", tuple(self.inputs), tuple(self.nodes), outputs)
        verify(graph)
        return graph

    def _type(self, width: int, coding: Coding) -> ValueType:
        return ValueType("float64" if self.dtype == np.float64 else "float32", ("N", width), coding)
