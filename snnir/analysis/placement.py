"""What a network takes of a chip: neurons, weights, axons, and a placement of its layers on cores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from snnir.analysis.arrivals import depths, incoming
from snnir.analysis.chip import Chip, Limit
from snnir.analysis.latencies import time_steps
from snnir.errors import Diagnostic
from snnir.ir import Graph, Node, arriving
from snnir.metrics.chip import Busiest, ChipUse, Core
from snnir.ops import Neuron, Sender, layer_widths


@dataclass(frozen=True, slots=True)
class Clock:
    """The neuron that gives the layers of one depth their biases: it fires at every step."""

    depth: int


Source: TypeAlias = "str | Clock"
"""The name of a layer, or of what the host sends; or a clock."""


@dataclass(frozen=True)
class Population:
    """The neurons of one layer as the chip has them.

    Attributes:
        name: Of the layer.
        neurons: Pairs counted as two.
        synapses: Of every neuron, by the layer that they come from.
        sources: Neurons of these layers; a clock is one, and what the host sends counts as such.
        spikes: Per inference, of all neurons.
        depth: Synapses between the inputs and the layer.
    """

    name: str
    neurons: int
    synapses: Mapping[Source, int]
    sources: Mapping[Source, int]
    spikes: float
    depth: int


@dataclass
class _Core:
    """A core as it fills up."""

    neurons: int = 0
    bits: int = 0
    layers: dict[str, tuple[int, int]] = field(default_factory=dict[str, "tuple[int, int]"])
    sources: dict[Source, int] = field(default_factory=dict["Source", int])


def populations(graph: Graph, chip: Chip, spikes: Mapping[str, float]) -> tuple[Population, ...]:
    """Return the layers of a joined graph as they are on a chip.

    Args:
        graph: Joined.
        chip: Where biases may come from a neuron.
        spikes: Per inference, by layer; of a signed neuron, of either sign.
    """
    depth, size = depths(graph), {node.name: _size(graph, node) for node in graph.of(Sender)}
    found: list[Population] = []
    for node in graph.of(Neuron):
        synapses: dict[Source, int] = {}
        for term in incoming(graph, node.op.membrane_input(graph, node)).terms:
            synapses[term.source.name] = synapses.get(term.source.name, 0) + size[term.source.name]
            if chip.bias_synapses and term.node.op.bias is not None and node.op.shifted and not node.op.graded:
                synapses[Clock(depth[node.name])] = chip.bias_synapses
        if node.op.halves > 1:
            synapses[node.name] = 1
        sources = {each: 1 if isinstance(each, Clock) else size[each] for each in synapses}
        found.append(Population(node.name, size[node.name], synapses, sources, spikes[node.name], depth[node.name]))
    return tuple(found)


def _size(graph: Graph, node: Node[Sender]) -> int:
    """Return the neurons of a layer, or how many changes the host sends."""
    return _width(graph, node) * node.op.halves


def _width(graph: Graph, node: Node) -> int:
    (width,) = (size for size in graph.types[node.output.name].shape[-1:] if isinstance(size, int))
    return width


def resources(graph: Graph, chip: Chip, weight_bits: int, spikes: Mapping[str, float]) -> ChipUse:
    """Return what a network takes of a chip.

    Layers are placed one after the other, as many neurons on a core as it has room for, and the next layer begins
    where the last one ended: neighbours in the network are neighbours on the chip. Readouts are sums, which the host
    reads; they and the clocks take no core of their own.

    Args:
        graph: Joined and in integers.
        chip: Its limits.
        weight_bits: Of a weight.
        spikes: Per inference, by layer.
    """
    layers = populations(graph, chip, spikes)
    cores = _placed(layers, chip, weight_bits)
    of_layer = {
        layer.name: [index for index, core in enumerate(cores) if layer.name in core.layers] for layer in layers
    }
    links = [
        (str(source), f"core {index}", sent_spikes(layers, source, graph))
        for layer in layers
        for source in layer.sources
        for index in of_layer[layer.name]
    ]
    arrived = arriving(links)
    busiest = next(iter(arrived), "core 0")
    axons = max((sum(core.sources.values()) for core in cores), default=0)
    synapses = sum(layer.neurons * sum(layer.synapses.values()) for layer in layers)
    use = dict(_use(chip, cores, synapses, weight_bits))
    return ChipUse(
        neurons=sum(layer.neurons for layer in layers),
        synapses=synapses,
        weight_bits=synapses * weight_bits,
        axons=axons,
        cores=len(cores),
        placement=tuple(
            Core(
                layers=dict(core.layers),
                neurons=core.neurons,
                synapse_bits=core.bits,
                axons=sum(core.sources.values()),
            )
            for core in cores
        ),
        steps=steps_of(graph),
        messages=sum(weight for _, _, weight in links),
        busiest=Busiest(core=int(busiest.split()[1]), messages=arrived.get(busiest, 0.0)),
        bottleneck=max(use, key=lambda name: use[name]),
        use=use,
        unknown=tuple(chip.unknown),
    )


def steps_of(graph: Graph) -> int:
    """Return the steps of one inference until all is read out, where every synapse takes one.

    In the radix code a layer starts when the last digit of the one before has arrived. Of a stream, the points after
    the first one take one step each.
    """
    depth = max(depths(graph).values())
    digital = any(node.op.sequential for node in graph.of(Neuron))
    return (time_steps(graph) * (depth + 1) if digital else time_steps(graph) + depth) + 1


def sent_spikes(layers: tuple[Population, ...], source: Source, graph: Graph) -> float:
    """Return the spikes of a source per inference; the host may send every change."""
    if isinstance(source, Clock):
        return float(time_steps(graph))
    node = graph.by_name[source]
    if node.op.encodes:
        return float(_width(graph, node))
    return next(layer.spikes for layer in layers if layer.name == source)


def _use(chip: Chip, cores: list[_Core], synapses: int, weight_bits: int) -> Iterator[tuple[str, float]]:
    yield "cores", len(cores) / chip.cores.value
    yield "neurons of a core", max(core.neurons for core in cores) / chip.neurons.value
    memory = _core_bits(chip, weight_bits)
    if memory:
        name = "synapses of a core" if chip.synapse_bits is None else "memory of a core"
        yield name, max(core.bits for core in cores) / memory
    if chip.axons is not None:
        yield "axons of a core", max(sum(core.sources.values()) for core in cores) / chip.axons.value
    if chip.synapses is not None:
        yield "synapses", synapses / chip.synapses.value


def _placed(layers: tuple[Population, ...], chip: Chip, weight_bits: int) -> list[_Core]:
    """Return the cores in order; a layer that fits no core at all gets one anyway (see `resource_findings`)."""
    cores = [_Core()]
    for layer in layers:
        bits = weight_bits * sum(layer.synapses.values())
        placed = 0
        while placed < layer.neurons:
            core = cores[-1]
            room = min(layer.neurons - placed, _room(core, layer, weight_bits, chip))
            if room < 1:
                if core.neurons:
                    cores.append(_Core())
                    continue
                room = layer.neurons - placed
            core.neurons += room
            core.bits += room * bits
            core.layers[layer.name] = placed, placed + room
            core.sources |= layer.sources
            placed += room
    return cores


def _core_bits(chip: Chip, weight_bits: int) -> int | None:
    """Return the bits of weights that a core has room for; an even share of the chip's where only they are known."""
    if chip.synapse_bits is not None:
        return chip.synapse_bits.value
    return None if chip.synapses is None else chip.synapses.value // chip.cores.value * weight_bits


def _room(core: _Core, layer: Population, weight_bits: int, chip: Chip) -> int:
    """Return how many more neurons of a layer a core can take."""
    bits = weight_bits * sum(layer.synapses.values())
    room = chip.neurons.value - core.neurons
    memory = _core_bits(chip, weight_bits)
    if memory is not None and bits:
        room = min(room, (memory - core.bits) // bits)
    presynaptic = sum((core.sources | dict(layer.sources)).values())
    return 0 if chip.axons is not None and presynaptic > chip.axons.value else room


def resource_findings(graph: Graph, chip: Chip, weight_bits: int) -> Iterator[Diagnostic]:
    """Yield why a network does not fit a chip, with the layer, the number and the limit."""
    layers = populations(graph, chip, dict.fromkeys(layer_widths(graph), 0.0))
    fits = True
    for layer in layers:
        fan_in, bits = sum(layer.sources.values()), weight_bits * sum(layer.synapses.values())
        if chip.axons is not None and fan_in > chip.axons.value:
            fits = False
            message = f"it has {fan_in:,} presynaptic neurons, a core has axons for {_limit(chip.axons)}"
            yield Diagnostic("fan-in", message, f"layer {layer.name!r}", "fewer neurons per unit, or narrower layers")
        if chip.synapse_bits is not None and bits > chip.synapse_bits.value:
            fits = False
            message = f"one of its neurons has {bits:,} bits of weights, a core has {_limit(chip.synapse_bits)}"
            yield Diagnostic(
                "core-memory", message, f"layer {layer.name!r}", "fewer neurons per unit, or narrower layers"
            )
    synapses = sum(layer.neurons * sum(layer.synapses.values()) for layer in layers)
    if chip.synapses is not None and synapses > chip.synapses.value:
        largest = max(layers, key=lambda layer: layer.neurons * sum(layer.synapses.values()))
        message = f"it has {synapses:,} synapses, the chip has {_limit(chip.synapses)}"
        yield Diagnostic("chip-memory", message, f"largest: layer {largest.name!r}", "fewer neurons per unit")
    cores = len(_placed(layers, chip, weight_bits)) if fits else 0
    if cores > chip.cores.value:
        largest = max(layers, key=lambda layer: layer.neurons * sum(layer.synapses.values()))
        message = f"it takes {cores:,} cores, the chip has {_limit(chip.cores)}"
        yield Diagnostic(
            "cores", message, f"largest: layer {largest.name!r}", "fewer neurons per unit, or narrower layers"
        )


def _limit(limit: Limit) -> str:
    return f"{limit.value:,} ({limit.source})"
