"""The one evaluation loop, for analog and spiking graphs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any, TypeAlias

import numpy as np

from snnir.ir import Graph, Node, Op, Segment, Value, prune, regions, schedule
from snnir.ops import (
    Accumulate,
    Add,
    Decode,
    Delta,
    Dense,
    Encode,
    IntegrateAndFire,
    Scan,
    SigmaDelta,
    SignedDigits,
)
from snnir.semantics.analog import run_analog
from snnir.semantics.decoding import decoded
from snnir.semantics.digits import accumulate, accumulate_integers, integer_digits, signed_digits
from snnir.semantics.kernels import KERNELS
from snnir.semantics.neuron import delayed, integrate_and_fire
from snnir.semantics.settings import Semantics
from snnir.semantics.signals import Signal
from snnir.semantics.streams import Memory, Place, delta, sigma_delta, summed
from snnir.semantics.threads import in_order, one_thread_each
from snnir.types import ANALOG, Array, Estimate, Spikes

Observer: TypeAlias = Callable[[Node, slice, Array], None]
"""Called with a layer of neurons or an encoder of changes, the points of a chunk, and its spikes or messages
``[steps, points, neurons]``; chunks come in the order of the points."""

CHUNK_BYTES = 4 << 20
"""Spikes of one layer and chunk: few enough to stay in the cache that cores share, enough to be worth a call."""
MIN_POINTS = 64
"""Of a chunk: with fewer, calling NumPy costs more than what it computes."""
MAX_BYTES = 32 << 20
"""Where that many points would take more, for the sake of memory, fewer are taken after all."""


def evaluate(
    graph: Graph,
    inputs: Mapping[str, Array],
    *,
    outputs: Iterable[str] | None = None,
    semantics: Semantics | None = None,
    observe: Observer | None = None,
    currents: Observer | None = None,
    progress: Callable[[float], None] | None = None,
    signals: Mapping[str, Signal] | None = None,
    whole: Graph | None = None,
) -> dict[str, Array]:
    """Run a graph and return some of its values.

    Analog nodes run one by one on all points. A spiking region (connected nodes between encode and
    decode) runs chunk by chunk over the points: all steps of a layer as one matrix product, then
    the membrane scan while they are in cache. So memory grows with the points' analog values only.

    In the `sigma-delta` code the points are a stream: their order counts, in that of the last axes first where there
    are several. Each region is at rest before its first point.

    Args:
        graph: Any legal graph.
        inputs: Arrays by the names of graph inputs; or of any other values, which are then not computed.
        outputs: Names of the values wanted, the graph's outputs if None. Currents, spikes and estimates come
            decoded (`snnir.semantics.decoding`; what the receivers of messages know), ``[..., neurons]``.
        semantics: How neurons behave; the default `Semantics` if None.
        observe: Sees the spikes or messages of every layer of neurons and encoder of changes, chunk by chunk.
        currents: Sees what every layer of integrate-and-fire or sigma-delta neurons, and every accumulate, receives,
            as `observe` does, and before it; ``[1, points, neurons]`` where it is constant.
        progress: Called with the part of spiking work done, from 0 to 1.
        signals: Trains and currents by name that are known already, and then not computed; not of a stream. Points are
            flat there, and so they are in what is computed from nothing else.
        whole: As many points run at once as in the regions of this graph, of which `graph` is a part, so that the part
            gives the same bits as the whole.

    Returns:
        The values by name.
    """
    wanted = tuple(graph.outputs if outputs is None else outputs)
    given = dict(signals or {})
    graph = _needed(graph, {*inputs, *given}, wanted)
    values: dict[str, Array] = dict(inputs)
    segments = schedule(graph)
    last_use = {name: index for index, segment in enumerate(segments) for node in segment.nodes for name in node.inputs}
    simulator = _Simulator(
        graph, semantics or Semantics(), observe, currents, frozenset(wanted), given=given, whole=whole
    )
    spiking = sum(segment.spiking for segment in segments)
    done = 0
    for index, segment in enumerate(segments):
        if segment.spiking:
            before = done

            def report(part: float, before: int = before) -> None:
                if progress is not None:
                    progress((before + part) / spiking)

            with one_thread_each():
                values.update(simulator.run(segment, values, report))
            done += 1
        else:
            run_analog(segment.nodes, values)
        for name in [name for name in values if last_use.get(name, -1) <= index and name not in wanted]:
            del values[name]
    return {name: values[name] for name in wanted}


def _needed(graph: Graph, given: Collection[str], wanted: tuple[str, ...]) -> Graph:
    """Return the part of the graph between the values given, which become its inputs, and those wanted."""
    needed = set(wanted).difference(given)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if any(value.name in needed for value in node.outputs):
            needed.update(name for name in node.inputs if name not in given)
            kept.append(_narrowed(node, node.op, needed) if isinstance(node.op, Scan) else node)
    inputs = tuple(Value(name, kind) for name, kind in graph.types.items() if name in given)
    return replace(graph, inputs=inputs, nodes=tuple(reversed(kept)), outputs=wanted)


def _narrowed(node: Node, op: Scan, needed: set[str]) -> Node:
    """Return a scan that makes only the series needed: each takes the memory of all its steps."""
    kept = tuple(index for index, value in enumerate(node.outputs) if value.name in needed)
    states, series = op.body.outputs[: op.states], op.body.outputs[op.states :]
    body = prune(replace(op.body, outputs=(*states, *(series[index] for index in kept))))
    return replace(node, op=replace(op, body=body), outputs=tuple(node.outputs[index] for index in kept))


_Weights: TypeAlias = tuple[Array, "Array | None"]


@dataclass(frozen=True)
class _Chunk:
    """What a region makes of some points: decoded values by name, and what is shown to whom."""

    made: dict[str, Array]
    seen: list[tuple[Observer, Node, Array]]


class _Simulator:
    """Runs spiking regions; a signal is an array ``[steps, points, n]``, or ``[1, points, n]`` if constant."""

    def __init__(
        self,
        graph: Graph,
        semantics: Semantics,
        observe: Observer | None,
        currents: Observer | None,
        wanted: frozenset[str],
        *,
        given: Mapping[str, Signal],
        whole: Graph | None,
    ) -> None:
        self.graph = graph
        self.semantics = semantics
        self.observe = observe
        self.currents = currents
        self.wanted = wanted
        self.given = given
        self.regions = () if whole is None else regions(whole)

    def run(self, segment: Segment, values: Mapping[str, Array], report: Callable[[float], None]) -> dict[str, Array]:
        """Return what leaves the region, by name, computed chunk by chunk."""
        aside = self._aside(segment)
        constant = {name: values[name] for name in aside if not self._has_points(name)}
        encoded = [node.inputs[0] for node in segment.nodes if isinstance(node.op, Encode | Delta)]
        sources = [*encoded, *(name for name in aside if name not in constant)]
        given = {name: self.given[name] for node in segment.nodes for name in node.inputs if name in self.given}
        lead = values[sources[0]].shape[:-1] if sources else (next(iter(given.values())).points,)
        flat = {name: values[name].reshape(-1, values[name].shape[-1]) for name in sources}
        points = prod(lead)
        size = self._chunk(segment)
        weights = self._weights(segment)
        results: dict[str, Array] = {}
        parts = [slice(start, min(start + size, points)) for start in range(0, max(points, 1), size)]

        rooms = threading.local()
        memory: Memory = {}
        streaming = any(isinstance(node.op, Delta | SigmaDelta) for node in segment.nodes)

        def job(part: slice) -> _Chunk:
            # Currents of one chunk take the place of the last one's: fresh memory costs as much as the product.
            room: dict[str, Array] = {} if self.observe is not None else rooms.__dict__
            chunked = {name: array[part] for name, array in flat.items()}
            chunked |= {name: signal.part(part, self.semantics.dtype) for name, signal in given.items()}
            return self._run_chunk(segment, weights, constant | chunked, room, memory)

        # Chunks are independent but for what a stream remembers from one to the next.
        chunks = map(job, parts) if streaming else in_order(job, parts)
        for part, chunk in zip(parts, chunks, strict=True):
            for observer, node, signal in chunk.seen:
                observer(node, part, signal)
            for name, array in chunk.made.items():
                whole = results.setdefault(name, np.empty((points, array.shape[-1]), array.dtype))
                whole[part] = array
            report(part.stop / max(points, 1))
        return {name: array.reshape(*lead, array.shape[-1]) for name, array in results.items()}

    def _run_chunk(
        self,
        segment: Segment,
        weights: Mapping[str, _Weights],
        signals: dict[str, Array],
        room: dict[str, Array],
        memory: Memory,
    ) -> _Chunk:
        chunk = _Chunk({}, [])
        last_use = {name: node.name for node in segment.nodes for name in node.inputs}
        for node in segment.nodes:
            name = node.output.name
            if self.currents is not None and isinstance(node.op, IntegrateAndFire | Accumulate | SigmaDelta):
                # A copy: spikes take the place of currents.
                chunk.seen.append((self.currents, node, signals[node.inputs[0]].copy()))
            signal = self._step(node, [signals[source] for source in node.inputs], weights, room, memory)
            if node.output.type.coding == ANALOG:
                chunk.made[name] = signal
            elif name in self.wanted:
                chunk.made[name] = self._decoded(name, signal, memory, ("value", name))
            if self.observe is not None and isinstance(node.output.type.coding, Spikes):
                chunk.seen.append((self.observe, node, signal))
            signals[name] = signal
            for source in node.inputs:
                if last_use[source] == node.name:
                    signals.pop(source, None)
        return chunk

    def _decoded(self, value: str, signal: Array, memory: Memory, place: Place) -> Array:
        """Return what a signal decodes to, ``[points, n]``; `place` is where a stream remembers it."""
        maker = self.graph.producers.get(value)
        sender = None if maker is None else maker.op
        if isinstance(sender, Delta | SigmaDelta):
            return summed(signal[0], sender, memory, place).astype(signal.dtype)
        return decoded(signal, self.graph.types[value].coding)

    def _step(
        self,
        node: Node,
        operands: list[Array],
        weights: Mapping[str, _Weights],
        room: dict[str, Array],
        memory: Memory,
    ) -> Array:
        op = node.op
        coding = node.output.type.coding
        here: Place = ("node", node.name)
        if isinstance(op, Encode):
            return operands[0].astype(self.semantics.dtype, copy=False)[np.newaxis]
        if isinstance(op, Delta | SigmaDelta):
            return self._messages(op, operands[0], memory, here)
        if isinstance(op, Dense):
            sender = self._sender(node)
            if isinstance(sender, Delta | SigmaDelta):
                return self._summed(operands[0], sender, weights[node.name], memory, here)
            source = self.graph.types[node.inputs[0]].coding
            late = self.semantics.delay if isinstance(source, Spikes) and source.weighting == "even" else 0
            return _synapse(delayed(operands[0], late), *weights[node.name], room, node.name)
        if isinstance(op, Accumulate | SignedDigits) or isinstance(coding, Estimate):
            return self._digital(node, operands)
        if isinstance(op, Add):
            total: Array = operands[0] + operands[1]
            return total
        if isinstance(op, Decode):
            dtype = np.promote_types(self.semantics.dtype, node.output.type.dtype)
            return self._decoded(node.inputs[0], operands[0], memory, here).astype(dtype, copy=False)
        assert isinstance(op, IntegrateAndFire), f"no spiking kernel for {op.mnemonic}"  # noqa: S101 - verified graphs
        return integrate_and_fire(
            op, operands[0], node.output.type.steps, self.semantics, overwrite=self._is_temporary(node)
        )

    def _digital(self, node: Node, operands: list[Array]) -> Array:
        """Return what a part of a difference neuron makes."""
        op = node.op
        whole = self.semantics.integer is not None
        if isinstance(op, Accumulate):
            return accumulate_integers(operands[0]) if whole else accumulate(op, operands[0], self.semantics.delay)
        if isinstance(op, SignedDigits):
            steps = node.output.type.steps
            if whole:
                return integer_digits(op, operands[0], steps)
            return signed_digits(op, operands[0].astype(self.semantics.dtype, copy=False), steps)
        (result,) = KERNELS[type(op)](op, tuple(operands))
        return result

    def _messages(self, op: Delta | SigmaDelta, operand: Array, memory: Memory, place: Place) -> Array:
        """Return what an encoder or a layer sends for the points of a chunk."""
        if isinstance(op, Delta):
            return delta(op, operand.astype(self.semantics.dtype, copy=False), memory, place)[np.newaxis]
        return sigma_delta(op, operand[0], memory, place, self.semantics.integer)[np.newaxis]

    def _summed(
        self, messages: Array, sender: Delta | SigmaDelta, weights: _Weights, memory: Memory, place: Place
    ) -> Array:
        """Return the current of synapses that messages reach."""
        weight, bias = weights
        current = summed(messages[0] @ weight, sender, memory, place, bias)
        return current[np.newaxis].astype(self.semantics.dtype)

    def _is_temporary(self, node: Node) -> bool:
        """Whether nobody but this node needs its operand; what an encode makes may be the caller's own array."""
        (name,) = node.inputs
        return len(self.graph.consumers[name]) == 1 and isinstance(self._sender(node), Dense | Add)

    def _sender(self, node: Node) -> Op | None:
        """Return what makes a node's first operand; None where that is given."""
        maker = self.graph.producers.get(node.inputs[0])
        return None if maker is None else maker.op

    def _aside(self, segment: Segment) -> list[str]:
        """Return the analog operands of elementwise ops on estimates."""
        nodes = (node for node in segment.nodes if isinstance(node.output.type.coding, Estimate))
        return [name for node in nodes for name in node.inputs if self.graph.types[name].coding == ANALOG]

    def _has_points(self, name: str) -> bool:
        return any(isinstance(dim, str) for dim in self.graph.types[name].shape)

    def _weights(self, segment: Segment) -> dict[str, _Weights]:
        """Return weights and biases in the precision of what they meet, converted once and not for every chunk."""
        found: dict[str, _Weights] = {}
        for node in segment.nodes:
            if isinstance(node.op, Dense):
                graded = isinstance(self._sender(node), Delta | SigmaDelta)
                dtype: Any = "float64" if graded else self.semantics.dtype
                found[node.name] = node.op.weight.array.astype(dtype), node.op.bias and node.op.bias.array.astype(dtype)
        return found

    def _chunk(self, segment: Segment) -> int:
        """Return how many points to take at once: what fits the cache, or more where that would be very few."""
        widest = 1
        names = {node.name for node in segment.nodes}
        wholes = [node for region in self.regions if any(each.name in names for each in region) for node in region]
        for node in wholes or segment.nodes:
            kind = node.output.type
            width = kind.shape[-1]
            if kind.coding != ANALOG and isinstance(width, int):
                widest = max(widest, kind.steps * width)
        per_point = np.dtype(self.semantics.dtype).itemsize * widest
        return max(1, CHUNK_BYTES // per_point, min(MIN_POINTS, MAX_BYTES // per_point))


def _synapse(signal: Array, weight: Array, bias: Array | None, room: dict[str, Array], name: str) -> Array:
    steps, points, width = signal.shape
    size = (steps * points, weight.shape[1])
    if name not in room or room[name].shape != size:
        room[name] = np.empty(size, signal.dtype)
    current: Array = np.matmul(signal.reshape(steps * points, width), weight, out=room[name])
    if bias is not None:
        current += bias
    return current.reshape(steps, points, weight.shape[1])
