"""What is inside a scan, node by node of the file that it came from: one of these became several of the IR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from snnir.ir import Node, Tensor
from snnir.ops import Constant, Scan
from snnir.text.attributes import tensors_in
from snnir.types import ValueType


@dataclass(frozen=True, slots=True)
class Read:
    """What a part reads.

    Attributes:
        name: Of another part, or of an input of the body.
        before: What that made in the step before.
    """

    name: str
    before: bool = False


@dataclass(frozen=True)
class Part:
    """A node of the file.

    Attributes:
        name: Its name there.
        op: Its operator there.
        reads: What it reads of others, in order.
        type: Of what it makes; the number of neurons is its last size.
        parameters: Elements of its tensors.
        values: Names of its parameters, each with its value or range.
    """

    name: str
    op: str
    reads: tuple[Read, ...]
    type: ValueType
    parameters: int
    values: str


def parts_of(scan: Scan) -> tuple[Part, ...]:
    """Return the parts of a body, in the order of their first nodes; nodes that came from nowhere stand alone."""
    body = scan.body
    groups: dict[tuple[str, str], list[Node]] = {}
    for node in body.nodes:
        groups.setdefault(_key(node), []).append(node)
    owners = {value.name: key[0] for key, nodes in groups.items() for node in nodes for value in node.outputs}
    states = {
        value.name: owners.get(after, after)
        for value, after in zip(body.inputs, body.outputs[: scan.states], strict=False)
    }
    return tuple(_part(key, nodes, owners, states) for key, nodes in groups.items())


def makers(scan: Scan) -> Mapping[str, str]:
    """Return the part or input that makes each value of a body."""
    made = {value.name: _key(node)[0] for node in scan.body.nodes for value in node.outputs}
    return {value.name: value.name for value in scan.body.inputs} | made


def _key(node: Node) -> tuple[str, str]:
    origins = node.provenance.origins
    return (origins[0].node, origins[0].op) if origins else (node.name, node.op.mnemonic)


def _part(key: tuple[str, str], nodes: list[Node], owners: Mapping[str, str], states: Mapping[str, str]) -> Part:
    name, op = key
    own = {value.name: value for node in nodes for value in node.outputs}
    reads: dict[Read, None] = {}
    for source in (source for node in nodes for source in node.inputs if source not in own):
        if source not in states:
            reads[Read(owners.get(source, source))] = None
        elif states[source] != name:
            reads[Read(states[source], before=True)] = None
    made = own[name] if name in own else list(own.values())[-1]
    tensors = {label: tensor for node in nodes for label, tensor in _tensors(node)}
    size = sum(tensor.array.size for tensor in tensors.values())
    values = ", ".join(f"{label} {_range(tensor)}" for label, tensor in tensors.items() if tensor.array.size)
    return Part(name, op, tuple(reads), made.type, size, values)


def _tensors(node: Node) -> Iterator[tuple[str, Tensor]]:
    for label, tensor in tensors_in(node.op).items():
        yield node.name.rpartition(".")[2] if isinstance(node.op, Constant) else label, tensor


def _range(tensor: Tensor) -> str:
    low, high = np.min(tensor.array), np.max(tensor.array)
    return f"{low:.4g}" if low == high else f"{low:.4g} .. {high:.4g}"
