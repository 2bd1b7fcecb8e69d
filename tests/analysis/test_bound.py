"""Theorem 1 and what every layer adds to the error, against the formulas worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from snnir.analysis import error_bound, find_cuts, limit
from snnir.analysis.bound import Place, _weights
from snnir.codes import Converted, Rate, spiking_pipeline
from snnir.codes.ramps import IntegrateAndFire
from snnir.ir import Graph
from snnir.metrics import Bound
from snnir.ops import Dense
from snnir.passes import Calibration, Context, analog_pipeline
from snnir.semantics import Semantics, evaluate
from snnir.types import Array
from tests.networks import SHAPES, mlp, points_for, separable

STEPS = 16
EXACT = Semantics(dtype="float64")


def converted(graph: Graph, calibration: Calibration, steps: int = STEPS) -> tuple[Converted, Graph, dict[str, Array]]:
    """Return a spiking network with its reference, its analog network, and points it was not calibrated on."""
    context = Context(points_for(graph, 80), EXACT, steps)
    ann = analog_pipeline(graph, context)
    return spiking_pipeline(ann, context, Rate(), calibration), ann, points_for(graph, 60, seed=1)


@pytest.mark.parametrize("at", ["activations", "pre-activations"])
@pytest.mark.parametrize("calibration", ["none", "advanced", "least-squares"])
@pytest.mark.parametrize("name", SHAPES)
def test_the_error_is_below_the_sum_of_its_parts(name: str, calibration: Calibration, at: Place) -> None:
    """Whatever the network and the calibration: the telescoped sum bounds the error, which is the measured one."""
    made, ann, points = converted(SHAPES[name](), calibration)
    bound = error_bound(made.graph, ann, points, EXACT, reference=made.reference, at=at)
    spiking, analog = evaluate(made.graph, points, semantics=EXACT), evaluate(ann, points)
    error = np.sqrt(sum(np.sum((spiking[key] - analog[key]) ** 2) for key in analog))
    size = np.sqrt(sum(np.sum(analog[key] ** 2) for key in analog))
    assert bound.rel_l2 == pytest.approx(error / size)
    assert bound.rel_l2 <= bound.telescoped
    assert bound.telescoped == pytest.approx(bound.replacement + sum(part.at_output for part in bound.parts))
    assert (bound.replacement > 0) == (calibration == "least-squares")
    assert min(bound.identity, bound.gauss_newton) > 0


@pytest.mark.parametrize("name", SHAPES)
def test_every_layer_of_neurons_has_a_part(name: str) -> None:
    """Cut at activations, every layer is a part; cut behind the weights, every layer is the source of one."""
    made, ann, points = converted(SHAPES[name](), "light")
    layers = {node.name for node in made.graph.of(IntegrateAndFire)}
    activations = error_bound(made.graph, ann, points, EXACT, at="activations")
    assert layers <= {part.name for part in activations.parts}
    behind = error_bound(made.graph, ann, points, EXACT)
    assert layers == {source for part in behind.parts for source in part.sources}


def dense_layers(graph: Graph) -> list[tuple[Array, Array]]:
    """Return weights and biases of a chain, in order."""
    found: list[tuple[Array, Array]] = []
    for node in graph.of(Dense):
        assert isinstance(node.op, Dense)
        bias = node.op.bias.array if node.op.bias else np.zeros(node.op.weight.shape[1])
        found.append((node.op.weight.array.astype(np.float64), bias.astype(np.float64)))
    return found


def by_hand(made: Converted, ann: Graph, points: dict[str, Array]) -> tuple[float, float]:
    """Return Theorem 1's right-hand side for a chain cut at activations: with H = I, and with exact Jacobians.

    For 2-M-N-2 with tanh: n = 3, so the layers' errors weigh 8, 4 and 2.
    """
    (w1, b1), (w2, b2), (w3, b3) = dense_layers(ann)
    x = points["x"].astype(np.float64)
    neurons = list(made.graph.of(IntegrateAndFire))
    signals = evaluate(made.graph, points, outputs=[node.output.name for node in neurons], semantics=EXACT)
    s1, s2 = (
        signals[node.output.name] * node.op.amplitude.array for node in neurons if isinstance(node.op, IntegrateAndFire)
    )
    (output,) = ann.outputs
    s3 = evaluate(made.graph, points, semantics=EXACT)[output]
    a1 = np.tanh(x @ w1 + b1)
    a2 = np.tanh(a1 @ w2 + b2)
    y = a2 @ w3 + b3
    errors = (a1 - s1, np.tanh(s1 @ w2 + b2) - s2, s2 @ w3 + b3 - s3)
    slopes = (((errors[0] @ w2) * (1 - a2**2)) @ w3, errors[1] @ w3, errors[2])
    size = np.sqrt(np.mean(np.sum(y**2, axis=1)))
    identity, newton = (
        np.sqrt(sum(w * np.mean(np.sum(each**2, axis=1)) for w, each in zip((8, 4, 2), terms, strict=True))) / size
        for terms in (errors, slopes)
    )
    return float(identity), float(newton)


@pytest.mark.parametrize("calibration", ["none", "light", "advanced"])
def test_theorem_1_of_a_chain(calibration: Calibration) -> None:
    """Both right-hand sides are those of the paper's formula, with the derivatives taken by hand."""
    made, ann, points = converted(mlp(2, 9, 7, 2, dtype="float64"), calibration)
    bound = error_bound(made.graph, ann, points, EXACT, at="activations")
    identity, newton = by_hand(made, ann, points)
    assert bound.identity == pytest.approx(identity)
    assert bound.gauss_newton == pytest.approx(newton, rel=1e-3)
    assert bound.replacement == 0


def test_theorem_1_with_gauss_newton_holds_for_small_errors() -> None:
    """Where errors are small, second-order terms vanish, and the bound with the Gauss-Newton H is one."""
    for steps in (64, 256):
        made, ann, points = converted(mlp(2, 9, 7, 2), "least-squares", steps)
        bound = error_bound(made.graph, ann, points, EXACT, reference=made.reference)
        assert bound.rel_l2 <= bound.gauss_newton


def test_parts_side_by_side_share_the_weight_of_their_depth() -> None:
    """The weights' reciprocals sum to less than 1 for a separable network, too: each axis is a chain of its own."""
    made, ann, points = converted(separable(rank=3, width=4), "light")
    bound = error_bound(made.graph, ann, points, EXACT)
    weights = _weights(ann, [cut.value for cut in find_cuts(made.graph, ann, ann)])
    assert sum(1 / weight for weight in weights.values()) < 1
    assert sorted(weights.values()) == [4, 4, 8, 8]
    assert len(bound.parts) == 4


def test_a_limit_is_its_own_reference() -> None:
    """Against its own limit, a network's local errors are what a finite number of steps costs: they vanish."""
    errors: list[Bound] = []
    for steps in (16, 1024):
        made, ann, points = converted(mlp(2, 9, 7, 2), "none", steps)
        errors.append(error_bound(made.graph, ann, points, EXACT, reference=limit(made.graph)))
    few, many = (sum(part.at_output for part in each.parts) for each in errors)
    assert few > 10 * many > 0
