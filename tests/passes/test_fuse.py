"""Fuse: written-out activation functions get their name back, and only those."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt

import numpy as np
import pytest

from snnir.analysis import find_layers
from snnir.ir import Graph, Op
from snnir.ops import (
    Abs,
    Add,
    Div,
    Erf,
    Exp,
    Gelu,
    Greater,
    Mish,
    Mul,
    Neg,
    Pow,
    Reciprocal,
    Sigmoid,
    Softplus,
    Softsign,
    Sub,
    Swish,
    Tanh,
    Where,
)
from snnir.passes import Context, run_passes
from snnir.passes.canonicalise import Canonicalise
from snnir.passes.fold import Fold
from snnir.passes.fuse import Fuse
from snnir.semantics import evaluate
from tests.networks import Analog, points_for


def silu(net: Analog, z: str) -> str:
    """Return ``sigmoid(x) x``."""
    return net.op(Mul(), net.op(Sigmoid(), z), z)


def silu_by_exp(net: Analog, z: str) -> str:
    """Return ``x / (1 + exp(-x))``."""
    return net.op(Div(), z, net.op(Add(), net.constant(1.0), net.op(Exp(), net.op(Neg(), z)), width=net.widths[z]))


def gelu(net: Analog, z: str) -> str:
    """Return ``0.5 (x (1 + erf(x / sqrt 2)))``."""
    inner = net.op(Add(), net.op(Erf(), net.op(Div(), z, net.constant(sqrt(2)))), net.constant(1.0))
    return net.op(Mul(), net.op(Mul(), z, inner), net.constant(0.5))


def gelu_halved_first(net: Analog, z: str) -> str:
    """Return ``(0.5 x) (erf(x 0.7071) + 1)``."""
    inner = net.op(Add(), net.op(Erf(), net.op(Mul(), z, net.constant(sqrt(0.5)))), net.constant(1.0))
    return net.op(Mul(), net.op(Mul(), z, net.constant(0.5)), inner)


def gelu_tanh(net: Analog, z: str) -> str:
    """Return GELU's tanh form."""
    cube = net.op(Pow(), z, net.constant(3.0))
    inner = net.op(Add(), z, net.op(Mul(), cube, net.constant(0.044715)))
    gate = net.op(Tanh(), net.op(Mul(), inner, net.constant(sqrt(2 / pi))))
    return net.op(
        Mul(), net.op(Mul(), net.constant(0.5), z, width=net.widths[z]), net.op(Add(), gate, net.constant(1.0))
    )


def mish(net: Analog, z: str) -> str:
    """Return ``x tanh(softplus x)``."""
    return net.op(Mul(), z, net.op(Tanh(), net.op(Softplus(), z)))


def softplus_with_threshold(net: Analog, z: str) -> str:
    """Return torch's softplus: linear beyond 20."""
    return net.op(Where(), net.op(Greater(), z, net.constant(20.0)), z, net.op(Softplus(), z), width=net.widths[z])


def softsign(net: Analog, z: str) -> str:
    """Return ``x / (|x| + 1)``."""
    return net.op(Div(), z, net.op(Add(), net.op(Abs(), z), net.constant(1.0)))


def steeper_silu(net: Analog, z: str) -> str:
    """Return ``x sigmoid(1.5 x)``."""
    return net.op(Mul(), z, net.op(Sigmoid(), net.op(Mul(), z, net.constant(1.5))))


def mixed_silu(net: Analog, z: str) -> str:
    """Return ``x sigmoid(c x)`` where c is 1 in all units but one."""
    slopes = np.ones(net.widths[z])
    slopes[-1] = 1.01
    return net.op(Mul(), z, net.op(Sigmoid(), net.op(Mul(), z, net.constant(slopes))))


def gaussian(net: Analog, z: str) -> str:
    """Return ``exp(-x^2)``."""
    return net.op(Exp(), net.op(Neg(), net.op(Mul(), z, z)))


def nearly_gelu(net: Analog, z: str) -> str:
    """Return GELU with a constant wrong in the third digit."""
    inner = net.op(Sub(), net.op(Erf(), net.op(Mul(), z, net.constant(0.708))), net.constant(-1.0))
    return net.op(Mul(), net.op(Mul(), z, net.constant(0.5)), inner)


def inverse(net: Analog, z: str) -> str:
    """Return ``1 / (1 + x^2)``."""
    return net.op(Reciprocal(), net.op(Add(), net.op(Mul(), z, z), net.constant(1.0)))


Writer = Callable[[Analog, str], str]


def network(write: Writer, dtype: str = "float32") -> Graph:
    """Return a network of two layers of a written-out function."""
    net = Analog(dtype)
    return net.graph(net.mlp(net.input(), 5, 5, 1, activation=lambda z: write(net, z)))


def fused(graph: Graph) -> Graph:
    """Return the fused canonical graph."""
    return run_passes(graph, [Fold(), Canonicalise(), Fuse()], Context({}))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("write", "op"),
    [
        (silu, Swish()),
        (silu_by_exp, Swish()),
        (gelu_halved_first, Gelu()),
        (gelu_tanh, Gelu(approximate=True)),
        (mish, Mish()),
        (softplus_with_threshold, Softplus()),
        (softsign, Softsign()),
    ],
)
def test_known_functions_get_their_name(write: Writer, op: Op, dtype: str) -> None:
    """However a function is written, its layer has one node of the right name, and the network computes the same."""
    graph = network(write, dtype)
    result = fused(graph)
    for layer in find_layers(result):
        assert [result.by_name[name].op for name in layer.nodes] == [op]
    assert len(find_layers(result)) == 2
    points = points_for(graph)
    before, after = (evaluate(each, points)[graph.outputs[0]] for each in (graph, result))
    np.testing.assert_allclose(after, before, rtol=0, atol=2e-6 * np.max(np.abs(before)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_factor_behind_the_function_is_found_in_the_next_layer(dtype: str) -> None:
    """GELU with its factor of 1/2 at the end has given that to the next layer; it is named all the same."""
    graph = network(gelu, dtype)
    result = fused(graph)
    points = points_for(graph)
    before, after = (evaluate(each, points)[graph.outputs[0]] for each in (graph, result))
    np.testing.assert_allclose(after, before, rtol=0, atol=2e-6 * np.max(np.abs(before)))
    assert len(find_layers(result)) == 2
    assert len(tuple(result.of(Gelu))) == 2


@pytest.mark.parametrize("write", [steeper_silu, mixed_silu, gaussian, nearly_gelu, inverse])
def test_other_functions_stay(write: Writer) -> None:
    """A function that is close to a known one, or has no name, is left as it is."""
    graph = run_passes(network(write), [Fold(), Canonicalise()], Context({}))
    assert run_passes(graph, [Fuse()], Context({})) == graph


def test_named_functions_stay() -> None:
    """A layer that is a single node already is left as it is."""
    net = Analog()
    graph = net.graph(net.mlp(net.input(), 5, 1, activation=Tanh()))
    assert fused(graph) == graph


def test_provenance_names_every_part() -> None:
    """The fused node comes from all nodes that wrote the function."""
    net = Analog()
    graph = net.graph(net.mlp(net.input(), 5, 1, activation=lambda z: silu(net, z)))
    (node,) = fused(graph).of(Swish)
    assert {origin.node for origin in node.provenance.origins} == {"/sigmoid0", "/mul0"}
    assert node.provenance.steps[-1] == "fuse"


def test_values_that_others_read_stay() -> None:
    """Where something else reads a part of the function, that part goes on existing."""
    net = Analog()
    z = net.dense(net.input(), 4)
    gate = net.op(Sigmoid(), z)
    product = net.op(Mul(), gate, z)
    graph = net.graph(net.dense(product, 1), gate)
    result = fused(graph)
    points = points_for(graph)
    before, after = (evaluate(each, points) for each in (graph, result))
    for name in graph.outputs:
        np.testing.assert_allclose(after[name], before[name], rtol=0, atol=1e-6)
