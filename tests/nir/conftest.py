"""Small spiking graphs to emit, and a second model of the signed neuron to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph, Node, Tensor, Value, verify
from snnir.ops import Add, Decode, Dense, Encode, Tanh
from snnir.provenance import Origin, Provenance
from snnir.setting import Setting
from snnir.types import ANALOG, Array, Current, Spikes, ValueType
from snnir_nir import BACKEND
from tests.support import setting_on


class Network:
    """Builds a graph node by node; every method returns the name of the value that it makes."""

    def __init__(self, dtype: Any = np.float32, steps: int = 8) -> None:
        self.dtype = np.dtype(dtype)
        self.steps = steps
        self.inputs: list[Value] = []
        self.nodes: list[Node] = []
        self.widths: dict[str, int] = {}
        self.analog: set[str] = set()

    def input(self, width: int, name: str = "x") -> str:
        """Add a graph input."""
        self.inputs.append(Value(name, self._type(width, ANALOG)))
        self.widths[name] = width
        self.analog.add(name)
        return name

    def encode(self, source: str, name: str = "encode") -> str:
        """Encode an analog value."""
        return self.add_node(name, Encode(self.steps), self.widths[source], Current(self.steps), source)

    def dense(self, source: str, weight: Any, bias: Any = None, name: str = "dense") -> str:
        """Add synapses, or an analog layer on an analog value."""
        array = np.asarray(weight, self.dtype)
        op = Dense(Tensor(array), None if bias is None else Tensor(np.asarray(bias, self.dtype)))
        coding = ANALOG if source in self.analog else Current(self.steps)
        return self.add_node(name, op, array.shape[1], coding, source)

    def fire(self, source: str, threshold: Any, initial: Any = None, *, signed: bool = True, name: str = "if") -> str:
        """Add a layer of neurons."""
        limits = np.broadcast_to(np.asarray(threshold, self.dtype), (self.widths[source],))
        start = None if initial is None else Tensor(np.asarray(initial, self.dtype))
        op = IntegrateAndFire(Tensor(limits), Tensor(np.ones(len(limits), np.float32)), start, signed)
        return self.add_node(name, op, len(limits), Spikes("rate", self.steps), source)

    def add(self, left: str, right: str, name: str = "add") -> str:
        """Add two currents, or two analog values."""
        coding = ANALOG if left in self.analog else Current(self.steps)
        return self.add_node(name, Add(), self.widths[left], coding, left, right)

    def decode(self, source: str, name: str = "decode") -> str:
        """Decode a current or spikes."""
        return self.add_node(name, Decode(), self.widths[source], ANALOG, source)

    def tanh(self, source: str, name: str = "tanh") -> str:
        """Add a host op."""
        return self.add_node(name, Tanh(), self.widths[source], ANALOG, source)

    def add_node(self, name: str, op: Any, width: int, coding: Any, *sources: str) -> str:
        """Add any op; where the name is taken, a number is appended."""
        taken = {node.name for node in self.nodes}
        unique = name if name not in taken else next(f"{name}.{k}" for k in range(99) if f"{name}.{k}" not in taken)
        value = Value(f"{unique}/out", self._type(width, coding))
        provenance = Provenance((Origin("net.onnx", unique, "Gemm"),), ("test",))
        self.nodes.append(Node(unique, op, sources, (value,), provenance))
        self.widths[value.name] = width
        if coding == ANALOG:
            self.analog.add(value.name)
        return value.name

    def graph(self, *outputs: str, name: str = "net") -> Graph:
        """Return what was built, verified."""
        graph = Graph(name, tuple(self.inputs), tuple(self.nodes), outputs)
        verify(graph)
        return graph

    def _type(self, width: int, coding: Any) -> ValueType:
        return ValueType("float64" if self.dtype == np.float64 else "float32", ("N", width), coding)


def reference(graph: Graph, inputs: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return decoded outputs and signed spikes per neuron layer, in double precision, one neuron equation at a time."""
    values: dict[str, Array] = {name: np.asarray(array, np.float64) for name, array in inputs.items()}
    spikes: dict[str, Array] = {}
    for node in graph.nodes:
        op = node.op
        got = [values[name] for name in node.inputs]
        if isinstance(op, Encode):
            result = np.repeat(got[0][np.newaxis], op.steps, axis=0)
        elif isinstance(op, Dense):
            result = got[0] @ op.weight.array.astype(np.float64)
            if op.bias is not None:
                result = result + op.bias.array
        elif isinstance(op, Add):
            result = got[0] + got[1]
        elif isinstance(op, Decode):
            result = got[0].mean(axis=0)
        elif isinstance(op, Tanh):
            result = np.tanh(got[0])
        else:
            assert isinstance(op, IntegrateAndFire)
            result = spikes[node.name] = signed_neurons(op, got[0])
        values[node.output.name] = result
    decoded = {node.output.name for node in graph.of(Decode)}
    return {name: values[name] for name in decoded}, spikes


def signed_neurons(op: IntegrateAndFire, current: Array) -> Array:
    """Return the spikes of a layer for a current at all steps."""
    threshold = op.threshold.array.astype(np.float64)
    membrane = np.zeros(current.shape[1:])
    if op.initial is not None:
        membrane = membrane + op.initial.array
    trains = []
    for arriving in current:
        membrane = membrane + arriving
        fired = (membrane >= threshold).astype(float)
        if op.signed:
            fired = fired - (membrane <= -threshold)
        membrane = membrane - threshold * fired
        trains.append(fired)
    return np.stack(trains)


def deep(dtype: Any = np.float32, *, signed: bool = True, steps: int = 8, width: int = 4, layers: int = 2) -> Graph:
    """Return encode, then dense and neurons for each layer, then dense and decode; weights drawn from a normal law."""
    rng = np.random.default_rng(1)
    net = Network(dtype, steps)
    value = net.encode(net.input(2))
    for size in (width,) * layers:
        value = net.dense(
            value, rng.normal(0, net.widths[value] ** -0.5, (net.widths[value], size)), rng.normal(0, 0.2, size)
        )
        initial = rng.uniform(-0.4, 0.4, size) if signed else rng.uniform(0, 0.5, size)
        value = net.fire(value, rng.uniform(0.6, 1.2, size), initial, signed=signed)
    value = net.dense(value, rng.normal(0, 1, (width, 1)), [0.25])
    return net.graph(net.decode(value))


def with_host() -> Graph:
    """Return two regions with host ops before, between, after and beside them."""
    net = Network()
    x = net.input(2)
    before = net.tanh(x, "before")
    inner = net.fire(net.dense(net.encode(before), np.eye(2)), 1.0)
    first = net.decode(net.dense(inner, np.ones((2, 2))))
    between = net.tanh(first, "between")
    second = net.decode(net.fire(net.encode(between), 0.5, signed=False))
    after = net.tanh(second, "after")
    beside = net.tanh(x, "beside")
    return net.graph(after, beside, name="with host")


@pytest.fixture(scope="session")
def new_network() -> type[Network]:
    """The builder class."""
    return Network


@pytest.fixture(scope="session")
def reference_model() -> Any:
    """The function `reference`."""
    return reference


@pytest.fixture(scope="session")
def deep_graph() -> Any:
    """The function `deep`."""
    return deep


@pytest.fixture(scope="session")
def host_graph() -> Graph:
    """Two regions with host ops before, between, after and beside them."""
    return with_host()


@pytest.fixture
def emitted(tmp_path: Any) -> Any:
    """A function that emits a graph, and returns the path of the file."""

    def write(graph: Graph, name: str = "net.nir", setting: Setting | None = None) -> Any:
        path = tmp_path / name
        path.write_bytes(BACKEND.emit(graph, setting or setting_on(BACKEND.target))[".nir"])
        return path

    return write
