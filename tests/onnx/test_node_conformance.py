"""Every single-node case that ONNX itself ships, for every operator that has a converter."""

from __future__ import annotations

import copy
import warnings
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx.reference.ops import op_pool_common

from snnir.errors import ModelError
from snnir.ir import Graph
from snnir.semantics import evaluate
from snnir.types import Array
from snnir_onnx import FRONTEND
from snnir_onnx.converters import TABLE
from snnir_onnx.runtime import newest
from tests.onnx.common import load

PASSED = 503
"""Measured with onnx 1.23.2; more cases in a later release raise it, nothing may lower it."""
PASSED_BY_OLD_RUNTIME = 492
"""The same with onnxruntime 1.23, the last one for Python 3.10, which cannot run all operator sets."""
OLD_RUNTIME = newest()[0] < 26

TRAINING = {
    "test_batchnorm_epsilon_training_mode",
    "test_batchnorm_example_training_mode",
    "test_training_dropout",
    "test_training_dropout_default",
    "test_training_dropout_default_mask",
    "test_training_dropout_mask",
    "test_training_dropout_zero_ratio",
    "test_training_dropout_zero_ratio_mask",
}
"""Not inference."""
NO_TENSOR = {"test_identity_opt", "test_identity_sequence"}
"""A sequence and an optional."""
NO_ORACLE = {"test_celu_float16", "test_range_float16_type_positive_delta", "test_reduce_max_empty_set_bool"}
"""onnxruntime 1.31 has no kernel for them, so that nothing could check the import; a later one may have."""
NOT_IN_PLACE = {"test_gathernd_example_int32_batch_dim1", "test_scatter_elements_without_axis"}
"""Other places in every row."""
SUMS = ("_add", "_multiply", "_mul", "_max", "_min", "_with_duplicate_indices", "_with_element_indices")
"""Ends of the names of cases in which what is there already counts."""
MISSING_TYPES = (
    "bfloat16", "BFLOAT16", "FLOAT4", "FLOAT8", "INT2", "INT4", "STRING", "UINT2", "UINT4", "e4m3fn", "e5m2",
    "e8m0", "float4e2m1", "int16", "int2", "int4", "uint16", "uint32", "uint64", "sequence_map", "string",
)  # fmt: skip
"""Words in the names of cases whose element types the IR does not have."""


def reason(name: str) -> str | None:
    """Return the code that a case is refused with, or None if it must pass."""
    if name in TRAINING:
        return "training-mode"
    if name in NO_TENSOR or any(word in name for word in MISSING_TYPES):
        return "unsupported-type"
    if name == "test_constant":
        return "no-nodes"  # a constant is no network
    if name == "test_quantizelinear_blocked_symmetric":
        return "unsupported-type"
    if "_blocked" in name or name in NOT_IN_PLACE or ("scatter" in name and name.endswith(SUMS)):
        return "unsupported-operand"
    return "oracle-failed" if name in NO_ORACLE else None


def unpooled(padded: Any, x_shape: Any, _kernel: Any, _strides: Any, out_shape: Any, *_: Any, **__: Any) -> Any:
    """Return an output of the right type for a case of a pooling operator, which has no converter."""
    return np.zeros([*x_shape[:2], *out_shape], padded.dtype)


@cache
def cases() -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """Return the cases with a converter, and the operators of those without."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")  # the reference code of some cases divides by zero
        # Collecting computes all expected outputs, and three quarters of its time would go into loops over windows.
        assert not any(name.endswith("Pool") and not name.startswith("Global") for _, name in TABLE)
        patch.setattr(op_pool_common, "pool", unpooled)
        from onnx.backend.test.case.node import collect_testcases

        collected = [case for case in collect_testcases(None) if len(case.model.graph.node) == 1]
    supported, others = [], []
    for case in collected:
        node = case.model.graph.node[0]
        domain = "" if node.domain == "ai.onnx" else node.domain
        if case.model.functions or (domain, node.op_type) not in TABLE:
            others.append(node.op_type)
        else:
            supported.append(case)
    return tuple(supported), tuple(others)


def with_constants(proto: onnx.ModelProto, inputs: dict[str, Any], first: int) -> onnx.ModelProto:
    """Return a model whose inputs from `first` on are initializers."""
    proto = copy.deepcopy(proto)
    names = list(inputs)[first:]
    proto.graph.initializer.extend(numpy_helper.from_array(np.asarray(inputs[name]), name) for name in names)
    kept = [value for value in proto.graph.input if value.name not in names]
    del proto.graph.input[:]
    proto.graph.input.extend(kept)
    return proto


def plain(value: Any) -> Any:
    """Return a case's operand as an array where it is a tensor message."""
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def evaluated(graph: Graph, inputs: Mapping[str, Any]) -> dict[str, Array]:
    """Return what a graph computes from the inputs of a case; one of a single point has got an axis for many."""
    feeds = {value.name: np.asarray(inputs[value.name], value.type.dtype) for value in graph.inputs}
    if all(feeds[value.name].ndim == len(value.type.shape) for value in graph.inputs):
        return evaluate(graph, feeds)
    results = evaluate(graph, {name: array[np.newaxis] for name, array in feeds.items()})
    return {name: array[0] for name, array in results.items()}


def outcome(case: Any, folder: Path) -> ModelError | None:
    """Import a case with all operands as inputs, else with fewer and fewer; compare, and return the refusal if any."""
    data = case.data_sets[0]
    inputs = dict(zip((value.name for value in case.model.graph.input), map(plain, data[0]), strict=False))
    first: ModelError | None = None
    for count in (len(inputs), *range(len(inputs) - 1, 0, -1)):
        try:
            graph = load(with_constants(case.model, inputs, count), folder)
        except ModelError as error:
            first = error
            continue
        results = evaluated(graph, inputs)
        for value, given in zip(case.model.graph.output, data[1], strict=False):
            expected = plain(given)
            half = expected.dtype == np.float16  # imported as float32
            assert results[value.name].dtype == (np.float32 if half else expected.dtype), case.name
            rtol = 5e-3 if half else case.rtol
            np.testing.assert_allclose(results[value.name], expected, rtol, case.atol, err_msg=case.name)
        return None
    return first


def test_all_cases_pass_or_are_refused_for_a_listed_reason(tmp_path: Path) -> None:
    """Every case computes the expected output, or is refused with the code that is listed for it."""
    passed = 0
    for case in cases()[0]:
        refusal = outcome(case, tmp_path)
        code = refusal.diagnostics[0].code if refusal else None
        expected = {reason(case.name)}
        if OLD_RUNTIME:
            expected.add("oracle-failed")  # nothing to check against: refused, rightly
        if case.name in NO_ORACLE:
            expected.add(None)
        assert code in expected, f"{case.name}: {refusal}"
        passed += refusal is None
    assert passed >= (PASSED_BY_OLD_RUNTIME if OLD_RUNTIME else PASSED)


@pytest.mark.parametrize("name", ["Attention", "Resize", "MaxPool", "LSTM", "If", "Loop", "ArgMax", "TopK"])
def test_operators_without_a_converter_stay_unsupported(name: str) -> None:
    """Operators outside this field have cases, and none of them is imported by accident."""
    assert ("", name) not in TABLE
    assert Counter(cases()[1])[name] > 0


ON_DISK = {"pytorch-converted": 62, "pytorch-operator": 32, "simple": 3}
"""How many of the models that the onnx package brings along as files pass; the others are refused."""
REFUSALS = {"unsupported-op", "unsupported-type", "oracle-failed", "bad-operands"}
"""No converter; sequences and texts; files that onnxruntime refuses too; a shape that is an input."""


def attempt(path: Path) -> Graph | ModelError:
    """Return the import of a file, or its refusal."""
    try:
        return FRONTEND.load(path)
    except ModelError as error:
        return error


@pytest.mark.parametrize("family", sorted(ON_DISK))
def test_models_on_disk_pass_or_are_refused(family: str) -> None:
    """Old files, most of operator set 6, compute the outputs stored beside them, or are refused."""
    folder = Path(onnx.__file__).parent / "backend" / "test" / "data" / family
    if not folder.is_dir():
        pytest.skip("this release of onnx brings no models")
    passed = 0
    for case in sorted(folder.iterdir()):
        graph = attempt(case / "model.onnx")
        if isinstance(graph, ModelError):
            assert graph.diagnostics[0].code in REFUSALS, f"{case.name}: {graph}"
            continue
        data = case / "test_data_set_0"
        inputs = [plain(onnx.load_tensor(path)) for path in sorted(data.glob("input_*.pb"))]
        results = evaluated(graph, {value.name: array for value, array in zip(graph.inputs, inputs, strict=False)})
        for name, path in zip(graph.outputs, sorted(data.glob("output_*.pb")), strict=True):
            np.testing.assert_allclose(results[name], plain(onnx.load_tensor(path)), 1e-3, 1e-5, err_msg=case.name)
        passed += 1
    assert passed >= ON_DISK[family]
