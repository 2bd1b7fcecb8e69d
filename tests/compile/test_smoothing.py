"""Smoothing keeps what is smooth, drops what is not, and does not depend on the order of the points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import snnir
from snnir.data.points import Points
from snnir.data.smoothing import MIN_POINTS, choose, filtered, frequencies, smoothed
from snnir.errors import UsageError
from snnir.types import Array
from tests.compile.test_grids import product
from tests.networks import mlp, separable, two_outputs
from tests.support import failure

SHAPES = st.lists(st.integers(1, 24), min_size=1, max_size=3).map(tuple)


def smooth_field(shape: tuple[int, ...]) -> Array:
    """Return a field that varies slowly, and not periodically, along every axis."""
    axes = np.meshgrid(*(np.linspace(0, 1, size) for size in shape), indexing="ij")
    return sum((np.sin(2 * axis + index) for index, axis in enumerate(axes)), start=np.zeros(shape))


@settings(max_examples=25)
@given(shape=SHAPES, value=st.floats(-1e6, 1e6))
def test_constant_stays(shape: tuple[int, ...], value: float) -> None:
    """A constant field comes back unchanged, however strongly it is smoothed."""
    field = np.full(shape, value)
    for strengths in (choose(field), (1e14,) * len(shape)):
        np.testing.assert_allclose(filtered(field, strengths), field, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(64,), (40, 32), (16, 16, 16)])
def test_low_frequencies_stay(shape: tuple[int, ...]) -> None:
    """A field of low frequencies comes back unchanged: nothing else is there to be dropped."""
    cosines = [np.cos(np.pi * 2 * (np.arange(size) + 0.5) / size) for size in shape]
    field = 3 + np.prod(np.meshgrid(*cosines, indexing="ij"), axis=0)
    np.testing.assert_allclose(filtered(field, choose(field)), field, atol=1e-6)


@given(shape=SHAPES, seed=st.integers(0, 99), a=st.floats(-3, 3), b=st.floats(-3, 3))
def test_linear(shape: tuple[int, ...], seed: int, a: float, b: float) -> None:
    """With given strengths the filter is linear, and never enlarges a field."""
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(2, *shape))
    strengths = tuple(rng.choice([0, 0.1, 10.0, 1e4], len(shape)))
    both = a * filtered(one, strengths) + b * filtered(other, strengths)
    np.testing.assert_allclose(filtered(a * one + b * other, strengths), both, atol=1e-9)
    assert np.linalg.norm(filtered(one, strengths)) <= np.linalg.norm(one) * (1 + 1e-12)


@pytest.mark.parametrize("shape", [(200,), (60, 50), (1, 80), (20, 20, 20)])
def test_noise_is_reduced(shape: tuple[int, ...]) -> None:
    """Much of the noise on a smooth field goes, be it white or the same along whole lines."""
    exact = smooth_field(shape)
    for noisy_axes in (shape, (shape[0], *(1 for _ in shape[1:]))):
        noise = 0.05 * np.broadcast_to(np.random.default_rng(0).normal(size=noisy_axes), shape)
        if np.ptp(noise) == 0:
            continue
        smooth = filtered(exact + noise, choose(exact + noise))
        assert np.linalg.norm(smooth - exact) < 0.8 * np.linalg.norm(noise)


def test_frequencies_kept() -> None:
    """What is kept is the trace of the filter: how much of each frequency, added up."""
    strengths = (2.0,)
    matrix = np.stack([filtered(row, strengths) for row in np.eye(30)])
    assert frequencies((30,), strengths) == (pytest.approx(np.trace(matrix)),)
    assert frequencies((30, 7), (0.0, 1e20)) == (30, pytest.approx(1))


def test_short_axes_are_left_alone() -> None:
    """Along very few points there is nothing to choose by."""
    field = np.random.default_rng(0).normal(size=(50, MIN_POINTS - 1, 1))
    assert choose(field)[0] > 0
    assert choose(field)[1:] == (0, 0)


def test_rows_shuffled() -> None:
    """Shuffled points give the same values, shuffled; each column is smoothed on its own; types stay."""
    graph = two_outputs()
    rng = np.random.default_rng(0)
    points = product(np.linspace(0, 1, 20), np.linspace(0, 1, 16))
    first, second = (name for name in graph.outputs)
    field = smooth_field((20, 16)).reshape(-1, 1)
    values = {
        first: (field + rng.normal(scale=0.05, size=(320, 1))).astype(np.float32),
        second: (np.array([[1, 1000]]) * field + rng.normal(scale=0.05, size=(320, 2))).astype(np.float32),
    }
    straight = smoothed(graph, {"x": points}, values)
    order = rng.permutation(320)
    turned = smoothed(graph, {"x": points[order]}, {name: array[order] for name, array in values.items()})
    for name, array in straight.values.items():
        np.testing.assert_array_equal(turned.values[name], array[order])
        assert (array.dtype, array.shape) == (np.float32, values[name].shape)
    assert straight.kept == turned.kept
    assert straight.axes == {first: (20, 16), f"{second}[0]": (20, 16), f"{second}[1]": (20, 16)}
    column = smoothed(graph, {"x": points}, {first: values[second][:, :1], second: values[second]})
    np.testing.assert_array_equal(column.values[first], straight.values[second][:, :1])


def test_infinite_values_stay() -> None:
    """A field with numbers that are none is not touched: they would spread over all of it."""
    graph = mlp(1, 4, 1)
    points, (output,) = product(np.linspace(0, 1, 20)), graph.outputs
    values = np.random.default_rng(0).normal(size=(20, 1))
    values[3] = np.inf
    result = smoothed(graph, {"x": points}, {output: values})
    np.testing.assert_array_equal(result.values[output], values)
    assert result.kept == {output: (20,)}


def test_values_that_do_not_fit() -> None:
    """Values of other names, shapes or types are refused, all at once."""
    graph = two_outputs()
    points, (first, second) = product(np.linspace(0, 1, 5), np.linspace(0, 1, 4)), graph.outputs
    wrong = {first: np.zeros((20, 2)), "more": np.zeros((20, 1))}
    error = failure(lambda: smoothed(graph, {"x": points}, wrong), UsageError)
    assert [each.message for each in error.diagnostics] == [
        f"there are no values of output {second!r}",
        "'more' is no output of this network",
        f"output {first!r} has shape [20, 2] and type float64",
    ]
    assert {each.code for each in error.diagnostics} == {"bad-values"}


def test_compiled_networks() -> None:
    """`Compiled.smooth` takes and gives what `run` does, and brings a network nearer to the one it came from."""
    rng = np.random.default_rng(0)
    graph = mlp(2, 16, 16, 1)
    plain = snnir.compile(graph, target="numpy", samples=rng.uniform(-1, 1, (400, 2)), code="rate", steps=8)
    points = product(np.linspace(-1, 1, 30), np.linspace(-1, 1, 30))
    check(plain, points, (900, 1))

    graph = separable()
    samples = {name: rng.uniform(-1, 1, 400) for name in ("x", "y")}
    apart = snnir.compile(graph, target="numpy", samples=samples, code="rate", steps=8)
    check(apart, {"x": np.linspace(-1, 1, 40), "y": np.linspace(1, -1, 30)}, (40, 30))


def check(network: snnir.Compiled, points: Array | Points, shape: tuple[int, ...]) -> None:
    """Check that smoothing reduces the error of a network with one output on a grid of two axes."""
    rough, exact = network.run(points), network.run_ann(points)
    smooth, kept = network.smooth(points, rough)
    assert smooth.shape == shape
    assert np.linalg.norm(smooth - exact) < 0.9 * np.linalg.norm(rough - exact)
    assert {name: len(each) for name, each in kept.items()} == {network.graph.outputs[0]: 2}
    named, same = network.smooth(points, {network.graph.outputs[0]: rough})
    np.testing.assert_array_equal(named[network.graph.outputs[0]], smooth)
    assert same == kept
