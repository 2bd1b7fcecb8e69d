"""What NIR has no place for: semantics, ports, layers and the IR's own names, as one JSON text.

NIR has no reset by subtraction, no comparison, no step and no initial membrane; its documentation lets
a file state such things in metadata, which no reader must heed. By NIR's specification the file alone is a
network that resets to zero. So everything here is advisory, and marked as such.

Keys: ``advisory``, ``note``, ``format`` (of this text), ``producer``; ``reader`` (the program it was compiled for, or
null), ``form``, ``legacy``; ``reset``, ``compare``, ``delay``
(steps until a spike acts behind a synapse; back edges take one more), ``many``, ``floor``, ``initial`` (see
`snnir.semantics.Semantics`), ``dt`` and ``steps`` (time steps
of one inference), ``digits`` (of a layer, where layers send digits, or fire once: the steps of its window),
``weighting`` (``decaying`` where they fire once), ``dtype``; ``input_coding``,
``read_out``; ``inputs`` and ``outputs`` (port, values
of the IR on both sides; see `snnir_nir.facts`); ``layers`` (by IF node: the IR's neuron layer, whether its
neurons are pairs
``[p; m]`` whose spikes are p - m, their number, how many stand for one unit (null: one, in the rate
code), and a digest of threshold and incoming weights);
``nodes`` (the spiking part of the IR: what `snnir_nir.from_nir` rebuilds); ``interface`` (inputs and
outputs of the whole graph, in order); ``host`` (the ops that the
file does not hold and the user's own program runs, by their place); ``source`` (the
file that the network was read from, or null); ``setting``
(`snnir.setting.Setting`; older files have an excerpt of the compile report instead, ``report``). Initial
membranes are arrays, in the metadata of their IF nodes: ``v_init``. Where there are such ops, ``program`` holds them
(`snnir.analysis.host_graph`, as of `snnir.text.graph_to_json`), so that snnir runs them with the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, cast, get_args

from snnir.analysis import host_graph, host_parts
from snnir.errors import model_error
from snnir.io.records import to_plain
from snnir.ir import Graph, Node, Value, is_of, is_spiking
from snnir.ops import Add, Decode, Dense, Encode, Neuron
from snnir.semantics import Comparison, Precision, Reset, Semantics
from snnir.target import FORMS
from snnir.text import graph_from_json, graph_to_json
from snnir.types import DTYPES, Analog, Dim, Json, JsonObject, ValueType
from snnir_nir.digest import FIRING, layer_digest
from snnir_nir.facts import Facts, Typed
from snnir_nir.lower import Lowered
from snnir_nir.net import Affine, Net
from snnir_nir.signals import times

FORMAT = 2
NOTE = (
    "NIR's IF resets to v_reset; this network was compiled for neurons as described here. "
    "A reader that does otherwise computes something else."
)
WRITTEN = ("reset", "compare", "delay", "dtype", "many", "floor", "initial")
"""Fields of `Semantics` that stand in the metadata; dtype is the finer one of theirs and that of the arrays, and the
values to reset to are those of the IF nodes."""


def describe(graph: Graph, lowered: Lowered, semantics: Semantics) -> JsonObject:
    """Return the metadata of a file that follow from its network, ready for JSON.

    Args:
        graph: What is emitted, with its host part.
        lowered: What is written.
        semantics: What the network was compiled for.
    """
    spiking = [node for node in graph.nodes if is_spiking(graph, node)]
    dtypes = {node.threshold.dtype for node in lowered.net.nodes.values() if isinstance(node, FIRING)}
    dtypes |= {node.weight.dtype for node in lowered.net.nodes.values() if isinstance(node, Affine)}
    return {
        "advisory": True,
        "note": NOTE,
        "format": FORMAT,
        "producer": f"snnir {version('snnir')}",
        "graph": graph.name,
        "reset": semantics.reset,
        "compare": semantics.compare,
        "delay": semantics.delay,
        "many": semantics.many,
        "floor": semantics.floor,
        "initial": semantics.initial,
        "dt": 1,
        **times(graph, lowered.steps, spiking),
        "dtype": max(min(dtypes), semantics.dtype),  # by name: of float32 and float64 the finer one
        "inputs": [_port(graph, lowered, node) for node in spiking if isinstance(node.op, Encode)],
        "outputs": [_port(graph, lowered, node) for node in spiking if isinstance(node.op, Decode)],
        "layers": {lowered.placed[node.name]: _layer(lowered, node) for node in spiking if is_of(node, Neuron)},
        "nodes": [_node(lowered, node) for node in spiking],
        "interface": {"inputs": [value.name for value in graph.inputs], "outputs": list(graph.outputs)},
        "source": to_plain(graph.source),
        **_program(graph),
    }


@dataclass(frozen=True, slots=True)
class Settings:
    """How a file asks to be run.

    Attributes:
        semantics: What its neurons do.
        steps: Time steps of one inference.
    """

    semantics: Semantics
    steps: int


def settings(facts: Mapping[str, object]) -> Settings:
    """Return how a file asks to be run.

    Raises:
        ModelError: The metadata lack it, or have unknown values, code ``damaged-nir``.
    """
    legal: dict[str, tuple[Any, ...]] = {
        "reset": get_args(Reset),
        "compare": get_args(Comparison),
        "dtype": get_args(Precision),
        "many": (True, False),
        "initial": (True, False),
        "form": FORMS,
    }
    wrong = [key for key, words in legal.items() if facts.get(key) not in words]
    steps, delay, floor = facts.get("steps"), facts.get("delay"), facts.get("floor")
    if not isinstance(steps, int) or steps < 1:
        wrong.append("steps")
    if not isinstance(delay, int) or delay < 0:
        wrong.append("delay")
    if floor is not None and not (isinstance(floor, float) and floor <= 0):
        wrong.append("floor")
    if wrong:
        raise model_error("damaged-nir", f"its metadata have no legal value for: {', '.join(wrong)}")
    return Settings(Semantics.of({name: facts[name] for name in WRITTEN}), cast("int", steps))


def _program(graph: Graph) -> JsonObject:
    """Return what the file does not hold: names of ops by their place, and the ops themselves."""
    host = host_graph(graph)
    return {"host": host_parts(graph).to_json(), **({"program": graph_to_json(host)} if host.nodes else {})}


def host_of(facts: Facts) -> Graph | None:
    """Return the host part of the network that a file belongs to, as `snnir.analysis.host_graph` does.

    Returns:
        The graph, without nodes where everything spikes; None where there is a host part that the file does not hold.

    Raises:
        ModelError: The metadata lack it, code ``damaged-nir``.
    """
    try:
        if "program" in facts:
            return graph_from_json(facts["program"], "the host part in its metadata")
        if any(facts["host"].values()):
            return None
        types = {port["value"]: port_type(port) for port in (*facts["inputs"], *facts["outputs"])}
        order = facts["interface"]
        made = [port["value"] for port in facts["outputs"]]
        inputs = dict.fromkeys((*order["inputs"], *made))
        read = (port["value"] for port in facts["inputs"])
        given = tuple(Value(name, types[name]) for name in inputs if name in types)
        return Graph(facts["graph"], given, (), tuple(dict.fromkeys((*order["outputs"], *read))))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise model_error("damaged-nir", f"its metadata do not state what stays on the host: {error}") from None


def port_type(record: Typed) -> ValueType:
    """Return the type of the value at a port, or that a node makes, without its coding.

    Raises:
        LookupError, TypeError, ValueError: The record is of another form.
    """
    if record["dtype"] not in DTYPES:
        raise ValueError(f"there is no element type {record['dtype']!r}")
    shape: tuple[Dim, ...] = tuple(record["shape"])
    if not all(isinstance(dim, get_args(Dim)) for dim in shape):
        raise TypeError(f"{shape} is no shape")
    return ValueType(record["dtype"], shape)


def write(described: JsonObject) -> str:
    """Return metadata as text, the same for equal content."""
    return json.dumps(described, sort_keys=True, allow_nan=False)


def parse(net: Net) -> Facts:
    """Return the metadata of a net.

    Raises:
        ModelError: There are none, code ``foreign-nir``, or not ones that this version reads, codes
            ``damaged-nir`` and ``nir-format``.
    """
    if not net.metadata:
        hint = "only NIR files that snnir wrote can be turned back into a graph"
        raise model_error("foreign-nir", "this NIR file was not written by snnir", hint=hint)
    try:
        found: Any = json.loads(net.metadata)
        form = found["format"]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise model_error("damaged-nir", "its metadata is not the text that snnir writes") from None
    if form != FORMAT:
        hint = "use the version that wrote it, or newer"
        raise model_error("nir-format", f"its metadata has format {form!r}, this version reads {FORMAT}", hint=hint)
    return cast("Facts", found)


def _port(graph: Graph, lowered: Lowered, node: Node) -> JsonObject:
    analog = node.inputs[0] if isinstance(node.op, Encode) else node.output.name
    kind = graph.types[analog]
    assert isinstance(kind.coding, Analog)  # noqa: S101 - verified graphs
    return {
        **lowered.extra.get(node.name, {}),
        "port": lowered.placed[node.name],
        "node": node.name,
        "value": analog,
        "dtype": kind.dtype,
        "shape": list(kind.shape),
    }


def _layer(lowered: Lowered, node: Node[Neuron]) -> JsonObject:
    name = lowered.placed[node.name]
    return {
        **lowered.extra.get(node.name, {}),
        "node": node.name,
        "signed": node.op.halves > 1,
        "per_unit": node.op.population,
        "neurons": node.op.width,
        "digest": layer_digest(lowered.net, name),
    }


def _node(lowered: Lowered, node: Node) -> JsonObject:
    """Return the facts about a node that the arrays of the file do not hold."""
    kind = node.output.type
    record: dict[str, Json] = {
        "name": node.name,
        "op": node.op.mnemonic,
        "inputs": list(node.inputs),
        "output": node.output.name,
        "dtype": kind.dtype,
        "shape": list(kind.shape),
        "origins": [[origin.file, origin.node, origin.op] for origin in node.provenance.origins],
        "passes": list(node.provenance.steps),
    }
    if not isinstance(node.op, Add):
        record["nir"] = lowered.placed[node.name]
    if isinstance(node.op, Dense):
        record |= {"bias": node.op.bias is not None, **lowered.extra.get(node.name, {})}
    return record
