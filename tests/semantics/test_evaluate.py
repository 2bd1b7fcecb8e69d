"""The evaluation loop: what may be asked of it, and what it is given."""

from __future__ import annotations

import numpy as np
import pytest

from snnir.codes import Rate, spiking_pipeline
from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph, Node, regions, schedule
from snnir.ops import Add, Concat, Mul, Split, Tanh
from snnir.passes import Context, analog_pipeline
from snnir.semantics import Semantics, evaluate
from snnir.types import Array
from tests.networks import SHAPES, Analog, Spiking, modified_mlp, points_for, separable


def two_regions() -> tuple[Graph, str, str]:
    """Return two regions with a host op between them, and the names of the values at its ends."""
    net = Spiking(steps=4)
    before = net.decode(net.fire(net.encode(net.input(2)), 1.0))
    between = net.op(Tanh(), 2, net.types[before].coding, before)
    after = net.decode(net.dense(net.fire(net.encode(between), 0.5), [[1.0], [2.0]]))
    return net.graph(after), before, between


def spiking(graph: Graph, points: dict[str, Array], steps: int = 8) -> Graph:
    """Return the spiking form of an analog graph, calibrated in the cheapest way: all give the same nodes."""
    context = Context(points, steps=steps)
    return spiking_pipeline(analog_pipeline(graph, context), context, Rate(), "light").graph


def test_outputs_by_name() -> None:
    """Any values can be asked for; graph inputs come back, currents and spikes come as their mean."""
    graph, before, between = two_regions()
    x = np.array([[1.0, -0.5], [0.25, 2.0]], np.float32)
    values = evaluate(graph, {"x": x}, outputs=["x", "encode0", "integrate_and_fire0", before, between])
    assert list(values) == ["x", "encode0", "integrate_and_fire0", before, between]
    np.testing.assert_array_equal(values["x"], x)
    np.testing.assert_array_equal(values["encode0"], x)
    np.testing.assert_array_equal(values["integrate_and_fire0"], [[1, -0.5], [0.25, 1]])
    np.testing.assert_array_equal(values[before], values["integrate_and_fire0"])
    np.testing.assert_array_equal(values[between], np.tanh(values[before]))


def test_default_outputs_are_the_graphs() -> None:
    """Without names, the graph's outputs come back in their order."""
    graph = SHAPES["two-outputs"]()
    assert tuple(evaluate(graph, points_for(graph))) == graph.outputs


def test_given_values_are_not_computed() -> None:
    """A value that is given replaces everything before it: inputs that nothing else needs may be missing."""
    graph, _, between = two_regions()
    given = np.array([[0.5, -0.25]], np.float32)
    seen: list[str] = []
    values = evaluate(graph, {between: given}, observe=lambda node, _, __: seen.append(node.name))
    assert seen == ["/integrate_and_fire1"]
    assert values[graph.outputs[0]][0, 0] == 1.0 - 2 * 0.5


def test_given_outputs_come_back() -> None:
    """Values that are given and wanted come back as they are."""
    graph, _, _ = two_regions()
    values = evaluate(graph, {graph.outputs[0]: np.array([[7.0]])})
    assert values[graph.outputs[0]].tolist() == [[7.0]]


def test_one_of_several_outputs_may_be_given() -> None:
    """A node with several outputs runs for those that are not given, and does not replace those that are."""
    net = Analog()
    first, second = net.several(Split((1, 1), 1), net.input(2), widths=(1, 1))
    graph = net.graph(net.op(Add(), first, second))
    points = {"x": np.array([[1, 2]], np.float32), first: np.array([[10]], np.float32)}
    assert evaluate(graph, points, outputs=[first, *graph.outputs]) == {first: [[10]], graph.outputs[0]: [[12]]}
    assert evaluate(graph, {first: points[first], second: points[first]})[graph.outputs[0]] == [[20]]


def test_regions_of_different_row_counts() -> None:
    """The axes of a separable network run on their own numbers of points."""
    graph = separable(axes=("x", "y", "z"))
    points = points_for(graph, 20)
    compiled = spiking(graph, points)
    rows: dict[str, int] = {}

    def count(node: Node, part: slice, spikes: Array) -> None:
        assert spikes.shape[1] == part.stop - part.start
        rows[node.name] = rows.get(node.name, 0) + spikes.shape[1]

    values = evaluate(compiled, points, observe=count)
    assert len(regions(compiled)) == 3
    assert sorted(rows.values()) == [20, 20, 23, 23, 26, 26]
    assert values[graph.outputs[0]].shape == (20, 23, 26)


def test_leading_axes_are_kept() -> None:
    """Points on a grid ``[N, M, 2]`` give the same numbers as one after the other."""
    net = Spiking(steps=8)
    graph = net.graph(net.decode(net.dense(net.fire(net.encode(net.input(2)), 0.7), [[1.0], [0.5]])))
    grid = np.random.default_rng(0).integers(-16, 17, (5, 7, 2)) / 8
    whole = evaluate(graph, {"x": grid})[graph.outputs[0]]
    assert whole.shape == (5, 7, 1)
    np.testing.assert_array_equal(whole.reshape(35, 1), evaluate(graph, {"x": grid.reshape(35, 2)})[graph.outputs[0]])


def test_no_points_give_no_values() -> None:
    """An empty array of points gives empty results of the right width."""
    graph, before, _ = two_regions()
    values = evaluate(graph, {"x": np.zeros((0, 2), np.float32)}, outputs=[before, *graph.outputs])
    assert [array.shape for array in values.values()] == [(0, 2), (0, 1)]


def test_precision_is_the_targets() -> None:
    """Spikes are computed in the target's precision, whatever the graph's; the host in its own."""
    net = Spiking(np.float64, steps=4)
    graph = net.graph(net.decode(net.fire(net.encode(net.input(1)), 1.0)))
    below = np.array([[1 - 2.0**-30]])  # 1 in float32
    single, double = (
        evaluate(graph, {"x": below}, semantics=Semantics(dtype=dtype))[graph.outputs[0]]  # type: ignore[arg-type]
        for dtype in ("float32", "float64")
    )
    assert (single[0, 0], double[0, 0]) == (1.0, 0.75)


def test_progress_runs_from_the_start_to_the_end() -> None:
    """Progress grows over all regions and ends at 1."""
    parts: list[float] = []
    graph, _, _ = two_regions()
    evaluate(graph, {"x": np.zeros((5, 2), np.float32)}, progress=parts.append)
    assert parts == [0.5, 1.0]


@pytest.mark.parametrize("name", SHAPES)
def test_segments_are_in_order(name: str) -> None:
    """Every segment reads only what inputs and segments before it made, and every node is in one of them."""
    graph = SHAPES[name]()
    compiled = spiking(graph, points_for(graph))
    known = {value.name for value in compiled.inputs}
    nodes: list[str] = []
    for segment in schedule(compiled):
        for node in segment.nodes:
            assert known.issuperset(node.inputs)
            known.update(value.name for value in node.outputs)
            nodes.append(node.name)
            assert not (isinstance(node.op, IntegrateAndFire) and not segment.spiking)
    assert sorted(nodes) == sorted(compiled.by_name)


def test_segments_of_gates_alternate() -> None:
    """A gated network's regions wait for the host parts before and between them."""
    graph = modified_mlp()
    kinds = [segment.spiking for segment in schedule(spiking(graph, points_for(graph)))]
    assert kinds == [False, True, False, True, False]


def test_order_of_nodes_does_not_matter() -> None:
    """Regions whose nodes are mixed with host nodes and with each other give what they give one by one."""
    net = Spiking(steps=4)
    one, two = (net.encode(net.input(1, name)) for name in ("x", "y"))
    first, second = net.fire(one, 1.0), net.fire(two, 0.5)
    left, right = net.decode(first), net.decode(second)
    product = net.op(Mul(), 1, net.types[left].coding, left, right)
    joined = net.op(Concat(), 2, net.types[left].coding, product, left)
    graph = net.graph(joined)
    points = {"x": np.array([[0.5], [1.0]]), "y": np.array([[0.25], [-0.5]])}
    assert evaluate(graph, points)[joined].tolist() == [[0.25, 0.5], [-1.0, 1.0]]
