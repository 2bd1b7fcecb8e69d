"""The sigma-delta code in integers: what is whole, and what that costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from snnir.analysis import differences, dynamic_ranges, error_bound, range_findings, static_ranges, timing_findings
from snnir.codes import SigmaDeltaCode, spiking_pipeline
from snnir.codes.exact import Table
from snnir.codes.sigma_delta import SigmaDelta
from snnir.errors import ModelError
from snnir.ir import Graph, Op
from snnir.ops import Dense, Exp, Log, Mul, Sigmoid, Sqrt, Tanh
from snnir.passes import Context, analog_pipeline
from snnir.passes.join import Join
from snnir.semantics import Semantics, evaluate
from snnir.types import Array
from snnir_lava.targets import FORMAT
from tests.networks import Analog, concat_skip, mlp
from tests.support import assert_round_trip, failure

FLOAT = Semantics(dtype="float64")
WHOLE = Semantics(dtype="float64", integer=replace(FORMAT, threshold_bits=12))


def lines(graph: Graph, count: int, seed: int, box: Any = (-1, 1)) -> dict[str, Array]:
    """Return points along four straight lines through a box."""
    rng = np.random.default_rng(seed)
    (value,) = graph.inputs
    low, high = np.asarray(box, np.float64)
    ends = low + (high - low) * rng.uniform(0, 1, (4, 2, value.type.shape[-1]))  # type: ignore[arg-type]
    parts = [np.linspace(start, end, count // 4) for start, end in ends]
    return {value.name: np.concatenate(parts).astype(value.type.dtype)}


def converted(graph: Graph, semantics: Semantics, error: float = 5e-3, box: Any = (-1, 1)) -> tuple[Graph, Graph]:
    """Return a network of streams, and what it came from."""
    context = Context(lines(graph, 800, 0, box), semantics, 1)
    ann = analog_pipeline(graph, context)
    made = spiking_pipeline(ann, context, SigmaDeltaCode(kept=error, gains=(0.25,)), "none", lowering=(Join(),))
    return made.graph, ann


def conversion(graph: Graph, ann: Graph, semantics: Semantics, box: Any = (-1, 1)) -> float:
    """Return the error on lines that calibration did not see."""
    points = lines(ann, 800, 1, box)
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
    assert conversion(whole, ann, WHOLE) < 5e-3


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


@pytest.mark.parametrize(
    "box",
    [((999, 10), (1001, 12)), ((-1, 0), (1, 1e-4)), ((0, 5), (1e4, 5))],
    ids=["far away", "of two scales", "one that stays"],
)
def test_any_domain(box: Any) -> None:
    """Each input has its own middle and scale: no domain costs bits."""
    low, high = np.asarray(box, np.float64)
    half = np.where(high > low, (high - low) / 2, 1)
    net = Analog(dtype="float64")
    x = net.affine(net.input(2), 1 / half, -(low + high) / 2 / half)
    graph = net.graph(net.mlp(x, 12, 12, 1))
    whole, ann = converted(graph, WHOLE, box=box)
    points = lines(ann, 800, 1, box)
    assert not list(range_findings(dynamic_ranges(whole, points, WHOLE)))
    assert conversion(whole, ann, WHOLE, box) < 1e-2


@pytest.mark.parametrize(("op", "offset"), [(Exp(), -6.0), (Sigmoid(), -8.0), (Log(), 6.0), (Sqrt(), 6.0)])
def test_functions_of_one_side(op: Op, offset: float) -> None:
    """All bits of values are for where f is evaluated; elsewhere it need not exist."""
    net = Analog(dtype="float64")
    z = net.affine(net.dense(net.input(2), 8, gain=0.5, bias=False), np.ones(8), np.full(8, offset))
    graph = net.graph(net.dense(net.op(op, z), 1))
    whole, ann = converted(graph, WHOLE, error=1e-6)
    points = lines(ann, 800, 1)
    (wanted,) = evaluate(ann, points).values()
    (found,) = evaluate(whole, points, semantics=WHOLE).values()
    assert np.std(found - wanted) < 0.02 * np.std(wanted)


def test_inputs_beyond_the_domain_do_not_wrap() -> None:
    """Far outside inputs are clipped, so that no sum of theirs wraps."""
    whole, ann = converted(mlp(2, 12, 12, 1), WHOLE)
    points = {name: 50 * array for name, array in lines(ann, 400, 1).items()}
    assert not list(range_findings(dynamic_ranges(whole, points, WHOLE)))


def test_changes_of_inputs_and_neurons_do_not_meet() -> None:
    """A neuron has one slope for all its inputs, and the network's inputs go on without one."""
    (found,) = failure(lambda: converted(concat_skip(), WHOLE), ModelError).diagnostics
    assert (found.code, found.hint) == ("mixed-gain", "use `target` numpy")
    floats, _ = converted(concat_skip(), FLOAT)
    assert "mixed-gain" in {each.code for each in timing_findings(floats)}
