"""Changes: neurons that send graded changes of f, and encoders that send those of the inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, ClassVar

import numpy as np

from snnir.analysis import differences, evaluate_sparsely, every, find_layers, shapes_of, strides, variation
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.sigma_delta.functions import function_of
from snnir.codes.sigma_delta.neuron import TRAIN, Delta, SigmaDelta
from snnir.codes.sigma_delta.properties import GRADED
from snnir.codes.sigma_delta.sensitivity import sensitivities
from snnir.codes.sigma_delta.thresholds import GAINS, threshold_shape
from snnir.ir import Graph, Node, Tensor, Value
from snnir.metrics import asked_error
from snnir.ops import Constant, Dense, Encode
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.properties import COUPLED
from snnir.semantics import evaluate
from snnir.types import Array, DType

MAX_PRODUCT_POINTS = 1 << 16
"""Points of a product of axes that the error is measured on."""
FIRST = 16.0
"""The factor tried first, in units of the one that would do if all errors were independent and even."""
HALVINGS = 24
"""Tried at most: with thresholds so low all changes are sent."""


@dataclass(frozen=True)
class Changes(Pass):
    """``s = fire(c)`` becomes ``s = sigma_delta(c)`` with the layer's own f, ``encode(x)`` becomes ``delta(x)``.

    Thresholds are `snnir.codes.sigma_delta.thresholds.threshold_shape` times one factor: the largest that keeps the
    error on the calibration points, taken as a stream in their order, below `error`. That is done for one beta of
    `gains` after the other, as long as messages become fewer. Inputs are sent exactly.

    Before: coupled, one step. After: a network of streams; the structure is otherwise the same.

    Attributes:
        error: Conversion error to keep, on the calibration points.
        gains: beta of `SigmaDelta`, to choose from; 0 alone gives Lava's neurons.
        error_of: What that error is of, see `snnir.metrics.asked_error`.
    """

    name: ClassVar[str] = "changes"
    requires: ClassVar[tuple[Property, ...]] = (COUPLED,)
    ensures: ClassVar[tuple[Property, ...]] = (GRADED,)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})
    error: float
    gains: tuple[float, ...] = GAINS
    error_of: str = "both"

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph of streams."""
        ann = context.analog
        shapes = {name: threshold_shape(each) for name, each in sensitivities(ann, context.points).items()}
        steps = strides(ann, context.points, MAX_PRODUCT_POINTS)
        few = {name: every(array, ann.types[name].shape, steps) for name, array in context.points.items()}
        stream = _Stream(self._replaced(graph, ann), shapes, context, evaluate(ann, few), self.error_of)
        best = self._largest(stream, self.gains[0], FIRST * self.error * stream.size / sqrt(stream.units / 3))
        for index, gain in enumerate(self.gains[1:], 1):
            context.progress(index / len(self.gains))
            other = self._largest(stream, gain, best.factor)
            if self._rank(other) >= self._rank(best):
                break
            best = other
        return stream.graph_with(best.gain, best.factor)

    def _rank(self, outcome: _Outcome) -> tuple[bool, float]:
        """Return a key that orders outcomes: the lower, the better."""
        return outcome.error > self.error, outcome.messages

    def _largest(self, stream: _Stream, gain: float, first: float) -> _Outcome:
        """Return what the largest factor found does that keeps the error, or the smallest one tried."""
        kept = stream.outcome(gain, first)
        for _ in range(HALVINGS):
            if kept.error <= self.error:
                break
            kept = stream.outcome(gain, kept.factor / 2)
        else:
            return kept
        for step in (2, 2**0.5, 2**0.25):
            while (larger := stream.outcome(gain, kept.factor * step)).error <= self.error:
                kept = larger
                if step < 2 or not larger.messages:  # larger ones send nothing either
                    break
        return kept

    def _replaced(self, graph: Graph, ann: Graph) -> Graph:
        layers = {layer.a: layer for layer in find_layers(ann)}
        nodes: list[Node] = []
        for node in graph.nodes:
            if isinstance(node.op, IntegrateAndFire):
                function = _widened(function_of(ann, layers[node.name]), node.output.type.dtype)
                nodes.append(self._sender(node, SigmaDelta(node.op.threshold, function)))
            elif isinstance(node.op, Encode) and _feeds_synapses(graph, node):
                nodes.append(self._sender(node, Delta()))
            else:
                nodes.append(node)
        return graph.with_nodes(tuple(nodes))

    def _sender(self, node: Node, op: Delta | SigmaDelta) -> Node:
        made = replace(node.output, type=replace(node.output.type, coding=TRAIN))
        return replace(node, op=op, outputs=(made,), provenance=node.provenance.then(self.name))


@dataclass(frozen=True)
class _Outcome:
    """What a gain and a factor do: the error, and how many messages it takes."""

    gain: float
    factor: float
    error: float
    messages: float


@dataclass(frozen=True)
class _Stream:
    """A network of streams whose thresholds are open up to a factor.

    Attributes:
        graph: With any thresholds.
        shapes: Thresholds up to that factor, by layer.
        context: Its points are the stream.
        expected: The analog network's outputs for them, of at most `MAX_PRODUCT_POINTS` products.
        error_of: What errors are of.
    """

    graph: Graph
    shapes: Mapping[str, Array]
    context: Context
    expected: Mapping[str, Array]
    error_of: str

    @property
    def units(self) -> int:
        """Of all layers."""
        return sum(len(shape) for shape in self.shapes.values())

    @property
    def size(self) -> float:
        """What errors are relative to: by how much outputs vary, or how large they are; 1 where that is 0."""
        if self.error_of == "both":
            return variation(self.expected, shapes_of(self.context.analog))
        power = np.mean([np.mean(np.square(array, dtype=np.float64)) for array in self.expected.values()])
        return sqrt(float(power)) or 1.0

    def graph_with(self, gain: float, factor: float) -> Graph:
        """Return the graph with a gain and the thresholds that a factor gives."""
        nodes: list[Node] = []
        for node in self.graph.nodes:
            op = node.op
            if isinstance(op, SigmaDelta):
                threshold = Tensor((factor * self.shapes[node.name]).astype(op.threshold.dtype))
                op = replace(op, threshold=threshold, gain=gain)
            nodes.append(replace(node, op=op))
        return self.graph.with_nodes(tuple(nodes))

    def outcome(self, gain: float, factor: float) -> _Outcome:
        """Return what a gain and a factor do."""
        messages = 0.0

        def count(node: Node, _: slice, sent: Array) -> None:
            nonlocal messages
            if isinstance(node.op, SigmaDelta):
                messages += np.count_nonzero(sent)

        graph = self.graph_with(gain, factor)
        _, made = evaluate_sparsely(
            graph, self.context.points, self.context.semantics, MAX_PRODUCT_POINTS, observe=count
        )
        found = differences(made, self.expected, shapes_of(self.context.analog))
        return _Outcome(gain, factor, asked_error(found, self.error_of), messages)


def _widened(function: Graph, dtype: DType) -> Graph:
    """Return f in the precision of the neurons, where that is higher than its own."""

    def wide(value: Value) -> Value:
        if not np.issubdtype(value.type.dtype, np.floating):
            return value
        chosen: Any = str(np.promote_types(value.type.dtype, dtype))
        return replace(value, type=replace(value.type, dtype=chosen))

    def widened(node: Node) -> Node:
        outputs = tuple(map(wide, node.outputs))
        if isinstance(node.op, Constant):
            return replace(
                node, op=Constant(Tensor(node.op.value.array.astype(outputs[0].type.dtype))), outputs=outputs
            )
        return replace(node, outputs=outputs)

    inputs = tuple(map(wide, function.inputs))
    return replace(function, inputs=inputs, nodes=tuple(map(widened, function.nodes)))


def _feeds_synapses(graph: Graph, node: Node) -> bool:
    """Whether only dense layers read a value: what is added to a current as it is stays a current."""
    return all(isinstance(reader.op, Dense) for reader in graph.consumers[node.output.name])
