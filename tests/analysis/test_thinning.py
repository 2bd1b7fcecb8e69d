"""Points whose axes multiply are thinned before they are too many to hold."""

from __future__ import annotations

from typing import Any

import numpy as np

import snnir
from snnir.analysis import merges_before_units, thinned
from snnir.ir import Graph
from snnir.ops import Einsum, Tanh
from snnir.types import Array
from tests.networks import Analog, mlp, separable


def merged_head() -> Graph:
    """Return a separable network with a layer of units behind the merge."""
    net = Analog()
    first, second = (net.mlp(net.input(1, name, axis), 6, 4) for name, axis in (("x", "N"), ("y", "M")))
    merged = net.op(Einsum("ir,jr->ijr"), first, second, width=4)
    return net.graph(net.dense(net.op(Tanh(), net.dense(merged, 5)), 1))


def column(count: int) -> Array:
    """Return points on one axis."""
    return np.linspace(-1, 1, count, dtype=np.float32)[:, np.newaxis]


def test_units_behind_a_merge_are_found() -> None:
    """Where points multiply before units, and only there."""
    assert merges_before_units(merged_head())
    assert not merges_before_units(separable())
    assert not merges_before_units(mlp(2, 4, 1))


def test_only_products_that_are_too_large_are_thinned() -> None:
    """Few points stay as they are."""
    graph = merged_head()
    few = {"x": column(20), "y": column(30)}
    assert thinned(graph, few) is few
    assert {name: len(array) for name, array in thinned(graph, {"x": column(4096), "y": column(4096)}).items()} == {
        "x": 128,
        "y": 128,
    }


def test_a_merged_head_compiles_in_little_memory() -> None:
    """4,096 points on each of two axes would be 16 million points to calibrate on."""
    domain: dict[str, Any] = {"x": (-1, 1), "y": (-1, 1)}
    report = snnir.compile(merged_head(), domain=domain, code="rate", steps=8).report
    assert report["conversion"]["points"] == 128 * 128
    assert report["host"]["between"]
