"""What the compiler refuses goes wrong under Lava if it is let through: quietly, for Lava checks no range.

Lava's models hold thresholds in more bits than the chip does, but no membrane reaches what is beyond its own bits. What
there is no room for, fan-in, memory and cores of a chip, they do not know.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

import snnir
import snnir_lava.synapses
from snnir.analysis import dynamic_ranges
from snnir.arithmetic.integer import Scaled, scaled_weights
from snnir.codes.ramps import IntegrateAndFire
from snnir.compiler import Compiled
from snnir.ir import Tensor
from snnir.ops import Dense
from snnir.registry import backend_for
from snnir.semantics import IntegerFormat
from snnir.target import conformance
from snnir.types import Array
from snnir_lava.targets import FORMAT
from tests.lava.common import needs_lava, simulated, under_lava
from tests.networks import mlp

pytestmark = [pytest.mark.lava, needs_lava]
POINTS = np.random.default_rng(0).uniform(-1, 1, (8, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def network() -> Compiled:
    """A small integer network, in which nothing overflows."""
    samples = np.random.default_rng(1).uniform(-1, 1, (300, 2)).astype(np.float32)
    return snnir.compile(
        mlp(2, 6, 6, 1), target="loihi2", samples=samples, code="population", neurons_per_unit=4, steps=32
    )


def changed(network: Compiled, kind: type, field: str, factor: float, index: int = 0) -> Compiled:
    """Return a network with one tensor inside its spiking part multiplied."""
    graph = network.graph
    own = {each.name: getattr(each.op, field) for each in graph.of(kind)}
    node = [each for each in graph.of(kind) if own[each.name] is not None and own[each.name].dtype == "int32"][index]
    op: Any = replace(node.op, **{field: Tensor((getattr(node.op, field).array * factor).astype(np.int64))})
    nodes = tuple(replace(each, op=op) if each is node else each for each in graph.nodes)
    return replace(network, graph=graph.with_nodes(nodes))


def let_through(weight: Array, form: IntegerFormat) -> Scaled:
    """Return weights as if there were no limit to a mantissa."""
    return Scaled(np.asarray(weight / (1 << form.shift)).astype(np.int64), 0)


def is_wrong(network: Compiled) -> bool:
    """Whether Lava's spikes are others than those of integers of any size."""
    form = replace(network.semantics.integer or FORMAT, state_bits=52)
    _, exact = simulated(network.graph, replace(network.semantics, integer=form), POINTS)
    _, theirs = under_lava(network, POINTS)
    return any(not np.array_equal(exact[name], theirs[name]) for name in exact if name.startswith("spikes/"))


def codes(network: Compiled) -> set[str]:
    """Return what the compiler has against a network, by its graph alone."""
    return {each.code for each in conformance(network.graph, backend_for(network.target).target)}


def test_nothing_is_wrong_before(network: Compiled) -> None:
    """The network as it was compiled is right under Lava."""
    assert not codes(network)
    assert not is_wrong(network)


@pytest.mark.parametrize(
    ("field", "factor"),
    [("weight", 2.0**12), ("bias", 2.0**9)],
)
def test_mantissas(monkeypatch: pytest.MonkeyPatch, network: Compiled, field: str, factor: float) -> None:
    """Weights beyond 8 bits are clipped, those of biases too."""
    large = changed(network, Dense, field, factor)
    assert codes(large) == {f"{field}-range"}
    monkeypatch.setattr(snnir_lava.synapses, "scaled_weights", let_through)
    assert is_wrong(large)


def excess(network: Compiled) -> set[str]:
    """Return the quantities that overflow on the points."""
    ranges = dynamic_ranges(network.graph, {"x": POINTS}, network.semantics)
    return {each.quantity for each in ranges if not each.fits}


def test_membranes_saturate(network: Compiled) -> None:
    """A layer 8 times as large, its threshold too: the spikes would be the same, if the sum of currents fitted."""
    large = network
    for kind, field, index in (
        (Dense, "weight", 0),
        (Dense, "bias", 0),
        (IntegrateAndFire, "threshold", 1),
        (IntegrateAndFire, "initial", 1),
    ):
        large = changed(large, kind, field, 8.0, index)
    assert not codes(large)
    assert excess(large) == {"membrane"}
    assert is_wrong(large)


def test_thresholds_beyond_membranes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer that is larger as a whole, its threshold too, would send the same spikes; its neurons fall silent."""
    wider = partial(scaled_weights, form=replace(FORMAT, weight_exponent=16))
    monkeypatch.setattr(snnir_lava.synapses, "scaled_weights", lambda weight, _: wider(weight))
    samples = np.random.default_rng(1).uniform(-1, 1, (300, 2)).astype(np.float32)
    options: dict[str, Any] = {"code": "population", "neurons_per_unit": 4, "steps": 8}
    network = snnir.compile(mlp(2, 6, 6, 1), target="loihi1", samples=samples, **options)
    small = changed(network, Dense, "bias", 0.0)
    (_, layer) = small.graph.of(IntegrateAndFire)
    assert isinstance(layer.op, IntegrateAndFire)
    assert not codes(small)
    assert not is_wrong(small)
    factor = 2.0 ** np.ceil(np.log2((1 << 23) / layer.op.threshold.array[0]))
    large = changed(changed(small, Dense, "weight", factor), IntegrateAndFire, "threshold", factor, 1)
    assert "threshold-range" in codes(large)
    assert is_wrong(large)
    sent = f"spikes/{layer.name}"
    assert np.any(under_lava(small, POINTS)[1][sent])
    assert not np.any(under_lava(large, POINTS)[1][sent])


def test_currents_wrap(monkeypatch: pytest.MonkeyPatch, network: Compiled) -> None:
    """A current beyond 24 bits in one step comes out with the other sign."""
    large = changed(network, Dense, "weight", 64.0)
    assert excess(large) == {"current", "membrane"}
    wider = partial(scaled_weights, form=replace(FORMAT, weight_exponent=9))
    monkeypatch.setattr(snnir_lava.synapses, "scaled_weights", lambda weight, _: wider(weight))
    assert is_wrong(large)


def test_sums_of_changes_wrap() -> None:
    """A pre-activation 4 times as large, as a sum of changes, comes out with the other sign."""
    samples = np.linspace([-1, -1], [1, 1], 400).astype(np.float32)
    stream = snnir.compile(mlp(2, 6, 6, 1), target="loihi2", samples=samples, code="sigma-delta")
    assert not excess(stream)
    assert not is_wrong(stream)
    large = stream
    for index in (0, 1):  # high and low
        large = changed(large, Dense, "weight", 4.0, index)
    assert not codes(large)
    assert excess(large) == {"membrane"}
    assert is_wrong(large)
