"""The one evaluation loop, for analog and spiking graphs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, TypeAlias

import numpy as np

from snnir.ir import Graph, Node, Segment, Value, prune, schedule
from snnir.ops import Dense, Scan, sender
from snnir.semantics.analog import run_analog
from snnir.semantics.buffers import Buffers, Loan
from snnir.semantics.settings import Semantics
from snnir.semantics.signals import Signal
from snnir.semantics.stepping import Weights, Work, decoded_value, run_step
from snnir.semantics.streams import StreamState
from snnir.semantics.threads import in_order, one_thread_each
from snnir.types import ANALOG, Array, Estimate, Spikes

Observer: TypeAlias = Callable[[Node, slice, Array], None]
"""Called with a layer of neurons or an encoder of changes, the points of a chunk, and its spikes or messages
``[steps, points, neurons]``, which are its own only during the call; chunks come in the order of the points."""

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
    first: int | None = None,
    progress: Callable[[float], None] | None = None,
    signals: Mapping[str, Signal] | None = None,
    buffers: Buffers | None = None,
    whole: Iterable[Sequence[Node]] = (),
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
            decoded (`snnir.semantics.decoding`; messages too), ``[..., neurons]``.
        semantics: How neurons behave; the default `Semantics` if None.
        observe: Sees the spikes or messages of every layer of neurons and encoder of changes, chunk by chunk.
        currents: Sees what every layer of integrate-and-fire or sigma-delta neurons, and every accumulate, receives,
            as `observe` does, and before it; ``[1, points, neurons]`` where it is constant.
        first: Of points along one axis, `currents` sees the first ones only; all if None.
        progress: Called with the part of spiking work done, from 0 to 1.
        signals: Trains and currents by name that are known already, and then not computed; not of a stream. Points are
            flat there, and so they are in what is computed from nothing else.
        buffers: Memory that earlier calls used, to be used again.
        whole: Regions of a graph of which this one is a part: as many points run at once as in these, so that the part
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
        graph,
        semantics or Semantics(),
        observe,
        currents,
        frozenset(wanted),
        first=first,
        given=given,
        buffers=buffers or Buffers(),
        whole=whole,
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


@dataclass(frozen=True)
class _Chunk:
    """The results of a region for some points: decoded values by name, pending calls of observers, what both are in."""

    made: dict[str, Array]
    seen: list[tuple[Observer, Node, Array]]
    loan: Loan


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
        first: int | None,
        given: Mapping[str, Signal],
        buffers: Buffers,
        whole: Iterable[Sequence[Node]],
    ) -> None:
        self.graph = graph
        self.semantics = semantics
        self.observe = observe
        self.currents = currents
        self.wanted = wanted
        self.first = first
        self.given = given
        self.buffers = buffers
        self.whole = tuple(whole)

    def run(self, segment: Segment, values: Mapping[str, Array], report: Callable[[float], None]) -> dict[str, Array]:
        """Return what leaves the region, by name, computed chunk by chunk."""
        aside = self._aside(segment)
        constant = {name: values[name] for name in aside if not self._has_points(name)}
        encoded = [node.inputs[0] for node in segment.nodes if node.op.encodes]
        sources = [*encoded, *(name for name in aside if name not in constant)]
        given = {name: self.given[name] for node in segment.nodes for name in node.inputs if name in self.given}
        lead = values[sources[0]].shape[:-1] if sources else (next(iter(given.values())).points,)
        flat = {name: values[name].reshape(-1, values[name].shape[-1]) for name in sources}
        points = prod(lead)
        size = self._chunk(segment)
        weights = self._weights(segment)
        results: dict[str, Array] = {}
        parts = [slice(start, min(start + size, points)) for start in range(0, max(points, 1), size)]

        memory: StreamState = {}
        streaming = any(node.op.graded for node in segment.nodes)

        def job(part: slice) -> _Chunk:
            chunked = {name: array[part] for name, array in flat.items()}
            chunked |= {name: signal.part(part, self.semantics.dtype) for name, signal in given.items()}
            work = Work(self.graph, self.semantics, weights, Loan(self.buffers), memory)
            seen = points if self.first is None or len(lead) > 1 else self.first
            return self._run_chunk(segment, constant | chunked, work, max(0, seen - part.start))

        # Chunks are independent but for the state of a stream.
        chunks = map(job, parts) if streaming else in_order(job, parts)
        for part, chunk in zip(parts, chunks, strict=True):
            for observer, node, signal in chunk.seen:
                observer(node, part, signal)
            for name, array in chunk.made.items():
                whole = results.setdefault(name, np.empty((points, array.shape[-1]), array.dtype))
                whole[part] = array
            chunk.loan.end()
            report(part.stop / max(points, 1))
        return {name: array.reshape(*lead, array.shape[-1]) for name, array in results.items()}

    def _run_chunk(self, segment: Segment, signals: dict[str, Array], work: Work, few: int) -> _Chunk:
        chunk = _Chunk({}, [], work.loan)
        last_use = {name: node.name for node in segment.nodes for name in node.inputs}
        for node in segment.nodes:
            name = node.output.name
            if self.currents is not None and node.op.integrates and few:
                # A copy: spikes take the place of currents.
                chunk.seen.append((self.currents, node, signals[node.inputs[0]][:, :few].copy()))
            signal = run_step(node, [signals[source] for source in node.inputs], work)
            if node.output.type.coding == ANALOG:
                chunk.made[name] = signal
            elif name in self.wanted:
                chunk.made[name] = decoded_value(name, signal, work, ("value", name))
            if self.observe is not None and isinstance(node.output.type.coding, Spikes):
                chunk.seen.append((self.observe, node, signal))
            signals[name] = signal
            for source in node.inputs:
                if last_use[source] == node.name:
                    signals.pop(source, None)
        return chunk

    def _aside(self, segment: Segment) -> list[str]:
        """Return the analog operands of elementwise ops on estimates."""
        nodes = (node for node in segment.nodes if isinstance(node.output.type.coding, Estimate))
        return [name for node in nodes for name in node.inputs if self.graph.types[name].coding == ANALOG]

    def _has_points(self, name: str) -> bool:
        return any(isinstance(dim, str) for dim in self.graph.types[name].shape)

    def _weights(self, segment: Segment) -> dict[str, Weights]:
        """Return weights and biases in the precision of what they meet, converted once and not for every chunk."""
        found: dict[str, Weights] = {}
        for node in segment.nodes:
            if isinstance(node.op, Dense):
                source = sender(self.graph, node.inputs[0])
                graded = source is not None and source.op.graded
                dtype: Any = "float64" if graded else self.semantics.dtype
                found[node.name] = node.op.weight.array.astype(dtype), node.op.bias and node.op.bias.array.astype(dtype)
        return found

    def _chunk(self, segment: Segment) -> int:
        """Return how many points to take at once: what fits the cache, or more where that would be very few."""
        widest = 1
        names = {node.name for node in segment.nodes}
        wholes = [node for region in self.whole if any(each.name in names for each in region) for node in region]
        for node in wholes or segment.nodes:
            kind = node.output.type
            width = kind.shape[-1]
            if kind.coding != ANALOG and isinstance(width, int):
                widest = max(widest, kind.steps * width)
        per_point = np.dtype(self.semantics.dtype).itemsize * widest
        return max(1, CHUNK_BYTES // per_point, min(MIN_POINTS, MAX_BYTES // per_point))
