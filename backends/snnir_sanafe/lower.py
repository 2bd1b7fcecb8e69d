"""From a graph on its grid to the plan of a program: groups of neurons, synapses, clocks, and their places."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from snnir.analysis import depths, spiking_ends
from snnir.errors import Diagnostic, ModelError
from snnir.ir import Graph, Node, is_of, regions
from snnir.ops import Decode
from snnir.semantics import Semantics
from snnir.types import Array, Spikes
from snnir_sanafe.currents import Received, received
from snnir_sanafe.grid import host_grid, trains
from snnir_sanafe.neurons import Form, Injection, form
from snnir_sanafe.numbers import BELOW, FLOOR, SILENCE, excess, needed
from snnir_sanafe.program import SHIPPED, placed

FORMAT = 1


@dataclass(frozen=True)
class Room:
    """What a chip has room for.

    Attributes:
        name: Of the chip.
        architecture: The file of SANA-FE that describes it.
        cores: Of the chip.
        neurons: Of a core, clocks among them.
        synapses: Of a core.
        clocks: Of a core.
    """

    name: str
    architecture: str
    cores: int
    neurons: int
    synapses: int
    clocks: int


LOIHI1 = Room("Loihi 1", SHIPPED, cores=128, neurons=1024, synapses=131072, clocks=1024)
"""SANA-FE's file limits no synapses; the 1 Mbit of a core (sources: snnir_lava) holds so many weights of 8 bits, and
layers are spread over as many cores as they would take."""


def lower(graph: Graph, semantics: Semantics) -> dict[str, Array]:
    """Return the content of a program's .npz file: arrays, and the plan as bytes of JSON under ``plan``.

    Args:
        graph: Conforms to the target: joined, and on its grid.
        semantics: Of the target.

    Raises:
        ModelError: Numbers are not on the grid, code ``off-grid``, or the chip is too small, ``no-room``.
    """
    arrays: dict[str, Array] = {}
    findings: list[Diagnostic] = []
    parts: list[dict[str, Any]] = []
    for nodes, (inputs, outputs) in zip(regions(graph), spiking_ends(graph), strict=True):
        part = _Part(graph, semantics, arrays)
        for node in nodes:
            part.add(node)
        findings += part.findings
        parts.append({"inputs": inputs, "outputs": outputs, **part.plan()})
    findings += [_no_room(graph) for part in parts if part["cores"] is None]
    if findings:
        raise ModelError(findings)
    plan = {"format": FORMAT, "name": graph.name, "chip": asdict(LOIHI1), "parts": parts}
    text = json.dumps(plan, separators=(",", ":"), sort_keys=True).encode()
    return {**arrays, "plan": np.frombuffer(text, np.uint8)}


def _no_room(graph: Graph) -> Diagnostic:
    message = f"its neurons and weights take more than the {LOIHI1.cores} cores of {LOIHI1.name}"
    return Diagnostic("no-room", message, graph.name, "fewer neurons per unit, or a network with narrower layers")


class _Part:
    """What runs on the chip without the host in between; all numbers in units of the chip.

    Args:
        graph: The whole network.
        semantics: Of the target.
        arrays: Takes the arrays.
    """

    def __init__(self, graph: Graph, semantics: Semantics, arrays: dict[str, Array]) -> None:
        self.graph = graph
        self.reset = "soft" if semantics.reset == "subtract" else "hard"
        self.arrays = arrays
        self.depth = depths(graph)
        self.findings: list[Diagnostic] = []
        self.groups: list[dict[str, Any]] = []
        self.synapses: list[dict[str, Any]] = []
        self.clocks: list[dict[str, Any]] = []
        self.readouts: list[dict[str, Any]] = []
        self.fan_in: list[int] = []
        self.place: dict[str, int] = {}
        self.last = 0

    def add(self, node: Node) -> None:
        """Add what a node of the part is on the chip."""
        layer = form.find(node.op)
        if layer is not None:
            self._neurons(node, layer(node, self.depth[node.name]))
        elif is_of(node, Decode) and isinstance(self.graph.types[node.inputs[0]].coding, Spikes):
            self._counted(node)
        elif is_of(node, Decode):
            self._summed(node)

    def plan(self) -> dict[str, Any]:
        """Return the part as the program reads it; ``cores`` are None where there are too few."""
        beats = [sum(clock["target"] == index for clock in self.clocks) for index in range(len(self.groups))]
        layers = [
            (group["neurons"], fan_in, count)
            for group, fan_in, count in zip(self.groups, self.fan_in, beats, strict=True)
        ]
        cores = placed(layers, LOIHI1.cores, LOIHI1.neurons, LOIHI1.synapses, LOIHI1.clocks)
        return {
            "steps": self.last + 1,
            "groups": self.groups,
            "synapses": self.synapses,
            "clocks": self.clocks,
            "readouts": self.readouts,
            "cores": cores,
        }

    def _neurons(self, node: Node, layer: Form) -> None:
        """Add a layer of neurons: what it gets from spikes and a clock, or from the host."""
        (current,) = node.inputs
        found = received(self.graph, current)
        pulses = tuple(layer.pulses(found.bias)) if found.terms else ()
        step, high = host_grid(self.graph, current) or (np.full(layer.width, np.nan), 0.0)
        own = [*layer.kept(), *(each.weight for each in pulses), *([step / 2**layer.bits] if found.host else [])]
        numbers = np.concatenate([found.weights / 2**layer.bits, own])
        heaviest = np.maximum(np.abs(numbers).max(axis=0), high)
        membrane = layer.largest(np.maximum(found.drive, high), found.bias)[1]
        scale = self._scale(node, numbers, layer.threshold, heaviest, membrane)
        group = self._group(node.name, layer.width, layer.leak, found)
        self.groups[group] |= {
            "threshold": self._array("threshold", layer.threshold * scale - BELOW),
            "sends": layer.sends,
            "steps": layer.steps,
            "current": self.graph.producers[current].inputs[0] if found.host else None,
            "injections": [self._injection(each, scale) for each in layer.injections()] if found.host else [],
        }
        self._connect(group, found, scale / 2**layer.bits)
        for each in pulses:
            self._clock(group, each.name, each.steps, each.weight * scale)
        self._silence(group, layer.sends + layer.steps)

    def _summed(self, node: Node[Decode]) -> None:
        """Add a readout: neurons that never fire, whose membranes are what the host reads."""
        (current,) = node.inputs
        found = received(self.graph, current)
        highest = trains(self.graph.types[current])
        first = max((term.source for term in found.terms), key=lambda source: self.depth[source.name])
        layer = form.of(first.op)(first, self.depth[first.name] + 1)
        scale = self._scale(node, found.weights, np.zeros(found.width), found.heaviest, found.drive * highest)
        group = self._group(node.name, found.width, layer.leak, found)
        self._connect(group, found, scale)
        end = layer.reads + layer.steps
        self._silence(group, end)
        bias = self._array("bias", found.bias, np.float64)
        readout = {"name": node.output.name, "group": group, "step": end - 1, "bias": bias}
        self.readouts.append({**readout, "factor": self._array("factor", 1 / (scale * highest), np.float64)})

    def _counted(self, node: Node[Decode]) -> None:
        """Add a readout of spikes, which the host counts, digits by their weights."""
        source = self.graph.producers[node.inputs[0]]
        steps = source.output.type.steps
        leak = self.groups[self.place[source.name]]["leak"]
        weights = [leak**step for step in reversed(range(steps))]
        self.readouts.append(
            {"name": node.output.name, "group": None, "source": self.place[source.name], "weights": weights}
        )

    def _group(self, name: str, width: int, leak: float, found: Received) -> int:
        """Add a group without thresholds or spikes, and return its index."""
        self.place[name] = len(self.groups)
        self.fan_in.append(len(found.weights))
        fixed = {"name": name, "neurons": width, "leak": leak, "reset": self.reset, "floor": FLOOR}
        self.groups.append({**fixed, "threshold": None, "sends": 0, "steps": 0, "current": None, "injections": []})
        return self.place[name]

    def _scale(self, node: Node, numbers: Array, threshold: Array, weight: Array, membrane: Array) -> Array:
        """Return S of each neuron, 1 and a finding where its numbers are not what `Grid` makes of them."""
        exponents = needed(numbers)
        wrong = "its numbers are no multiples of what membranes are counted in"
        if exponents is not None:
            wrong = excess(threshold, weight, membrane, exponents)
        if exponents is None or wrong:
            where, hint = f"layer {node.name!r} ({node.provenance})", "compile the model again, or run the pass grid"
            self.findings.append(Diagnostic("off-grid", wrong, where, hint))
            return np.ones(len(threshold))
        found: Array = np.exp2(exponents)
        return found

    def _injection(self, each: Injection, scale: Array) -> dict[str, Any]:
        names = {
            kind: self._array(kind, array, np.float64)
            for kind, array in (("factor", each.factor * scale), ("offset", each.offset * scale))
        }
        return {"step": each.step, **names}

    def _connect(self, group: int, found: Received, factor: Array) -> None:
        for term in found.terms:
            weight = self._array("weight", term.node.op.weight.array.astype(np.float64) * factor)
            source = self.place[term.source.name]
            self.synapses.append({"source": source, "target": group, "weight": weight})

    def _silence(self, group: int, step: int) -> None:
        """Add the clock that sets all membranes of a group to 0 when its train has ended."""
        self.last = max(self.last, step)
        weight: Array = np.full(int(self.groups[group]["neurons"]), SILENCE)
        self._clock(group, "silence", (step,), weight)

    def _clock(self, group: int, name: str, steps: tuple[int, ...], weight: Array) -> None:
        """Add a clock unless all its weights are 0; its spikes take a step to arrive."""
        if np.any(weight):
            fires = [step - 1 for step in steps]
            self.clocks.append({"name": name, "target": group, "steps": fires, "weight": self._array("weight", weight)})

    def _array(self, kind: str, array: Array, dtype: type[np.floating[Any]] = np.float32) -> str:
        """Add an array and return its name."""
        name = f"{kind}{len(self.arrays)}"
        self.arrays[name] = np.ascontiguousarray(array, dtype)
        return name


__all__ = ["LOIHI1", "Room", "lower"]
