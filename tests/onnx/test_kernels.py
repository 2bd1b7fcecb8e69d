"""Kernels against independent implementations: SciPy, Python's own arithmetic, and algebra that must hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import signal, special, stats

from snnir import ops
from snnir.ir import Op, Tensor
from snnir.ops import OPS
from snnir.semantics.kernels import KERNELS
from snnir.types import Array

SPIKING = {
    *("accumulate", "binary_digits", "decode", "delta", "encode", "integrate_and_fire", "sigma_delta", "signed_digits"),
}
EDGES = np.asarray([-1e4, -750.0, -100.0, -20.0, -1.0, -1e-3, -0.0, 0.0, 1e-3, 1.0, 20.0, 100.0, 750.0, 1e4])


def run(op: Op, *operands: Any) -> Array:
    """Return the only result of an op."""
    (result,) = KERNELS[type(op)](op, tuple(np.asarray(operand) for operand in operands))
    return result


def test_every_analog_op_has_a_kernel() -> None:
    """Only spiking ops are left to the simulator; ops of codes, which come with these, are not among those of ONNX."""
    assert {op.mnemonic for op in KERNELS if op.__module__.startswith("snnir.ops.")} == set(OPS) - SPIKING


REFERENCES: dict[str, tuple[Op, Callable[[float], float]]] = {
    "sigmoid": (ops.Sigmoid(), special.expit),
    "softplus": (ops.Softplus(), lambda x: float(np.logaddexp(0.0, x))),
    "softsign": (ops.Softsign(), lambda x: x / (1 + abs(x))),
    "mish": (ops.Mish(), lambda x: x * math.tanh(float(np.logaddexp(0.0, x)))),
    "gelu": (ops.Gelu(), lambda x: x * stats.norm.cdf(x)),
    "gelu tanh": (
        ops.Gelu(approximate=True),
        lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ),
    "swish": (ops.Swish(1.5), lambda x: x * special.expit(1.5 * x)),
    "elu": (ops.Elu(0.7), lambda x: x if x >= 0 else 0.7 * math.expm1(x)),
    "celu": (ops.Celu(0.7), lambda x: x if x >= 0 else 0.7 * math.expm1(x / 0.7)),
    "selu": (ops.Selu(1.5, 1.1), lambda x: 1.1 * (x if x >= 0 else 1.5 * math.expm1(x))),
    "erf": (ops.Erf(), math.erf),
    "tanh": (ops.Tanh(), math.tanh),
    "leaky": (ops.LeakyRelu(0.3), lambda x: x if x >= 0 else 0.3 * x),
    "hard sigmoid": (ops.HardSigmoid(0.3, 0.4), lambda x: max(0.0, min(1.0, 0.3 * x + 0.4))),
    "hard swish": (ops.HardSwish(), lambda x: x * max(0.0, min(1.0, x / 6 + 0.5))),
    "thresholded": (ops.ThresholdedRelu(0.5), lambda x: x if x > 0.5 else 0.0),
}


@pytest.mark.parametrize("name", sorted(REFERENCES))
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_activations_far_out_and_near_zero(name: str, dtype: type[np.floating[Any]]) -> None:
    """Activations are exact to rounding where others overflow, keep the element type, and warn of nothing."""
    op, reference = REFERENCES[name]
    x = np.concatenate([EDGES, np.linspace(-6, 6, 101)]).astype(dtype)
    result = run(op, x)
    assert result.dtype == dtype
    with np.errstate(over="ignore"):
        expected = np.asarray([reference(float(value)) for value in x]).astype(dtype)
    resolution = {np.float16: 5e-3, np.float32: 3e-6, np.float64: 1e-13}[dtype]
    np.testing.assert_allclose(result, expected, rtol=resolution, atol=resolution)


ARRAYS = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-50, 50))


@given(ARRAYS)
def test_symmetries_of_activations(x: Array) -> None:
    """What mathematics says of an activation at x and -x holds of its kernel."""
    for op in (ops.Tanh(), ops.Sin(), ops.Erf(), ops.Softsign(), ops.Atan(), ops.Sinh()):
        np.testing.assert_array_equal(run(op, -x), -run(op, x))
    np.testing.assert_allclose(run(ops.Sigmoid(), x) + run(ops.Sigmoid(), -x), 1, rtol=1e-14)
    np.testing.assert_allclose(run(ops.Softplus(), x) - run(ops.Softplus(), -x), x, atol=1e-13)
    np.testing.assert_allclose(run(ops.Gelu(), x) - run(ops.Gelu(), -x), x, atol=1e-13)
    np.testing.assert_allclose(run(ops.Swish(2.0), x) - run(ops.Swish(2.0), -x), x, atol=1e-13)


@given(st.integers(-20, 20), st.integers(-20, 20).filter(bool))
def test_integers_divide_towards_zero(a: int, b: int) -> None:
    """Division of integers truncates, as in C and unlike in Python."""
    assert run(ops.Div(), np.int64(a), np.int64(b)) == int(a / b)


@given(
    hnp.arrays(np.int64, 9, elements=st.integers(-5, 5)), *[st.integers(-12, 12)] * 2, st.integers(-4, 4).filter(bool)
)
def test_slices_agree_with_python(x: Array, start: int, end: int, step: int) -> None:
    """With bounds inside the array, a slice is Python's."""
    if -9 <= start < 9 and -9 <= end <= 9:
        np.testing.assert_array_equal(run(ops.Slice((start,), (end,), (0,), (step,)), x), x[start:end:step])


@given(
    hnp.arrays(np.float64, st.just((2, 3, 4)), elements=st.floats(-9, 9)),
    st.sampled_from([(), (0,), (1, 2), (-1,), None]),
)
def test_reductions_agree_with_numpy(x: Array, axes: tuple[int, ...] | None) -> None:
    """Over no, some and all axes."""
    for keep in (True, False):
        np.testing.assert_allclose(run(ops.ReduceSum(axes, keep), x), np.sum(x, axes, keepdims=keep))
        np.testing.assert_allclose(run(ops.ReduceMean(axes, keep), x), np.mean(x, axes, keepdims=keep))
        np.testing.assert_allclose(run(ops.ReduceMax(axes, keep), x), np.max(x, axes, keepdims=keep))
        expected = special.logsumexp(x, axis=axes, keepdims=keep) if axes != () else x
        np.testing.assert_allclose(run(ops.ReduceLogSumExp(axes, keep), x), expected, atol=1e-12)


def test_log_sum_exp_does_not_overflow() -> None:
    """Large and infinite terms are summed in the logarithm."""
    assert run(ops.ReduceLogSumExp((0,), keepdims=False), [1000.0, 1000.0]) == pytest.approx(1000 + math.log(2))
    assert run(ops.ReduceLogSumExp((0,), keepdims=False), [-np.inf, -np.inf]) == -np.inf


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 2), st.integers(1, 3), st.integers(1, 2))
def test_convolutions_agree_with_scipy(kernel: int, stride: int, pad: int, gap: int, groups: int) -> None:
    """For every kernel, stride, padding, dilation and grouping."""
    random = np.random.default_rng(kernel * 100 + stride * 10 + pad)
    x = random.normal(size=(2, 2 * groups, 12))
    w, b = random.normal(size=(3 * groups, 2, kernel)), random.normal(size=3 * groups)
    op = ops.Conv(Tensor(w), Tensor(b), (stride,), (pad, pad + 1), (gap,), groups)
    spread = np.zeros((3 * groups, 2, (kernel - 1) * gap + 1))
    spread[..., ::gap] = w
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad + 1)])
    expected = np.stack(
        [
            np.stack(
                [
                    sum(
                        signal.correlate(padded[n, 2 * (m // 3) + c], spread[m, c], "valid") for c in range(2)
                    )[::stride] + b[m]
                    for m in range(3 * groups)
                ]
            )
            for n in range(2)
        ]
    )  # fmt: skip
    np.testing.assert_allclose(run(op, x), expected, atol=1e-12)


def test_two_dimensional_convolutions_agree_with_scipy() -> None:
    """Axes are not mixed up."""
    random = np.random.default_rng(0)
    x, w = random.normal(size=(1, 1, 6, 9)), random.normal(size=(1, 1, 2, 3))
    np.testing.assert_allclose(run(ops.Conv(Tensor(w)), x)[0, 0], signal.correlate2d(x[0, 0], w[0, 0], "valid"))


def test_dense_is_a_product_and_a_bias() -> None:
    """On vectors, matrices and stacks, in the element type of the input."""
    w, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.ones(3, np.float32)
    for shape in ((2,), (4, 2), (5, 4, 2)):
        x = np.ones(shape, np.float32)
        result = run(ops.Dense(Tensor(w), Tensor(b)), x)
        assert result.dtype == np.float32
        np.testing.assert_array_equal(result, x @ w + b)


@pytest.mark.parametrize("kind", [op for op in KERNELS if op.elementwise and op.arity == (1, 1)])
def test_no_element_type_is_widened(kind: type[Op]) -> None:
    """Single precision stays single in every elementwise op, also for scalars, which NumPy 1 would widen."""
    if kind not in {ops.Cast, ops.Not}:
        for x in (np.float32(0.5), np.asarray([0.5, 1.5], np.float32)):
            assert run(kind(), x).dtype == np.float32


def test_powers_keep_the_type_of_the_base() -> None:
    """Whatever the exponent's type is."""
    assert run(ops.Pow(), np.float32(2), np.float64(3)).dtype == np.float32
    assert run(ops.Pow(), np.int64(2), np.float32(3)) == 8
    assert run(ops.Pow(), np.int32(2), np.int64(-1)).dtype == np.int32


def test_nothing_warns() -> None:
    """Infinities and NaN are results, not warnings."""
    assert run(ops.Div(), 1.0, 0.0) == np.inf
    assert np.isnan(run(ops.Log(), -1.0))
    assert run(ops.Exp(), 1e4) == np.inf
