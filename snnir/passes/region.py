"""One spiking region as a network of what its neurons tend to, with the gradients to train it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from snnir.codes import population
from snnir.ir import Node, Tensor
from snnir.ops import Add, Decode, Dense, Encode, IntegrateAndFire
from snnir.passes.layerwise import unit_mask
from snnir.passes.populate import encoder_weights
from snnir.semantics import Semantics
from snnir.types import Array

BATCH = 128
WARM_UP = 20
DECAY = (0.9, 0.999)
READ = np.float32(0.3)


class Region:
    """The limit of one region, its parameters and Adam's memory; arrays change in place.

    Populations stand for what `snnir.codes.population` expects of them; of an encoder, only the gains that it has are
    parameters, ``[neurons]``. In training they also get the noise that T steps will bring.

    Args:
        nodes: From encodes to decodes, in order.
        boundary: What goes in at encodes and should come out at decodes, ``[points, width]`` by value name.
        activity: Weight of the mean activity.
        rate: The largest step of Adam, in units of what the weights drive.
        semantics: How the target's neurons behave; for populations.
    """

    def __init__(
        self,
        nodes: tuple[Node, ...],
        boundary: Mapping[str, Array],
        activity: float,
        rate: float,
        semantics: Semantics | None = None,
    ) -> None:
        self.order = nodes
        self.boundary = boundary
        self.points = len(next(iter(boundary.values())))
        self.neurons = sum(n.op.threshold.shape[0] for n in nodes if isinstance(n.op, IntegrateAndFire))
        self.activity = np.float32(activity)
        self.rate = rate
        self.semantics = semantics or Semantics()
        self.queue: Array = np.empty(0, np.int64)
        producers = {node.output.name: node for node in nodes}
        self.fires = {node.output.name: node.op for node in nodes if isinstance(node.op, IntegrateAndFire)}
        self.encoders = {
            producers[node.inputs[0]].name: node.op.per_unit
            for node in nodes
            if isinstance(node.op, IntegrateAndFire) and node.op.per_unit is not None
        }
        encodes = [node for node in nodes if isinstance(node.op, Encode)]
        self.shift = {node.output.name: boundary[node.inputs[0]].mean(axis=0) for node in encodes}
        self.scale = {node.output.name: _spread(boundary[node.inputs[0]]) for node in encodes}
        decodes = [node.output.name for node in nodes if isinstance(node.op, Decode)]
        self.power = {name: _power(boundary[name]) for name in decodes}
        self.outputs = sum(len(power) for power in self.power.values())
        self.parameters = {node.name: self._standardised(node) for node in nodes if isinstance(node.op, Dense)}
        self.unit = self._units()
        self.masks = {
            node.name: _unit_mask(self.parameters[node.name][0], self._per_unit(node))
            for node in nodes
            if node.name in self.parameters and node.name not in self.encoders
        }
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
        if node.name in self.encoders:
            return weight.sum(axis=0), bias.copy()
        if source not in self.shift:
            return weight.copy(), bias.copy()
        return weight * self.scale[source][:, np.newaxis], bias + self.shift[source] @ weight

    def _per_unit(self, node: Node) -> int:
        """Return how many neurons of each unit a dense layer reads."""
        fires = self.fires.get(node.inputs[0])
        return 1 if fires is None else fires.per_unit or 1

    def _units(self) -> dict[str, tuple[Array, Array]]:
        """Return what to measure weights and biases in, by dense node: the units of what they drive.

        Outputs: their root mean square. Membranes: 1. Pre-activations that an encoder reads: what changes the currents
        of their neurons by `READ` on average.
        """
        unit: dict[str, Array] = {}
        found: dict[str, tuple[Array, Array]] = {}
        for node in reversed(self.order):
            if isinstance(node.op, Decode):
                unit[node.inputs[0]] = np.sqrt(self.power[node.output.name])
            elif isinstance(node.op, Add | IntegrateAndFire):
                unit |= dict.fromkeys(node.inputs, unit.get(node.output.name, np.ones(1, np.float32)))
            elif node.name in self.encoders:
                per_unit = self.encoders[node.name]
                size = np.abs(self.parameters[node.name][0].reshape(-1, per_unit)).mean(axis=1)
                found[node.name] = np.repeat(size, per_unit), np.ones(1, np.float32)
                unit[node.inputs[0]] = READ / size
            elif isinstance(node.op, Dense):
                found[node.name] = unit[node.output.name], unit[node.output.name]
        return found

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
            if node.name in self.encoders:
                weight = encoder_weights(weight.reshape(-1, self.encoders[node.name]))
            elif source in self.shift:
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
        gradients = self._gradients(rows, rng)
        rate = self.rate * min(1.0, (iteration + 1) / WARM_UP) * 0.5 * (1 + np.cos(np.pi * iteration / iterations))
        first, second = (np.float32(1 - decay ** (iteration + 1)) for decay in DECAY)
        for name, pair in self.parameters.items():
            parts = zip(pair, gradients[name], self.memory[name], self.unit[name], strict=True)
            for parameter, gradient, (mean, square), unit in parts:
                slope = gradient * unit
                np.add(mean, np.float32(1 - DECAY[0]) * (slope - mean), out=mean)
                np.add(square, np.float32(1 - DECAY[1]) * (slope * slope - square), out=square)
                change = mean / first / (np.sqrt(square / second) + np.float32(1e-8))
                np.subtract(parameter, np.float32(rate) * unit * change, out=parameter)

    def _forward(
        self, rows: Array, rng: np.random.Generator | None = None
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return the values on some points, and the slopes of what the neurons do there; noisy if there is an rng."""
        values: dict[str, Array] = {}
        slopes: dict[str, Array] = {}
        for node in self.order:
            name, op = node.output.name, node.op
            if isinstance(op, Encode):
                values[name] = (self.boundary[node.inputs[0]][rows] - self.shift[name]) / self.scale[name]
            elif node.name in self.encoders:
                gain, offset = self.parameters[node.name]
                values[name] = np.repeat(values[node.inputs[0]], self.encoders[node.name], axis=1) * gain + offset
            elif isinstance(op, Dense):
                weight, bias = self.parameters[node.name]
                values[name] = values[node.inputs[0]] @ weight + bias
            elif isinstance(op, Add):
                values[name] = values[node.inputs[0]] + values[node.inputs[1]]
            elif isinstance(op, IntegrateAndFire):
                values[name], slopes[name] = self._fire(node, op, values[node.inputs[0]], rng)
            else:
                values[name] = values[node.inputs[0]]
        return values, slopes

    def _fire(
        self, node: Node, op: IntegrateAndFire, current: Array, rng: np.random.Generator | None
    ) -> tuple[Array, Array]:
        """Return what neurons do on average, and the slope of that."""
        if op.per_unit is None:
            clipped = np.clip(current, -1, 1)
            return clipped, clipped == current
        rate = population.expected(current, self.semantics)
        slope = population.slope(current, rate, self.semantics)
        if rng is None:
            return rate, slope
        spread = population.deviation(current, rate, node.output.type.steps, self.semantics)
        noise = np.float32(12**0.5) * (rng.random(rate.shape, np.float32) - np.float32(0.5))
        return rate + noise * spread, slope

    def _gradients(self, rows: Array, rng: np.random.Generator | None = None) -> dict[str, tuple[Array, Array]]:
        """Return the gradient of the loss for every parameter, by reverse-mode differentiation."""
        values, slopes = self._forward(rows, rng)
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
                arrive(node.inputs[0], behind * slopes[name])
            elif isinstance(op, Add):
                behind = slope.pop(name)
                arrive(node.inputs[0], behind)
                arrive(node.inputs[1], behind)
            elif node.name in self.encoders:
                behind, per_unit = slope.pop(name), self.encoders[node.name]
                source = np.repeat(values[node.inputs[0]], per_unit, axis=1)
                found[node.name] = (np.sum(source * behind, axis=0), behind.sum(axis=0))
                back = behind * self.parameters[node.name][0]
                arrive(node.inputs[0], back.reshape(len(rows), -1, per_unit).sum(axis=2))
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


def _unit_mask(weight: Array, per_unit: int) -> Array:
    """Return what keeps a matrix that joins units with themselves only like that: a mask for one, else 1."""
    mask = unit_mask(weight, per_unit).astype(weight.dtype)
    own = weight.shape[0] == weight.shape[1] * per_unit and not np.any(weight * (1 - mask))
    return mask if own else np.ones_like(mask)
