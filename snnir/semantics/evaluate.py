"""The one evaluation loop, for analog and spiking graphs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from snnir.ir import Graph, Node, Segment, Value, schedule
from snnir.ops import Accumulate, Add, Decode, Dense, Encode, IntegrateAndFire, SignedDigits
from snnir.semantics.decoding import decoded
from snnir.semantics.digits import accumulate, signed_digits
from snnir.semantics.kernels import KERNELS
from snnir.semantics.neuron import delayed, integrate_and_fire
from snnir.semantics.settings import Semantics
from snnir.semantics.threads import in_order, one_thread_each
from snnir.types import ANALOG, Analog, Array, Estimate, Spikes

Observer: TypeAlias = Callable[[Node, slice, Array], None]
"""Called with a neuron layer, the points of a chunk, and its spikes ``[steps, points, neurons]``."""

CHUNK_BYTES = 4 << 20
"""Spikes of one layer and chunk: few enough to stay in the cache that cores share, enough to be worth a call."""
FEWEST_POINTS = 64
"""Of a chunk: with fewer, calling NumPy costs more than what it computes."""
MOST_BYTES = 32 << 20
"""Where that many points would take more, for the sake of memory, fewer are taken after all."""


def evaluate(
    graph: Graph,
    inputs: Mapping[str, Array],
    *,
    outputs: Iterable[str] | None = None,
    semantics: Semantics | None = None,
    observe: Observer | None = None,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Array]:
    """Run a graph and return some of its values.

    Analog nodes run one by one on all points. A spiking region (connected nodes between encode and
    decode) runs chunk by chunk over the points: all steps of a layer as one matrix product, then
    the membrane scan while they are in cache. So memory grows with the points' analog values only.

    Args:
        graph: Any legal graph.
        inputs: Arrays by the names of graph inputs; or of any other values, which are then not computed.
        outputs: Names of the values wanted, the graph's outputs if None. Currents, spikes and estimates come
            decoded (`snnir.semantics.decoding`), ``[..., neurons]``.
        semantics: How neurons behave; the default `Semantics` if None.
        observe: Sees the spikes of every neuron layer, chunk by chunk.
        progress: Called with the part of spiking work done, from 0 to 1.

    Returns:
        The values by name.
    """
    wanted = tuple(graph.outputs if outputs is None else outputs)
    graph = _needed(graph, inputs, wanted)
    values: dict[str, Array] = dict(inputs)
    segments = schedule(graph)
    last_use = {name: index for index, segment in enumerate(segments) for node in segment.nodes for name in node.inputs}
    simulator = _Simulator(graph, semantics or Semantics(), observe, frozenset(wanted))
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
            _run_analog(segment.nodes, values)
        for name in [name for name in values if last_use.get(name, -1) <= index and name not in wanted]:
            del values[name]
    return {name: values[name] for name in wanted}


def _needed(graph: Graph, given: Mapping[str, Array], wanted: tuple[str, ...]) -> Graph:
    """Return the part of the graph between the values given, which become its inputs, and those wanted."""
    needed = set(wanted).difference(given)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if any(value.name in needed for value in node.outputs):
            needed.update(name for name in node.inputs if name not in given)
            kept.append(node)
    inputs = tuple(Value(name, kind) for name, kind in graph.types.items() if name in given)
    return replace(graph, inputs=inputs, nodes=tuple(reversed(kept)), outputs=wanted)


def _run_analog(nodes: Iterable[Node], values: dict[str, Array]) -> None:
    for node in nodes:
        results = KERNELS[type(node.op)](node.op, tuple(values[name] for name in node.inputs))
        made = zip((value.name for value in node.outputs), results, strict=True)
        values.update({name: result for name, result in made if name not in values})  # one of several may be given


_Weights: TypeAlias = tuple[Array, "Array | None"]


@dataclass(frozen=True)
class _Chunk:
    """What a region makes of some points: decoded values by name, and neuron layers with their spikes if observed."""

    made: dict[str, Array]
    seen: list[tuple[Node, Array]]


class _Simulator:
    """Runs spiking regions; a signal is an array ``[steps, points, n]``, or ``[1, points, n]`` if constant."""

    def __init__(self, graph: Graph, semantics: Semantics, observe: Observer | None, wanted: frozenset[str]) -> None:
        self.graph = graph
        self.semantics = semantics
        self.observe = observe
        self.wanted = wanted

    def run(self, segment: Segment, values: Mapping[str, Array], report: Callable[[float], None]) -> dict[str, Array]:
        """Return what leaves the region, by name, computed chunk by chunk."""
        aside = self._aside(segment)
        constant = {name: values[name] for name in aside if not self._has_points(name)}
        encoded = [node.inputs[0] for node in segment.nodes if isinstance(node.op, Encode)]
        sources = [*encoded, *(name for name in aside if name not in constant)]
        lead = values[sources[0]].shape[:-1]
        flat = {name: values[name].reshape(-1, values[name].shape[-1]) for name in sources}
        points = flat[sources[0]].shape[0]
        size = self._chunk(segment)
        weights = self._weights(segment)
        results: dict[str, Array] = {}
        parts = [slice(start, min(start + size, points)) for start in range(0, max(points, 1), size)]

        rooms = threading.local()

        def job(part: slice) -> _Chunk:
            # Currents of one chunk take the place of the last one's: fresh memory costs as much as the product.
            room: dict[str, Array] = {} if self.observe is not None else rooms.__dict__
            chunked = {name: array[part] for name, array in flat.items()}
            return self._run_chunk(segment, weights, constant | chunked, room)

        for part, chunk in zip(parts, in_order(job, parts), strict=True):
            for node, spikes in chunk.seen:
                if self.observe is not None:
                    self.observe(node, part, spikes)
            for name, array in chunk.made.items():
                whole = results.setdefault(name, np.empty((points, array.shape[-1]), array.dtype))
                whole[part] = array
            report(part.stop / max(points, 1))
        return {name: array.reshape(*lead, array.shape[-1]) for name, array in results.items()}

    def _run_chunk(
        self, segment: Segment, weights: Mapping[str, _Weights], signals: dict[str, Array], room: dict[str, Array]
    ) -> _Chunk:
        chunk = _Chunk({}, [])
        last_use = {name: node.name for node in segment.nodes for name in node.inputs}
        for node in segment.nodes:
            name = node.output.name
            signal = self._step(node, [signals[source] for source in node.inputs], weights, room)
            if node.output.type.coding == ANALOG:
                chunk.made[name] = signal
            elif name in self.wanted:
                chunk.made[name] = decoded(signal, node.output.type.coding)
            if self.observe is not None and isinstance(node.output.type.coding, Spikes):
                chunk.seen.append((node, signal))
            signals[name] = signal
            for source in node.inputs:
                if last_use[source] == node.name:
                    signals.pop(source, None)
        return chunk

    def _step(
        self, node: Node, operands: list[Array], weights: Mapping[str, _Weights], room: dict[str, Array]
    ) -> Array:
        op = node.op
        coding = node.output.type.coding
        if isinstance(op, Encode):
            return operands[0].astype(self.semantics.dtype, copy=False)[np.newaxis]
        if isinstance(op, Dense):
            source = self.graph.types[node.inputs[0]].coding
            late = self.semantics.delay if isinstance(source, Spikes) and source.weighting == "even" else 0
            return _synapse(delayed(operands[0], late), *weights[node.name], room, node.name)
        if isinstance(coding, Estimate) and not isinstance(op, Accumulate):
            (result,) = KERNELS[type(op)](op, tuple(operands))
            return result
        if isinstance(op, Add):
            total: Array = operands[0] + operands[1]
            return total
        if isinstance(op, Decode):
            dtype = np.promote_types(self.semantics.dtype, node.output.type.dtype)
            return decoded(operands[0], self.graph.types[node.inputs[0]].coding).astype(dtype, copy=False)
        if isinstance(op, Accumulate):
            return accumulate(op, operands[0], self.semantics.delay)
        assert isinstance(coding, Spikes)  # noqa: S101 - verified graphs
        if isinstance(op, SignedDigits):
            return signed_digits(op, operands[0].astype(self.semantics.dtype, copy=False), coding.steps)
        assert isinstance(op, IntegrateAndFire), f"no spiking kernel for {op.mnemonic}"  # noqa: S101 - verified graphs
        return integrate_and_fire(op, operands[0], coding.steps, self.semantics, overwrite=self._is_temporary(node))

    def _is_temporary(self, node: Node) -> bool:
        """Whether nobody but this node needs its operand; what an encode makes may be the caller's own array."""
        (name,) = node.inputs
        return len(self.graph.consumers[name]) == 1 and isinstance(self.graph.producers[name].op, Dense | Add)

    def _aside(self, segment: Segment) -> list[str]:
        """Return the analog operands of elementwise ops on estimates."""
        nodes = (node for node in segment.nodes if isinstance(node.output.type.coding, Estimate))
        return [name for node in nodes for name in node.inputs if self.graph.types[name].coding == ANALOG]

    def _has_points(self, name: str) -> bool:
        return any(isinstance(dim, str) for dim in self.graph.types[name].shape)

    def _weights(self, segment: Segment) -> dict[str, _Weights]:
        """Return weights and biases in the target's precision, converted once and not for every chunk."""
        dtype: Any = self.semantics.dtype
        return {
            node.name: (node.op.weight.array.astype(dtype), node.op.bias and node.op.bias.array.astype(dtype))
            for node in segment.nodes
            if isinstance(node.op, Dense)
        }

    def _chunk(self, segment: Segment) -> int:
        """Return how many points to take at once: what fits the cache, or more where that would be very few."""
        widest = 1
        for node in segment.nodes:
            coding = node.output.type.coding
            width = node.output.type.shape[-1]
            if not isinstance(coding, Analog) and isinstance(width, int):
                widest = max(widest, coding.steps * width)
        per_point = np.dtype(self.semantics.dtype).itemsize * widest
        return max(1, CHUNK_BYTES // per_point, min(FEWEST_POINTS, MOST_BYTES // per_point))


def _synapse(signal: Array, weight: Array, bias: Array | None, room: dict[str, Array], name: str) -> Array:
    steps, points, width = signal.shape
    size = (steps * points, weight.shape[1])
    if name not in room or room[name].shape != size:
        room[name] = np.empty(size, signal.dtype)
    current: Array = np.matmul(signal.reshape(steps * points, width), weight, out=room[name])
    if bias is not None:
        current += bias
    return current.reshape(steps, points, weight.shape[1])
