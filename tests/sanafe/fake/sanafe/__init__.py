"""A stand-in for SANA-FE 2.2.9: what `snnir_sanafe.program` uses of it, with the neurons as they were observed there.

It is here so that emitted programs are tested where SANA-FE is not installed; where it is, tests compare both. Costs
are counts, no model of a chip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

SIZES = re.compile(r"name: (?:tile|core)\[0\.\.(\d+)\]")


def load_arch(path: str) -> Any:
    """Return tiles and cores of a file like the one beside this."""
    tiles, cores = (int(last) + 1 for last in SIZES.findall(Path(path).read_text(encoding="utf-8"))[:2])
    return SimpleNamespace(tiles=[SimpleNamespace(cores=[object() for _ in range(cores)]) for _ in range(tiles)])


@dataclass
class Neuron:
    """A neuron; a `Group` has its state."""

    group_name: str
    neuron_offset: int
    attributes: dict[str, Any]
    core: object = None

    def set_attributes(self, model_attributes: dict[str, Any]) -> None:
        """Change attributes; numbers are those of single precision."""
        self.attributes |= {name: _single(value) for name, value in model_attributes.items()}

    def map_to_core(self, core: object) -> None:
        """Place it."""
        self.core = core


def _single(value: Any) -> Any:
    return float(np.float32(value)) if isinstance(value, float) else value


@dataclass
class Group:
    """Neurons, and the weights that they reach others by."""

    neurons: list[Neuron]
    log_spikes: bool
    log_potential: bool
    edges: list[tuple[Group, Any]] = field(default_factory=list)

    def __iter__(self) -> Iterator[Neuron]:
        return iter(self.neurons)

    def __getitem__(self, index: int) -> Neuron:
        return self.neurons[index]

    def connect_neurons_dense(self, target: Group, attributes: dict[str, Any]) -> None:
        """Connect all with all."""
        weight = np.asarray(attributes["weight"], np.float32).reshape(len(self.neurons), len(target.neurons))
        self.edges.append((target, weight.astype(float)))

    def connect_neurons_sparse(self, target: Group, attributes: dict[str, Any], pairs: list[tuple[int, int]]) -> None:
        """Connect some."""
        weight = np.zeros((len(self.neurons), len(target.neurons)))
        for (sender, receiver), each in zip(pairs, attributes["weight"], strict=True):
            weight[sender, receiver] = np.float32(each)
        self.edges.append((target, weight))

    def each(self, name: str, default: Any = 0.0) -> Any:
        """Return an attribute of all neurons."""
        return np.array([neuron.attributes.get(name, default) for neuron in self.neurons])


class Network:
    """Groups by name."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}

    def create_neuron_group(
        self,
        name: str,
        count: int,
        *,
        model_attributes: dict[str, Any],
        soma_hw_name: str,
        log_spikes: bool = False,
        log_potential: bool = False,
    ) -> Group:
        """Make a group."""
        neurons = [Neuron(name, index, {"soma": soma_hw_name}) for index in range(count)]
        for neuron in neurons:
            neuron.set_attributes(model_attributes)
        self.groups[name] = Group(neurons, log_spikes, log_potential)
        return self.groups[name]


class SpikingChip:
    """Runs a network, step by step."""

    def __init__(self, architecture: Any) -> None:
        self.cores = [core for tile in architecture.tiles for core in tile.cores]

    def load(self, network: Network) -> None:
        """Take a network, all of whose neurons are placed, at rest."""
        self.mapped_neuron_groups = network.groups
        assert all(neuron.core in self.cores for group in network.groups.values() for neuron in group)
        self.membranes = {name: np.zeros(len(group.neurons)) for name, group in network.groups.items()}
        self.arrived = {id(group): np.zeros(len(group.neurons)) for group in network.groups.values()}

    def sim(self, steps: int, *, spike_trace: bool, potential_trace: bool) -> dict[str, Any]:
        """Run steps; return traces and counts."""
        assert spike_trace
        assert potential_trace
        found: dict[str, Any] = {"spike_trace": [], "potential_trace": [], "spikes": 0, "neurons_fired": 0}
        for _ in range(steps):
            self._step(found)
        energy = {"total": 1e-12 * found["spikes"], "synapse": 1e-12 * found["spikes"], "dendrite": 0.0}
        rest = {"sim_time": 1e-6 * steps, "packets_sent": found["neurons_fired"], "neurons_updated": 0}
        return {**found, **rest, "energy": {**energy, "soma": 0.0, "network": 0.0}}

    def _step(self, found: dict[str, Any]) -> None:
        groups = dict(sorted(self.mapped_neuron_groups.items()))
        fired = {name: self._fire(name, group) for name, group in groups.items()}
        self.arrived = {id(group): np.zeros(len(group.neurons)) for group in groups.values()}
        for name, group in groups.items():
            for target, weight in group.edges:
                self.arrived[id(target)] += weight[fired[name]].sum(axis=0)
                found["spikes"] += int(np.count_nonzero(weight[fired[name]]))
        found["neurons_fired"] += sum(int(each.sum()) for each in fired.values())
        logged = [(group, fired[name]) for name, group in groups.items() if group.log_spikes]
        found["spike_trace"].append([group[index] for group, each in logged for index in np.flatnonzero(each)])
        potentials = [self.membranes[name] for name, group in groups.items() if group.log_potential]
        found["potential_trace"].append(np.concatenate([np.zeros(0), *potentials]).tolist())

    def _fire(self, name: str, group: Group) -> Any:
        """Return which neurons fire, and update their membranes."""
        if "spikes" in group[0].attributes:
            train = group[0].attributes["spikes"]
            group[0].attributes["spikes"] = train[1:]
            return np.array([bool(train) and bool(train[0])])
        v = self.membranes[name] * group.each("leak_decay", 1.0)
        v = np.trunc(v * 64) / 64
        v = v + group.each("bias") + self.arrived[id(group)]
        fired = v > group.each("threshold")
        soft = group.each("reset_mode", "hard") == "soft"
        v = np.where(fired, np.where(soft, v - group.each("threshold"), group.each("reset")), v)
        self.membranes[name] = np.where(v < group.each("reverse_threshold"), group.each("reverse_reset"), v)
        return fired
