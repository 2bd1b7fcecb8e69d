"""Tune: fit the network of clipped lines that the neurons compute, before any spike is simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import limit
from snnir.ir import Graph, Node, Tensor, regions
from snnir.ops import Add, Decode, Dense, Encode, IntegrateAndFire
from snnir.passes.base import Context, Pass
from snnir.passes.layerwise import Affine, Layerwise, Task, diagonal_fit
from snnir.semantics import evaluate
from snnir.types import Array

BATCH = 128
RATE = 4e-3
WARM_UP = 20
DECAY = (0.9, 0.999)
NOISE = 0.02


@dataclass(frozen=True)
class Tune(Pass):
    """Train every region's limit for T to infinity, a network of clipped lines, to give the analog network's outputs.

    First each layer in closed form: ``min over W, b of mean |h W + b - z|^2 + 0.02 |W|^2`` on the clipped
    activations h in [-1, 1] of the layer before. The penalty stands for the noise that spikes will add;
    without it the weights grow so large that the next step makes things worse (5e-2 becomes 2e-1 on Burgers).
    Then Adam on the whole region:

        mean over outputs of |y - y_ann|^2 / mean |y_ann|^2 + activity mean |h|

    with a network's weights measured in units of what they drive, so that outputs of any size train alike.
    The last term pushes neurons towards silence: spikes are what a spiking network costs. Nothing is
    simulated, so a step costs about a millisecond. On Poisson and Burgers (T = 32) it brings 4.5e-2 and 4.9e-2 down
    to 1.9e-2 and 3.3e-2, at spike rates of 0.29 and 0.45 instead of 0.54 and 0.68. An activity of 0.03 gives
    1.7e-2 and 3.1e-2 at 0.37 and 0.56; 0.15 gives 1.9e-2 and 3.8e-2 at 0.24 and 0.38. Noise or a
    straight-through quantiser inside, a second sweep, and tuning on simulated spikes gave nothing more.

    Before: thresholds are 1. After: the same structure with other weights; only the outputs of regions still
    mean what they mean in the analog network. To be followed by `LeastSquares` with ``tuned``.

    Attributes:
        iterations: Adam steps; 0 leaves the closed form.
        activity: Weight of the mean activity.
    """

    name: ClassVar[str] = "tune"
    requires: ClassVar[frozenset[str]] = frozenset({"thresholds", "normalised"})
    establishes: ClassVar[frozenset[str]] = frozenset({"tuned"})
    iterations: int = 500
    activity: float = 0.08

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with tuned weights."""
        graph = _ClosedForm().run(graph, context)
        found = regions(graph)
        rng = np.random.default_rng(context.seed)
        tuned: dict[str, Node] = {}
        for index, nodes in enumerate(found):
            region = _Region(nodes, _boundary(nodes, context), self.activity)
            with np.errstate(over="ignore", invalid="ignore"):  # huge weights: caught right below
                for iteration in range(self.iterations):
                    region.step(iteration, self.iterations, rng)
                    if iteration % 25 == 0:
                        context.progress((index + iteration / self.iterations) / len(found))
            if region.is_finite():
                tuned |= {node.name: node for node in region.nodes(self.name)}
        return graph.with_nodes(tuple(tuned.get(node.name, node) for node in graph.nodes))


@dataclass(frozen=True)
class _ClosedForm(Layerwise):
    """The first step: each layer in turn on the limit's activations."""

    name: ClassVar[str] = "tune"

    def signals(self, graph: Graph, context: Context, names: tuple[str, ...]) -> Mapping[str, Array]:
        return evaluate(limit(graph), context.points, outputs=names)

    def fit(self, task: Task) -> Affine:
        if task.diagonal:
            return diagonal_fit(task.spikes, task.goal)
        mean, goal_mean = task.spikes.mean(axis=0), task.goal.mean(axis=0)
        spread = task.spikes - mean
        gram: Array = spread.T @ spread / len(spread) + NOISE * np.eye(spread.shape[1])
        right: Array = spread.T @ (task.goal - goal_mean) / len(spread)
        weight: Array = np.linalg.solve(gram, right)
        return weight, goal_mean - mean @ weight


def _boundary(nodes: tuple[Node, ...], context: Context) -> dict[str, Array]:
    """Return what goes into a region and what should come out of it, in the analog network, as ``[points, width]``."""
    names = {node.inputs[0] for node in nodes if isinstance(node.op, Encode)}
    names |= {node.output.name for node in nodes if isinstance(node.op, Decode)}
    values = evaluate(context.analog, context.points, outputs=names)
    return {name: array.reshape(-1, array.shape[-1]).astype(np.float32) for name, array in values.items()}


class _Region:
    """The limit of one region, its parameters and Adam's memory; arrays change in place."""

    def __init__(self, nodes: tuple[Node, ...], boundary: Mapping[str, Array], activity: float) -> None:
        self.order = nodes
        self.boundary = boundary
        self.points = len(next(iter(boundary.values())))
        self.neurons = sum(n.op.threshold.shape[0] for n in nodes if isinstance(n.op, IntegrateAndFire))
        self.activity = np.float32(activity)
        self.queue: Array = np.empty(0, np.int64)
        encodes = [node for node in nodes if isinstance(node.op, Encode)]
        self.shift = {node.output.name: boundary[node.inputs[0]].mean(axis=0) for node in encodes}
        self.scale = {node.output.name: _spread(boundary[node.inputs[0]]) for node in encodes}
        decodes = [node.output.name for node in nodes if isinstance(node.op, Decode)]
        self.power = {name: _power(boundary[name]) for name in decodes}
        self.outputs = sum(len(power) for power in self.power.values())
        self.parameters = {node.name: self._standardised(node) for node in nodes if isinstance(node.op, Dense)}
        self.unit = self._units()
        self.masks = {name: _diagonal_mask(weight) for name, (weight, _) in self.parameters.items()}
        self.memory = {
            name: [(np.zeros_like(array), np.zeros_like(array)) for array in pair]
            for name, pair in self.parameters.items()
        }

    def _standardised(self, node: Node) -> tuple[Array, Array]:
        """Return weight and bias of a dense layer, for inputs of mean 0 and variance 1 where it reads the region's."""
        assert isinstance(node.op, Dense)  # noqa: S101 - the caller filters by it
        weight = node.op.weight.array.astype(np.float32)
        bias = np.zeros(weight.shape[1], np.float32) if node.op.bias is None else node.op.bias.array.astype(np.float32)
        (source,) = node.inputs
        if source not in self.shift:
            return weight.copy(), bias.copy()
        return weight * self.scale[source][:, np.newaxis], bias + self.shift[source] @ weight

    def _units(self) -> dict[str, Array]:
        """Return what to measure each current in: the root mean square of the output it ends in, 1 for membranes."""
        unit: dict[str, Array] = {}
        for node in reversed(self.order):
            if isinstance(node.op, Decode):
                unit[node.inputs[0]] = np.sqrt(self.power[node.output.name])
            elif isinstance(node.op, Add | IntegrateAndFire):
                unit |= dict.fromkeys(node.inputs, unit.get(node.output.name, np.ones(1, np.float32)))
        return {node.name: unit[node.output.name] for node in self.order if isinstance(node.op, Dense)}

    def is_finite(self) -> bool:
        """Whether all weights are numbers; where they are not, the closed form stays."""
        return all(bool(np.all(np.isfinite(array))) for pair in self.parameters.values() for array in pair)

    def nodes(self, step: str) -> list[Node]:
        """Return the dense nodes with their present weights."""
        made: list[Node] = []
        for node in self.order:
            if not isinstance(node.op, Dense):
                continue
            weight, bias = self.parameters[node.name]
            (source,) = node.inputs
            if source in self.shift:
                weight = weight / self.scale[source][:, np.newaxis]
                bias = bias - self.shift[source] @ weight
            dtype = node.op.weight.dtype
            op = Dense(Tensor(weight.astype(dtype)), Tensor(bias.astype(dtype)))
            made.append(replace(node, op=op, provenance=node.provenance.then(step)))
        return made

    def step(self, iteration: int, iterations: int, rng: np.random.Generator) -> None:
        """Take one step of Adam (Kingma and Ba, 2015) with a warm-up and a cosine to zero."""
        size = min(BATCH, self.points)
        if len(self.queue) < size:
            self.queue = rng.permutation(self.points)
        rows, self.queue = self.queue[:size], self.queue[size:]
        gradients = self._gradients(rows)
        rate = RATE * min(1.0, (iteration + 1) / WARM_UP) * 0.5 * (1 + np.cos(np.pi * iteration / iterations))
        first, second = (np.float32(1 - decay ** (iteration + 1)) for decay in DECAY)
        for name, pair in self.parameters.items():
            unit = self.unit[name]
            for parameter, gradient, (mean, square) in zip(pair, gradients[name], self.memory[name], strict=True):
                slope = gradient * unit
                np.add(mean, np.float32(1 - DECAY[0]) * (slope - mean), out=mean)
                np.add(square, np.float32(1 - DECAY[1]) * (slope * slope - square), out=square)
                change = mean / first / (np.sqrt(square / second) + np.float32(1e-8))
                np.subtract(parameter, np.float32(rate) * unit * change, out=parameter)

    def _forward(self, rows: Array) -> dict[str, Array]:
        values: dict[str, Array] = {}
        for node in self.order:
            name, op = node.output.name, node.op
            if isinstance(op, Encode):
                values[name] = (self.boundary[node.inputs[0]][rows] - self.shift[name]) / self.scale[name]
            elif isinstance(op, Dense):
                weight, bias = self.parameters[node.name]
                values[name] = values[node.inputs[0]] @ weight + bias
            elif isinstance(op, Add):
                values[name] = values[node.inputs[0]] + values[node.inputs[1]]
            elif isinstance(op, IntegrateAndFire):
                values[name] = np.clip(values[node.inputs[0]], -1, 1)
            else:
                values[name] = values[node.inputs[0]]
        return values

    def _gradients(self, rows: Array) -> dict[str, tuple[Array, Array]]:
        """Return the gradient of the loss for every parameter, by reverse-mode differentiation."""
        values = self._forward(rows)
        size = np.float32(len(rows))
        slope: dict[str, Array] = {}
        found: dict[str, tuple[Array, Array]] = {}

        def arrive(name: str, gradient: Array) -> None:
            slope[name] = slope[name] + gradient if name in slope else gradient

        for node in reversed(self.order):
            name, op = node.output.name, node.op
            if isinstance(op, Decode):
                error = values[name] - self.boundary[name][rows]
                arrive(node.inputs[0], np.float32(2 / self.outputs) * error / (self.power[name] * size))
            elif isinstance(op, IntegrateAndFire):
                quiet = self.activity / np.float32(self.neurons) / size * np.sign(values[name])
                behind = slope.pop(name, np.float32(0)) + quiet
                arrive(node.inputs[0], behind * (values[name] == values[node.inputs[0]]))
            elif isinstance(op, Add):
                behind = slope.pop(name)
                arrive(node.inputs[0], behind)
                arrive(node.inputs[1], behind)
            elif isinstance(op, Dense):
                behind = slope.pop(name)
                source = values[node.inputs[0]]
                found[node.name] = (source.T @ behind * self.masks[node.name], behind.sum(axis=0))
                if node.inputs[0] not in self.shift:
                    arrive(node.inputs[0], behind @ self.parameters[node.name][0].T)
        return found


def _spread(array: Array) -> Array:
    """Return the standard deviation of every column; 1 where it is rounding only, so that no weight is blown up."""
    spread: Array = array.std(axis=0)
    return np.where(spread > np.float32(1e-5) * np.abs(array).max(axis=0), spread, np.float32(1))


def _power(array: Array) -> Array:
    """Return the mean square of every column, none so small beside the others that it would rule the loss."""
    power: Array = np.mean(array**2, axis=0)
    floor = np.float32(1e-4) * power.mean()
    return np.maximum(power, floor if floor > 0 else np.float32(1))


def _diagonal_mask(weight: Array) -> Array:
    """Return what keeps a diagonal matrix diagonal: the identity for one, else 1."""
    identity = np.eye(weight.shape[0], weight.shape[1], dtype=weight.dtype)
    diagonal = weight.shape[0] == weight.shape[1] and not np.any(weight * (1 - identity))
    return identity if diagonal else np.ones_like(identity)
