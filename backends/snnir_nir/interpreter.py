"""A second opinion: what a NIR file computes, node by node and step by step.

Written without the reference simulator and without its layer-at-once order, to check both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from snnir.errors import did_you_mean, model_error, usage_error
from snnir.semantics import Comparison, Precision, Reset, Semantics, leak
from snnir.types import Array, Current
from snnir_nir import metadata, signals
from snnir_nir.digest import FIRING
from snnir_nir.facts import Facts
from snnir_nir.feeding import fed, inputs_of
from snnir_nir.library import NIRGraph, from_library
from snnir_nir.net import (
    Affine,
    Delay,
    Integrator,
    LeakyIntegrator,
    LeakyNeurons,
    Net,
    NetNode,
    Neurons,
    Port,
    Scale,
    Threshold,
)
from snnir_nir.order import execution_order


@dataclass(frozen=True)
class Interpretation:
    """What came out.

    Attributes:
        outputs: By Output node: the mean over the steps, or what digits stand for, ``[points, values]``.
        spikes: By IF, LIF or Threshold node: how many in each step, as int8, or int32 where there may be several,
            ``[steps, points, neurons]``.
    """

    outputs: Mapping[str, Array]
    spikes: Mapping[str, Array]


@dataclass(frozen=True)
class _Rules:
    semantics: Semantics
    dtype: np.dtype[np.floating]
    initial: Mapping[str, Array]
    windows: Mapping[str, tuple[int, Current]]


def interpret(
    source: NIRGraph,
    inputs: Mapping[str, Array] | Array,
    steps: int | None = None,
    *,
    reset: Reset | None = None,
    compare: Comparison | None = None,
    dtype: Precision | None = None,
    v_init: Mapping[str, Array] | None = None,
    semantics: Semantics | None = None,
) -> Interpretation:
    """Run a NIR graph of Affine, Linear, IF, I, LIF, LI, Threshold, Scale and Delay nodes, for a step of 1.

    Edges into a node add up. Within a step nodes run along the edges; an edge that closes a cycle
    brings what its source made in the step before. Leaks follow the forward Euler method. What is not given is taken
    from our metadata; for a file of others from the NIR specification: ``>``, reset to ``v_reset``, precision of the
    weights.

    Args:
        source: The graph, as from `snnir_nir.read_nir`.
        inputs: ``[points, values]`` by Input node, or one array where there is one Input; ``[steps, points, values]``
            where they change. Columns of pulses of a file of ours are added. Parts of the graph that
            are not connected to each other may be run one at a time, by giving only theirs.
        steps: Time steps.
        reset: Subtract the threshold after a spike, or set the membrane to ``v_reset``.
        compare: A neuron fires when its membrane is ``>=`` or ``>`` its threshold.
        dtype: Precision of currents and membranes.
        v_init: Membranes before the first step by IF node, ``[neurons]``; replaces those of the file.
        semantics: What neurons do, whatever the file asks for; the arguments before count more.

    Raises:
        ModelError: The graph holds other nodes, code ``foreign-nir``.
        UsageError: Inputs do not fit the graph, or the steps are not known.
    """
    net = from_library(source)
    asked = metadata.settings(metadata.parse(net)) if net.metadata else None
    specified = Semantics(reset="value", compare=">", dtype=_precision(net))
    default = semantics or (asked.semantics if asked else specified)
    steps = steps or (asked.steps if asked else None)
    if steps is None:
        raise usage_error("steps-missing", "the file does not state for how many steps it is to be run", "`steps`")
    chosen = replace(
        default, reset=reset or default.reset, compare=compare or default.compare, dtype=dtype or default.dtype
    )
    kind = np.dtype(chosen.dtype)
    initial = _initial(net, v_init) if chosen.initial or v_init else {}
    windows = signals.windows(metadata.parse(net)) if net.metadata else {}
    rules = _Rules(chosen, kind, {name: array.astype(kind) for name, array in initial.items()}, windows)
    lanes = signals.lanes(metadata.parse(net)) if net.metadata else {}
    given = inputs_of(net, inputs, rules.dtype, lanes)
    names = [name for name in execution_order(net) if name in fed(net, given)]
    return _Run(net, rules, given).over(steps, names)


def signed_spikes(result: Interpretation, facts: Facts) -> dict[str, Array]:
    """Return the spikes of the IR's neuron layers, pairs joined again.

    Args:
        result: From `interpret`, on a file that we emitted.
        facts: Its metadata, from `snnir_nir.read_metadata`.

    Returns:
        -1, 0 or 1 as int8 by IR node, ``[steps, points, neurons]``; of layers that send digits those alone.
    """
    joined: dict[str, Array] = {}
    for name, layer in facts["layers"].items():
        spikes = result.spikes.get(name)
        if spikes is None:
            continue
        if "digits" in facts:
            joined[layer["node"]] = spikes[layer["first"] : layer["first"] + facts["digits"], :, : layer["neurons"]]
            continue
        size: int = layer["neurons"]
        minus = layer.get("minus")
        if minus is not None:
            joined[layer["node"]] = spikes - result.spikes[minus]
        else:
            joined[layer["node"]] = spikes[..., :size] - spikes[..., size:] if layer["signed"] else spikes
    return joined


class _Run:
    """One run over all steps; holds the membranes."""

    def __init__(self, net: Net, rules: _Rules, inputs: Mapping[str, Array]) -> None:
        self.net = net
        self.rules = rules
        self.inputs = inputs
        self.points = next(iter(inputs.values())).shape[1]
        self.now = 0
        self.into = {name: net.into(name) for name in net.nodes}
        self.membranes: dict[str, Array] = {}
        self.lines: dict[str, list[Array]] = {}

    def over(self, steps: int, names: Iterable[str]) -> Interpretation:
        order = tuple(names)
        sums: dict[str, Array] = {}
        fires = [name for name in order if isinstance(self.net.nodes[name], FIRING)]
        spikes: dict[str, list[Array]] = {name: [] for name in fires}
        last: dict[str, Array] = {}
        for step in range(steps):
            self.now = step
            now: dict[str, Array] = {}
            for name in order:
                now[name] = self._step(name, now, last)
                if name in spikes:
                    spikes[name].append(now[name].astype(np.int32 if self.rules.semantics.many else np.int8))
                    late = not isinstance(self.net.nodes[name], Threshold)
                    now[name] = self._late(spikes[name]) if late else now[name]
            for name in order:
                node = self.net.nodes[name]
                if isinstance(node, Port) and not node.into:
                    sums[name] = self._summed(name, sums.get(name, np.zeros_like(now[name])), now[name])
            last = now
        counts = {name: weights(coding).sum() for name, (_, coding) in self.rules.windows.items()}
        outputs = {name: total / np.asarray(counts.get(name, steps), total.dtype) for name, total in sums.items()}
        return Interpretation(outputs, {name: np.stack(trains) for name, trains in spikes.items()})

    def _summed(self, name: str, total: Array, arriving: Array) -> Array:
        """Return the sum at an Output; where it is read out in a window, steps have weights there."""
        if name not in self.rules.windows:
            return total + arriving
        first, coding = self.rules.windows[name]
        step = self.now - first
        return total + arriving * weights(coding)[step].astype(total.dtype) if 0 <= step < coding.steps else total

    def _late(self, trains: list[Array]) -> Array:
        """Return what leaves a layer now, of the spikes that it has made so far."""
        delay = self.rules.semantics.delay
        sent = trains[-1 - delay] if len(trains) > delay else np.zeros_like(trains[-1])
        return sent.astype(self.rules.dtype)

    def _step(self, name: str, now: Mapping[str, Array], last: Mapping[str, Array]) -> Array:
        """Return what a node makes in this step; sources that have not run yet count with the step before."""
        if name in self.inputs:
            trains = self.inputs[name]
            current: Array = trains[min(self.now, len(trains) - 1)]
            return current
        arriving: Array | None = None
        for source in self.into[name]:
            signal = now.get(source, last.get(source))
            if signal is not None:
                arriving = signal if arriving is None else arriving + signal
        if arriving is None:
            raise model_error("unfed-node", "nothing arrives at it in the first step", f"NIR node {name!r}")
        node = self.net.nodes[name]
        if isinstance(node, Neurons | LeakyNeurons):
            return self._fire(name, node, arriving)
        if isinstance(node, Integrator | LeakyIntegrator):
            self.membranes[name] = self._risen(name, node, arriving)
            return self.membranes[name]
        return self._passed(name, node, arriving)

    def _passed(self, name: str, node: NetNode, arriving: Array) -> Array:
        """Return what a node without a membrane makes of what arrives."""
        if isinstance(node, Affine):
            current: Array = arriving @ np.transpose(node.weight.array.astype(self.rules.dtype))
            return current if node.bias is None else current + node.bias.array.astype(self.rules.dtype)
        if isinstance(node, Scale):
            return arriving * node.scale.array.astype(self.rules.dtype)
        if isinstance(node, Threshold):
            return (arriving > node.threshold.array.astype(self.rules.dtype)).astype(self.rules.dtype)
        return self._delayed(name, node.delay.array, arriving) if isinstance(node, Delay) else arriving

    def _delayed(self, name: str, delay: Array, arriving: Array) -> Array:
        """Return what arrived some steps before, each value after a delay of its own."""
        line = self.lines.setdefault(name, [])
        line.append(arriving)
        made = np.zeros_like(arriving)
        for steps in np.unique(delay):
            if self.now >= steps:
                made[:, delay == steps] = line[self.now - int(steps)][:, delay == steps]
        return made

    def _risen(self, name: str, node: Integrator | LeakyIntegrator, current: Array) -> Array:
        """Return membranes after the current of a step, ``v + (leak - v + r x) / tau``; one factor for v that grows."""
        dtype = self.rules.dtype
        r = node.r.array.astype(dtype)
        before = self.membranes.get(name)
        if before is None:
            start = self.rules.initial.get(name, np.zeros(len(r), dtype))
            before = np.broadcast_to(start, (self.points, len(r)))
        if isinstance(node, Integrator):
            risen: Array = before + r * current
            return risen
        tau, leak = node.tau.array.astype(dtype), node.leak.array.astype(dtype)
        if np.all(tau > 0):
            leaked: Array = before + (leak + r * current - before) / tau
            return leaked
        grown: Array = (1 - 1 / tau) * before + (leak + r * current) / tau
        return grown

    def _fire(self, name: str, node: Neurons | LeakyNeurons, current: Array) -> Array:
        dtype = self.rules.dtype
        threshold = node.threshold.array.astype(dtype)
        membrane = self._risen(name, node.membrane if isinstance(node, LeakyNeurons) else Integrator(node.r), current)
        spikes = self._spikes(membrane, threshold)
        lowered = membrane - threshold * spikes
        if self.rules.semantics.reset == "value":
            lowered = np.where(spikes > 0, node.reset.array.astype(dtype), membrane)
        floor = self.rules.semantics.floor
        if floor is not None:
            lowest = np.asarray(floor, dtype) * threshold
            lowered = np.where(lowered > lowest, (lowered - lowest) + lowest, lowest)
        self.membranes[name] = lowered
        return spikes

    def _spikes(self, membrane: Array, threshold: Array) -> Array:
        """Return how often each neuron fires."""
        rules = self.rules.semantics
        if rules.many:
            whole: Array = membrane // threshold
            if rules.compare == ">":
                whole -= whole * threshold == membrane
            return np.maximum(whole, np.zeros_like(whole))
        fired = membrane >= threshold if rules.compare == ">=" else membrane > threshold
        return fired.astype(self.rules.dtype)


def weights(coding: Current) -> Array:
    """Return how much each step of a window counts, up to a common factor."""
    if coding.weighting == "decaying":
        return np.asarray((1 - leak(coding.steps)) ** np.arange(coding.steps - 1, -1, -1.0))
    return np.asarray(2.0 ** np.arange(coding.steps - 1, -1, -1.0))


def _precision(net: Net) -> Precision:
    kinds = {node.weight.dtype for node in net.nodes.values() if isinstance(node, Affine)}
    return "float64" if "float64" in kinds else "float32"


def _initial(net: Net, given: Mapping[str, Array] | None) -> dict[str, Array]:
    layers = {name: node for name, node in net.nodes.items() if isinstance(node, Neurons)}
    found = {name: node.initial.array for name, node in layers.items() if node.initial is not None}
    for name, array in (given or {}).items():
        if name not in layers:
            raise usage_error("unknown-node", f"there is no IF node {name!r}", "v_init", did_you_mean(name, layers))
        if array.shape != layers[name].threshold.shape:
            message = f"{name!r} has {layers[name].threshold.shape[0]} neurons, got shape {array.shape}"
            raise usage_error("bad-shape", message, "v_init")
        found[name] = array
    return found
