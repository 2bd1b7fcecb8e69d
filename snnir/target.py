"""Targets as data: what a place can run, and whether a graph conforms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from snnir.errors import Diagnostic
from snnir.ir import Graph
from snnir.semantics import Semantics
from snnir.types import Analog


@dataclass(frozen=True)
class Target:
    """A place that a network is meant to run.

    Attributes:
        name: What ``--target`` takes.
        summary: One line for ``snnir targets``.
        spiking_ops: Mnemonics of the ops that may stand between encode and decode.
        codes: Codes that it can carry.
        semantics: What its neurons do.
        host: Whether analog ops may surround the spiking part (run by the user's own program).
        artifacts: Suffixes of the files that its backend writes, besides the archive.
    """

    name: str
    summary: str
    spiking_ops: frozenset[str]
    codes: frozenset[str] = frozenset({"rate"})
    semantics: Semantics = field(default_factory=Semantics)
    host: bool = True
    artifacts: tuple[str, ...] = ()


def conformance(graph: Graph, target: Target) -> tuple[Diagnostic, ...]:
    """Return everything in `graph` that `target` cannot run; nothing where it conforms."""
    return tuple(_violations(graph, target))


def _violations(graph: Graph, target: Target) -> Iterator[Diagnostic]:
    for node in graph.nodes:
        codings = [graph.types[name].coding for name in (*node.inputs, *(value.name for value in node.outputs))]
        spiking = any(not isinstance(coding, Analog) for coding in codings)
        if spiking and node.op.mnemonic not in target.spiking_ops:
            message = f"target {target.name!r} has no {node.op.mnemonic} inside its spiking part"
            yield Diagnostic("not-on-target", message, f"node {node.name!r} ({node.provenance})")
        if not spiking and not target.host:
            message = f"target {target.name!r} has no host that could run {node.op.mnemonic}"
            yield Diagnostic("not-on-target", message, f"node {node.name!r} ({node.provenance})")
