"""The only file that touches onnxruntime."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import onnx
import onnxruntime as untyped
from onnx import reference, version_converter

from snnir.types import Array
from snnir_onnx.proto import TOOL_ERRORS
from snnir_onnx.source import NoKernelError, RefusedError, Source

onnxruntime: Any = untyped
"""It ships no types."""
errors: Any = import_module("onnxruntime.capi.onnxruntime_pybind11_state")

_NOISE = re.compile(r"\[ONNXRuntimeError\] : \d+ : \w+ : |/onnxruntime_src/\S+ .*?\) ?(const )?(?=\w)")
FATAL = 4
"""Log severity: everything below stays off the terminal; what matters comes as exceptions."""
MIN_FORMAT = 8
"""A version of the file format that every onnxruntime takes."""
MIN_OPSET = 7
"""onnxruntime has no kernels for the versions before."""
CONVERTED_OPSET = 13
"""What older files are converted to where ONNX's own converter can; any version that onnxruntime takes would do."""
DROPPED = {"": {"broadcast", "consumed_inputs", "is_test"}} | {
    op: {"broadcast", "axis", "consumed_inputs"}
    for op in ("Add", "And", "Div", "Equal", "Greater", "Less", "Mul", "Or", "Pow", "Sub", "Xor")
}
"""Attributes that operator set 7 has dropped, by operator."""
RUNTIME_ERRORS: tuple[type[Exception], ...] = (
    errors.EPFail,
    errors.EngineError,
    errors.Fail,
    errors.InvalidArgument,
    errors.InvalidGraph,
    errors.InvalidProtobuf,
    errors.NoModel,
    errors.NoSuchFile,
    errors.NotImplemented,
    errors.RuntimeException,
    RuntimeError,
    ValueError,
    TypeError,
)
"""What onnxruntime raises on a model or input that it cannot run; its own errors have no common base."""


REFERENCE_ERRORS: tuple[type[Exception], ...] = (*TOOL_ERRORS, KeyError, AttributeError, ArithmeticError, Warning)
"""What ONNX's reference implementation raises on operators or operands that it cannot take."""
WRONG_IN_REFERENCE = {"LpNormalization"}
"""Operators that it computes wrongly: with p = 1 it adds up x where ONNX says |x| (onnx 1.23)."""


class Runtime:
    """A model loaded by onnxruntime, on the CPU, one thread, nothing fused.

    Raises:
        RefusedError: It cannot be loaded; code ``oracle-failed``. `NoKernelError` where the model is right, but an
            operator is not implemented for its types.
    """

    def __init__(self, content: bytes) -> None:
        onnxruntime.set_default_logger_severity(FATAL)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = FATAL
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        try:
            self._session: Any = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except RUNTIME_ERRORS as error:
            raise _refused("load", error) from error

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name.

        Raises:
            RefusedError: onnxruntime cannot run the model on these; as above.
        """
        known = {value.name for value in self._session.get_inputs()}
        try:
            results = self._session.run(None, {name: array for name, array in feeds.items() if name in known})
        except RUNTIME_ERRORS as error:
            raise _refused("run", error) from error
        names = (value.name for value in self._session.get_outputs())
        return {name: np.asarray(result) for name, result in zip(names, results, strict=True)}


def _refused(verb: str, error: Exception) -> RefusedError:
    kind = NoKernelError if isinstance(error, errors.NotImplemented) else RefusedError
    return kind("oracle-failed", f"onnxruntime cannot {verb} the model: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    """Return the message without the places in onnxruntime's own sources."""
    line = str(error).strip().split("\n", maxsplit=1)[0]
    return _NOISE.sub("", line)[-300:].strip()


def specified(content: bytes, feeds: Mapping[str, Array], *, strict: bool = False) -> dict[str, Array]:
    """Return what ONNX's own reference implementation computes: the specification, in NumPy, slow and exact.

    Args:
        content: Of the file.
        feeds: Inputs by name.
        strict: First check the file, operand types included: NumPy computes what ONNX does not allow.

    Raises:
        RefusedError: It cannot run the model; code ``oracle-failed``.
    """
    try:
        with np.errstate(all="ignore"):
            model: Any = onnx.load_model_from_string(content)
            if wrong := WRONG_IN_REFERENCE & {node.op_type for node in model.graph.node}:
                raise RefusedError("oracle-failed", f"the reference implementation is wrong on {', '.join(wrong)}")
            if strict:
                checker: Any = onnx.checker
                checker.check_model(model, full_check=True)
            evaluator: Any = reference.ReferenceEvaluator(model)
            results = evaluator.run(None, dict(feeds))
    except REFERENCE_ERRORS as error:
        raise RefusedError("oracle-failed", f"the reference implementation cannot run the model: {error}") from error
    return {name: np.asarray(array) for name, array in zip(evaluator.output_names, results, strict=True)}


@cache
def newest() -> tuple[int, int]:
    """Return the newest operator set and file format that this onnxruntime takes, found by trying.

    It refuses files of a newer version, even where no operator has changed.
    """
    known = onnx.defs.onnx_opset_version()
    opset = next(opset for opset in range(known, MIN_OPSET, -1) if _takes(opset, MIN_FORMAT))
    return opset, next(form for form in range(onnx.IR_VERSION, MIN_FORMAT - 1, -1) if _takes(opset, form))


def _takes(opset: int, file_format: int) -> bool:
    value = onnx.helper.make_tensor_value_info
    float32 = onnx.TensorProto.FLOAT
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "probe", [value("x", float32, [1])], [value("y", float32, [1])])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=file_format)
    try:
        Runtime(model.SerializeToString())
    except RefusedError:
        return False
    return True


def loadable(source: Source) -> bytes:
    """Return the file in an operator set that onnxruntime has: itself, unless its set is too old or too new.

    A newer file is taken for one of the newest set that onnxruntime has. Where an operator has changed since,
    the import differs from that and is refused: the check stays safe.
    """
    opset = source.opsets.get("", MIN_OPSET)
    newest_opset, newest_format = newest()
    if MIN_OPSET <= opset <= newest_opset and source.format <= newest_format:
        return source.content
    model: Any = onnx.load_model_from_string(source.content)
    if opset >= MIN_OPSET:
        for entry in model.opset_import:
            entry.version = min(opset, newest_opset) if entry.domain in {"", "ai.onnx"} else entry.version
        model.ir_version = min(model.ir_version, newest_format)
        return bytes(model.SerializeToString())
    try:
        return bytes(version_converter.convert_version(model, CONVERTED_OPSET).SerializeToString())
    except TOOL_ERRORS:
        return _modern(model)


def _modern(model: Any) -> bytes:
    """Return a file of the first operator sets without the attributes that set 7 has dropped.

    Where the second operand is aligned with the last axes of the first, this is the same network. Elsewhere
    onnxruntime refuses it or computes something else, so that again nothing wrong passes.
    """
    for node in model.graph.node:
        kept = [
            attribute for attribute in node.attribute if attribute.name not in DROPPED.get(node.op_type, DROPPED[""])
        ]
        del node.attribute[:]
        node.attribute.extend(kept)
    for entry in model.opset_import:
        entry.version = MIN_OPSET if entry.domain in {"", "ai.onnx"} else entry.version
    return bytes(model.SerializeToString())


def with_all_values(content: bytes, names: frozenset[str]) -> bytes:
    """Return a model that also hands back the named values inside it."""
    model: Any = onnx.load_model_from_string(content)
    declared = {value.name for value in model.graph.output}
    made = [name for node in model.graph.node for name in node.output if name in names and name not in declared]
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in made)
    return bytes(model.SerializeToString())
