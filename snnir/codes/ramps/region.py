"""One spiking region as a network of what its neurons tend to, with the gradients to train it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from snnir.calibration.ridge import unit_mask
from snnir.codes.ramps.activity import Activity
from snnir.codes.ramps.adam import Adam
from snnir.codes.ramps.neuron import IntegrateAndFire
from snnir.codes.ramps.populations import deviation, encoder_weights, respond
from snnir.codes.ramps.standardised import standardised
from snnir.ir import Node, Tensor, is_of
from snnir.ops import Add, Decode, Dense, Encode
from snnir.semantics import Semantics
from snnir.types import Array

READ = np.float32(0.3)
NOISE = 1 << 20
"""Random numbers that are drawn once; every step of the training begins to read them at another place."""
ENCODER_RATE = 2.0
"""Steps of gains and offsets, in steps of weights: many weights move a current together, an offset moves it alone."""


class Region:
    """The limit of one region and its parameters; arrays change in place.

    Populations stand for what `snnir.codes.ramps.populations` expects of them; of an encoder, only the gains that it
    has are parameters, ``[neurons]``. In training they also get the noise that a number of steps brings.

    A step is some forty operations on arrays of a hundred thousand numbers: they write into buffers that are kept, for
    allocating memory anew takes three times as long.

    Args:
        nodes: From encodes to decodes, in order.
        boundary: What goes in at encodes and should come out at decodes, ``[points, width]`` by value name.
        activity: Weight of the mean activity.
        semantics: How the target's neurons behave; for populations.
        steps: Time steps that the noise stands for.
        digits: Values are sent as so many binary digits, see `Activity`; None: spikes are counted.
        dtype: What to compute in.
    """

    def __init__(
        self,
        nodes: tuple[Node, ...],
        boundary: Mapping[str, Array],
        activity: float,
        semantics: Semantics | None = None,
        *,
        steps: int = 32,
        digits: int | None = None,
        dtype: str = "float32",
    ) -> None:
        self.order = nodes
        self.dtype = np.dtype(dtype)
        self.points = len(next(iter(boundary.values())))
        self.activity = activity
        self.semantics = semantics or Semantics()
        self.steps = steps
        self.active = Activity(digits)
        self._buffers: dict[tuple[str, tuple[int, ...]], Array] = {}
        self._noise: Array = np.empty(0, self.dtype)
        producers = {node.output.name: node for node in nodes}
        layers = [node for node in nodes if is_of(node, IntegrateAndFire)]
        self.fires = {node.output.name: node.op for node in layers}
        self.neurons = sum(op.width for op in self.fires.values())
        self.encoders = {
            producers[node.inputs[0]].name: node.op.per_unit for node in layers if node.op.per_unit is not None
        }
        self.ends = standardised(nodes, boundary, self.dtype)
        self.parameters = {node.name: self._standardised(node) for node in nodes if isinstance(node.op, Dense)}
        self.unit = self._units()
        self.masks = self._masks()

    def _standardised(self, node: Node) -> tuple[Array, Array]:
        """Return weight and bias of a dense layer, for inputs of mean 0 and variance 1 where it reads the region's."""
        assert isinstance(node.op, Dense)  # noqa: S101 - the caller filters by it
        weight = node.op.weight.array.astype(self.dtype)
        width = weight.shape[1]
        bias = np.zeros(width, self.dtype) if node.op.bias is None else node.op.bias.array.astype(self.dtype)
        (source,) = node.inputs
        if node.name in self.encoders:
            return weight.sum(axis=0), bias.copy()
        if source not in self.ends.shift:
            return weight.copy(), bias.copy()
        return weight * self.ends.scale[source][:, np.newaxis], bias + self.ends.shift[source] @ weight

    def _masks(self) -> dict[str, Array]:
        """Return, for dense layers whose matrix joins units with themselves only, what keeps it so."""
        masks: dict[str, Array] = {}
        for node in self.order:
            if node.name in self.parameters and node.name not in self.encoders:
                fires = self.fires.get(node.inputs[0])
                weight, per_unit = self.parameters[node.name][0], 1 if fires is None else fires.per_unit or 1
                mask = unit_mask(weight, per_unit).astype(self.dtype)
                if weight.shape[0] == weight.shape[1] * per_unit and not np.any(weight * (1 - mask)):
                    masks[node.name] = mask
        return masks

    def _units(self) -> dict[str, tuple[Array, Array]]:
        """Return what to measure weights and biases in, by dense node: the units of what they drive.

        Outputs: their standard deviation. Membranes: 1. Pre-activations that an encoder reads: what changes the
        currents of their neurons by `READ` on average.
        """
        unit: dict[str, Array] = {}
        found: dict[str, tuple[Array, Array]] = {}
        for node in reversed(self.order):
            if isinstance(node.op, Decode):
                unit[node.inputs[0]] = np.sqrt(self.ends.power[node.output.name])
            elif node.output.name in self.fires or isinstance(node.op, Add):
                unit |= dict.fromkeys(node.inputs, unit.get(node.output.name, np.ones(1, self.dtype)))
            elif node.name in self.encoders:
                per_unit = self.encoders[node.name]
                size = np.abs(self.parameters[node.name][0].reshape(-1, per_unit)).mean(axis=1)
                found[node.name] = np.repeat(size, per_unit), np.ones(1, self.dtype)
                unit[node.inputs[0]] = READ / size
            elif isinstance(node.op, Dense):
                found[node.name] = unit[node.output.name], unit[node.output.name]
        return found

    def is_finite(self) -> bool:
        """Whether all weights are numbers; where they are not, the closed form stays."""
        return all(bool(np.all(np.isfinite(array))) for pair in self.parameters.values() for array in pair)

    def copied(self) -> dict[str, tuple[Array, Array]]:
        """Return a copy of all parameters."""
        return {name: (weight.copy(), bias.copy()) for name, (weight, bias) in self.parameters.items()}

    def restore(self, kept: Mapping[str, tuple[Array, Array]]) -> None:
        """Set all parameters to a copy."""
        for name, pair in kept.items():
            for parameter, array in zip(self.parameters[name], pair, strict=True):
                parameter[...] = array

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
            elif source in self.ends.shift:
                weight = weight / self.ends.scale[source][:, np.newaxis]
                bias = bias - self.ends.shift[source] @ weight
            dtype = node.op.weight.dtype
            op = Dense(Tensor(weight.astype(dtype)), Tensor(bias.astype(dtype)))
            made.append(replace(node, op=op, provenance=node.provenance.then(step)))
        return made

    def adam(self, rate: float) -> Adam:
        """Return an optimiser of all parameters; gains and offsets of encoders take larger steps than weights."""
        names = list(self.parameters)
        rates = [rate * (ENCODER_RATE if name in self.encoders else 1.0) for name in names for _ in range(2)]
        units = [np.asarray(unit, self.dtype) for name in names for unit in self.unit[name]]
        return Adam([array for name in names for array in self.parameters[name]], units, rates)

    def loss(self, rows: Array | slice, rng: np.random.Generator | None = None) -> float:
        """Return what training minimises, on some points, with noise if there is an rng."""
        error, active = self.measured(rows, rng)
        return error + self.activity * active

    def measured(self, rows: Array | slice, rng: np.random.Generator | None = None) -> tuple[float, float]:
        """Return the mean square of the error over the variance of each output, and the mean activity."""
        values, _ = self._forward(rows, rng)
        error = sum(
            float(np.sum(np.mean(np.square(values[name] - wanted[rows]), axis=0) / self.ends.power[name]))
            for name, wanted in self.ends.wanted.items()
        )
        active = sum(float(np.sum(np.mean(self.active.of(values[name]), axis=0))) for name in self.fires)
        return error / self.ends.outputs, active / max(self.neurons, 1)

    def gradients(self, rows: Array, rng: np.random.Generator | None = None) -> list[Array]:
        """Return the gradient of the loss for weight and bias of every dense node, in the order of `parameters`.

        Reverse-mode differentiation; the arrays are buffers that the next call writes into.
        """
        values, slopes = self._forward(rows, rng)
        size = len(rows)
        slope: dict[str, Array] = {}
        found: dict[str, tuple[Array, Array]] = {}
        ones = np.ones(size, self.dtype)
        quiet = self.dtype.type(self.activity / max(self.neurons, 1) / size)

        def arrive(name: str, gradient: Array) -> None:
            slope[name] = slope[name] + gradient if name in slope else gradient

        for node in reversed(self.order):
            name, op = node.output.name, node.op
            if isinstance(op, Decode):
                error = values[name] - self.ends.wanted[name][rows]
                arrive(node.inputs[0], error * (self.dtype.type(2 / self.ends.outputs / size) / self.ends.power[name]))
            elif name in self.fires:
                behind = slope.pop(name) if name in slope else self._zeros(name, values[name].shape)
                behind += quiet * self.active.slope(values[name], signed=self.fires[name].signed)
                behind *= slopes[name]
                arrive(node.inputs[0], behind)
            elif isinstance(op, Add):
                behind = slope.pop(name)
                arrive(node.inputs[0], behind)
                arrive(node.inputs[1], behind.copy())
            elif node.name in self.encoders:
                found[node.name] = self._encoder_slopes(node, slope.pop(name), values, ones, arrive)
            elif isinstance(op, Dense):
                behind = slope.pop(name)
                weight = self._matmul(f"{node.name} weight", values[node.inputs[0]].T, behind)
                if node.name in self.masks:
                    weight *= self.masks[node.name]
                found[node.name] = weight, ones @ behind
                if node.inputs[0] not in self.ends.shift:
                    back = self.parameters[node.name][0].T
                    arrive(node.inputs[0], self._matmul(f"{node.name} back", behind, back))
        return [array for name in self.parameters for array in found[name]]

    def _encoder_slopes(
        self, node: Node, behind: Array, values: Mapping[str, Array], ones: Array, arrive: Any
    ) -> tuple[Array, Array]:
        """Return the gradients of gains and offsets, and pass on that of what the encoder reads."""
        (source,) = node.inputs
        per_unit = self.encoders[node.name]
        product = np.repeat(values[source], per_unit, axis=1)
        product *= behind
        gains, offsets = ones @ product, ones @ behind
        np.multiply(behind, self.parameters[node.name][0], out=product)
        arrive(source, product.reshape(len(behind), -1, per_unit) @ np.ones(per_unit, self.dtype))
        return gains, offsets

    def _forward(
        self, rows: Array | slice, rng: np.random.Generator | None = None
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return the values on some points, and the slopes of what the neurons do there; noisy if there is an rng."""
        values: dict[str, Array] = {}
        slopes: dict[str, Array] = {}
        for node in self.order:
            name, op = node.output.name, node.op
            source = values.get(node.inputs[0], self._noise)
            if isinstance(op, Encode):
                values[name] = self.ends.inputs[name][rows]
            elif node.name in self.encoders:
                gain, offset = self.parameters[node.name]
                # Repeating first is faster than broadcasting along rows of K.
                values[name] = np.repeat(source, self.encoders[node.name], axis=1)
                values[name] *= gain
                values[name] += offset
            elif isinstance(op, Dense):
                weight, bias = self.parameters[node.name]
                values[name] = self._matmul(name, source, weight)
                values[name] += bias
            elif isinstance(op, Add):
                values[name] = source + values[node.inputs[1]]
            elif name in self.fires:
                values[name], slopes[name] = self._fire(name, self.fires[name], source, rng)
            else:
                values[name] = source
        return values, slopes

    def _fire(
        self, name: str, op: IntegrateAndFire, current: Array, rng: np.random.Generator | None
    ) -> tuple[Array, Array]:
        """Return what neurons do on average, and the slope of that."""
        rate, slope = self._room(name, current.shape), self._room(f"{name} slope", current.shape)
        if op.per_unit is None:
            np.clip(current, -1, 1, out=rate)
            np.equal(rate, current, out=slope, casting="unsafe")
            return rate, slope
        respond(current, self.semantics, rate, slope)
        if rng is not None:
            if not self._noise.size:
                # Not from the rng, whose first use would not be like its others.
                drawn = np.random.default_rng(0).random(NOISE, np.float32)
                self._noise = (drawn - np.float32(0.5)).astype(self.dtype) * 12**0.5
            start = int(rng.integers(max(self._noise.size - current.size, 1)))
            noise = np.resize(self._noise[start : start + current.size], current.shape)
            spread = deviation(current, rate, slope, self.steps, self.semantics)
            spread *= noise
            rate += spread
        return rate, slope

    def _matmul(self, name: str, left: Array, right: Array) -> Array:
        return np.matmul(left, right, out=self._room(name, (left.shape[0], right.shape[1])))

    def _zeros(self, name: str, shape: tuple[int, ...]) -> Array:
        room = self._room(f"{name} behind", shape)
        room[...] = 0
        return room

    def _room(self, name: str, shape: tuple[int, ...]) -> Array:
        """Return a buffer for one value of this shape."""
        key = name, shape
        if key not in self._buffers:
            self._buffers[key] = np.empty(shape, self.dtype)
        return self._buffers[key]
