"""Changes: neurons that send graded changes of f, and encoders that send those of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import ClassVar

import numpy as np

from snnir.analysis import differences, find_layers, function_of, sensitivities
from snnir.codes.sigma_delta import GAIN, threshold_shape
from snnir.ir import Graph, Node, Tensor
from snnir.ops import TRAIN, Delta, Dense, Encode, IntegrateAndFire, SigmaDelta
from snnir.passes.base import Context, Pass
from snnir.semantics import evaluate
from snnir.types import Array

FIRST = 16.0
"""The factor tried first, in units of the one that would do if all errors were independent and even."""
HALVINGS = 24
"""Tried at most: with thresholds so low all changes are sent."""
FINER = (2**0.75, 2**0.5, 2**0.25)


@dataclass(frozen=True)
class Changes(Pass):
    """``s = fire(c)`` becomes ``s = sigma_delta(c)`` with the layer's own f, ``encode(x)`` becomes ``delta(x)``.

    Thresholds are `snnir.codes.sigma_delta.threshold_shape` times one factor: the largest that keeps the error on
    the calibration points, taken as a stream in their order, below `error`. Inputs are sent exactly.

    Before: coupled, one step. After: a network of streams; the structure is otherwise the same.

    Attributes:
        error: Relative L2 conversion error to keep, on the calibration points.
        gain: beta of `SigmaDelta`.
    """

    name: ClassVar[str] = "changes"
    requires: ClassVar[frozenset[str]] = frozenset({"coupled"})
    establishes: ClassVar[frozenset[str]] = frozenset({"thresholds", "normalised"})
    error: float
    gain: float = GAIN

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph of streams."""
        ann = context.analog
        shapes = {name: threshold_shape(each) for name, each in sensitivities(ann, context.points).items()}
        expected = evaluate(ann, context.points)
        graph = self._replaced(graph, ann)
        units = sum(len(shape) for shape in shapes.values())
        size = sqrt(float(np.mean([np.mean(np.square(array, dtype=np.float64)) for array in expected.values()])))
        tries = 0

        def error(factor: float) -> float:
            nonlocal tries
            tries += 1
            context.progress(1 - 0.9**tries)
            scaled = with_thresholds(graph, {name: factor * shape for name, shape in shapes.items()})
            made = evaluate(scaled, context.points, semantics=context.semantics)
            return differences(made, expected)["rel_l2"]

        chosen = _largest(error, self.error, FIRST * self.error * (size or 1.0) / sqrt(units / 3))
        return with_thresholds(graph, {name: chosen * shape for name, shape in shapes.items()})

    def _replaced(self, graph: Graph, ann: Graph) -> Graph:
        layers = {layer.a: layer for layer in find_layers(ann)}
        nodes: list[Node] = []
        for node in graph.nodes:
            if isinstance(node.op, IntegrateAndFire):
                function = function_of(ann, layers[node.name])
                nodes.append(self._sender(node, SigmaDelta(node.op.threshold, function, self.gain)))
            elif isinstance(node.op, Encode) and _feeds_synapses(graph, node):
                nodes.append(self._sender(node, Delta()))
            else:
                nodes.append(node)
        return graph.with_nodes(tuple(nodes))

    def _sender(self, node: Node, op: Delta | SigmaDelta) -> Node:
        made = replace(node.output, type=replace(node.output.type, coding=TRAIN))
        return replace(node, op=op, outputs=(made,), provenance=node.provenance.then(self.name))


def with_thresholds(graph: Graph, thresholds: Mapping[str, Array]) -> Graph:
    """Return a graph of streams with other thresholds, by the name of the layer."""
    nodes = (
        replace(node, op=replace(node.op, threshold=_cast(thresholds[node.name], node.op.threshold)))
        if isinstance(node.op, SigmaDelta)
        else node
        for node in graph.nodes
    )
    return graph.with_nodes(tuple(nodes))


def _cast(thresholds: Array, like: Tensor) -> Tensor:
    return Tensor(thresholds.astype(like.dtype))


def _feeds_synapses(graph: Graph, node: Node) -> bool:
    """Whether only dense layers read a value: what is added to a current as it is stays a current."""
    return all(isinstance(reader.op, Dense) for reader in graph.consumers[node.output.name])


def _largest(error: Callable[[float], float], goal: float, first: float) -> float:
    """Return the largest factor found whose error is at most the goal, or the smallest tried."""
    factor = first
    for _ in range(HALVINGS):
        if error(factor) <= goal:
            break
        factor /= 2
    else:
        return factor
    return next((factor * finer for finer in FINER if error(factor * finer) <= goal), factor)
