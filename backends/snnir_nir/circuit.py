"""NIR graphs of any origin as frozen, typed data: every primitive with its parameters, nested graphs taken apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from snnir.errors import Diagnostic, ModelError
from snnir.ir import Tensor
from snnir_nir.hdf5 import HINT, Bad, Item, Tree
from snnir_nir.primitives import NEURONS, PRIMITIVES, Field, Primitive, parameter_of, what_is_untyped

Edge: TypeAlias = tuple[str, str]

MAX_MAJOR = 1
"""Major version of nir whose files are read."""


@dataclass(frozen=True)
class Circuit:
    """What a NIR file holds, without nesting.

    Attributes:
        file: Its name in messages and provenance.
        nodes: By name; those of a nested graph ``g`` are called ``g.name``.
        edges: Source and target of each; several into a node add up.
        inputs: Its own Input nodes; those of nested graphs pass on what arrives, as their Outputs do.
        outputs: Its own Output nodes.
    """

    file: str
    nodes: Mapping[str, Primitive]
    edges: tuple[Edge, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def place(self, name: str) -> str:
        """Return how messages name a node."""
        return f"{self.file}, NIR node {name!r}"


def circuit_of(tree: Tree, file: str) -> Circuit:
    """Return the content of a NIR file.

    Args:
        tree: As from `snnir_nir.hdf5.read_tree`.
        file: What messages call it.

    Raises:
        ModelError: It is no legal NIR graph; all findings at once, codes ``damaged-nir``, ``nir-version``,
            ``unknown-node``, ``bad-parameter``, ``dangling-edge``, ``duplicate-edge`` and ``bad-edge``.
    """
    reading = _Reading(file)
    reading.findings += version_findings(tree, file)
    root = tree.get("node")
    inputs: list[str] = []
    outputs: list[str] = []
    if isinstance(root, Mapping) and root.get("type") == "NIRGraph":
        inputs, outputs = reading.graph(root, "")
    elif isinstance(root, Mapping) and "type" in root:
        reading.find("damaged-nir", f"it holds a single node of type {root['type']!r}, not a graph", file)
    else:
        reading.find("damaged-nir", "it holds no NIR graph", file, HINT)
    if reading.findings:
        raise ModelError(reading.findings)
    return Circuit(file, reading.nodes, tuple(reading.edges), tuple(inputs), tuple(outputs))


def version_findings(tree: Tree, file: str) -> list[Diagnostic]:
    """Return what is wrong with the version of nir that a file names, if anything; older programs name none."""
    written = tree.get("version")
    if written is None:
        return []
    major = re.match(r"\d{1,9}(?=\.|$)", written) if isinstance(written, str) else None
    if major is None:
        return [Diagnostic("damaged-nir", "its version is not one of nir", file, HINT)]
    if int(major.group()) <= MAX_MAJOR:
        return []
    message = f"it was written by nir {written}, this snnir reads the files of nir {MAX_MAJOR}"
    return [Diagnostic("nir-version", message, file, "use a newer snnir, or write it with an older nir")]


class _Reading:
    """Collects nodes, edges and findings."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.nodes: dict[str, Primitive] = {}
        self.edges: list[Edge] = []
        self.findings: list[Diagnostic] = []

    def find(self, code: str, message: str, where: str, hint: str = "") -> None:
        self.findings.append(Diagnostic(code, message, where, hint))

    def graph(self, group: Tree, prefix: str) -> tuple[list[str], list[str]]:
        """Take in a graph; return the names of its Inputs and its Outputs."""
        place = f"{self.file}, NIR graph {prefix[:-1]!r}" if prefix else self.file
        for name, item in group.items():
            if name not in {"type", "nodes", "edges", "metadata"}:
                what = f": {item.reason}" if isinstance(item, Bad) else ""
                self.find("damaged-nir", f"there is no place for {name!r} in a graph{what}", place, HINT)
        nodes = group.get("nodes")
        if not isinstance(nodes, Mapping):
            self.find("damaged-nir", "its nodes are missing", place, HINT)
            return [], []
        ends: dict[str, tuple[list[str], list[str]]] = {}
        inputs: list[str] = []
        outputs: list[str] = []
        for name, item in nodes.items():
            full = prefix + name
            if isinstance(item, Mapping) and item.get("type") == "NIRGraph":
                ends[name] = self.graph(item, f"{full}.")
                continue
            kind = self.node(full, name, item)
            (inputs if kind == "Input" else outputs if kind == "Output" else []).append(full)
        for source, target in self.edge_list(group.get("edges"), place, nodes):
            start, end = prefix + source, prefix + target
            if source in ends:
                start = self.port(start, ends[source][1], "Output", place)
            if target in ends:
                end = self.port(end, ends[target][0], "Input", place)
            self.edges.append((start, end))
        if prefix == "":
            self.ends({"Input": inputs, "Output": outputs}, place)
        return inputs, outputs

    def port(self, name: str, ports: list[str], kind: str, place: str) -> str:
        """Return the only Input or Output of a nested graph."""
        if len(ports) == 1:
            return ports[0]
        message = f"an edge to or from the graph {name!r} names none of its {len(ports)} {kind} nodes"
        self.find("bad-edge", message, place, "NIR has no names for ports: nested graphs need one of each")
        return name

    def ends(self, ports: Mapping[str, list[str]], place: str) -> None:
        for kind, names in ports.items():
            if not names:
                self.find("damaged-nir", f"the graph has no {kind} node", place, f"add one with nir.{kind}")
        for source, target in self.edges:
            if target in ports["Input"] or source in ports["Output"]:
                name, what = (target, "into an Input") if target in ports["Input"] else (source, "out of an Output")
                self.find("bad-edge", f"an edge leads {what}: {source!r} -> {target!r}", f"{place}, NIR node {name!r}")

    def edge_list(self, found: Item | None, place: str, nodes: Tree) -> Iterator[Edge]:
        """Yield the edges of a graph that are sound."""
        if not isinstance(found, np.ndarray) or (found.size and (found.dtype != object or found.shape[1:] != (2,))):
            reason = f": {found.reason}" if isinstance(found, Bad) else ""
            what = "its edges are missing" if found is None else f"its edges are not pairs of names{reason}"
            self.find("damaged-nir", what, place, HINT)
            return
        edges = [(str(pair[0]), str(pair[1])) for pair in found.tolist()] if found.size else []
        for edge, count in Counter(edges).items():
            shown = f"{edge[0]!r} -> {edge[1]!r}"
            missing = [name for name in dict.fromkeys(edge) if name not in nodes]
            if count > 1:
                hint = "NIR has no weights on edges: put a Scale between to add a signal twice"
                self.find("duplicate-edge", f"the edge {shown} is there {count} times", place, hint)
            for name in missing:
                self.find("dangling-edge", f"the edge {shown} names {name!r}, and there is no such node", place)
            if not missing:
                yield edge

    def node(self, name: str, short: str, item: Item) -> str:
        """Take in a node; return its type, empty where it has none."""
        where = f"{self.file}, NIR node {name!r}"
        kind = item.get("type") if isinstance(item, Mapping) else None
        if isinstance(item, Bad):
            self.find("damaged-nir", item.reason, where, HINT)
        elif not isinstance(item, Mapping) or not isinstance(kind, str):
            self.find("damaged-nir", what_is_untyped(item, short), where, HINT)
        elif kind not in PRIMITIVES:
            hint = f"snnir reads {', '.join(PRIMITIVES)} and nested NIRGraph"
            self.find("unknown-node", f"nir 1.0 has no node of type {kind!r}", where, hint)
        elif name in self.nodes:
            self.find("damaged-nir", "there are two nodes of this name, one of them in a nested graph", where)
        else:
            self.primitive(name, kind, item, where)
        return kind if isinstance(kind, str) else ""

    def primitive(self, name: str, kind: str, group: Tree, where: str) -> None:
        fields = PRIMITIVES[kind]
        parameters: dict[str, Tensor | str] = {}
        before = len(self.findings)
        for key in group:
            if key not in fields and key not in {"type", "metadata"}:
                self.find("bad-parameter", f"{kind} has no parameter {key!r}", where, f"it has {', '.join(fields)}")
        for key, field in fields.items():
            try:
                value = parameter_of(key, field, group.get(key))
            except ValueError as error:
                self.find("bad-parameter", str(error), where)
                continue
            if value is not None:
                parameters[key] = value
        if kind in NEURONS and len(self.findings) == before:
            parameters = self.per_neuron(parameters, fields, where)
        initial = None
        metadata = group.get("metadata")
        start = metadata.get("v_init") if isinstance(metadata, Mapping) else None
        if isinstance(start, np.ndarray) and start.dtype != object:
            initial = Tensor(start)
        if len(self.findings) == before:
            self.nodes[name] = Primitive(kind, parameters, initial)

    def per_neuron(
        self, parameters: Mapping[str, Tensor | str], fields: Mapping[str, Field], where: str
    ) -> dict[str, Tensor | str]:
        """Return parameters with one number for every neuron: single numbers, and those left out, hold for all.

        Where all of them are single numbers, they stay so: the input determines how many neurons there are.
        """
        arrays = {name: value.array for name, value in parameters.items() if isinstance(value, Tensor)}
        given = {name: array for name, array in arrays.items() if array.ndim} or arrays
        shapes = {array.shape for array in given.values() if array.size}
        if len(shapes) != 1 or not all(array.size for array in given.values()):
            listed = ", ".join(f"{name} {list(array.shape)}" for name, array in given.items())
            self.find("bad-parameter", f"its parameters are not one number for each neuron: {listed}", where)
            return dict(parameters)
        (shape,) = shapes
        dtype = np.result_type(*(array.dtype for array in given.values()))
        for name, field in fields.items():
            if name not in given:
                value = arrays.get(name, np.asarray(field.default, dtype))
                arrays[name] = np.full(shape, value, dtype)
        return {name: Tensor(array) for name, array in arrays.items()}
