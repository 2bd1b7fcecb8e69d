"""An ONNX file as plain typed data: what the converters see instead of protobuf messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from snnir.provenance import Origin
from snnir.types import Array, DType

Attribute: TypeAlias = "int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | Array"


FLOAT_MODEL = "give the float model that this quantised one was made from; targets have integers of their own"
"""What to do about quantised networks that cannot be read."""


class RefusedError(Exception):
    """Something in the file cannot be imported; callers that have the place turn it into a diagnostic."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code = code
        self.message = message
        self.hint = hint
        super().__init__(message)


class NoKernelError(RefusedError):
    """A program cannot run an operator that the file uses rightly; another may."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceNode:
    """One node of the file.

    Attributes:
        name: Its name there, or its op and position where it has none; unique.
        op: Operator, e.g. ``Gemm``.
        domain: Operator set, empty for ONNX's own.
        inputs: Names of values read; empty where an optional one is left out.
        outputs: Names of values made; empty where one is not used.
        attributes: By name.
        origin: For provenance.
        refused: Attributes of kinds that nothing here understands (subgraphs, sparse tensors, ...).
    """

    name: str
    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    origin: Origin
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceInput:
    """One input of the file.

    Attributes:
        name: Its name there.
        dtype: Element type.
        shape: Sizes; a name where the file gives one, None where a size is unknown; None where all is.
    """

    name: str
    dtype: DType
    shape: tuple[int | str | None, ...] | None


@dataclass(frozen=True, eq=False)
class Source:
    """One file.

    Attributes:
        file: Its name without the folder.
        opsets: Version of each operator set.
        inputs: What a user feeds: initializers that are repeated as inputs are not among them.
        outputs: Names of the values handed back.
        initializers: Constants by name.
        nodes: In topological order, local functions inlined.
        format: Version of the file format.
        content: The file with its external data inside, for the oracle.
    """

    file: str
    opsets: Mapping[str, int]
    inputs: tuple[SourceInput, ...]
    outputs: tuple[str, ...]
    initializers: Mapping[str, Array]
    nodes: tuple[SourceNode, ...]
    format: int
    content: bytes

    def where(self, node: SourceNode) -> str:
        """Return the place of a node for messages."""
        line = f", from {node.origin.line}" if node.origin.line else ""
        return f"{self.file}, node {node.name!r} ({node.op}){line}"


def sorted_nodes(nodes: Iterable[SourceNode], known: Iterable[str]) -> tuple[SourceNode, ...]:
    """Return nodes so that each comes after what it reads; those that can run in no order keep theirs, at the end."""
    ready = {"", *known}
    pending = list(nodes)
    ordered: list[SourceNode] = []
    while pending:
        waiting: list[SourceNode] = []
        for node in pending:
            if all(name in ready for name in node.inputs):
                ordered.append(node)
                ready.update(node.outputs)
            else:
                waiting.append(node)
        if len(waiting) == len(pending):
            return (*ordered, *waiting)
        pending = waiting
    return tuple(ordered)


def named(nodes: Iterable[SourceNode]) -> tuple[SourceNode, ...]:
    """Return nodes with unique names: an unnamed one is called after its op and position, a repeated name numbered."""
    given = tuple(nodes)
    taken: set[str] = set()
    result: list[SourceNode] = []
    for index, node in enumerate(given):
        base = node.name or f"{node.op}_{index}"
        name, number = base, 1
        while name in taken:
            name, number = f"{base}.{number}", number + 1
        taken.add(name)
        result.append(node if name == node.name else replace(node, name=name))
    return tuple(result)
