"""Networks of the kind that people publish: each once ended in a defect, or in numbers that did not hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import snnir
from snnir.compiler import Compiled
from snnir.ir import Graph
from snnir.ops import Exp, Maximum, Mul, Neg, Pow, Relu, Sigmoid, Split, Tanh
from tests.networks import Analog, gated_product, layer_norm, points_for, preactivation_residual, several_uses


def compiled(graph: Graph, target: str, code: str, steps: int | None = 8, calibration: str = "advanced") -> Compiled:
    """Return a network compiled on few points, in a stream's case along a line."""
    samples = {name: np.tile(array, (3, 1)) for name, array in points_for(graph, 40).items()}
    options = {"steps": steps, "calibration": calibration} if code != "sigma-delta" else {"calibration": "none"}
    return snnir.compile(graph, target=target, samples=samples, code=code, **options)


@pytest.mark.parametrize(
    ("target", "code", "error"),
    [
        ("nir", "rate", 1.0),
        ("nir", "population", 0.3),
        ("numpy", "rate", 1.0),
        ("numpy", "population", 0.3),
        ("numpy", "radix", 1e-2),
        ("numpy", "sigma-delta", 1e-2),
        ("loihi1", "population", 0.5),
        ("loihi2", "rate", 1.0),
        ("loihi2", "population", 0.3),
        ("loihi2", "radix", 1e-2),
        ("loihi2", "sigma-delta", 1e-2),
        ("lava-float", "rate", 1.0),
        ("lava-float", "population", 0.3),
        ("lava-float", "radix", 1e-2),
        ("lava-float", "sigma-delta", 1e-2),
    ],
)
def test_one_pre_activation_with_several_uses(target: str, code: str, error: float) -> None:
    """Sine and cosine of one z, CReLU, tanh with its slope, z as an output; every code on every target."""
    calibration = "least-squares" if code == "rate" else "advanced"
    made = compiled(several_uses(4), target, code, calibration=calibration)
    assert made.rel_l2 < error


@pytest.mark.parametrize("calibration", ["advanced", "least-squares"])
def test_calibration_of_a_pre_activation_resnet_makes_nothing_worse(calibration: str) -> None:
    """Synapses that were shared got fitted for one of their readers: 7.7e-2 where no calibration gave 9e-4."""
    plain = compiled(preactivation_residual(), "numpy", "radix", 10, "none")
    fitted = compiled(preactivation_residual(), "numpy", "radix", 10, calibration)
    assert fitted.rel_l2 < 1.5 * plain.rel_l2 < 5e-3


def gated_linear_unit() -> Graph:
    """Return a network whose second layer is ``p sigmoid(g)``, p and g two halves of one dense layer."""
    net = Analog()
    hidden = net.op(Tanh(), net.dense(net.input(), 6))
    p, g = net.several(Split((4, 4), -1), net.dense(hidden, 8), widths=(4, 4))
    return net.graph(net.dense(net.op(Mul(), p, net.op(Sigmoid(), g)), 1))


@pytest.mark.parametrize("target", ["loihi1", "loihi2"])
@pytest.mark.parametrize("network", [layer_norm, gated_product, gated_linear_unit])
def test_populations_in_integers_behind_a_host_op(network: Callable[[], Graph], target: str) -> None:
    """A normalisation, a product or a gate between two layers: the host injects the currents of populations."""
    assert compiled(network(), target, "population", 16).rel_l2 < 0.3


@pytest.mark.parametrize("target", ["numpy", "loihi2"])
@pytest.mark.parametrize("name", ["relu-squared", "gaussian", "max"])
def test_streams_of_functions_with_a_constant_of_rank_0(name: str, target: str) -> None:
    """Torch writes the exponents and slopes of an activation as constants without an axis."""
    net = Analog()
    two, slope = net.constant(2.0), net.constant(0.1)
    activations: dict[str, Callable[[str], str]] = {
        "relu-squared": lambda z: net.op(Pow(), net.op(Relu(), z), two),
        "gaussian": lambda z: net.op(Exp(), net.op(Neg(), net.op(Pow(), z, two))),
        "max": lambda z: net.op(Maximum(), z, net.op(Mul(), z, slope)),
    }
    graph = net.graph(net.mlp(net.input(), 6, 6, 1, activation=activations[name]))
    assert compiled(graph, target, "sigma-delta").rel_l2 < 1e-2
