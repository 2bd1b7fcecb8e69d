"""The verifier: what every graph must satisfy, checked after every pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

from snnir.errors import Diagnostic, ModelError
from snnir.ir.graph import Graph, Node
from snnir.ir.op import CodingError, Op
from snnir.types import ANALOG


def verify(graph: Graph) -> None:
    """Check a graph and return if it is legal.

    Legal means: names of nodes and of values are unique; every node reads only values made
    before it, as many as its op takes; the coding of every output is what the op gives for its
    inputs' codings; every graph output exists; graphs that are attributes are legal,
    analog, and fit their node.

    Raises:
        ModelError: It is not; all findings at once, code ``invalid-ir``.
    """
    findings = tuple(_findings(graph))
    if findings:
        raise ModelError(findings)


def _findings(graph: Graph) -> Iterator[Diagnostic]:
    names: Counter[str] = Counter(value.name for value in graph.inputs)
    yield from (_finding(graph, f"two inputs are called {name!r}") for name, count in names.items() if count > 1)
    known = set(names)
    nodes = Counter(node.name for node in graph.nodes)
    yield from (_finding(graph, f"two nodes are called {name!r}") for name, count in nodes.items() if count > 1)
    for node in graph.nodes:
        yield from _node_findings(graph, node, known)
        yield from _function_findings(graph, node)
        known.update(value.name for value in node.outputs)
    missing = (name for name in graph.outputs if name not in known)
    yield from (_finding(graph, f"output {name!r} is not made by any node") for name in missing)


def _node_findings(graph: Graph, node: Node, known: set[str]) -> Iterator[Diagnostic]:
    missing = [name for name in node.inputs if name not in known]
    yield from (_finding(graph, f"{name!r} is read before it is made", node) for name in missing)
    miscounted = tuple(_arity(graph, node))
    yield from miscounted
    if not missing and not miscounted:
        yield from _coding(graph, node)
    made = Counter(value.name for value in node.outputs)
    twice = (name for name, count in made.items() if count > 1 or name in known)
    yield from (_finding(graph, f"{name!r} is made twice", node) for name in twice)


def _arity(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    fewest, most = node.op.arity
    if len(node.inputs) < fewest or (most is not None and len(node.inputs) > most):
        count = f"{fewest}" if fewest == most else f"{fewest} or more" if most is None else f"{fewest} to {most}"
        yield _finding(graph, f"{node.op.mnemonic} takes {count} inputs, got {len(node.inputs)}", node)


def _coding(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    try:
        expected = node.op.coding(tuple(graph.types[name].coding for name in node.inputs))
    except CodingError as error:
        yield _finding(graph, str(error), node)
        return
    for value in node.outputs:
        if value.type.coding != expected:
            yield _finding(graph, f"{value.name!r} is declared {value.type.coding}, made as {expected}", node)


def functions_of(op: Op) -> Iterator[Graph]:
    """Yield the attributes of an op that are graphs."""
    values = (getattr(op, field.name) for field in fields(op))
    return (value for value in values if isinstance(value, Graph))


def _function_findings(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    for function in functions_of(node.op):
        yield from _findings(function)
        if any(kind.coding != ANALOG for kind in function.types.values()):
            yield _finding(graph, f"{function.name!r} is not analog", node)
        if any(True for inner in function.nodes for _ in functions_of(inner.op)):
            yield _finding(graph, f"{function.name!r} holds a graph itself", node)
    for misfit in node.op.misfits(len(node.inputs), len(node.outputs)):
        yield _finding(graph, misfit, node)


def _finding(graph: Graph, message: str, node: Node | None = None) -> Diagnostic:
    where = f"{graph.name}, node {node.name!r} ({node.provenance})" if node else graph.name
    hint = "if you did not write this graph yourself, this is a defect of snnir"
    return Diagnostic("invalid-ir", message, where, hint)
