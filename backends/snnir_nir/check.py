"""What a NIR file cannot express, found before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from snnir.codes.first_spike import FirstSpike
from snnir.codes.phase import BinaryDigits
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.ramps.neuron import FiringNeuron
from snnir.errors import Diagnostic
from snnir.ir import Graph, Node, Tensor, is_spiking
from snnir.ops import Add, Decode, Dense, Encode
from snnir.types import Analog, Current, Spikes

PRECISIONS = ("float32", "float64")
SPIKING = (Add, BinaryDigits, Decode, Dense, Encode, FirstSpike, IntegrateAndFire)


def findings(graph: Graph) -> Iterator[Diagnostic]:
    """Yield everything in a legal graph that cannot be expressed in NIR."""
    nodes = [node for node in graph.nodes if is_spiking(graph, node)]
    if not nodes:
        message = "nothing in this graph spikes, so there is nothing to write"
        yield Diagnostic("no-spikes", message, graph.name, "compile it first")
    yield from _common(graph, nodes)
    for name in graph.outputs:
        if not isinstance(graph.types[name].coding, Analog):
            message = f"output {name!r} is {graph.types[name].coding}, and a NIR file is read out through a decode"
            yield Diagnostic("undecoded-output", message, graph.name, "decode it")
    for node in nodes:
        yield from _node(graph, node)


def tensors(node: Node) -> dict[str, Tensor]:
    """Return the tensors of a node that a simulation computes with, by field name."""
    return node.op.tensors() if isinstance(node.op, SPIKING) else {}


def width(graph: Graph, value: str) -> int | None:
    """Return the size of the last axis of a value; None where it is not a number greater than zero."""
    shape = graph.types[value].shape
    return shape[-1] if shape and isinstance(shape[-1], int) and shape[-1] > 0 else None


def _common(graph: Graph, nodes: list[Node]) -> Iterator[Diagnostic]:
    """Yield what differs between nodes and may not: a file has one precision and is run for one time."""
    kinds = sorted({tensor.dtype for node in nodes for tensor in tensors(node).values()})
    if len(kinds) > 1:
        message = f"its weights and thresholds are of different precisions: {', '.join(kinds)}"
        yield Diagnostic("mixed-precision", message, graph.name, "readers run a file in one precision: cast them")
    for kind in kinds:
        if kind not in PRECISIONS:
            yield Diagnostic("precision-not-in-nir", f"{kind} weights are not written", graph.name, "cast to float32")
    kinds_of = (graph.types[value.name].coding for node in nodes for value in node.outputs)
    codings = [coding for coding in kinds_of if isinstance(coding, Current | Spikes)]
    steps = sorted({coding.steps for coding in codings})
    if len(steps) > 1:
        message = f"its parts run for different numbers of steps: {', '.join(map(str, steps))}"
        yield Diagnostic("mixed-steps", message, graph.name, "a NIR file is run for one number of steps")
    if len({coding.weighting for coding in codings}) > 1:
        message = "in some of its parts all steps count alike, in others they do not"
        yield Diagnostic("mixed-steps", message, graph.name, "a NIR file is read out in one way")


def _node(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    where = f"node {node.name!r} ({node.provenance})"
    if not isinstance(node.op, SPIKING):
        yield Diagnostic("not-on-target", f"NIR files hold no {node.op.mnemonic} between encode and decode", where)
        return
    yield from (Diagnostic("bad-shape", message, where) for message in _shapes(graph, node))
    for name, tensor in tensors(node).items():
        if not np.isfinite(tensor.array).all():
            yield Diagnostic("not-finite", f"its {name} holds infinities or NaN", where)
    if isinstance(node.op, FiringNeuron) and not (node.op.threshold.array > 0).all():
        yield Diagnostic("bad-threshold", "thresholds must be greater than zero", where)


def _shapes(graph: Graph, node: Node) -> Iterator[str]:
    op = node.op
    widths = [width(graph, name) for name in (*node.inputs, node.output.name)]
    if None in widths:
        yield "the number of neurons or values per point must be fixed and greater than zero"
        return
    if len({graph.types[name].shape[:-1] for name in (*node.inputs, node.output.name)}) > 1:
        yield "all axes but the last must be the same for inputs and outputs: they are points"
    if isinstance(op, Dense):
        if op.weight.shape != tuple(widths):
            yield f"its weight is {list(op.weight.shape)}, the values have sizes {widths}"
        if op.bias is not None and op.bias.shape != (widths[-1],):
            yield f"its bias is {list(op.bias.shape)} for {widths[-1]} outputs"
        return
    if len(set(widths)) > 1:
        yield f"it joins values of different sizes, {widths}, and NIR does not broadcast"
    for name, tensor in ((each.name, getattr(op, each.name)) for each in fields(op)):
        if isinstance(tensor, Tensor) and tensor.shape != (widths[-1],):
            yield f"its {name} is {list(tensor.shape)} for {widths[-1]} neurons"
