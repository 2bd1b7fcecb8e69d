"""Which points are a grid, and where they are in it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnir.data.grids import find_grid
from snnir.errors import UsageError
from snnir.ir import Graph
from snnir.types import Array
from tests.networks import Analog, mlp, operator_network, separable, two_branch, two_outputs
from tests.support import failure


def product(*axes: Array) -> Array:
    """Return all points of a grid, float32 ``[points, columns]``, the last column fastest."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes)).astype(np.float32)


def findings(graph: Graph, points: Mapping[str, Array]) -> list[str]:
    """Return why points are no grid."""
    error = failure(lambda: find_grid(graph, points), UsageError)
    assert {(each.code, each.where) for each in error.diagnostics} == {("not-a-grid", "points")}
    assert all("evenly spaced grid, once each, in any order" in each.hint for each in error.diagnostics)
    return [each.message for each in error.diagnostics]


PLANE = product(np.linspace(-1, 1, 7), np.linspace(0, 0.3, 5))


@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    low=st.floats(-100, 100, width=32),
    length=st.floats(0.125, 100, width=32),
    seed=st.integers(0, 99),
)
def test_rows_in_any_order(sizes: list[int], low: float, length: float, seed: int) -> None:
    """A grid is found in rows of any order; its fields are those of the rows in order, and they find their way back."""
    rng = np.random.default_rng(seed)
    points = product(*(np.linspace(low, low + length, size) for size in sizes))
    order = rng.permutation(len(points))
    graph = mlp(len(sizes), 4, 3)
    (output,) = graph.outputs
    grid = find_grid(graph, {"x": points[order]})
    values = rng.normal(size=(len(points), 3)).astype(np.float32)
    fields = grid.arranged(output, values[order])
    assert grid.shape(output) == tuple(sizes)
    np.testing.assert_array_equal(fields, values.T.reshape(3, *sizes))
    np.testing.assert_array_equal(grid.restored(output, fields, values.shape), values[order])


def test_axes_in_any_order() -> None:
    """Of a separable network each axis is sorted on its own."""
    graph = separable(axes=("x", "y", "z"))
    axes = {"x": np.linspace(-1, 1, 5), "y": np.linspace(0, 1, 4), "z": np.array([0.5])}
    order = {"x": [3, 1, 0, 4, 2], "y": [2, 0, 3, 1], "z": [0]}
    grid = find_grid(graph, {name: axis[order[name], np.newaxis].astype(np.float32) for name, axis in axes.items()})
    values = np.random.default_rng(0).normal(size=(5, 4, 1))
    shuffled = values[np.ix_(order["x"], order["y"], order["z"])]
    (output,) = graph.outputs
    np.testing.assert_array_equal(grid.arranged(output, shuffled), values[np.newaxis])
    np.testing.assert_array_equal(grid.restored(output, values[np.newaxis], values.shape), shuffled)


def test_outputs_have_the_axes_of_their_sizes() -> None:
    """Inputs of one size are the columns of one grid; every output has the axes of its own sizes."""
    rows = product(np.linspace(0, 1, 4), np.linspace(0, 1, 3))
    branches = two_branch()
    grid = find_grid(branches, {"x": rows[:, :1], "t": rows[:, 1:]})
    assert [grid.shape(name) for name in branches.outputs] == [(4, 3)]
    heads = two_outputs()
    assert [find_grid(heads, {"x": rows}).shape(name) for name in heads.outputs] == [(4, 3), (4, 3)]
    operator = operator_network()
    sensors = np.tile(np.linspace(0, 1, 6)[:, np.newaxis], 5)[:1].astype(np.float32)
    assert find_grid(operator, {"u": sensors, "x": rows}).shape(operator.outputs[0]) == (1, 1, 1, 1, 1, 4, 3)


@pytest.mark.parametrize(
    "axis",
    [
        np.linspace(0, 2 * np.pi, 1001),
        np.linspace(1000, 1001, 11),
        np.arange(-1, 1, 0.02, dtype=np.float32),
        np.array([0.1 * index for index in range(101)]),
        np.linspace(0, 1, 51)[::-1],
        np.ones(1),
        np.array([0.0, 7.0]),
    ],
)
def test_even_within_rounding(axis: Array) -> None:
    """However a user computes an even axis, rounding does not make it uneven, nor its rows in a grid different ones."""
    rng = np.random.default_rng(0)
    points = product(axis, np.linspace(0, 1, 3))
    nudged = np.nextafter(points, rng.choice([-np.inf, np.inf], points.shape).astype(np.float32))
    for given_points in (points, nudged):
        assert find_grid(mlp(2, 4, 1), {"x": given_points}).shape(mlp(2, 4, 1).outputs[0]) == (axis.size, 3)


def test_missing_repeated_scattered() -> None:
    """Points that are missing, there twice, or anywhere are reported as no grid."""
    graph = mlp(2, 8, 1)
    text = "input 'x': {} rows are not the {} points of a grid, once each"
    assert findings(graph, {"x": PLANE[1:]}) == [text.format(34, "7 x 5")]
    assert findings(graph, {"x": np.concatenate([PLANE, PLANE[:1]])}) == [text.format(36, "7 x 5")]
    twice = np.concatenate([PLANE[1:], PLANE[5:6]])
    assert findings(graph, {"x": twice}) == [f"{text.format(35, '7 x 5')}: rows [4] and [34] are the same point"]
    scattered = np.random.default_rng(0).uniform(size=(40, 2)).astype(np.float32)
    assert findings(graph, {"x": scattered}) == [text.format(40, "40 x 40")]
    wide = np.random.default_rng(0).uniform(size=(40, 500)).astype(np.float32)
    assert findings(mlp(500, 8, 1), {"x": wide}) == [text.format(40, "40 x 40 x 40 x 40 x ...")]


def test_uneven() -> None:
    """Every column that is not evenly spaced is named, with its steps."""
    uneven = product(np.array([0, 1, 2, 4]), np.array([0, 0.5, 0.75]))
    assert findings(mlp(2, 8, 1), {"x": uneven}) == [
        "input 'x', column [:, 0]: not evenly spaced, its steps go from 1 to 2",
        "input 'x', column [:, 1]: not evenly spaced, its steps go from 0.25 to 0.5",
    ]
    axes = {"x": np.array([[0.0], [1.0], [3.0]]), "y": np.array([[0.0], [1.0], [0.0]])}
    assert findings(separable(), axes) == [
        "input 'x': not evenly spaced, its steps go from 1 to 2",
        "input 'y': 3 rows are not the 2 points of a grid, once each",
    ]


def test_networks_without_a_grid() -> None:
    """A network whose sizes count no points has no grid."""
    fixed = Analog()
    one = fixed.graph(fixed.mlp(fixed.input(2, axis=1), 4, 1))
    assert findings(one, {"x": np.zeros((1, 2), np.float32)}) == [
        "the network takes one point at a time, which is no grid"
    ]
