"""Layout changes move outwards and cancel."""

from __future__ import annotations

import numpy as np
import pytest

from snnir.analysis import find_layers
from snnir.ir import Graph
from snnir.ops import Reshape, Transpose
from snnir.passes import Context, analog_pipeline
from snnir.semantics import evaluate
from snnir.text import parse_graph

COLUMNS = """snnir 1 graph "weights on the left" {
  input %x: float32[2, N]
  %xt = transpose(%x) {perm = [1, 0]}: float32[N, 2] @"t1"
  %h = dense(%xt) {weight = tensor float32[2, 3] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}: float32[N, 3] @"d1"
  %ht = transpose(%h) {perm = [1, 0]}: float32[3, N] @"t2"
  %b = constant() {value = tensor float32[3, 1] [0.1, 0.2, 0.3]}: float32[3, 1] @"c"
  %z = add(%b, %ht): float32[3, N] @"add"
  %a = tanh(%z): float32[3, N] @"tanh"
  %at = transpose(%a) {perm = [1, 0]}: float32[N, 3] @"t3"
  %y = dense(%at) {weight = tensor float32[3, 1] [1.0, -1.0, 0.5]}: float32[N, 1] @"d2"
  %u = transpose(%y) {perm = [1, 0]}: float32[1, N] @"t4"
  output %u
}"""

CONVOLUTIONS = """snnir 1 graph "dense layers as convolutions" {
  input %x: float32[N, 1, 1, 2]
  %xf = flatten(%x): float32[N, 2] @"f1"
  %h = dense(%xf) {weight = tensor float32[2, 3] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}: float32[N, 3] @"d1"
  %h4 = reshape(%h) {shape = [-1, 3, 1, 1]}: float32[N, 3, 1, 1] @"r1"
  %b = constant() {value = tensor float32[1, 3, 1, 1] [0.1, 0.2, 0.3]}: float32[1, 3, 1, 1] @"c"
  %z = sub(%h4, %b): float32[N, 3, 1, 1] @"sub"
  %a = tanh(%z): float32[N, 3, 1, 1] @"tanh"
  %s = squeeze(%a) {axes = [2, 3]}: float32[N, 3] @"s"
  %u = dense(%s) {weight = tensor float32[3, 1] [1.0, -1.0, 0.5]}: float32[N, 1] @"d2"
  output %u
}"""


def points(graph: Graph) -> dict[str, np.ndarray]:
    """Return seven random points."""
    (value,) = graph.inputs
    shape = [7 if dim == "N" else int(dim) for dim in value.type.shape]
    return {value.name: np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)}


@pytest.mark.parametrize("text", [COLUMNS, CONVOLUTIONS])
def test_layers_meet_without_layout_changes_between(text: str) -> None:
    """Only the first and the last layout change are left, constants go into the layers, and values stay."""
    graph = parse_graph(text)
    given = points(graph)
    canonical = analog_pipeline(graph, Context(given))
    names = [node.op.mnemonic for node in canonical.nodes]
    assert names[1:4] == ["dense", "tanh", "dense"]
    assert len(tuple(canonical.of(Reshape, Transpose))) == len(names) - 3
    assert [layer.width for layer in find_layers(canonical)] == [3]
    np.testing.assert_allclose(evaluate(canonical, given)["u"], evaluate(graph, given)["u"], rtol=1e-6, atol=1e-6)


def test_a_constant_that_varies_along_the_points_stays() -> None:
    """A constant with an element per point cannot move behind a reshape of rows."""
    tall = "tensor float32[7, 1, 1, 1] [" + ", ".join(["0.5"] * 7) + "]"
    text = CONVOLUTIONS.replace("tensor float32[1, 3, 1, 1] [0.1, 0.2, 0.3]", tall)
    graph = parse_graph(text.replace(': float32[1, 3, 1, 1] @"c"', ': float32[7, 1, 1, 1] @"c"'))
    given = points(graph)
    canonical = analog_pipeline(graph, Context(given))
    np.testing.assert_allclose(evaluate(canonical, given)["u"], evaluate(graph, given)["u"], rtol=1e-6, atol=1e-6)
