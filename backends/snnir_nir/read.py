"""From a file that we emitted back to the IR."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from snnir.codes.phase import BinaryDigits
from snnir.codes.ramps import IntegrateAndFire
from snnir.errors import ModelError, model_error
from snnir.ir import Graph, Node, Op, Tensor, Value, verify
from snnir.ops import Add, Decode, Dense, Encode
from snnir.provenance import Origin, Provenance
from snnir.types import ValueType
from snnir_nir import metadata, signals
from snnir_nir.assemble import assemble_with
from snnir_nir.facts import Facts, LayerFacts, NodeFacts
from snnir_nir.first_spikes import rebuilt
from snnir_nir.library import NIRGraph, from_library
from snnir_nir.net import Affine, Integrator, LeakyIntegrator, LeakyNeurons, Net, NetNode, Neurons, Threshold

NOT_COMPARED = frozenset({"host", "interface", "producer", "program", "report", "setting", "source"})
"""Keys of the metadata that do not concern the network in the file."""
_REBUILD_ERRORS = (LookupError, ValueError, TypeError, AttributeError)
"""What the code below raises on metadata that were edited."""


def from_nir(source: NIRGraph) -> Graph:
    """Return the spiking part that a file was emitted from: equal tensors, names and provenance.

    Inputs are what the encodes read, outputs what the decodes make; the host part is not in the file.
    The result is lowered again and compared, so that a file whose network and metadata disagree is
    not taken for what it was.

    Args:
        source: As from `read_nir`.

    Raises:
        ModelError: Another program wrote it (``foreign-nir``), or changed it (``changed-nir``), or it
            is damaged (``damaged-nir``).
    """
    net = from_library(source)
    facts = metadata.parse(net)
    try:
        graph = _rebuild(net, facts)
        verify(graph)
        further = {key: facts[key] for key in ("reader", "legacy")}
        again = assemble_with(graph, metadata.settings(facts).semantics, facts["form"], further)
        changed = sorted(differences(net, again, facts))
    except (*_REBUILD_ERRORS, ModelError) as error:
        first = str(error).partition("\n")[0]
        raise model_error("damaged-nir", f"its metadata do not describe its network: {first}") from None
    if changed:
        hint = "emit it again, or read it as what it is now with read_nir"
        message = f"it was changed after snnir wrote it: {', '.join(changed)}"
        raise model_error("changed-nir", message, hint=hint)
    return graph


def read_metadata(source: NIRGraph) -> Facts:
    """Return our metadata in a file; the keys are listed in `snnir_nir.metadata`.

    Raises:
        ModelError: There are none that this version reads.
    """
    return metadata.parse(from_library(source))


def _rebuild(net: Net, facts: Facts) -> Graph:
    types = {port["value"]: metadata.port_type(port) for port in facts["inputs"]}
    encoded = tuple(types)
    nodes: list[Node] = []
    for record in facts["nodes"]:
        op = _op(net, record, types, facts)
        coding = op.coding(tuple(types[name].coding for name in record["inputs"]))
        value = Value(record["output"], replace(metadata.port_type(record), coding=coding))
        types[value.name] = value.type
        origins = tuple(Origin(*origin) for origin in record["origins"])
        provenance = Provenance(origins, tuple(record["passes"]))
        nodes.append(Node(record["name"], op, tuple(record["inputs"]), (value,), provenance))
    outputs = [port["value"] for port in facts["outputs"]]
    order = facts["interface"]
    inputs = tuple(Value(name, types[name]) for name in _ordered(encoded, order["inputs"]))
    return Graph(facts["graph"], inputs, tuple(nodes), _ordered(outputs, order["outputs"]))


def _ordered(found: Iterable[str], wanted: list[str]) -> tuple[str, ...]:
    """Return the values in the order of the whole graph's, where these are the same ones: there is no host part."""
    given = tuple(found)
    return tuple(wanted) if set(wanted) == set(given) else given


def _op(net: Net, record: NodeFacts, types: dict[str, ValueType], facts: Facts) -> Op:
    kind = record["op"]
    if kind == "encode":
        return Encode(facts["digits"], signals.weighting(facts)) if "digits" in facts else Encode(facts["steps"])
    if kind == "decode":
        return Decode()
    if kind == "add":
        return Add()
    node = net.nodes[record["nir"]]
    if signals.weighting(facts) == "decaying":
        return rebuilt(net, node, record, types, facts)
    if "digits" in facts:
        return _of_digits(net, node, record, types, facts)
    if kind == "dense" and isinstance(node, Affine) and node.bias is not None:
        # Signs and pairs are a matter of NIR: the first block is the IR's own tensor.
        rows, columns = record["shape"][-1], types[record["inputs"][0]].shape[-1]
        bias = Tensor(node.bias.array[:rows]) if record["bias"] else None
        return Dense(Tensor(np.transpose(node.weight.array[:rows, :columns])), bias)
    if kind == "integrate_and_fire" and isinstance(node, Threshold):
        return _exact_neurons(net, node, facts["layers"][record["nir"]])
    if kind == "integrate_and_fire" and isinstance(node, Neurons) and node.amplitude is not None:
        layer = facts["layers"][record["nir"]]
        size = layer["neurons"]
        initial = None if node.initial is None else Tensor(node.initial.array[:size])
        threshold = Tensor(node.threshold.array[:size])
        return IntegrateAndFire(threshold, node.amplitude, initial, layer["signed"], layer["per_unit"])
    raise ValueError(f"NIR node {record['nir']!r} is no {kind}")


def _of_digits(net: Net, node: NetNode, record: NodeFacts, types: dict[str, ValueType], facts: Facts) -> Op:
    """Return a synapse or neurons of a network whose layers send digits; pulses have biases and gates."""
    if record["op"] == "dense" and isinstance(node, Affine):
        columns, first, offset = types[record["inputs"][0]].shape[-1], record["first"], record["offset"]
        weight = Tensor(np.transpose(node.weight.array[:, first : first + int(columns)]))
        return Dense(weight, None if offset is None else _column(net, *offset))
    if record["op"] != "binary_digits" or not isinstance(node, LeakyNeurons | Threshold):
        raise ValueError(f"NIR node {record['nir']!r} is no {record['op']}")
    layer = facts["layers"][record["nir"]]
    threshold = node.threshold.array
    if isinstance(node, Threshold):
        membrane = net.nodes[layer["membrane"]]
        threshold = np.nextafter(threshold, np.full_like(threshold, np.inf))
    else:
        membrane = node.membrane
    if not isinstance(membrane, LeakyIntegrator) or membrane.amplitude is None:
        raise TypeError(f"NIR node {layer['membrane']!r} is no membrane of ours")
    gate = np.zeros_like(threshold)
    if layer["gate"] is not None:
        gate -= np.ldexp(_column(net, layer["clock"], layer["gate"]).array, facts["digits"] - 1)
    return BinaryDigits(Tensor(threshold), Tensor(gate), membrane.amplitude, layer["per_unit"] or 1)


def _column(net: Net, name: str, column: int) -> Tensor:
    """Return what a node sends with one pulse."""
    node = net.nodes[name]
    if not isinstance(node, Affine):
        raise TypeError(f"NIR node {name!r} sends no pulses")
    return Tensor(np.ascontiguousarray(node.weight.array[:, column]))


def _exact_neurons(net: Net, node: Threshold, layer: LayerFacts) -> IntegrateAndFire:
    """Return neurons that are spread over several nodes; the pulse column of one has their membranes."""
    membrane, start = net.nodes[layer["membrane"]], layer["start"]
    if not isinstance(membrane, Integrator) or membrane.amplitude is None:
        raise TypeError(f"NIR node {layer['membrane']!r} is no integrator of ours")
    initial = None
    if start is not None:
        affine = net.nodes[start]
        if not isinstance(affine, Affine):
            raise TypeError(f"NIR node {start!r} sets no membranes")
        initial = Tensor(affine.weight.array[:, -1])
    return IntegrateAndFire(node.threshold, membrane.amplitude, initial, layer["signed"], layer["per_unit"])


def differences(net: Net, again: Net, facts: Facts) -> Iterable[str]:
    """Yield the NIR nodes, edges and keys of the metadata in which a file differs from what we would write."""
    for name in net.nodes.keys() | again.nodes.keys():
        if net.nodes.get(name) != again.nodes.get(name):
            yield f"node {name!r}"
    for edge in set(net.edges) ^ set(again.edges):
        yield f"edge {edge[0]!r} -> {edge[1]!r}"
    expected = metadata.parse(again)
    for key in (facts.keys() | expected.keys()) - NOT_COMPARED:
        if facts.get(key) != expected.get(key):
            yield f"metadata {key!r}"
