"""Networks of the kinds that people have, as ONNX: random weights from fixed seeds, or fitted by some hundred steps.

`NETWORKS` has them by name; `python -m benchmarks.real_networks --write FOLDER` makes files of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

import snnir
from snnir.data.domain import Domain
from snnir.ir import Graph
from snnir.types import Array

from .fitting import Layer, fitted, random_layers
from .models import Model

WIDE, DEEP = (4, 64, 64, 1), (12, 60, 60, 60, 60, 1)
INVERSE, SWISH = (3, *8 * (20,), 2), (2, 40, 40, 40, 1)
SIREN = (2, *5 * (64,), 1)


@dataclass
class Builder:
    """Puts an ONNX model together; methods take and return names of values."""

    nodes: list[Any] = field(default_factory=list[Any])
    stored: list[Any] = field(default_factory=list[Any])

    def constant(self, numbers: Any, kind: Any = np.float32) -> str:
        """Store an array."""
        name = f"w{len(self.stored)}"
        self.stored.append(numpy_helper.from_array(np.asarray(numbers, kind), name))
        return name

    def op(self, op: str, *inputs: str) -> str:
        """Add a node."""
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name]))
        return name

    def dense(self, source: str, layer: Layer) -> str:
        """Add a product with weights, and biases."""
        return self.op("Gemm", source, *map(self.constant, layer))

    def swish(self, source: str) -> str:
        """Add z / (1 + exp(-z))."""
        return self.op("Mul", source, self.op("Sigmoid", source))

    def between(self, source: str, layers: Sequence[Layer], activation: Callable[[str], str]) -> str:
        """Add layers with an activation between each two of them."""
        source = self.dense(source, layers[0])
        for layer in layers[1:]:
            source = self.dense(activation(source), layer)
        return source

    def tanh(self, source: str) -> str:
        """Add tanh z."""
        return self.op("Tanh", source)

    def model(self, output: str, inputs: int, outputs: int) -> ModelProto:
        """Return the model of input x [N, inputs] and output u [N, outputs]."""
        nodes = [*self.nodes, helper.make_node("Identity", [output], ["u"])]
        x, u = (
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", columns])
            for name, columns in (("x", inputs), ("u", outputs))
        )
        graph = helper.make_graph(nodes, "net", [x], [u], self.stored)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def tanh_network(widths: Sequence[int], gains: Sequence[float], seed: int = 0) -> ModelProto:
    """Return a plain tanh network with random weights; gains above 1 saturate units."""
    builder = Builder()
    layers = random_layers(widths, np.random.default_rng(seed), gains)
    return builder.model(builder.between("x", layers, builder.tanh), widths[0], widths[-1])


def kan(inputs: int = 2, width: int = 8, centres: int = 6, seed: int = 0) -> ModelProto:
    """Return a Kolmogorov-Arnold network: sums of Gaussians of every input, tanh, and the same again."""
    builder, rng = Builder(), np.random.default_rng(seed)
    axis, scale = builder.constant([2], np.int64), builder.constant(0.4)
    grid = builder.constant(np.linspace(-1, 1, centres))

    def bases(source: str) -> str:
        apart = builder.op("Div", builder.op("Sub", builder.op("Unsqueeze", source, axis), grid), scale)
        return builder.op("Flatten", builder.op("Exp", builder.op("Neg", builder.op("Mul", apart, apart))))

    (first,) = random_layers((inputs * centres, width), rng, [1.0])
    (second,) = random_layers((width * centres, 1), rng, [1.0])
    hidden = builder.tanh(builder.dense(bases("x"), first))
    return builder.model(builder.dense(bases(hidden), second), inputs, 1)


def siren(widths: Sequence[int], omega: float, seed: int = 0) -> ModelProto:
    """Return sines of omega z with the weights that Sitzmann et al. (2020) begin with."""
    builder, rng = Builder(), np.random.default_rng(seed)
    factor = builder.constant(omega)
    ends = [1 / widths[0], *((6 / width) ** 0.5 / omega for width in widths[1:-1])]
    layers: list[Layer] = [
        (rng.uniform(-end, end, (rows, columns)), rng.uniform(-end, end, columns))
        for end, rows, columns in zip(ends, widths, widths[1:], strict=False)
    ]
    output = builder.between("x", layers, lambda z: builder.op("Sin", builder.op("Mul", factor, z)))
    return builder.model(output, widths[0], widths[-1])


def inverse(widths: Sequence[int] = INVERSE, seed: int = 0, steps: int = 1000) -> ModelProto:
    """Return a narrow, deep tanh network fitted to a decaying wave u and a coefficient p of x, y, t."""

    def wanted(points: Array) -> Array:
        x, y, t = points.T
        u = np.sin(np.pi * x) * np.sin(np.pi * y) * np.exp(-2 * t)
        return np.stack([u, 1 + 0.5 * np.cos(np.pi * (x + y)) * (1 - t)], axis=1)

    return _fitted(widths, "tanh", wanted, seed, steps)


def swish(widths: Sequence[int] = SWISH, seed: int = 0, steps: int = 600) -> ModelProto:
    """Return a swish network fitted to a travelling wave."""

    def wanted(points: Array) -> Array:
        x, t = points.T
        return np.asarray(np.sin(2 * np.pi * (x - 0.5 * t)) * np.exp(-t))[:, None]

    return _fitted(widths, "swish", wanted, seed, steps)


def offset(scales: Sequence[float], shifts: Sequence[float], width: int = 24, seed: int = 0) -> ModelProto:
    """Return ``shift + scale f`` for every column, f a tanh network of two inputs that varies by about 1."""
    builder = Builder()
    layers = random_layers((2, width, width, len(scales)), np.random.default_rng(seed), [1.7, 1.7, 1.2])
    values = builder.op("Mul", builder.between("x", layers, builder.tanh), builder.constant(scales))
    return builder.model(builder.op("Add", values, builder.constant(shifts)), 2, len(scales))


def resnet(width: int = 48, blocks: int = 3, seed: int = 0) -> ModelProto:
    """Return a pre-activation ResNet: h + W2 tanh(W1 tanh(h)), so that a sum feeds both a layer and the next sum."""
    builder, rng = Builder(), np.random.default_rng(seed)
    stem, head = random_layers((2, width, 1), rng, [1.5, 1.0])
    hidden = builder.dense("x", stem)
    for _ in range(blocks):
        inner = random_layers((width, width, width), rng, [1.0, 0.7])
        hidden = builder.op("Add", hidden, builder.between(builder.tanh(hidden), inner, builder.tanh))
    return builder.model(builder.dense(builder.tanh(hidden), head), 2, 1)


def residual_swish(width: int = 256, layers: int = 5, seed: int = 0) -> ModelProto:
    """Return wide swish layers that are added to what they get: h + swish(W h)."""
    builder, rng = Builder(), np.random.default_rng(seed)
    stem, head = random_layers((2, width, 1), rng, [2.0, 1.0])
    hidden = builder.swish(builder.dense("x", stem))
    for _ in range(layers - 1):
        (layer,) = random_layers((width, width), rng, [1.0])
        hidden = builder.op("Add", hidden, builder.swish(builder.dense(hidden, layer)))
    return builder.model(builder.dense(hidden, head), 2, 1)


def box(columns: int, low: float = -1.0, high: float = 1.0) -> Domain:
    """Return the same interval for x0, x1, ..."""
    return {f"x{column}": (low, high) for column in range(columns)}


@dataclass(frozen=True)
class Made:
    """A network that is built when it is asked for.

    Attributes:
        title: What it is.
        build: Returns it as ONNX.
        domain: What points are drawn from.
    """

    title: str
    build: Callable[[], ModelProto]
    domain: Domain

    def model(self) -> Model:
        """Return what benchmarks measure."""
        return Model(self.title, lambda: imported(self.build()), self.domain)


def imported(model: ModelProto) -> Graph:
    """Return a model as snnir reads it from a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        path.write_bytes(model.SerializeToString())
        return snnir.load(path)


def _fitted(
    widths: Sequence[int], activation: str, wanted: Callable[[Array], Array], seed: int, steps: int
) -> ModelProto:
    """Return a plain network after some steps of Adam."""
    builder, rng = Builder(), np.random.default_rng(seed)
    start = random_layers(widths, rng, [2.0, *(1.2 for _ in widths[2:])])
    layers = fitted(start, activation, wanted, rng, steps=steps)
    between = builder.swish if activation == "swish" else builder.tanh
    return builder.model(builder.between("x", layers, between), widths[0], widths[-1])


NETWORKS: Mapping[str, Made] = {
    "wide": Made("tanh 4-64-64-1, saturated", lambda: tanh_network(WIDE, (1.6, 3.6, 1.1)), box(4)),
    "deep": Made("tanh 12-60x4-1", lambda: tanh_network(DEEP, (3.5, 1.9, 1.9, 1.9, 1.0)), box(12)),
    "kan": Made("Gaussian KAN 2-8-1", kan, box(2)),
    "siren10": Made("SIREN 2-64x5-1, omega 10", lambda: siren(SIREN, 10.0), box(2)),
    "siren30": Made("SIREN 2-64x5-1, omega 30", lambda: siren(SIREN, 30.0), box(2)),
    "inverse": Made("tanh 3-20x8-2, fitted", inverse, box(3, 0.0)),
    "swish": Made("swish 2-40x3-1, fitted", swish, box(2, 0.0)),
    "kelvin": Made("T = 300 + 5 f", lambda: offset([5], [300]), box(2)),
    "pressure": Made("u, v, p = 101325 + 500 f", lambda: offset([1, 1, 500], [0, 0, 101325]), box(2)),
    "nearly_constant": Made("u = 0.54 + 1e-3 f", lambda: offset([1e-3], [0.54]), box(2)),
    "resnet": Made("pre-activation ResNet 2-48x7-1, tanh", resnet, box(2)),
    "residual": Made("swish 2-256x5-1, residual", residual_swish, box(2)),
}
