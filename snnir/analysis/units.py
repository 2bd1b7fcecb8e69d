"""Where the units are: which values of an analog graph are pre-activations, and which their activations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from snnir.ir import Graph, Node, Op
from snnir.ops import (
    Add,
    Cast,
    Constant,
    Cos,
    Dense,
    Div,
    Einsum,
    MatMul,
    Mul,
    Neg,
    Reduction,
    Sin,
    Sub,
)

FLOATS = ("float32", "float64")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of units: ``a = f(z)``, f a scalar function that is not affine.

    Attributes:
        z: Name of the pre-activation.
        a: Name of the activation.
        width: Units of the layer, the size of the last axis.
        nodes: Names of the nodes that make f up.
    """

    z: str
    a: str
    width: int
    nodes: tuple[str, ...]


def constants(graph: Graph) -> frozenset[str]:
    """Return the names of values that `Constant` nodes make."""
    return frozenset(node.output.name for node in graph.of(Constant))


def find_layers(graph: Graph) -> tuple[Layer, ...]:
    """Return the layers whose units can become neurons, in order.

    A layer is a scalar function of one pre-activation, however many elementwise nodes write it
    (``x sigmoid(x)``, GELU by erf, a Gaussian, ...). It becomes neurons where

    * the pre-activation depends on a dense layer: fixed features of the input stay on the host;
    * it is not a Fourier feature: sine and cosine of the same projection, with no layer before;
    * a dense layer or a contraction follows: an output transform stays on the host.

    They are found once for every graph.
    """
    return graph.once(_layers)


def _layers(graph: Graph) -> tuple[Layer, ...]:
    cones = _Cones(graph)
    after_dense = downstream(graph, {node.output.name for node in graph.of(Dense)})
    before_layer = feeding(graph, Dense, Einsum, MatMul, Reduction)
    found: list[Layer] = []
    for root, exits in cones.exits().items():
        if root not in after_dense or not all(cones.real(name) for name in (root, *exits)):
            continue
        if _is_fourier(graph, exits) and root not in downstream(graph, {layer.a for layer in found}):
            continue
        found += [cones.layer(root, name) for name in exits if name in before_layer]
    return tuple(found)


class _Cones:
    """Groups values by the one value that they are a scalar function of (their root)."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.constant = constants(graph)
        self.place = {node.name: index for index, node in enumerate(graph.nodes)}
        self.root: dict[str, str] = {value.name: value.name for value in graph.inputs}
        self.affine: set[str] = set(self.root)
        for node in graph.nodes:
            for value in node.outputs:
                self.root[value.name] = self._root_of(node, value.name)
                if self.root[value.name] == value.name or self._is_affine(node):
                    self.affine.add(value.name)

    def _root_of(self, node: Node, output: str) -> str:
        roots = {self.root[name] for name in node.inputs if name not in self.constant}
        if not node.op.elementwise or len(roots) != 1:
            return output
        (root,) = roots
        same = self.graph.types[root].shape == self.graph.types[output].shape
        return root if same else output

    def _is_affine(self, node: Node) -> bool:
        """Whether a node keeps affine functions of the root affine."""
        operands = [name for name in node.inputs if name not in self.constant]
        if not all(name in self.affine for name in operands):
            return False
        if isinstance(node.op, Mul):
            return len(operands) == 1
        if isinstance(node.op, Div):
            return node.inputs[0] in operands and len(operands) == 1
        return isinstance(node.op, Add | Sub | Neg | Cast)

    def exits(self) -> dict[str, tuple[str, ...]]:
        """Return, by root, the values that are not affine in it and used outside its group; affine ends are cut off."""
        found: dict[str, dict[str, None]] = {}
        for name, root in self.root.items():
            if name in self.affine or name in self.constant:
                continue
            outside = any(self._leaves(node, root) for node in self.graph.consumers[name])
            if outside or name in self.graph.outputs:
                found.setdefault(root, {})[self._without_affine_end(name)] = None
        return {root: tuple(names) for root, names in found.items()}

    def _leaves(self, node: Node, root: str) -> bool:
        return any(self.root[value.name] != root for value in node.outputs)

    def _without_affine_end(self, name: str) -> str:
        while True:
            node = self.graph.producers[name]
            operands = [operand for operand in node.inputs if operand not in self.constant]
            scaled = isinstance(node.op, Add | Sub | Mul | Neg) or (
                isinstance(node.op, Div) and node.inputs[0] in operands
            )
            if not scaled or len(operands) != 1 or operands[0] in self.affine:
                return name
            name = operands[0]

    def real(self, name: str) -> bool:
        """Whether a value is a floating-point array whose last axis has a known size."""
        kind = self.graph.types[name]
        return kind.dtype in FLOATS and len(kind.shape) > 0 and isinstance(kind.shape[-1], int)

    def layer(self, root: str, name: str) -> Layer:
        """Return the layer between a root and one of its exits."""
        nodes: set[str] = set()
        stack = [name]
        while stack:
            value = stack.pop()
            if value == root or value in self.constant:
                continue
            node = self.graph.producers[value]
            nodes.add(node.name)
            stack.extend(node.inputs)
        width = self.graph.types[name].shape[-1]
        ordered = sorted(nodes, key=self.place.__getitem__)
        return Layer(root, name, width if isinstance(width, int) else 0, tuple(ordered))


def downstream(graph: Graph, start: Iterable[str]) -> set[str]:
    """Return `start` and every value that depends on it."""
    found = set(start)
    for node in graph.nodes:
        if not found.isdisjoint(node.inputs):
            found.update(value.name for value in node.outputs)
    return found


def feeding(graph: Graph, *kinds: type[Op]) -> set[str]:
    """Return every value that an op of `kinds` depends on."""
    found: set[str] = set()
    for node in reversed(graph.nodes):
        if isinstance(node.op, kinds) or any(value.name in found for value in node.outputs):
            found.update(node.inputs)
    return found


def _is_fourier(graph: Graph, exits: tuple[str, ...]) -> bool:
    kinds = [graph.producers[name].op for name in exits]
    return any(isinstance(op, Sin) for op in kinds) and any(isinstance(op, Cos) for op in kinds)
