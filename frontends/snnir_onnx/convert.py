"""From a `Source` to a graph: unsupported operators are listed first, then every node is converted in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from snnir.errors import Diagnostic, ModelError
from snnir.ir import Graph, Value
from snnir.semantics.infer import EVALUATION_ERRORS, Sizes
from snnir.semantics.limits import TooLargeError
from snnir_onnx.builder import Builder, Operand
from snnir_onnx.converters import MAX_OPSET, find, versions
from snnir_onnx.hints import way_out
from snnir_onnx.scope import Scope
from snnir_onnx.source import RefusedError, Source, SourceNode


def check_operators(source: Source) -> None:
    """Return if every operator of the file has a converter.

    Raises:
        ModelError: Some have none; all of them, code ``unsupported-op``; or the operator set is too new.
    """
    findings = list(_unsupported(source))
    if findings:
        raise ModelError(findings)


def _unsupported(source: Source) -> Iterator[Diagnostic]:
    newest = source.opsets.get("", 0)
    if newest > MAX_OPSET:
        hint = f"export with opset_version={MAX_OPSET} or lower"
        what = f"operator set {newest} is newer than {MAX_OPSET}, the newest one known here"
        yield Diagnostic("unsupported-opset", what, source.file, hint)
        return
    for node in source.nodes:
        place = source.where(node)
        opset = source.opsets.get(node.domain)
        if opset is None and not versions(node.domain, node.op):
            opset = 0
        if opset is None:
            what = f"the file does not state which version of operator set {node.domain or 'ai.onnx'!r} it uses"
            yield Diagnostic("bad-model", what, place, "the file is damaged")
        elif find(node.domain, node.op, opset) is None:
            yield _unsupported_operator(node, opset, place)
        elif node.refused:
            what = f"attribute {node.refused[0]!r} is of a kind that is not supported"
            yield Diagnostic("unsupported-op", what, place)


def _unsupported_operator(node: SourceNode, opset: int, place: str) -> Diagnostic:
    name = f"{node.domain}::{node.op}" if node.domain else node.op
    known = versions(node.domain, node.op)
    what = f"operator {name} (operator set {opset}) is not supported"
    hint = f"it is supported in operator sets {known}" if known else way_out(node.domain, node.op)
    return Diagnostic("unsupported-op", what, place, hint)


def attempt(
    source: Source, inputs: Iterable[Value], sizes: Sizes, freed: frozenset[int] = frozenset()
) -> Graph | ModelError:
    """Return what `convert` returns or raises."""
    try:
        return convert(source, inputs, sizes, freed)
    except ModelError as error:
        return error


def convert(source: Source, inputs: Iterable[Value], sizes: Sizes, freed: frozenset[int] = frozenset()) -> Graph:
    """Return the graph of a file for inputs of these types.

    Args:
        source: The file, its operators checked.
        inputs: Types to assume.
        sizes: Numbers for the names of sizes.
        freed: The fixed first sizes that are open in `inputs`.

    Raises:
        ModelError: Nodes cannot be converted; all findings at once.
    """
    findings: list[Diagnostic] = []
    inputs = tuple(inputs)
    try:
        builder = Builder(source, inputs, sizes, freed)
    except (RefusedError, *EVALUATION_ERRORS) as error:
        names = ", ".join(value.name for value in inputs)
        hint = "give the inputs a smaller fixed shape, or a dynamic batch axis"
        raise ModelError([Diagnostic("too-large", f"input {names}: {error}", source.file, hint)]) from error
    failed: set[str] = set()
    for node in source.nodes:
        unknown = [name for name in node.inputs if name and name not in builder.values]
        if failed.intersection(unknown):
            failed.update(node.outputs)
            continue
        finding = _undefined(source, node, unknown) if unknown else _convert_node(builder, node)
        if finding is not None:
            findings.append(finding)
            failed.update(node.outputs)
    missing = [name for name in source.outputs if name not in builder.values and name not in failed]
    findings += [Diagnostic("bad-model", f"output {name!r} is made by no node", source.file) for name in missing]
    if findings:
        raise ModelError(findings)
    return builder.graph()


def _undefined(source: Source, node: SourceNode, names: list[str]) -> Diagnostic:
    what = f"it reads {', '.join(map(repr, names))}, which nothing makes, or which depends on this node"
    return Diagnostic("bad-model", what, source.where(node), "the file is damaged, or the nodes form a cycle")


def _convert_node(builder: Builder, node: SourceNode) -> Diagnostic | None:
    """Convert one node; damaged attributes surface as errors of Python and NumPy, so this is where they end."""
    place = builder.source.where(node)
    converter = find(node.domain, node.op, builder.source.opsets[node.domain])
    assert converter is not None  # noqa: S101 - the operators were checked
    scope = Scope(builder, node)
    try:
        made = converter(scope)
        results: tuple[Operand, ...] = made if isinstance(made, tuple) else (made,)
        scope.finish(results)
    except RefusedError as error:
        return Diagnostic(error.code, error.message, place, error.hint)
    except TooLargeError as error:
        return Diagnostic("too-large", f"{node.op}: {error}", place)
    except EVALUATION_ERRORS as error:
        return Diagnostic("bad-model", f"{node.op} cannot be converted: {error}", place, "the file is damaged")
    return None
