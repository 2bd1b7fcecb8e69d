"""How far what a program did is from what is simulated: spikes of every layer, and outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np

from snnir.analysis import as_recorded, differences, sent
from snnir.data.points import Points
from snnir.errors import ModelError, model_error
from snnir.ir import Graph, Node
from snnir.metrics.error import measures
from snnir.metrics.verification import Agreement, LayerAgreement, OutputAgreement
from snnir.ops import Decode, Encode, Neuron, layer_widths
from snnir.registry import Observed
from snnir.semantics import Semantics, ThresholdTies, delayed, evaluate, ties_of
from snnir.types import Array


@dataclass(frozen=True)
class Measured:
    """How far a program is from a simulation: spikes of all layers together and of each, and what was made."""

    spikes: Agreement
    layers: tuple[LayerAgreement, ...]
    output: OutputAgreement


@dataclass(frozen=True)
class Simulated:
    """The results of the simulator for a network.

    Attributes:
        graph: As it was run.
        semantics: Of its neurons.
        values: What encodes read and decodes make, by value.
        outputs: Of the whole graph.
        spikes: By layer, ``[steps, points, neurons]``: integers, or graded messages.
        calls: By layer of integrate-and-fire neurons in floating point; integers have none.
    """

    graph: Graph
    semantics: Semantics
    values: Mapping[str, Array]
    outputs: Mapping[str, Array]
    spikes: Mapping[str, Array]
    calls: Mapping[str, ThresholdTies]

    @property
    def encoded(self) -> tuple[str, ...]:
        """Values that spiking parts read."""
        return tuple(node.inputs[0] for node in self.graph.of(Encode))

    @property
    def decoded(self) -> tuple[str, ...]:
        """Values that spiking parts make."""
        return tuple(node.output.name for node in self.graph.of(Decode))


@dataclass
class _Watch:
    """Sees spikes and currents of all layers."""

    semantics: Semantics
    trains: dict[str, list[Array]] = field(default_factory=dict[str, "list[Array]"])
    calls: dict[str, ThresholdTies] = field(default_factory=dict[str, ThresholdTies])

    def spikes(self, node: Node, _: slice, spikes: Array) -> None:
        if not node.op.encodes:
            self.trains.setdefault(node.name, []).append(as_recorded(node, spikes))

    def currents(self, node: Node, _: slice, current: Array) -> None:
        answer = ties_of.find(node.op)
        if answer is not None:
            found = answer(node, current, self.semantics)
            self.calls[node.name] = self.calls.get(node.name, ThresholdTies()) + found


def simulate(graph: Graph, points: Points, semantics: Semantics) -> Simulated:
    """Return what neurons with these semantics do on some points."""
    if not semantics.initial:
        at_rest = {node.name: replace(node, op=node.op.at_rest()) for node in graph.of(Neuron)}
        graph = graph.with_nodes(tuple(at_rest.get(node.name, node) for node in graph.nodes))
    watch = _Watch(semantics)
    encoded = [node.inputs[0] for node in graph.of(Encode)]
    decoded = [node.output.name for node in graph.of(Decode)]
    values = evaluate(
        graph,
        points,
        outputs=dict.fromkeys((*encoded, *decoded, *graph.outputs)),
        semantics=semantics,
        observe=watch.spikes,
        currents=watch.currents if semantics.integer is None else None,
    )
    layers = list(layer_widths(graph))
    spikes = {name: np.concatenate(watch.trains[name]).transpose(1, 0, 2) for name in layers}
    outputs = {name: values[name] for name in graph.outputs}
    return Simulated(graph, semantics, values, outputs, spikes, watch.calls)


def made_by(simulation: Simulated, observed: Observed, names: Iterable[str]) -> dict[str, Array]:
    """Return what a program made, in the shape of what was simulated.

    Raises:
        ModelError: It made something else, code ``reader-failed``.
    """
    made: dict[str, Array] = {}
    for name in names:
        found, shape = observed.outputs.get(name), simulation.values[name].shape
        if found is None or found.size != prod(shape):
            raise _unobserved("output", name, shape, found)
        made[name] = found.reshape(shape)
    return made


def _unobserved(what: str, name: str, shape: tuple[int, ...], found: Array | None) -> ModelError:
    came = "nothing" if found is None else str(list(found.shape))
    message = f"what the program did could not be observed: {list(shape)} were expected, {came} came"
    return model_error("reader-failed", message, f"{what} {name!r}")


def outputs_with(simulation: Simulated, made: Mapping[str, Array], points: Points) -> dict[str, Array]:
    """Return the outputs of the whole graph, with what a program made in the place of what was simulated."""
    placed = {name: array.astype(simulation.values[name].dtype) for name, array in made.items()}
    return evaluate(simulation.graph, {**points, **placed})


def compared(simulation: Simulated, observed: Observed, made: Mapping[str, Array]) -> Measured:
    """Return how far a program's spikes and outputs are from the simulated ones."""
    layers = tuple(_layer(name, simulation, observed) for name in simulation.spikes)
    expected = {name: simulation.values[name] for name in made}
    largest = max(float(np.max(np.abs(array), initial=0)) for array in expected.values())
    found = differences(made, expected, {name: simulation.graph.types[name].shape for name in made})
    relative = found.max_abs / largest if largest > 0 else found.max_abs
    return Measured(_together(layers), layers, OutputAgreement(max_relative=relative, **measures(found)))


def _together(layers: Sequence[LayerAgreement]) -> Agreement:
    """Return the counts of all layers; of ties where all layers have them."""
    sent, different = sum(each.sent for each in layers), sum(each.different for each in layers)
    ties = [each.ties for each in layers if each.ties is not None]
    backlog = [each.backlog for each in layers if each.backlog is not None]
    return Agreement(
        compared=sum(each.compared for each in layers),
        sent=sent,
        different=different,
        ties=sum(ties) if len(ties) == len(layers) else None,
        backlog=sum(backlog) if len(backlog) == len(layers) else None,
        share=_share(different, sent),
    )


def _layer(name: str, simulation: Simulated, observed: Observed) -> LayerAgreement:
    node = simulation.graph.by_name[name]
    expected = delayed(simulation.spikes[name], simulation.semantics.delay)
    found = observed.spikes.get(name)
    if found is None or found.shape != expected.shape:
        raise _unobserved("layer", name, expected.shape, found)
    # Several spikes of a neuron in one step count as such; of graded messages, those that are not the same.
    graded = node.op.graded
    apart = ~np.isclose(found, expected) if graded else np.abs(found.astype(np.int64) - expected)
    number, different, calls = int(sent(node, expected).sum()), int(np.sum(apart)), simulation.calls.get(name)
    return LayerAgreement(
        name=name,
        compared=expected.size,
        sent=number,
        different=different,
        share=_share(different, number),
        ties=None if calls is None else calls.ties,
        backlog=None if calls is None else calls.backlog,
    )


def _share(different: int, sent: int) -> float:
    return different / max(sent, 1)
