"""Points further out: paired with the given ones, within a domain where there is one, and only where all is finite."""

from __future__ import annotations

import numpy as np

from snnir.analysis import with_further_points
from snnir.ops import Exp
from tests.networks import mlp, points_for, separable


def test_each_point_is_followed_by_one_further_out() -> None:
    """One and a half times as far from the middle of its input; every axis of a separable network by itself."""
    graph = separable()
    points = points_for(graph, 5)
    for name, array in with_further_points(graph, points, bounded=False).items():
        middle = (points[name].min(axis=0) + points[name].max(axis=0)) / 2
        np.testing.assert_array_equal(array[::2], points[name])
        np.testing.assert_allclose(array[1::2], middle + 1.5 * (points[name] - middle), rtol=1e-6)


def test_points_of_a_domain_stay_in_it() -> None:
    """Those further out lie on its faces and corners."""
    graph = mlp(2, 4, 1)
    points = points_for(graph, 200)["x"]
    array = with_further_points(graph, {"x": points}, bounded=True)["x"]
    assert np.array_equal(array.min(axis=0), points.min(axis=0))
    assert np.array_equal(array.max(axis=0), points.max(axis=0))
    corner = np.all(array == points.max(axis=0), axis=1)
    assert np.count_nonzero(corner) > 1


def test_not_where_the_network_is_not_finite() -> None:
    """What overflows further out says nothing of the points at hand."""
    graph = mlp(1, 3, 1, activation=Exp())
    points = np.array([[-90.0], [90.0]], np.float32) / np.abs(graph.nodes[0].op.weight.array).max()
    assert with_further_points(graph, {"x": points}, bounded=False)["x"].shape == (2, 1)
    assert with_further_points(graph, {"x": points / 2}, bounded=False)["x"].shape == (4, 1)
