"""Runs a network on a chip that SANA-FE simulates, and writes what it did and what it cost; it does not need snnir.

    python FILE.py CURRENTS.npz VALUES.npz [--record RECORD.npz] [--architecture CHIP.yaml]

This program is the same for all networks; FILE.npz beside it has the network. It needs Python 3.10 to 3.13, NumPy, and
SANA-FE 2.2.9 (``pip install sanafe==2.2.9 numpy``), which is licensed under the GPL, version 3.

CURRENTS.npz has by name what the host gives to the first layers, ``[points, neurons]``, already multiples of what
membranes are counted in: what the pieces of the host part make that lie beside this file as ONNX. Parts of the network
whose currents are not there do not run. VALUES.npz gets what is read out, by name, ``[points, values]``. RECORD.npz
gets by layer, as ``spikes/NAME``, its spikes, ``[points, steps, neurons]``, and of part i, as ``cost/i/WHAT``, what
each inference took, ``[points]``: ``energy_total``, ``energy_synapse``, ``energy_dendrite``, ``energy_soma`` and
``energy_network`` in joule, ``time`` in seconds, ``events`` (weights read for a spike), ``messages``, ``updates`` and
``fired`` (neurons, clocks among them), and ``stray``, spikes outside of their layer's train; further how many ``cores``
and ``tiles`` are in use. ``versions/NAME`` are those of Python and its packages.

The chip is Loihi 1 as SANA-FE comes with it, and layers lie on the cores that the plan names. On the chip of another
architecture file they are placed anew, as many neurons on a core as that allows.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias, TypedDict

import numpy as np
import numpy.typing as npt

SHIPPED = "loihi.yaml"
"""The architecture file that comes with SANA-FE and is used where no other is given."""
NEVER = 2.0**25
"""A threshold that no membrane reaches."""
SOMA, CLOCK = "leaky_integrate_fire", "input"
"""Models of somas that neurons and clocks need."""
ENTRY = re.compile(r"\b(name|model|max_neurons_supported)\s*:\s*[\"']?([^\s\"'#,}]+)")
RANGE = re.compile(r"(.*)\[(\d+)\.\.(\d+)\]")
ENERGIES = ("total", "synapse", "dendrite", "soma", "network")
COUNTS = {"events": "spikes", "messages": "packets_sent", "updates": "neurons_updated", "fired": "neurons_fired"}
"""Counts of the record by what SANA-FE calls them."""
Array: TypeAlias = npt.NDArray[Any]
Arrays: TypeAlias = Mapping[str, Array]
Place: TypeAlias = Sequence[int]
"""A group, its first neuron and the one after its last, and the core that they are on."""


class Injection(TypedDict):
    """From a step on, biases are ``factor c + offset``; both are names of arrays ``[neurons]``."""

    step: int
    factor: str
    offset: str


class Group(TypedDict):
    """A layer of neurons, or of a readout, which never fire: those have no threshold."""

    name: str
    neurons: int
    threshold: str | None
    leak: float
    reset: str
    floor: float
    sends: int
    steps: int
    current: str | None
    injections: list[Injection]


class Synapse(TypedDict):
    """From a group to a group, by a matrix ``[senders, receivers]``."""

    source: int
    target: int
    weight: str


class Clock(TypedDict):
    """A neuron that spikes in the steps given, and reaches all neurons of a group, by weights ``[neurons]``."""

    name: str
    target: int
    steps: list[int]
    weight: str


class Readout(TypedDict, total=False):
    """A value: membranes of a group in a step, times a factor, plus a bias; or the weighted mean of a group's train."""

    name: str
    group: int | None
    step: int
    factor: str
    bias: str
    source: int
    weights: list[float]


class Part(TypedDict):
    """What runs without the host in between."""

    inputs: list[str]
    outputs: list[str]
    steps: int
    groups: list[Group]
    synapses: list[Synapse]
    clocks: list[Clock]
    readouts: list[Readout]
    cores: list[Place]


def placed(
    layers: Iterable[tuple[int, int, int]], cores: int, neurons: int, synapses: int | None, clocks: int
) -> list[Place] | None:
    """Return where groups are placed, in order; None where there is no room.

    Every group begins on a core of its own, and is spread evenly over as few as it takes.

    Args:
        layers: Of each group its neurons, the synapses of each neuron, and its clocks, which lie where it begins.
        cores: Of the chip.
        neurons: Of a core, clocks among them.
        synapses: Of a core; None for any number.
        clocks: Of a core.
    """
    found: list[Place] = []
    for index, (width, fan_in, beats) in enumerate(layers):
        room = neurons - beats
        if synapses is not None and fan_in:
            room = min(room, synapses // fan_in)
        if room < 1 or beats > clocks:
            return None
        parts = -(-width // room)
        ends = [width * part // parts for part in range(parts + 1)]
        found += [(index, first, end, len(found) + part) for part, (first, end) in enumerate(pairwise(ends))]
    return found if len(found) <= cores else None


class Units(TypedDict):
    """What an architecture file calls the somas of neurons and of clocks, and how many neurons a core has."""

    soma: str
    clocks: list[str]
    neurons: int


def described(text: str) -> Units:
    """Return what is to be known of an architecture file besides what SANA-FE reads from it.

    Args:
        text: YAML in which a unit's name comes before its model.

    Raises:
        SystemExit: There are no units for neurons, or none for clocks.
    """
    found: dict[str, list[str]] = {"name": [], "max_neurons_supported": [], SOMA: [], CLOCK: []}
    for key, value in ENTRY.findall(text):
        if key != "model":
            found[key].append(value)
        elif value in found:
            found[value].append(found["name"][-1])
    for what in (SOMA, CLOCK, "max_neurons_supported"):
        if not found[what]:
            raise SystemExit(f"the architecture file has no {what}: neurons need somas of model {SOMA} and of {CLOCK}")
    clocks = [unit for name in found[CLOCK] for unit in expanded(name)]
    return {
        "soma": expanded(found[SOMA][0])[0],
        "clocks": clocks,
        "neurons": min(map(int, found["max_neurons_supported"])),
    }


def expanded(name: str) -> list[str]:
    """Return the units that a name stands for: ``a[0..2]`` is ``a[0]``, ``a[1]`` and ``a[2]``."""
    found = RANGE.fullmatch(name)
    if not found:
        return [name]
    return [f"{found[1]}[{index}]" for index in range(int(found[2]), int(found[3]) + 1)]


class Chip:
    """One part of the network on the simulated chip.

    Args:
        part: Of the plan.
        arrays: That it names.
        architecture: A file; None for the one that comes with SANA-FE.
    """

    def __init__(self, part: Part, arrays: Arrays, architecture: str | None) -> None:
        import sanafe

        path = Path(sanafe.__file__).parent / "examples" / SHIPPED if architecture is None else Path(architecture)
        chip: Any = sanafe.load_arch(str(path))
        self.part, self.arrays = part, arrays
        self.units = described(path.read_text(encoding="utf-8"))
        self.cores = [(tile, core) for tile, each in enumerate(chip.tiles) for core in each.cores]
        self.places = part["cores"] if architecture is None else self._places()
        self.network: Any = sanafe.Network()
        self.groups = [self._group(index, each) for index, each in enumerate(part["groups"])]
        for synapse in part["synapses"]:
            connect(self.groups[synapse["source"]], self.groups[synapse["target"]], arrays[synapse["weight"]])
        self._clocks()
        self.chip: Any = sanafe.SpikingChip(chip)
        self.chip.load(self.network)
        self.mapped: Any = self.chip.mapped_neuron_groups

    def _places(self) -> list[Place]:
        """Return where layers lie on another chip than the plan is for."""
        targets = [clock["target"] for clock in self.part["clocks"]]
        layers = ((group["neurons"], 0, targets.count(index)) for index, group in enumerate(self.part["groups"]))
        found = placed(layers, len(self.cores), self.units["neurons"], None, len(self.units["clocks"]))
        if found is None:
            raise SystemExit(f"the network does not fit {len(self.cores)} cores of {self.units['neurons']} neurons")
        return found

    def _group(self, index: int, group: Group) -> Any:
        """Make a layer, place it on its cores, and return it."""
        silent = group["threshold"] is None
        fixed = {"leak_decay": group["leak"], "reset_mode": group["reset"], "reset": 0.0, "threshold": NEVER}
        floor = {"reverse_threshold": group["floor"], "reverse_reset_mode": "hard", "reverse_reset": 0.0}
        traces = {"log_spikes": not silent, "log_potential": silent}
        made: Any = self.network.create_neuron_group(
            layer_name(index),
            group["neurons"],
            model_attributes={**fixed, **floor},
            soma_hw_name=self.units["soma"],
            **traces,
        )
        neurons = list(made)
        if group["threshold"] is not None:
            for neuron, threshold in zip(neurons, self.arrays[group["threshold"]], strict=True):
                neuron.set_attributes(model_attributes={"threshold": float(threshold)})
        for _, first, end, core in (place for place in self.places if place[0] == index):
            for neuron in neurons[first:end]:
                neuron.map_to_core(self.cores[core][1])
        return made

    def _clocks(self) -> None:
        """Make the clocks, each on the core where the group begins that it reaches."""
        taken = [0] * len(self.cores)
        for index, clock in enumerate(self.part["clocks"]):
            core = next(place[3] for place in self.places if place[0] == clock["target"])
            unit = self.units["clocks"][taken[core]]
            taken[core] += 1
            made: Any = self.network.create_neuron_group(clock_name(index), 1, model_attributes={}, soma_hw_name=unit)
            connect(made, self.groups[clock["target"]], self.arrays[clock["weight"]][np.newaxis])
            made[0].map_to_core(self.cores[core][1])

    def infer(self, currents: Arrays) -> tuple[list[Array], dict[int, Array], dict[str, float]]:
        """Run one inference: return spikes by group, membranes of readouts, ``[steps, neurons]``, and what it took.

        Args:
            currents: By name, ``[neurons]``.
        """
        steps = self.part["steps"]
        for index, clock in enumerate(self.part["clocks"]):
            train = [step in clock["steps"] for step in range(steps)]
            self.mapped[clock_name(index)][0].set_attributes(model_attributes={"spikes": train})
        changes = {each["step"] for group in self.part["groups"] for each in group["injections"]}
        runs: list[Any] = []
        for first, end in pairwise(sorted({0, steps, *changes})):
            self._inject(first, currents)
            runs.append(self.chip.sim(end - first, spike_trace=True, potential_trace=True))
        return self._spikes(runs), self._membranes(runs), cost_of(runs)

    def _inject(self, step: int, currents: Arrays) -> None:
        """Set the biases that change at a step; they are numbers of single precision there."""
        for index, group in enumerate(self.part["groups"]):
            for each in group["injections"]:
                if each["step"] == step and group["current"] is not None:
                    bias = self.arrays[each["factor"]] * currents[group["current"]] + self.arrays[each["offset"]]
                    for neuron, value in zip(self.mapped[layer_name(index)], bias, strict=True):
                        neuron.set_attributes(model_attributes={"bias": float(value)})

    def _spikes(self, runs: Iterable[Any]) -> list[Array]:
        """Return the spikes of all groups in every step."""
        groups = self.part["groups"]
        found = {
            layer_name(index): np.zeros((self.part["steps"], group["neurons"]), np.int8)
            for index, group in enumerate(groups)
        }
        for step, fired in enumerate(step for run in runs for step in run["spike_trace"]):
            for neuron in fired:
                found[neuron.group_name][step, neuron.neuron_offset] = 1
        return list(found.values())

    def _membranes(self, runs: Iterable[Any]) -> dict[int, Array]:
        """Return the membranes of readouts in every step; SANA-FE lists them in the order of the groups' names."""
        trace = np.array([step for run in runs for step in run["potential_trace"]])
        silent = [index for index, group in enumerate(self.part["groups"]) if group["threshold"] is None]
        ends = np.cumsum([self.part["groups"][index]["neurons"] for index in silent])
        return dict(zip(silent, np.split(trace, ends[:-1], axis=1), strict=True)) if silent else {}

    def in_use(self) -> dict[str, float]:
        """Return how many cores and tiles have neurons."""
        cores = {place[3] for place in self.places}
        return {"cores": len(cores), "tiles": len({self.cores[core][0] for core in cores})}


def layer_name(group: int) -> str:
    """Return the name of a group on the chip, which sorts as groups do."""
    return f"layer{group:06}"


def clock_name(clock: int) -> str:
    """Return the name of a clock on the chip."""
    return f"clock{clock:06}"


def connect(source: Any, target: Any, weight: Array) -> None:
    """Connect two groups by the weights that are not 0, ``[senders, receivers]``."""
    if np.all(weight):
        source.connect_neurons_dense(target, {"weight": weight.ravel()})
    elif np.any(weight):
        pairs = [(int(sender), int(receiver)) for sender, receiver in np.argwhere(weight)]
        source.connect_neurons_sparse(target, {"weight": weight[weight != 0]}, pairs)


def cost_of(runs: Sequence[Any]) -> dict[str, float]:
    """Return what an inference took."""
    energies = {f"energy_{kind}": sum(run["energy"][kind] for run in runs) for kind in ENERGIES}
    counts = {name: sum(run[key] for run in runs) for name, key in COUNTS.items()}
    return {**energies, "time": sum(run["sim_time"] for run in runs), **counts}


def value_of(readout: Readout, trains: Sequence[Array], membranes: Mapping[int, Array], arrays: Arrays) -> Array:
    """Return what one inference amounts to."""
    group = readout["group"]
    if group is not None:
        value: Array = membranes[group][readout["step"]] * arrays[readout["factor"]] + arrays[readout["bias"]]
        return value
    mean: Array = np.average(trains[readout["source"]], axis=0, weights=readout["weights"])
    return mean


def run_part(
    part: Part, arrays: Arrays, currents: Arrays, architecture: str | None
) -> tuple[dict[str, Array], dict[str, Array], dict[str, Array]]:
    """Return values and trains by name, and what inferences took, of one part on all points."""
    chip, groups = Chip(part, arrays, architecture), part["groups"]
    values: dict[str, list[Array]] = {each["name"]: [] for each in part["readouts"]}
    record: list[list[Array]] = []
    costs: list[dict[str, float]] = []
    for point in range(len(next(iter(currents.values())))):
        spikes, membranes, cost = chip.infer({name: array[point] for name, array in currents.items()})
        trains = [
            each[group["sends"] : group["sends"] + group["steps"]] for each, group in zip(spikes, groups, strict=True)
        ]
        stray = sum(int(each.sum()) for each in spikes) - sum(int(each.sum()) for each in trains)
        costs.append({**cost, **chip.in_use(), "stray": stray})
        record.append(trains)
        for each in part["readouts"]:
            values[each["name"]].append(value_of(each, trains, membranes, arrays))
    layers = {group["name"]: index for index, group in enumerate(groups) if group["threshold"] is not None}
    spent = {name: np.array([each[name] for each in costs], float) for name in (costs[0] if costs else ())}
    by_layer = {name: np.array([trains[index] for trains in record], np.int8) for name, index in layers.items()}
    return {name: np.array(each) for name, each in values.items()}, by_layer, spent


def main() -> None:
    """Run all parts whose currents are given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("currents", metavar="CURRENTS.npz")
    parser.add_argument("values", metavar="VALUES.npz")
    parser.add_argument("--record", metavar="RECORD.npz")
    parser.add_argument("--architecture", metavar="CHIP.yaml")
    given = parser.parse_args()
    with np.load(Path(__file__).with_suffix(".npz"), allow_pickle=False) as file:
        arrays = dict(file)
    plan: Any = json.loads(bytes(arrays["plan"]))
    with np.load(given.currents, allow_pickle=False) as file:
        currents = {name: np.asarray(array, float) for name, array in file.items()}
    values: dict[str, Array] = {}
    record: dict[str, Array] = {}
    for index, part in enumerate(plan["parts"]):
        if all(name in currents for name in part["inputs"]):
            mine = {name: currents[name] for name in part["inputs"]}
            made, trains, spent = run_part(part, arrays, mine, given.architecture)
            values.update(made)
            record.update({f"spikes/{name}": each for name, each in trains.items()})
            record.update({f"cost/{index}/{name}": each for name, each in spent.items()})
    record.update({f"versions/{name}": np.array(number) for name, number in versions().items()})
    save(given.values, values)
    if given.record:
        save(given.record, record)


def versions() -> dict[str, str]:
    """Return the versions of what takes part."""
    return {"python": platform.python_version(), "sanafe": version("sanafe"), "numpy": np.__version__}


def save(path: str, arrays: Arrays) -> None:
    """Write arrays by name."""
    named: Any = arrays
    np.savez(path, **named)


if __name__ == "__main__":
    main()
