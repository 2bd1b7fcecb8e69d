"""Derivatives by one backward pass, against differences of whole evaluations."""

from __future__ import annotations

import numpy as np
import pytest

from snnir.analysis import find_layers
from snnir.codes import Radix, spiking_pipeline
from snnir.codes.exact.slopes import COLUMNS, flattened, free_sizes, slopes
from snnir.codes.radix.rounding import rounding_errors
from snnir.ir import Graph, Op
from snnir.ops import Reshape, Softmax, Split, Squeeze, Swish, Tanh, Transpose
from snnir.passes import Context, analog_pipeline
from snnir.semantics import KERNELS, evaluate
from snnir.types import Array
from tests.networks import SHAPES, Analog, mlp, points_for

STEP = 1e-5


def by_differences(graph: Graph, points: dict[str, Array], value: str, column: int) -> dict[str, Array]:
    """Return how all outputs change with one column of a value, ``[output columns, *points]``."""
    signal = evaluate(graph, points, outputs=[value])[value].astype(np.float64)
    ends = []
    for sign in (STEP, -STEP):
        moved = signal.copy()
        moved[..., column] += sign
        ends.append(evaluate(graph, {**points, value: moved}))
    return {
        name: np.moveaxis(
            flattened((ends[0][name] - ends[1][name]) / (2 * STEP), kind := graph.types[name].shape, free_sizes(kind)),
            -1,
            0,
        )
        for name in graph.outputs
    }


def assert_slopes(graph: Graph, values: tuple[str, ...]) -> None:
    """Check the slopes of all units of some values."""
    points = {name: array.astype(np.float64) for name, array in points_for(graph, 4).items()}
    found: dict[tuple[str, str], list[Array]] = {}
    for value, output, _, slope in slopes(graph, points, values):
        found.setdefault((value, output), []).append(slope)
    for value in values:
        width = graph.types[value].shape[-1]
        assert isinstance(width, int)
        for column in range(width):
            for output, expected in by_differences(graph, points, value, column).items():
                parts = found.get((value, output))
                slope = np.zeros(1) if parts is None else np.concatenate(parts)[..., column]
                size = max(float(np.max(np.abs(expected))), 1e-3)
                np.testing.assert_allclose(np.broadcast_to(slope, expected.shape), expected, atol=1e-3 * size)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape(name: str) -> None:
    """Skips, gates, merges of axes, normalisations and features: all layers, all outputs, every point."""
    graph = SHAPES[name]()
    assert_slopes(graph, tuple(layer.a for layer in find_layers(graph)))


@pytest.mark.parametrize(
    "ops",
    [(Softmax(-1),), (Reshape((0, 2, 3)), Transpose((0, 2, 1)), Reshape((0, 6))), (Reshape((0, 1, 6)), Squeeze((1,)))],
)
def test_layout_and_ops_across_units(ops: tuple[Op, ...]) -> None:
    """An op that mixes or moves units is differentiated column by column of its operand alone."""
    net = Analog("float64")
    hidden = net.op(Tanh(), net.dense(net.input(), 6))
    value = net.dense(hidden, 6)
    for op in ops:
        value = net.op(op, value, width=6)
    assert_slopes(net.graph(net.dense(value, 2)), (hidden,))


def test_parts_of_a_layer_and_many_outputs() -> None:
    """A split gives each part its own slopes; an output of many columns comes in pieces."""
    net = Analog("float64")
    hidden = net.op(Tanh(), net.dense(net.input(), 4))
    first, second = net.several(Split((1, 3), -1), hidden, widths=(1, 3))
    graph = net.graph(net.dense(second, COLUMNS + 3), net.dense(first, 1))
    assert_slopes(graph, (hidden,))


def test_rounding_errors_take_one_backward_pass() -> None:
    """Moving one unit after the other took as many evaluations as there are units."""
    calls: list[int] = []
    for width in (5, 20):
        graph = mlp(2, width, width, 1, activation=Swish())
        context = Context(points_for(graph, 30), steps=8)
        ann = analog_pipeline(graph, context)
        made = spiking_pipeline(ann, context, Radix(), "none").graph
        calls.append(0)
        kernel = KERNELS[Swish]

        def counted(op: Op, operands: tuple[Array, ...], kernel: object = kernel) -> tuple[Array, ...]:
            calls[-1] += 1
            return kernel(op, operands)  # type: ignore[operator]

        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(KERNELS, Swish, counted)
            rounding_errors(made, ann, context.points)
    assert calls[0] == calls[1] < 20
