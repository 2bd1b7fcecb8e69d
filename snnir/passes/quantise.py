"""Quantise: a network of integers in the target's format, calibrated on its own integer spikes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from snnir.analysis import Afferents, encoder, find_afferents, limit, received
from snnir.codes.integer import (
    bias_exponent,
    bias_limit,
    compensated,
    split,
    threshold_unit,
    weight_limit,
)
from snnir.errors import Diagnostic, ModelError
from snnir.ir import Graph, Node, Op, Tensor, Value, fresh_name, is_spiking, prune
from snnir.ops import Add, Cast, Clip, Constant, Decode, Dense, Encode, IntegrateAndFire, Mul, Round
from snnir.passes.base import Context, Pass
from snnir.passes.join import Join
from snnir.passes.layerwise import analog_goals, ridge, unit_mask
from snnir.semantics import IntegerFormat, evaluate, integrate_and_fire
from snnir.types import ANALOG, Array, Current, Spikes

MARGIN = 1.5
"""How much larger than on the calibration points a sum over all steps may become elsewhere."""
CHUNK = 64
"""Points that a layer is simulated on at once."""


@dataclass(frozen=True)
class Quantise(Pass):
    """Layer by layer: fit weights to integer spikes, scale them to the format, and round them.

    For every layer, with all before it in integers already and simulated in fixed point:

    1. the best linear decoder of the pre-activations from the integer spikes, as `LeastSquares` finds it;
    2. joined with the encoder of a population (`Join`); the threshold is then as high as weights and the sum of the
       currents over all steps allow, so that the weights fill their bits;
    3. rounded so that errors make up for each other (`snnir.codes.integer.compensated`); rounding each weight to the
       nearest would leave an error of about ``sqrt(n) / 2`` units of the grid in every current;
    4. biases that put the mean currents right again.

    What the host gives to the first layers is one integer for every neuron, a bias in the target's format. Readouts
    take weights of twice the bits in two matrices, high and low, and the host multiplies the sum by their scale.

    Before: thresholds of 1. After: joined; all tensors between encode and decode are integers, in units of the
    membrane; the network means the same.

    Attributes:
        tuned: The graph comes from `Tune`: decode the pre-activations of its limit.
    """

    name: ClassVar[str] = "quantise"
    requires: ClassVar[frozenset[str]] = frozenset({"thresholds", "normalised"})
    establishes: ClassVar[frozenset[str]] = frozenset({"calibrated", "joined", "quantised"})
    tuned: bool = False

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the integer network.

        Raises:
            ModelError: A layer cannot be expressed; code ``mixed-current``, ``threshold-range`` or ``bias-range``.
        """
        found = find_afferents(graph, context.analog)
        goals = analog_goals(graph, context)
        if self.tuned:
            currents = {node.name: received(graph, node) for node in graph.of(IntegrateAndFire)}
            values = evaluate(limit(graph, context.semantics), context.points, outputs=currents.values())
            goals |= {name: values[current].reshape(goals[name].shape) for name, current in currents.items()}
        work = _Work(graph, Join().run(graph, context), context, self.name)
        for index, each in enumerate(found):
            work.layer(each, goals[each.receiver])
            context.progress((index + 1) / len(found))
        return work.finished()


@dataclass(frozen=True)
class _Heard:
    """What the spikes of all sources of a layer do on the calibration points.

    Attributes:
        mean: Mean spikes, ``[neurons]``.
        gram: Their covariance; between neurons of different units none, where every receiver hears one unit only.
    """

    mean: Array
    gram: Array


class _Work:
    """What is made so far, and the integer spikes of its layers on the calibration points."""

    def __init__(self, graph: Graph, joined: Graph, context: Context, step: str) -> None:
        form = context.semantics.integer
        assert form is not None  # noqa: S101 - the pipeline quantises for targets that have one
        self.graph = graph
        self.joined = joined
        self.context = context
        self.form: IntegerFormat = form
        self.step = step
        self.taken = {*graph.types, *graph.by_name, *joined.types, *joined.by_name}
        self.made: dict[str, list[Node]] = {}
        self.trains: dict[str, Array] = {}
        self.points: dict[str, int] = {}

    def finished(self) -> Graph:
        """Return the whole graph."""
        nodes: list[Node] = []
        for node in self.graph.nodes:
            stays = not is_spiking(self.graph, node) or self._reads_spikes(node)
            nodes += self.made.get(node.name, (node,) if stays else ())
        return prune(self.graph.with_nodes(tuple(nodes)))

    def _reads_spikes(self, node: Node) -> bool:
        """Whether a decode has no weights in front of it."""
        return isinstance(node.op, Decode) and isinstance(self.graph.types[node.inputs[0]].coding, Spikes)

    def layer(self, each: Afferents, goal: Array) -> None:
        """Make one layer of neurons, or one readout, that should receive `goal` on average."""
        node = self.graph.by_name[each.receiver]
        self.points[node.name] = len(goal)
        if each.synapses and each.fixed:
            message = "spikes and inputs meet in one layer, and what the host injects would come too early there"
            hint = "use --target nir or numpy, or a network without skip connections from the inputs"
            raise ModelError((Diagnostic("mixed-current", message, f"layer {node.name!r}", hint),))
        if isinstance(node.op, Decode):
            self._readout(each, node, goal)
            return
        assert isinstance(node.op, IntegrateAndFire)  # noqa: S101 - the codes of integer targets have no other
        before = encoder(self.graph, node)
        gain, offset, per_unit = np.ones(goal.shape[1]), np.zeros(goal.shape[1]), 1
        if before is not None and node.op.per_unit is not None:
            assert isinstance(before.op, Dense)  # noqa: S101 - encoders are
            gain = before.op.weight.array.sum(axis=0).astype(np.float64)
            offset = np.zeros(len(gain)) if before.op.bias is None else before.op.bias.array.astype(np.float64)
            per_unit = node.op.per_unit
        wanted = np.repeat(goal, per_unit, axis=1) * gain + offset
        if each.synapses:
            heard, weight = self._decoder(each, goal)
            self._synapses(each, node, heard, np.repeat(weight, per_unit, axis=1) * gain, wanted)
        else:
            self._injected(node, wanted)

    def _decoder(self, each: Afferents, goal: Array) -> tuple[_Heard, Array]:
        """Return what all sources say on average, and the weights that decode the goal best from it."""
        sources = [self.graph.by_name[name].inputs[0] for name in each.synapses]
        features = np.concatenate([self.trains[name].mean(axis=0, dtype=np.float64) for name in sources], axis=1)
        mean = features.mean(axis=0)
        spread = features - mean
        gram: Array = spread.T @ spread / len(features)
        given = np.concatenate([_dense(self.graph, name).weight.array for name in each.synapses])
        per_unit = len(given) // given.shape[1] if len(given) % given.shape[1] == 0 else 1
        mask = unit_mask(given, per_unit)
        own = len(given) == given.shape[1] * per_unit and not np.any(given * ~mask)
        if not own or given.shape[1] == 1:
            weight, _ = ridge(features, goal, np.zeros(given.shape))
            return _Heard(mean, gram), weight
        weight = np.zeros(given.shape)
        for unit in range(given.shape[1]):
            rows = slice(unit * per_unit, (unit + 1) * per_unit)
            fitted, _ = ridge(features[:, rows], goal[:, unit : unit + 1], np.zeros((per_unit, 1)))
            weight[rows, unit] = fitted[:, 0]
        place = np.arange(len(given)) // per_unit
        return _Heard(mean, gram * (place[:, np.newaxis] == place)), weight

    def _synapses(self, each: Afferents, node: Node, heard: _Heard, weight: Array, wanted: Array) -> None:
        """Make a layer behind spikes that should receive `wanted` on average; weights in thresholds."""
        assert isinstance(node.op, IntegrateAndFire)  # noqa: S101 - the caller knows
        threshold, unit = self._threshold(node, node.op, float(np.abs(weight).max()), wanted)
        whole = compensated(weight * (threshold / unit), heard.gram, weight_limit(self.form) // 2)
        grid = 2 << self.form.shift
        bias = np.rint((wanted.mean(axis=0) * threshold - heard.mean @ whole * unit) / grid) * grid
        parts = self._cut(each, node, whole * unit, bias)

        def current(part: slice) -> Array:
            total: Array = bias[np.newaxis, np.newaxis]
            for name, dense in parts:
                total = total + self.trains[name][:, part].astype(np.float64) @ dense.weight.array
            return total

        nodes = self._sum(node, self._current(node), parts)
        self.made[node.name] = [*nodes, self._neurons(node, node.op, threshold, current)]

    def _sum(self, node: Node, value: Value, parts: list[tuple[str, Dense]]) -> list[Node]:
        """Return dense nodes that read the spikes named, and what adds them up to a value."""
        nodes: list[Node] = []
        names: list[str] = []
        for index, (source, dense) in enumerate(parts):
            name = value.name if len(parts) == 1 else self._fresh(f"{value.name}.{index}")
            nodes.append(self._node(name, dense, (source,), replace(value, name=name), node))
            names.append(name)
        while len(names) > 1:
            first, second, *rest = names
            name = self._fresh(f"{value.name}.sum") if rest else value.name
            nodes.append(self._node(name, Add(), (first, second), replace(value, name=name), node))
            names = [name, *rest]
        return nodes

    def _cut(self, each: Afferents, node: Node, weights: Array, bias: Array) -> list[tuple[str, Dense]]:
        """Return the dense layer of every source; the first one takes the bias."""
        parts: list[tuple[str, Dense]] = []
        start = 0
        for name in each.synapses:
            op = _dense(self.graph, name)
            end = start + op.weight.shape[0]
            own = _whole(bias) if start == 0 and np.any(bias) else None
            parts.append((self.graph.by_name[name].inputs[0], Dense(_whole(weights[start:end]), own)))
            start = end
        return parts

    def _threshold(self, node: Node, op: IntegrateAndFire, largest: float, wanted: Array) -> tuple[int, int]:
        """Return the threshold of a layer and the unit of its weights, both in units of the membrane.

        Raises:
            ModelError: No threshold is low enough for the sum of the currents over all steps.
        """
        form, unit = self.form, self._threshold_unit()
        drive = (self.context.steps * float(np.abs(wanted).max(initial=0)) + 1) * MARGIN
        highest = ((1 << form.threshold_bits) - 1) * unit
        top = min(float(highest), ((1 << (form.state_bits - 1)) - 1) / drive)
        full = weight_limit(form) << form.shift
        exponent = next((e for e in range(form.weight_exponent, -1, -1) if (full << e) <= top * largest), 0)
        threshold = min(top, (full << exponent) / max(largest, 1e-30))
        whole = self._on_grid(int(threshold), unit, signed=op.signed)
        if whole < 1:
            message = f"currents of up to {drive / MARGIN:.0f} thresholds in all leave no bits for a threshold"
            hint = "fewer steps, or fewer neurons per unit"
            raise ModelError((Diagnostic("threshold-range", message, f"layer {node.name!r}", hint),))
        return whole, 2 << (form.shift + exponent)

    def _threshold_unit(self) -> int:
        return threshold_unit(self.form, halved=self.context.semantics.reset == "subtract")

    def _on_grid(self, threshold: int, unit: int, *, signed: bool) -> int:
        """Return the largest threshold at most as high; of a pair, one that is a weight as well."""
        if signed:
            most = weight_limit(self.form) // 2
            while threshold // unit > most:
                unit *= 2
        return threshold // unit * unit

    def _injected(self, node: Node, wanted: Array) -> None:
        """Make a layer that hears the host only: an integer for every neuron.

        Raises:
            ModelError: It is larger than a bias can be.
        """
        assert isinstance(node.op, IntegrateAndFire)  # noqa: S101 - the caller knows
        most = float(np.abs(wanted).max(initial=0)) * MARGIN
        room = (bias_limit(self.form) << self.form.bias_exponent) / max(most, 1e-30)
        unit = self._threshold_unit()
        top = ((1 << (self.form.state_bits - 1)) - 1) / (self.context.steps * most + MARGIN)
        limit_ = min(room, top, ((1 << self.form.threshold_bits) - 1) * unit)
        threshold = self._on_grid(int(limit_), unit, signed=node.op.signed)
        exponent = bias_exponent(most * threshold, self.form)
        if threshold < 1 or exponent is None:
            message = f"inputs of up to {most / MARGIN:.0f} thresholds per step fit no bias"
            raise ModelError((Diagnostic("bias-range", message, f"layer {node.name!r}"),))
        scale = threshold / (1 << exponent)
        bound = bias_limit(self.form)
        injected = (np.clip(np.rint(wanted * scale), -bound, bound) * (1 << exponent))[np.newaxis]
        nodes = self._on_host(node, self._current(node), scale, exponent)
        self.made[node.name] = [*nodes, self._neurons(node, node.op, threshold, lambda part: injected[:, part])]

    def _on_host(self, node: Node, value: Value, scale: float, exponent: int) -> list[Node]:
        """Return host nodes that make the integers, in double precision, and their encode."""
        nodes: list[Node] = []

        def add(suffix: str, op: Op, *inputs: str, shape: tuple[int | str, ...] | None = None) -> str:
            kind = replace(
                value.type, dtype="float64", coding=ANALOG, shape=value.type.shape if shape is None else shape
            )
            name = self._fresh(f"{value.name}.{suffix}")
            nodes.append(self._node(name, op, inputs, Value(name, kind), node))
            return name

        def term(name: str) -> str:
            made = self.joined.producers[name]
            if isinstance(made.op, Add):
                first, second = (term(each) for each in made.inputs)
                return add("sum", Add(), first, second)
            source = made if isinstance(made.op, Encode) else self.joined.producers[made.inputs[0]]
            (given,) = source.inputs
            wide = add("input", Cast("float64"), given, shape=self.joined.types[given].shape)
            if isinstance(made.op, Encode):
                factor = Tensor(np.full(1, scale))
                return add("scaled", Mul(), wide, add("scale", Constant(factor), shape=(1,)))
            assert isinstance(made.op, Dense)  # noqa: S101 - joined graphs have nothing else here
            weight = made.op.weight.array.astype(np.float64) * scale
            bias = None if made.op.bias is None else Tensor(made.op.bias.array.astype(np.float64) * scale)
            return add("scaled", Dense(Tensor(weight), bias), wide)

        bound = float(bias_limit(self.form))
        name = add("clipped", Clip(-bound, bound), add("rounded", Round(), term(self._joined_current(node))))
        if exponent:
            factor = Tensor(np.full(1, float(1 << exponent)))
            name = add("injected", Mul(), name, add("unit", Constant(factor), shape=(1,)))
        coding = value.type.coding
        assert isinstance(coding, Current)  # noqa: S101 - it is one
        return [*nodes, self._node(value.name, Encode(coding.steps), (name,), value, node)]

    def _joined_current(self, node: Node) -> str:
        return self.joined.by_name[node.name].inputs[0]

    def _current(self, node: Node) -> Value:
        """Return the value that a layer reads, under the name that it has in the joined graph."""
        name = self._joined_current(node)
        return Value(name, self.joined.types[name])

    def _neurons(self, node: Node, op: IntegrateAndFire, threshold: int, current: Callable[[slice], Array]) -> Node:
        """Return the node of a layer; keep its spikes.

        Args:
            node: As it was.
            op: Its op.
            threshold: The new one.
            current: Returns the current ``[steps or 1, points, neurons]`` for some of the points.
        """
        width = op.threshold.shape[0]
        initial = None if op.initial is None else _whole(np.rint(op.initial.array.astype(np.float64) * threshold))
        made = replace(op, threshold=_whole(np.full(width, threshold)), initial=initial)
        coding = node.output.type.coding
        assert isinstance(coding, Spikes)  # noqa: S101 - verified graphs
        chunks: list[Array] = []
        for start in range(0, self.points[node.name], CHUNK):
            arriving = current(slice(start, start + CHUNK))
            spikes = integrate_and_fire(made, arriving, coding.steps, self.context.semantics)
            chunks.append(spikes.astype(np.int8))
        train = np.concatenate(chunks, axis=1)
        self.trains[node.output.name] = train
        return replace(node, op=made, inputs=(self._joined_current(node),), provenance=node.provenance.then(self.step))

    def _readout(self, each: Afferents, node: Node, goal: Array) -> None:
        """Make a readout: two matrices of integers, their sum over the steps, and its scale and offset on the host."""
        if not each.synapses:
            return
        heard, weight = self._decoder(each, goal)
        most, unit = weight_limit(self.form) // 2, 2 << self.form.shift
        scale = most * (most + 2) * unit / max(float(np.abs(weight).max()), 1e-30)
        whole = compensated(weight * (scale / unit), heard.gram, most * (most + 2))
        offset = goal.mean(axis=0) - heard.mean @ whole * (unit / scale)
        high, low = split(whole, most)
        parts = [
            part
            for half, factor in ((high, most + 1), (low, 1))
            for part in self._cut(each, node, half * factor * unit, np.zeros(half.shape[1]))
        ]
        total = Value(self._fresh(f"{node.output.name}.sum"), replace(node.output.type, dtype="float64"))
        self.made[node.name] = [
            *self._sum(node, Value(node.inputs[0], self.graph.types[node.inputs[0]]), parts),
            replace(node, outputs=(total,), provenance=node.provenance.then(self.step)),
            *self._scaled(node, total.name, 1 / scale, offset),
        ]

    def _scaled(self, node: Node, total: str, factor: float, offset: Array) -> list[Node]:
        """Return host nodes for ``y = total factor + offset``, in double precision before the last cast."""
        kind = replace(node.output.type, dtype="float64")
        nodes: list[Node] = []

        def add(suffix: str, op: Op, *inputs: str, shape: tuple[int | str, ...] | None = None) -> str:
            name = self._fresh(f"{node.output.name}.{suffix}")
            made = Value(name, kind if shape is None else replace(kind, shape=shape))
            nodes.append(self._node(name, op, inputs, made, node))
            return name

        scale = add("scale", Constant(Tensor(np.full(1, factor))), shape=(1,))
        shift = add("offset", Constant(Tensor(offset)), shape=offset.shape)
        name = add("shifted", Add(), add("scaled", Mul(), total, scale), shift)
        cast = self._fresh(f"{node.name}.cast")
        return [*nodes, self._node(cast, Cast(node.output.type.dtype), (name,), node.output, node)]

    def _node(self, name: str, op: Op, inputs: tuple[str, ...], value: Value, like: Node) -> Node:
        return Node(name, op, inputs, (value,), like.provenance.then(self.step))

    def _fresh(self, base: str) -> str:
        name = fresh_name(base, self.taken)
        self.taken.add(name)
        return name


def _dense(graph: Graph, name: str) -> Dense:
    op = graph.by_name[name].op
    assert isinstance(op, Dense)  # noqa: S101 - synapses are
    return op


def _whole(array: Array) -> Tensor:
    """Return whole numbers as a tensor of integers."""
    return Tensor(np.asarray(array).astype(np.int32))
