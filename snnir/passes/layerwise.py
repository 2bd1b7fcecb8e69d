"""Layer by layer on the network's own spikes: what all calibrations share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias

import numpy as np

from snnir.analysis import Afferents, find_afferents, find_layers, membrane_scale
from snnir.ir import Graph, Node, Tensor
from snnir.ops import Dense, IntegrateAndFire, Neuron
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.properties import SCALED
from snnir.semantics import evaluate
from snnir.types import Array, Spikes

Affine: TypeAlias = tuple[Array, Array]
"""Weights ``[spiking neurons, receivers]`` and biases ``[receivers]``, in float64."""

ACTIVATION = " (activation)"
"""Marks goals that are activations; no node is called so."""

RIDGE_WEIGHTS = 10.0 ** np.arange(-9, 0.1, 0.5)
"""Tried in units of the mean eigenvalue of the features' covariance."""


@dataclass(frozen=True)
class Task:
    """One layer's (or readout's) weights, to be fitted.

    Attributes:
        spikes: What the spikes of everything that drives it decode to, ``[points, neurons]``, simulated with the
            target's semantics behind layers that are calibrated already.
        goal: What the current should be on average, less the currents that are fixed, ``[points, receivers]``;
            usually the analog network's pre-activation in units of the membrane.
        fixed: The currents that are fixed, added up, ``[points, receivers]``.
        given: Weights and biases so far.
        diagonal: Every receiver hears one unit only, and must go on so.
        per_unit: Neurons of a unit, next to each other.
        neurons: The receiving neurons; None for a readout.
        activation: What the analog network makes of the whole pre-activation, ``[points, receivers]``, in the same
            units; None for a readout.
    """

    spikes: Array
    goal: Array
    fixed: Array
    given: Affine
    diagonal: bool
    per_unit: int
    neurons: IntegrateAndFire | None
    activation: Array | None


@dataclass(frozen=True)
class Layerwise(Pass):
    """Fit each layer in topological order, with all before it fitted already, so that errors do not pile up."""

    requires: ClassVar[tuple[Property, ...]] = (SCALED,)
    needs: ClassVar[frozenset[Need]] = frozenset({"points", "ann"})

    @abstractmethod
    def fit(self, task: Task) -> Affine:
        """Return new weights and biases for one layer."""

    def run(self, graph: Graph, context: Context) -> Graph:
        """Return the graph with fitted weights."""
        found = [each for each in find_afferents(graph, context.analog) if each.synapses]
        goals = self.goals(graph, context)
        for index, afferents in enumerate(found):
            sources = [graph.by_name[name].inputs[0] for name in afferents.synapses]
            values = self.signals(graph, context, (*sources, *afferents.fixed))
            task = _task(graph, afferents, goals, values)
            graph = _applied(graph, afferents, self.fit(task), self.name)
            context.progress((index + 1) / len(found))
        return graph

    def signals(self, graph: Graph, context: Context, names: tuple[str, ...]) -> Mapping[str, Array]:
        """Return what trains decode to on the calibration points, simulated with the target's semantics.

        Of spikes, those are meant that arrive behind the synapse in time: a delay loses the last ones.
        """
        arrived: dict[str, list[Array]] = {}
        delay = context.semantics.delay

        def observe(node: Node, _: slice, spikes: Array) -> None:
            coding = node.output.type.coding
            if node.output.name in names and isinstance(coding, Spikes) and coding.weighting == "even":
                total = spikes[: max(len(spikes) - delay, 0)].sum(axis=0)
                arrived.setdefault(node.output.name, []).append(total / len(spikes))

        watch = observe if delay else None
        values = evaluate(graph, context.points, outputs=names, semantics=context.semantics, observe=watch)
        for name, chunks in arrived.items():
            values[name] = np.concatenate(chunks).reshape(values[name].shape)
        return values

    def goals(self, graph: Graph, context: Context) -> Mapping[str, Array]:
        """Return what every mean current should be; see `analog_goals`."""
        return analog_goals(graph, context)


def analog_goals(graph: Graph, context: Context) -> dict[str, Array]:
    """Return what the analog network has in the place of every current, by receiver, in units of its membrane.

    Under the name of a neuron layer followed by `ACTIVATION` stands what the analog network makes of it.
    """
    found = find_afferents(graph, context.analog)
    activations = {layer.a for layer in find_layers(context.analog)}
    wanted = {each.target for each in found} | {each.receiver for each in found} & activations
    analog = evaluate(context.analog, context.points, outputs=wanted)
    goals: dict[str, Array] = {}
    for each in found:
        op = graph.by_name[each.receiver].op
        scale = membrane_scale(op) if isinstance(op, Neuron) else 1.0
        goals[each.receiver] = _rows(analog[each.target]) * scale
        if isinstance(op, Neuron):
            goals[each.receiver + ACTIVATION] = _rows(analog[each.receiver]) * scale
    return goals


def _task(graph: Graph, afferents: Afferents, goals: Mapping[str, Array], values: Mapping[str, Array]) -> Task:
    sources = [graph.by_name[name].inputs[0] for name in afferents.synapses]
    goal = goals[afferents.receiver]
    fixed = np.zeros_like(goal)
    for name in afferents.fixed:
        fixed += _rows(values[name])
    ops = [_dense(graph, name) for name in afferents.synapses]
    weight = np.concatenate([op.weight.array.astype(np.float64) for op in ops])
    bias = sum((op.bias.array.astype(np.float64) for op in ops if op.bias is not None), np.zeros(weight.shape[1]))
    receiver = graph.by_name[afferents.receiver].op
    per_unit = _per_unit(graph, sources)
    return Task(
        spikes=np.concatenate([_rows(values[name]) for name in sources], axis=1),
        goal=goal - fixed,
        fixed=fixed,
        given=(weight, bias),
        diagonal=weight.shape[0] == weight.shape[1] * per_unit and not np.any(weight * ~unit_mask(weight, per_unit)),
        per_unit=per_unit,
        neurons=receiver if isinstance(receiver, IntegrateAndFire) else None,
        activation=goals.get(afferents.receiver + ACTIVATION),
    )


def _per_unit(graph: Graph, sources: list[str]) -> int:
    """Return the neurons per unit that all sources have; 1 where they differ."""
    ops = (graph.producers[name].op for name in sources)
    found = {op.per_unit or 1 for op in ops if isinstance(op, IntegrateAndFire)}
    return found.pop() if len(found) == 1 else 1


def unit_mask(weight: Array, per_unit: int) -> Array:
    """Return where a matrix ``[per_unit n, m]`` joins the neurons of a unit with the receiver of the same number."""
    row, column = np.indices(weight.shape)
    mask: Array = row // per_unit == column
    return mask


def _applied(graph: Graph, afferents: Afferents, fitted: Affine, step: str) -> Graph:
    """Return the graph with fitted weights cut up among the synapses; the first one takes the bias."""
    weight, bias = fitted
    changed: dict[str, Node] = {}
    start = 0
    for index, name in enumerate(afferents.synapses):
        node = graph.by_name[name]
        op = _dense(graph, name)
        end = start + op.weight.shape[0]
        new = Dense(
            Tensor(weight[start:end].astype(op.weight.dtype)),
            Tensor(bias.astype(op.weight.dtype)) if index == 0 else None,
        )
        changed[name] = replace(node, op=new, provenance=node.provenance.then(step))
        start = end
    return graph.with_nodes(tuple(changed.get(node.name, node) for node in graph.nodes))


def _dense(graph: Graph, name: str) -> Dense:
    op = graph.by_name[name].op
    if not isinstance(op, Dense):
        raise TypeError(f"{name} is no dense layer")
    return op


def _rows(array: Array) -> Array:
    return array.reshape(-1, array.shape[-1]).astype(np.float64)


def ridge(features: Array, goal: Array, centre: Array, given: Affine | None = None) -> Affine:
    """Return ``argmin over W, b of mean |F W + b - Y|^2 + m |W - W0|^2``, with m chosen on held-out points.

    m is the one of `RIDGE_WEIGHTS` that predicts the last quarter of the points best when fitted to the
    others; the result is then fitted to all. One eigendecomposition serves all m.

    Args:
        features: F, ``[points, neurons]``.
        goal: Y, ``[points, receivers]``.
        centre: W0, ``[neurons, receivers]``.
        given: W and b to return where they predict the last quarter best.
    """
    cut = len(features) * 3 // 4
    part = Ridge(features[:cut], goal[:cut], centre)
    solved = (*map(part.solve, RIDGE_WEIGHTS), *(() if given is None else (given,)))
    errors = [np.sum((features[cut:] @ w + b - goal[cut:]) ** 2) for w, b in solved]
    if given is not None and np.argmin(errors) == len(RIDGE_WEIGHTS):
        return given
    return Ridge(features, goal, centre).solve(float(RIDGE_WEIGHTS[int(np.argmin(errors))]))


class Ridge:
    """The normal equations of a ridge regression, diagonalised."""

    def __init__(self, features: Array, goal: Array, centre: Array) -> None:
        self.centre = centre
        self.mean = features.mean(axis=0)
        self.goal_mean = goal.mean(axis=0)
        spread = features - self.mean
        values, vectors = np.linalg.eigh(spread.T @ spread / len(features))
        self.vectors: Array = vectors
        self.values: Array = np.maximum(values, 0.0)
        residual = goal - self.goal_mean - spread @ centre
        self.right: Array = self.vectors.T @ (spread.T @ residual / len(features))

    def solve(self, weight: float) -> Affine:
        """Return W and b for a ridge weight relative to the mean eigenvalue."""
        damping = weight * self.values.mean() + np.finfo(np.float64).tiny
        w: Array = self.centre + self.vectors @ (self.right / (self.values + damping)[:, np.newaxis])
        return w, self.goal_mean - self.mean @ w


DAMPING = 1e-4
"""Of `unit_fit`, as part of the mean eigenvalue: neurons that overlap must not cancel each other."""


def diagonal_fit(features: Array, goal: Array, per_unit: int = 1) -> Affine:
    """Return the least-squares fit of every receiver by the mean spikes of its own unit's neurons."""
    if per_unit > 1:
        decoder, offset = unit_fit(features.reshape(len(features), -1, per_unit), goal)
        return unit_mask(np.empty((features.shape[1], goal.shape[1])), per_unit) * decoder.reshape(-1, 1), offset
    spread = features - features.mean(axis=0)
    variance = np.mean(spread**2, axis=0)
    covariance = np.mean(spread * (goal - goal.mean(axis=0)), axis=0)
    slope = covariance / np.where(variance > 0, variance, 1.0)
    return np.diag(slope), goal.mean(axis=0) - features.mean(axis=0) * slope


def unit_fit(features: Array, goal: Array) -> Affine:
    """Return the least-squares decoders ``[units, K]`` and offsets ``[units]`` of every unit by itself.

    Args:
        features: What its neurons do, ``[points, units, K]``.
        goal: ``[points, units]``.
    """
    mean, level = features.mean(axis=0), goal.mean(axis=0)
    spread = features - mean
    gram: Array = np.einsum("pik,pil->ikl", spread, spread) / len(goal)
    right: Array = np.einsum("pik,pi->ik", spread, goal - level) / len(goal)
    damping = DAMPING * np.einsum("ikk->i", gram) / gram.shape[1] + np.finfo(np.float64).tiny
    gram += damping[:, np.newaxis, np.newaxis] * np.eye(gram.shape[1])
    solved: Array = np.linalg.solve(gram, right[..., np.newaxis])
    decoder = solved[..., 0]
    return decoder, level - np.einsum("ik,ik->i", decoder, mean)
