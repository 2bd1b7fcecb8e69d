"""How often the parts of a spiking network run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from snnir.analysis import find_layers, inferences
from snnir.codes import Rate, spiking_pipeline
from snnir.ir import Graph, Node, regions
from snnir.metrics import Region
from snnir.passes import Context, analog_pipeline
from snnir.semantics import evaluate
from snnir.types import Array
from tests.networks import SHAPES, points_for


def counted(graph: Graph, count: int = 20) -> tuple[Graph, Mapping[str, Array], tuple[Region, ...]]:
    """Return a spiking graph, points, and how often its parts run on them."""
    context = Context(points_for(graph, 40), steps=4)
    spiking = spiking_pipeline(analog_pipeline(graph, context), context, Rate(), "none").graph
    points = points_for(graph, count)
    seen: Counter[str] = Counter()

    def see(node: Node, part: slice, spikes: Array) -> None:
        assert part.stop - part.start == spikes.shape[1]
        seen[node.name] += spikes.shape[1]

    evaluate(spiking, points, observe=see)
    return spiking, points, inferences(spiking, seen)


@pytest.mark.parametrize("name", SHAPES)
def test_one_part_for_every_set_of_points(name: str) -> None:
    """Every layer is in one part; a part runs once on each of its inputs' points, however many regions it has."""
    _, points, parts = counted(SHAPES[name]())
    layers = [layer for part in parts for layer in part.layers]
    assert len(layers) == len(set(layers)) >= len(find_layers(SHAPES[name]()))
    assert [part.inputs for part in parts if len({points[each].shape[0] for each in part.inputs}) != 1] == []
    assert [part.count for part in parts] == [points[part.inputs[0]].shape[0] for part in parts]


def test_axes_are_added_up() -> None:
    """A separable network runs once for every coordinate of every axis."""
    _, _, parts = counted(SHAPES["separable-3"]())
    assert [(part.inputs, part.count, len(part.layers)) for part in parts] == [
        (("x",), 20, 2),
        (("y",), 23, 2),
        (("z",), 26, 2),
    ]


def test_gates_are_part_of_one_inference() -> None:
    """Regions before and behind a product on the host are one part: all of them run once per point."""
    spiking, _, parts = counted(SHAPES["modified-mlp"]())
    assert len(regions(spiking)) > 1
    assert [(part.inputs, part.count) for part in parts] == [(("x",), 20)]
