"""From a joined graph to the plan of a program: processes, their synapses, and what the host does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any, cast

import numpy as np

from snnir.analysis import Term, delays, depths, gain_of, incoming, time_steps
from snnir.arithmetic.integer import threshold_unit
from snnir.codes.exact import Table
from snnir.codes.phase import BinaryDigits
from snnir.codes.radix import SignedDigits, estimator
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.sigma_delta import Delta, SigmaDelta
from snnir.ir import Answers, Graph, Node, Tensor, schedule
from snnir.ops import Decode, Dense, Encode, Neuron, Sender
from snnir.semantics import Semantics
from snnir.types import Array, Current, Spikes
from snnir_lava.synapses import Arrays, Synapses

FORMAT = 1


def lower(graph: Graph, semantics: Semantics) -> dict[str, Array]:
    """Return the content of a program's .npz file: arrays, and the plan as bytes of JSON under ``plan``.

    Args:
        graph: Conforms to a target of this backend; `structure` and the ranges have been checked.
        semantics: Of the target.
    """
    lowering = _Lowering(graph, semantics)
    parts: list[Any] = []
    for segment in schedule(graph):
        if segment.spiking:
            host, region = lowering.region(segment.nodes)
            parts += [{"kind": "host", "nodes": host}, region]
        else:
            parts.append({"kind": "host", "nodes": [lowering.host(node) for node in segment.nodes]})
    plan = {
        "format": FORMAT,
        "name": graph.name,
        "fixed": semantics.integer is not None,
        "steps": lowering.steps,
        "inputs": {value.name: value.type.dtype for value in graph.inputs},
        "outputs": list(graph.outputs),
        "parts": parts,
    }
    text = json.dumps(plan, separators=(",", ":"), sort_keys=True).encode()
    return {**lowering.arrays.found, "plan": np.frombuffer(text, np.uint8)}


lowered: Answers[Callable[[_Lowering, Node, Neuron], dict[str, Any]]] = Answers("the process of Lava")
"""Takes a layer; returns it as the program reads it."""


class _Lowering:
    def __init__(self, graph: Graph, semantics: Semantics) -> None:
        self.graph = graph
        self.semantics = semantics
        self.arrays = Arrays()
        self.depth = depths(graph)
        self.synapses = Synapses(self.arrays, self.depth, semantics.integer)
        self.steps = time_steps(graph)

    def host(self, node: Node) -> dict[str, Any]:
        """Return an analog node, or one that makes a constant current, as the program's host runs it."""
        attributes: dict[str, Any] = {}
        for each in fields(node.op):
            value = getattr(node.op, each.name)
            if isinstance(node.op, Dense) and isinstance(value, Tensor) and self._is_current(node):
                value = Tensor(value.array.astype(self.semantics.dtype))
            attributes[each.name] = {"array": self.arrays.add(value.array)} if isinstance(value, Tensor) else value
        outputs = [value.name for value in node.outputs]
        return {"op": node.op.mnemonic, "inputs": list(node.inputs), "outputs": outputs, "attributes": attributes}

    def _is_current(self, node: Node) -> bool:
        return isinstance(self.graph.types[node.output.name].coding, Current)

    def region(self, nodes: tuple[Node, ...]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return what the host does before a region, and the region."""
        layers = [lowered.of(node.op)(self, node, node.op) for node in nodes if isinstance(node.op, Neuron)]
        readouts = [self._readout(node) for node in nodes if isinstance(node.op, Decode)]
        sources = [
            {"name": node.name, "value": node.inputs[0], "threshold": node.op.threshold}
            for node in nodes
            if isinstance(node.op, Delta)
        ]
        injected = {layer["injected"] for layer in layers if layer["injected"]}
        before: list[dict[str, Any]] = []
        for node in reversed(nodes):
            if node.output.name not in injected:
                continue
            injected.update(node.inputs)
            before.insert(0, self._cast(node) if isinstance(node.op, Encode) else self.host(node))
        kind = "stream" if sources else "region"
        return before, {"kind": kind, "sources": sources, "layers": layers, "readouts": readouts}

    def _cast(self, node: Node) -> dict[str, Any]:
        """Return an encode as the host sees it: the number itself, in the precision of the neurons."""
        attributes = {"to": self.semantics.dtype}
        return {"op": "cast", "inputs": list(node.inputs), "outputs": [node.output.name], "attributes": attributes}

    @lowered(IntegrateAndFire)
    def _layer(self, node: Node[IntegrateAndFire], op: IntegrateAndFire) -> dict[str, Any]:
        found = incoming(self.graph, node.inputs[0])
        threshold, initial = op.threshold.array, np.zeros(op.threshold.shape)
        if op.initial is not None:
            initial = op.initial.array.astype(np.float64)
        soft = self.semantics.reset == "subtract"
        if op.signed:
            initial = np.concatenate([initial, -initial])
        if soft:
            initial = initial - np.tile(threshold / 2, 2 if op.signed else 1)
        integer = self.semantics.integer
        unit = (2 if soft else 1) if integer is None else threshold_unit(integer, halved=soft)
        mantissa = threshold.flat[0] / unit
        synapses = self.synapses.of(found.terms, signed=op.signed)
        if op.signed:
            synapses.append(self.synapses.cross(node, threshold))
        return {
            **self._process(node, "ATRLIF" if soft else "LIF", len(initial)),
            "signed": op.signed,
            "threshold": float(mantissa) if integer is None else int(mantissa),
            "initial": self.arrays.add(initial if integer is None else initial.astype(np.int32)),
            "injected": node.inputs[0] if found.host else None,
            "synapses": synapses,
        }

    def _process(self, node: Node[Neuron], process: str, neurons: int) -> dict[str, Any]:
        """Return what all layers have: which process they are, and when it begins."""
        place = {"depth": self.depth[node.name], "first": self._first(node)}
        return {"name": node.name, "process": process, "neurons": neurons, **place}

    def _readout(self, node: Node) -> dict[str, Any]:
        (value,) = node.inputs
        (width,) = (size for size in self.graph.types[value].shape[-1:] if isinstance(size, int))
        if _is_spikes(self.graph, value):
            source = cast("Node[Sender]", self.graph.producers[value])
            return {
                "name": node.output.name,
                "neurons": width,
                "source": source.name,
                "depth": self.depth[source.name],
                "first": self._first(source),
                "binary": _is_binary(source),
                "gain": gain_of(source),
                "initial": self.arrays.add(np.zeros(width)),
                "synapses": [],
            }
        terms = incoming(self.graph, value).terms
        synapses = self.synapses.of(terms)
        last = max((term.source for term in terms), key=lambda source: self.depth[source.name])
        return {
            "name": node.output.name,
            "neurons": width,
            "source": None,
            "depth": 1 + self.depth[last.name],
            "first": 1 + self._first(last),
            "binary": _is_binary(last),
            "gain": gain_of(last),
            "initial": self.arrays.add(self._bias(terms, width)),
            "synapses": synapses,
        }

    def _first(self, node: Node[Sender]) -> int:
        """Return the steps that pass before the first spike of a layer can be there."""
        return self.depth[node.name] * node.op.pace(self.steps)

    def _bias(self, terms: tuple[Term, ...], width: int) -> Array:
        """Return what sums of changes start from; of spikes, biases come from the clock."""
        total = np.zeros(width)
        for term in terms:
            if term.node.op.bias is not None and term.source.op.graded:
                total = total + term.node.op.bias.array
        return total

    @lowered(SigmaDelta)
    def _changes(self, node: Node[SigmaDelta], op: SigmaDelta) -> dict[str, Any]:
        """Return a layer of sigma-delta neurons: f is a table in fixed point, else nodes as on the host."""
        terms = incoming(self.graph, node.inputs[0]).terms
        count = op.threshold.shape[0]
        kind = np.float64 if self.semantics.integer is None else np.int32
        (argument,), (result,) = op.function.inputs, op.function.outputs
        function: dict[str, Any] = {"estimate": argument.name, "result": result}
        if op.table is None:
            cast = {"op": "cast", "inputs": [argument.name], "outputs": [argument.name]}
            nodes = [self.host(each) for each in op.function.nodes]
            function["nodes"] = [{**cast, "attributes": {"to": argument.type.dtype}}, *nodes]
        else:
            function |= self._looked_up(op.table)
        return {
            **self._process(node, "SigmaDelta", count),
            "threshold": self.arrays.add(op.threshold.array.astype(kind)),
            "gain": op.gain,
            "heard": gain_of(terms[0].source),
            "function": function,
            "initial": self.arrays.add(self._bias(terms, count).astype(kind)),
            "injected": None,
            "synapses": self.synapses.of(terms),
        }

    def _looked_up(self, table: Table) -> dict[str, Any]:
        values, start = self.arrays.add(table.values.array), self.arrays.add(table.start.array)
        return {"values": values, "start": start, "bits": table.bits}

    @lowered(SignedDigits)
    def _digits(self, node: Node[SignedDigits], op: SignedDigits) -> dict[str, Any]:
        """Return a layer of difference neurons: f is a table in fixed point, else nodes as on the host."""
        waiting = estimator(self.graph, node)
        found = incoming(self.graph, waiting.inputs[0])
        count = op.amplitude.shape[0]
        integer = self.semantics.integer is not None
        kind = np.int32 if integer else np.float64
        bias = np.zeros(count)
        synapses: list[dict[str, Any]] = []
        late = delays(found.terms, self.depth)
        for term in found.terms:
            weight = term.node.op.weight.array.T
            synapses.append(self.synapses.dense(weight, term.source.name, delay=late[term.node.name]))
            bias = bias if term.node.op.bias is None else bias + term.node.op.bias.array
        table = self.graph.producers[node.inputs[0]].op
        function: dict[str, Any] = {"result": node.inputs[0], "estimate": waiting.output.name}
        if isinstance(table, Table):
            function |= self._looked_up(table)
        else:
            function["nodes"] = [self.host(each) for each in self._function(node, waiting)]
            function["bias"] = self.arrays.add(bias)
        return {
            **self._process(node, "Difference", count),
            "amplitude": self.arrays.add(op.amplitude.array.astype(kind)),
            "offset": self.arrays.add(op.offset.array.astype(kind)),
            "function": function,
            "initial": self.arrays.add(np.zeros(count, kind)),
            "injected": waiting.inputs[0] if found.host else None,
            "synapses": synapses,
        }

    @lowered(BinaryDigits)
    def _ramps(self, node: Node[BinaryDigits], op: BinaryDigits) -> dict[str, Any]:
        """Return a layer of neurons that send binary digits; they add their biases themselves."""
        found = incoming(self.graph, node.inputs[0])
        kind = np.float64 if self.semantics.integer is None else np.int32
        late = delays(found.terms, self.depth)
        biases = [term.node.op.bias.array for term in found.terms if term.node.op.bias is not None]
        return {
            **self._process(node, "BinaryDigits", op.width),
            "threshold": self.arrays.add(op.threshold.array.astype(kind)),
            "gate": self.arrays.add(op.gate.array.astype(kind)),
            "bias": self.arrays.add(np.sum([np.zeros(op.width), *biases], axis=0).astype(kind)),
            "initial": self.arrays.add(np.zeros(op.width, kind)),
            "injected": node.inputs[0] if found.host else None,
            "synapses": [
                self.synapses.dense(
                    term.node.op.weight.array.T, term.source.name, delay=late[term.node.name], plain=True
                )
                for term in found.terms
            ],
        }

    def _function(self, node: Node, waiting: Node) -> list[Node]:
        """Return the nodes of f, in order: what the digits need and the estimate does not."""
        needed = set(node.inputs)
        found: list[Node] = []
        for each in reversed(self.graph.nodes):
            if each is not waiting and any(value.name in needed for value in each.outputs):
                found.insert(0, each)
                needed.update(each.inputs)
        return found


def _is_binary(source: Node) -> bool:
    return isinstance(coding := source.output.type.coding, Spikes) and coding.weighting == "binary"


def _is_spikes(graph: Graph, name: str) -> bool:
    return isinstance(graph.types[name].coding, Spikes)
