"""Errors relative to the norm and to the variation of every column, counted again with NumPy."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snnir.analysis import conversion_errors, differences
from snnir.ir import Graph
from snnir.metrics import Errors, asked_error
from snnir.types import Array
from tests.networks import mlp, separable

RNG = np.random.default_rng(0)
WAVES = np.sin(RNG.normal(size=(500, 3)))


def over(values: Array, expected: Array) -> float:
    """Return the error over variation of one column or more."""
    return differences({"u": values}, {"u": expected})["over_variation"]


def test_a_constant_answer_explains_nothing() -> None:
    """Real networks' row 1: outputs .535 to .542 were "reached" by a constant, 2.5e-3 off relative to the norm."""
    expected = 0.54 + 1e-3 * WAVES[:, :1]
    found = differences({"u": np.full_like(expected, expected.mean())}, {"u": expected})
    assert found["rel_l2"] < 2e-3
    assert found["over_variation"] == pytest.approx(1)
    assert asked_error(found, "both") == pytest.approx(1)
    assert asked_error(found, "norm") == inf


def test_an_error_of_the_norm_needs_half_of_the_variation() -> None:
    """Below sqrt(1/2) of the standard deviation the relative L2 error counts alone, above nothing is reached."""
    conversion = Errors(rel_l2=1e-3, over_variation=0.7, rms=0, median=0, p99=0, max_abs=0)
    assert asked_error(conversion, "norm") == 1e-3
    assert asked_error(conversion, "both") == 0.7
    assert asked_error(replace(conversion, over_variation=0.71), "norm") == inf


@pytest.mark.parametrize("error_of", ["both", "norm"])
@pytest.mark.parametrize("key", ["rel_l2", "over_variation"])
def test_no_number_is_never_near(error_of: str, key: str) -> None:
    """An error that is not finite is above every goal."""
    errors = Errors(rel_l2=0.1, over_variation=0.1, rms=0, median=0, p99=0, max_abs=0)
    assert asked_error(replace(errors, **{key: nan}), error_of) == inf


def test_each_column_is_judged_by_its_own_variation() -> None:
    """Real networks' row 1: u and v beside p = 101,325 + 500 f had no part in the error. The worst column counts."""
    expected = WAVES * [1, 1, 500] + [0, 0, 101325]
    values = expected + RNG.normal(size=expected.shape) * [0.3, 0.1, 5]
    by_hand = np.sqrt(np.mean((values - expected) ** 2, axis=0)) / np.std(expected, axis=0)
    found = differences({"u": values}, {"u": expected})
    assert found["rel_l2"] < 1e-4
    assert found["over_variation"] == pytest.approx(by_hand[0]) == pytest.approx(by_hand.max())


def test_quantiles_are_over_points_and_columns() -> None:
    """The median and the 99th percentile of the absolute error, of all outputs together."""
    apart = {"u": RNG.normal(size=(50, 2)), "v": RNG.normal(size=(50, 1))}
    expected = {"u": WAVES[:50, :2], "v": WAVES[:50, 2:]}
    found = differences({name: expected[name] + error for name, error in apart.items()}, expected)
    every = np.abs(np.concatenate([each.ravel() for each in apart.values()]))
    assert found["median"] == pytest.approx(np.median(every))
    assert found["p99"] == pytest.approx(np.percentile(every, 99))
    assert found["max_abs"] == pytest.approx(every.max())


numbers = st.floats(0.1, 10)


@given(st.lists(st.tuples(numbers, st.booleans(), st.floats(-100, 100)), min_size=3, max_size=3))
def test_units_and_offsets_do_not_count(units: list[tuple[float, bool, float]]) -> None:
    """Over variation is the same whatever the unit and the zero of a column are: y becomes a y + b."""
    a = np.array([factor * (-1 if turned else 1) for factor, turned, _ in units])
    b = np.array([offset for *_, offset in units])
    values = WAVES + 0.1 * np.cos(7 * WAVES)
    assert over(a * values + b, a * WAVES + b) == pytest.approx(over(values, WAVES))


def test_a_column_of_zeros_does_not_rule() -> None:
    """Where zero is kept exactly nothing is wrong; a constant column is judged by the variation of the field."""
    expected = WAVES * [1, 1, 0]
    assert over(expected + np.array([0.01, 0, 0]), expected) == pytest.approx(0.01 / np.std(WAVES[:, 0]))
    largest = np.std(WAVES[:, :2], axis=0).max()
    assert over(expected + np.array([0, 0, 1e-6]), expected) == pytest.approx(1e-6 / largest)
    large = expected + np.array([0, 0, 1e6])
    assert over(large + np.array([0, 0, 1.0]), large) == pytest.approx(1)  # 1e-6 of its size


def test_where_nothing_varies_the_norm_counts() -> None:
    """One point, or a constant, has no variation; where it is zero, errors are absolute, as before."""
    for expected in (np.full((20, 1), 300.0), np.full((1, 1), 300.0)):
        found = differences({"u": expected + 3}, {"u": expected})
        assert found["over_variation"] == pytest.approx(found["rel_l2"]) == pytest.approx(1e-2)
    assert over(np.full((20, 1), 0.25), np.zeros((20, 1))) == 0.25


def test_all_points_of_several_axes_are_points() -> None:
    """A separable network has one column on a grid of points: its axes are no columns."""
    graph = separable()
    (name,) = graph.outputs
    expected = RNG.normal(size=tuple(4 + axis for axis in range(len(graph.types[name].shape))))
    shape = graph.types[name].shape
    expected = expected[tuple(slice(None) if isinstance(dim, str) else slice(dim) for dim in shape)]
    found = conversion_errors(graph, {name: expected + 0.1}, {name: expected})
    columns = [dim for dim in shape if not isinstance(dim, str)]
    assert found["outputs"][0]["width"] == np.prod(columns, initial=1)
    assert found["over_variation"] == pytest.approx(0.1 / np.std(expected))


def with_shape(graph: Graph, *fixed: int) -> Graph:
    """Return a graph whose output is declared to have these fixed axes."""
    last = graph.nodes[-1]
    kind = replace(last.output.type, shape=("N", *fixed))
    return replace(graph, nodes=(*graph.nodes[:-1], replace(last, outputs=(replace(last.output, type=kind),))))


@pytest.mark.parametrize("fixed", [(6,), (1, 6), (2, 3)])
def test_every_fixed_entry_is_a_column(fixed: tuple[int, ...]) -> None:
    """A row for each column has what NumPy says of it alone; further axes are columns, too."""
    graph = with_shape(mlp(2, 4, 6), *fixed)
    (name,) = graph.outputs
    expected = RNG.normal(size=(40, *fixed)) * 3 + 5
    values = expected + RNG.normal(size=expected.shape) * 0.1
    (row,) = conversion_errors(graph, {name: values}, {name: expected})["outputs"]
    apart, flat = (values - expected).reshape(40, 6), expected.reshape(40, 6)
    assert [each["column"] for each in row["columns"]] == list(range(6))
    for each, error, wanted in zip(row["columns"], apart.T, flat.T, strict=True):
        assert each["rel_l2"] == pytest.approx(np.linalg.norm(error) / np.linalg.norm(wanted))
        assert each["over_variation"] == pytest.approx(np.sqrt(np.mean(error**2)) / np.std(wanted))
        assert each["max_abs"] == pytest.approx(np.abs(error).max())
    assert row["over_variation"] == pytest.approx(max(each["over_variation"] for each in row["columns"]))


def test_of_many_columns_the_worst_are_listed() -> None:
    """64 rows are enough of 100; they are those with the largest error over variation, in their order."""
    graph = mlp(2, 4, 100)
    (name,) = graph.outputs
    expected = RNG.normal(size=(30, 100))
    sizes = RNG.permutation(100) + 1.0
    values = expected + 0.001 * sizes * np.std(expected, axis=0)
    (row,) = conversion_errors(graph, {name: values}, {name: expected})["outputs"]
    assert row["width"] == 100
    assert [each["column"] for each in row["columns"]] == np.flatnonzero(sizes > 36).tolist()
