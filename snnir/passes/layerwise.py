"""Layer by layer on the network's own spikes: what all calibrations share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import ClassVar

import numpy as np

from snnir.analysis import Afferents, find_afferents, find_layers, limit, received
from snnir.calibration.ridge import Affine, unit_mask
from snnir.calibration.sweep import SpikingSweep, Sweep
from snnir.ir import Graph, Node, Op, Tensor
from snnir.ops import Dense, Neuron, sender
from snnir.passes.base import Context, Need, Pass, Property
from snnir.passes.properties import SCALED
from snnir.semantics import evaluate
from snnir.types import Array

ACTIVATION = " (activation)"
"""Marks goals that are activations; no node is called so."""


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
        diagonal: Every receiver has one presynaptic unit only, and must keep it.
        per_unit: Neurons of a unit, next to each other.
        receiver: The neurons, or the readout, that get the current.
        activation: The analog network's activation at the whole pre-activation, ``[points, receivers]``, in the same
            units; None for a readout.
    """

    spikes: Array
    goal: Array
    fixed: Array
    given: Affine
    diagonal: bool
    per_unit: int
    receiver: Op
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
        sweep = self.sweep(context)
        needed = [(*sources_of(graph, each), *each.fixed) for each in found]
        for index, afferents in enumerate(found):
            sweep.keep(graph, chain.from_iterable(needed[index:]))
            task = _task(graph, afferents, goals, sweep.values(graph, needed[index]))
            graph = _applied(graph, afferents, self.fit(task), self.name)
            context.progress((index + 1) / len(found))
        return graph

    def sweep(self, context: Context) -> Sweep:
        """Return what runs the layers: with the target's semantics, on the calibration points."""
        return SpikingSweep(context.points, context.semantics)

    def goals(self, graph: Graph, context: Context) -> Mapping[str, Array]:
        """Return what every mean current should be; see `analog_goals`."""
        return analog_goals(graph, context)


def analog_goals(graph: Graph, context: Context) -> dict[str, Array]:
    """Return what the analog network has in the place of every current, by receiver, in units of its membrane.

    Under the name of a neuron layer followed by `ACTIVATION` stands its activation in the analog network.
    """
    found = find_afferents(graph, context.analog)
    activations = {layer.a for layer in find_layers(context.analog)}
    wanted = {each.target for each in found} | {each.receiver for each in found} & activations
    analog = context.values(wanted)
    goals: dict[str, Array] = {}
    for each in found:
        scale = each.node.op.membrane_scale()
        goals[each.receiver] = _rows(analog[each.target]) * scale
        if each.receiver in activations:
            goals[each.receiver + ACTIVATION] = _rows(analog[each.receiver]) * scale
    return goals


def asymptotic_goals(graph: Graph, context: Context) -> dict[str, Array]:
    """Return what neurons receive in the network that the graph tends to, by layer; units as of `analog_goals`.

    Where the graph was tuned, pre-activations are to be decoded from spikes that these lines can reach, and not the
    analog network's.
    """
    currents = {node.name: received(graph, node) for node in graph.of(Neuron)}
    values = evaluate(limit(graph, context.semantics), context.points, outputs=currents.values())
    return {name: values[current].reshape(-1, values[current].shape[-1]) for name, current in currents.items()}


def _task(graph: Graph, afferents: Afferents, goals: Mapping[str, Array], values: Mapping[str, Array]) -> Task:
    sources = sources_of(graph, afferents)
    goal = goals[afferents.receiver]
    fixed = np.zeros_like(goal)
    for name in afferents.fixed:
        fixed += _rows(values[name])
    ops = [_dense(graph, name) for name in afferents.synapses]
    weight = np.concatenate([op.weight.array.astype(np.float64) for op in ops])
    bias = sum((op.bias.array.astype(np.float64) for op in ops if op.bias is not None), np.zeros(weight.shape[1]))
    per_unit = _per_unit(graph, sources)
    return Task(
        spikes=np.concatenate([_rows(values[name]) for name in sources], axis=1),
        goal=goal - fixed,
        fixed=fixed,
        given=(weight, bias),
        diagonal=weight.shape[0] == weight.shape[1] * per_unit and not np.any(weight * ~unit_mask(weight, per_unit)),
        per_unit=per_unit,
        receiver=graph.by_name[afferents.receiver].op,
        activation=goals.get(afferents.receiver + ACTIVATION),
    )


def sources_of(graph: Graph, afferents: Afferents) -> list[str]:
    """Return the names of the spikes that synapses read, in their order."""
    return [graph.by_name[name].inputs[0] for name in afferents.synapses]


def _per_unit(graph: Graph, sources: list[str]) -> int:
    """Return the neurons per unit that all sources have; 1 where they differ."""
    senders = (sender(graph, name) for name in sources)
    found = {each.op.population or 1 for each in senders if each is not None}
    return found.pop() if len(found) == 1 else 1


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
