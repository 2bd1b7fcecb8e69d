"""From a path to a `Source`, or to everything that is wrong with the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import onnx
import onnx.inliner

from snnir.errors import Diagnostic, ModelError, UsageError, model_error, usage_error
from snnir.io.exports import foreign
from snnir.io.files import GIT_LFS_HINT, git_lfs_pointer
from snnir.types import Array
from snnir_onnx.external import embed
from snnir_onnx.proto import TOOL_ERRORS, DecodeError, Message, array_from, damaged_text, input_from, node_from
from snnir_onnx.source import RefusedError, Source, SourceNode, named, sorted_nodes

MAX_FILE_BYTES = 2**31 - 1
"""Bytes; a protobuf message cannot be longer."""

T = TypeVar("T")


def read(path: Path) -> Source:
    """Return the content of an ONNX file, external data included.

    Raises:
        UsageError: There is no such file, or it cannot be opened.
        ModelError: It is not a usable ONNX model; all findings at once.
    """
    model = _parse(_content(path), path)
    findings = embed(model, path)
    if findings:
        raise ModelError(findings)
    content: bytes = model.SerializeToString()
    return _source(_inlined(model, path), path, content)


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise usage_error("not-a-file", "this is a folder", str(path), "give the .onnx file itself")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise model_error("too-large", "the file is larger than 2 GiB", path.name)
        return path.read_bytes()
    except FileNotFoundError:
        raise usage_error("no-such-file", "there is no such file", str(path)) from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> UsageError:
    return usage_error("cannot-read", f"the file cannot be read: {error.strerror or error}", str(path))


def _parse(content: bytes, path: Path) -> Message:
    hint = "the file is truncated, damaged or of another format; export or copy it again"
    if not content:
        raise model_error("not-onnx", "the file is empty", path.name, hint)
    if git_lfs_pointer(content):
        raise model_error("not-onnx", "this is only a pointer to the model", path.name, GIT_LFS_HINT)
    kind = foreign(content)
    if kind is not None:
        raise model_error("not-onnx", f"this is not an ONNX model; it may hold {kind.what}", path.name, kind.hint)
    try:
        model: Message = onnx.load_model_from_string(content)
    except (DecodeError, ValueError) as error:
        raise model_error("not-onnx", f"this is not an ONNX model: {error}", path.name, hint) from None
    if damaged_text(model):
        raise model_error("not-onnx", "this is not an ONNX model: a name in it is damaged", path.name, hint)
    if not model.HasField("graph") or not (model.ir_version or model.opset_import):
        raise model_error("not-onnx", "this is not an ONNX model: it has no graph", path.name, hint)
    if all(node.op_type == "Constant" for node in model.graph.node):
        what = "the model has no nodes but constants, so its outputs do not depend on its inputs"
        raise model_error("no-nodes", what, path.name, "export the network itself, not only its parameters")
    return model


def _inlined(model: Message, path: Path) -> Message:
    if not model.functions:
        return model
    try:
        return onnx.inliner.inline_local_functions(model)
    except (*TOOL_ERRORS, DecodeError) as error:
        what = f"its local functions cannot be inlined: {error}"
        raise model_error("bad-model", what, path.name, "export with functions expanded") from None


def _source(model: Message, path: Path, content: bytes) -> Source:
    findings: list[Diagnostic] = []

    def attempt(place: str, function: Callable[[], T]) -> T | None:
        try:
            return function()
        except RefusedError as error:
            findings.append(Diagnostic(error.code, error.message, f"{path.name}, {place}", error.hint))
            return None

    graph = model.graph
    used = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    initializers: dict[str, Array] = {}
    for tensor in graph.initializer:
        array = attempt(f"initializer {tensor.name!r}", partial(array_from, tensor)) if tensor.name in used else None
        if array is not None:
            initializers[tensor.name] = array
    findings += [_sparse(path)] if graph.sparse_initializer else []
    findings += _not_finite(initializers, path.name)
    stored = {tensor.name for tensor in graph.initializer}
    inputs = [
        attempt(f"input {value.name!r}", partial(input_from, value))
        for value in graph.input
        if value.name not in stored
    ]
    nodes = [
        attempt(f"node {node.name or f'#{index}'!r} ({node.op_type})", partial(node_from, node, index, path.name))
        for index, node in enumerate(graph.node)
    ]
    kept = named(node for node in nodes if node is not None)
    outputs = tuple(value.name for value in graph.output)
    findings += _repeated([*stored, *(i.name for i in inputs if i)], kept, path.name) if not findings else []
    if not outputs:
        findings.append(Diagnostic("no-nodes", "the model declares no outputs", path.name))
    if findings:
        raise ModelError(findings)
    opsets = {"" if entry.domain == "ai.onnx" else entry.domain: entry.version for entry in model.opset_import}
    return Source(
        file=path.name,
        opsets=opsets if "" in opsets or model.ir_version >= 3 else {**opsets, "": 1},
        inputs=tuple(value for value in inputs if value is not None),
        outputs=outputs,
        initializers=initializers,
        nodes=sorted_nodes(kept, (*stored, *(value.name for value in graph.input))),
        format=int(model.ir_version),
        content=content,
    )


def _sparse(path: Path) -> Diagnostic:
    hint = "store the weights densely"
    return Diagnostic("unsupported-type", "sparse initializers are not supported", path.name, hint)


def _not_finite(initializers: dict[str, Array], file: str) -> Iterable[Diagnostic]:
    """Yield weights with NaN, or with infinities; a single infinite number is a legal limit or mask."""
    for name, array in initializers.items():
        if not np.issubdtype(array.dtype, np.floating) or np.isfinite(array).all():
            continue
        if array.size > 1 or np.isnan(array).any():
            bad = int(np.count_nonzero(~np.isfinite(array)))
            what = f"{bad} of its {array.size} values are NaN or infinite"
            hint = "the training diverged, or the file is damaged"
            yield Diagnostic("bad-weights", what, f"{file}, initializer {name!r}", hint)


def _repeated(given: list[str], nodes: Iterable[SourceNode], file: str) -> Iterable[Diagnostic]:
    """Yield values that are made more than once: the file does not define which of them is meant."""
    made = Counter([*given, *(name for node in nodes for name in node.outputs if name)])
    for name, times in made.items():
        if times > 1:
            yield Diagnostic("bad-model", f"value {name!r} is made {times} times", file, "the file is damaged")
