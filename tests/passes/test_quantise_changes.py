"""The sigma-delta code in integers: what is whole, and what that costs."""

from __future__ import annotations

import numpy as np
import pytest

from snnir.analysis import differences, dynamic_ranges, error_bound, range_findings, static_ranges
from snnir.ir import Graph
from snnir.ops import Dense, Mul, SigmaDelta, Table, Tanh
from snnir.passes import Context, analog_pipeline, spiking_pipeline
from snnir.semantics import IntegerFormat, Semantics, evaluate
from snnir.types import Array
from tests.networks import Analog, mlp
from tests.support import assert_round_trip

FLOAT = Semantics(dtype="float64")
WHOLE = Semantics(dtype="float64", integer=IntegerFormat(threshold_bits=12))


def lines(graph: Graph, count: int, seed: int) -> dict[str, Array]:
    """Return points along four straight lines through the square."""
    rng = np.random.default_rng(seed)
    (value,) = graph.inputs
    ends = rng.uniform(-1, 1, (4, 2, value.type.shape[-1]))  # type: ignore[arg-type]
    parts = [np.linspace(start, end, count // 4) for start, end in ends]
    return {value.name: np.concatenate(parts).astype(value.type.dtype)}


def converted(graph: Graph, semantics: Semantics, error: float = 5e-3) -> tuple[Graph, Graph]:
    """Return a network of streams, and what it came from."""
    context = Context(lines(graph, 800, 0), semantics, 1)
    ann = analog_pipeline(graph, context)
    made = spiking_pipeline(ann, context, "none", code="sigma-delta", error=error, gains=(0.25,), relays=False)
    return made.graph, ann


def conversion(graph: Graph, ann: Graph, semantics: Semantics) -> float:
    """Return the error on lines that calibration did not see."""
    points = lines(ann, 800, 1)
    return differences(evaluate(graph, points, semantics=semantics), evaluate(ann, points))["rel_l2"]


@pytest.mark.parametrize("sizes", [(2, 12, 12, 1), (3, 20, 2)])
def test_integers_lose_little(sizes: tuple[int, ...]) -> None:
    """All tensors are whole and fit, and the error is at most twice that of floats, and 2e-3."""
    graph = mlp(*sizes)
    floats, ann = converted(graph, FLOAT)
    whole, _ = converted(graph, WHOLE)
    for node in whole.of(SigmaDelta, Dense):
        tensors = [getattr(node.op, name, None) for name in ("weight", "bias", "threshold")]
        assert all(tensor is None or tensor.dtype == "int32" for tensor in tensors)
        if isinstance(node.op, SigmaDelta):
            assert [type(each.op) for each in node.op.function.nodes] == [Table]
            assert node.op.threshold.array.min() >= 1
    points = lines(graph, 800, 1)
    assert not list(range_findings((*static_ranges(whole, WHOLE), *dynamic_ranges(whole, points, WHOLE))))
    assert conversion(whole, ann, WHOLE) <= 2 * conversion(floats, ann, FLOAT) + 2e-3
    assert_round_trip(whole)


def test_every_change_sent() -> None:
    """With the lowest thresholds what is left is what 24 bits cost."""
    whole, ann = converted(mlp(2, 12, 12, 1), WHOLE, error=1e-6)
    assert conversion(whole, ann, WHOLE) < 3e-3


def test_the_bound_holds() -> None:
    """Sums in integers are compared with the analog network's pre-activations in their own units."""
    whole, ann = converted(mlp(2, 12, 12, 1), WHOLE)
    bound = error_bound(whole, ann, lines(ann, 400, 1), WHOLE)
    assert bound.rel_l2 <= bound.telescoped * (1 + 1e-9)
    assert all(part.local_error < 0.2 for part in bound.parts)


def test_a_layer_that_the_host_reads() -> None:
    """A layer that the host reads, too, comes in its own units."""
    net = Analog()
    first = net.op(Tanh(), net.dense(net.input(2), 5))
    graph = net.graph(net.op(Mul(), first, net.op(Tanh(), net.dense(first, 5))))
    whole, ann = converted(graph, WHOLE)
    assert conversion(whole, ann, WHOLE) < 1e-2
