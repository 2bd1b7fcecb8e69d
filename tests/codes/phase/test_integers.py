"""The phase code in fixed point: the neuron against Python's integers, and networks that are quantised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.analysis import dynamic_ranges, static_ranges
from snnir.arithmetic.integer import scaled_weights
from snnir.codes import Phase, spiking_pipeline
from snnir.codes.phase.neuron import BinaryDigits
from snnir.codes.phase.quantise_ramps import QuantiseRamps
from snnir.codes.phase.scan import binary_integers, integers_received
from snnir.codes.phase.section import lost_digits
from snnir.errors import ModelError
from snnir.ir import Graph, Tensor
from snnir.ops import Dense, sender
from snnir.passes import Context, Pass, analog_pipeline
from snnir.passes.properties import JOINED, QUANTISED
from snnir.registry import backend_for
from snnir.semantics import IntegerFormat, Semantics, evaluate
from snnir.types import Array
from tests.networks import SHAPES, points_for
from tests.support import assert_round_trip, failure

SETTINGS = settings(deadline=None, derandomize=True, max_examples=300)
LOIHI = backend_for("loihi2").target.semantics
BITS = st.sampled_from([16, 20, 24])
STEPS = 5


def form_of(bits: int) -> IntegerFormat:
    """Return Loihi's numbers with states of so many bits."""
    assert LOIHI.integer is not None
    return replace(LOIHI.integer, state_bits=bits)


def layer(threshold: int) -> BinaryDigits:
    """Return a layer of one neuron."""
    return BinaryDigits(Tensor(np.array([threshold])), Tensor(np.zeros(1)), Tensor(np.ones(1)), 1)


def model(currents: Sequence[int], threshold: int, top: int) -> list[int]:
    """Return the digits of a neuron whose states saturate, in Python's integers."""
    steps, v = len(currents), 0
    for current in currents:
        v = max(-top, min(top, 2 * v + current))
    v = min(top, v + threshold // 2)
    spikes: list[int] = []
    for _ in currents:
        v = max(-top, min(top, 2 * v))
        spikes.append(int(v >= threshold << steps))
        v -= (threshold << steps) * spikes[-1]
    return spikes


def sent(currents: Sequence[int], threshold: int, bits: int) -> list[int]:
    """Return what the simulator makes of the same."""
    array = np.array(currents, np.float64).reshape(-1, 1, 1)
    return [int(each) for each in binary_integers(layer(threshold), array, len(currents), form_of(bits)).ravel()]


@given(st.data(), BITS, st.integers(2, 10))
@SETTINGS
def test_steps_are_those_of_integers_that_saturate(data: st.DataObject, bits: int, steps: int) -> None:
    """Whatever arrives, as long as it is a current; and to the bit."""
    top = (1 << (bits - 1)) - 1
    currents = data.draw(st.lists(st.integers(-top, top), min_size=steps, max_size=steps))
    threshold = 2 * data.draw(st.integers(1, 1 << (bits - 3 - steps) if bits - 3 > steps else 1))
    assert sent(currents, threshold, bits) == model(currents, threshold, top)


@given(st.data(), BITS, st.integers(2, 10))
@SETTINGS
def test_what_saturates_is_cut_anyway(data: st.DataObject, bits: int, steps: int) -> None:
    """``round((2^b - 1) z / theta)``, cut at both ends, in states that just hold currents and ``2^(b+1) theta``."""
    top = (1 << (bits - 1)) - 1
    threshold = 2 * data.draw(st.integers(1, 1 << (bits - 3 - steps)))
    size = data.draw(st.sampled_from([top, 4 * threshold, threshold]))
    currents = data.draw(st.lists(st.integers(-min(size, top), min(size, top)), min_size=steps, max_size=steps))
    number = floor(sum(c << (steps - 1 - k) for k, c in enumerate(currents)) / threshold + 0.5)
    number = min(max(number, 0), 2**steps - 1)
    assert sent(currents, threshold, bits) == [number >> (steps - 1 - k) & 1 for k in range(steps)]


@given(st.integers(-(2**10), 2**10), st.integers(1, 8))
@SETTINGS
def test_a_constant_current_is_all_digits_of_it(current: int, steps: int) -> None:
    """It arrives with every digit."""
    once, often = (np.full((count, 1, 1), float(current)) for count in (1, steps))
    found = [integers_received(each, steps, form_of(24)).item() for each in (once, often)]
    assert found == [current * (2**steps - 1)] * 2


class Given(Phase):
    """The code with a quantisation that is chosen."""

    split: bool | None = None

    def quantise(self, task: Any) -> tuple[Pass, ...]:
        """Return it."""
        return (QuantiseRamps(tuned=self.tunes(task), split=type(self).split),)


def converted(name: str, bits: int, *, split: bool | None = None) -> tuple[Graph, Graph, Semantics]:
    """Return a quantised network, the same one in floating point, and how integers behave."""
    graph, semantics = SHAPES[name](), replace(LOIHI, integer=form_of(bits))
    code = type("Chosen", (Given,), {"split": split})(neurons_per_unit=2)
    made: list[Graph] = []
    for each in (semantics, replace(semantics, integer=None)):
        context = Context(points_for(graph, 200), each, STEPS)
        made.append(spiking_pipeline(analog_pipeline(graph, context), context, code, "advanced").graph)
    return made[0], made[1], semantics


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("name", ["mlp", "residual", "modified-mlp", "separable", "several-uses"])
def test_networks_of_integers(name: str, bits: int, split: bool) -> None:
    """All numbers are integers of the format, and the network does what it did in floating point."""
    graph, floats, semantics = converted(name, bits, split=split)
    assert not list(JOINED.violations(graph))
    assert not list(QUANTISED.violations(graph))
    assert_round_trip(graph)
    assert all(each.fits for each in static_ranges(graph, semantics))
    unseen = points_for(graph, 50, seed=1)
    assert all(each.fits for each in dynamic_ranges(graph, unseen, semantics))
    for output in graph.outputs:
        mine, theirs = (evaluate(each, unseen, semantics=how)[output] for each, how in _both(graph, floats, semantics))
        assert np.linalg.norm(mine - theirs) <= 0.1 * np.linalg.norm(theirs - theirs.mean(axis=0))
    lost = lost_digits(graph, unseen, semantics)
    assert lost.early == 0
    assert 0 < lost.low < 1


def _both(graph: Graph, floats: Graph, semantics: Semantics) -> list[tuple[Graph, Semantics]]:
    return [(graph, semantics), (floats, replace(semantics, integer=None))]


def test_neurons_of_a_unit_share_its_weights() -> None:
    """But for their sign; thresholds have the gains of ramps, are even, and one weight of each unit is the largest."""
    graph, floats, semantics = converted("mlp", 24, split=False)
    assert semantics.integer is not None
    flat = replace(semantics.integer, shift=0)
    behind = [node for node in graph.of(BinaryDigits) if _reads_spikes(graph, node.inputs[0])]
    (node,) = behind
    dense = graph.producers[node.inputs[0]].op
    assert isinstance(dense, Dense)
    weight = dense.weight.array.reshape(-1, node.op.width // 2, 2)
    np.testing.assert_array_equal(np.abs(weight[..., 0]), np.abs(weight[..., 1]))
    scaled = scaled_weights(dense.weight.array, flat)
    assert scaled is not None
    assert np.all(np.abs(scaled.mantissa).max(axis=0) <= 254)
    assert np.mean(np.abs(scaled.mantissa).max(axis=0) == 254) > 0.5
    assert not np.any(node.op.threshold.array % 2)
    encoder = floats.by_name[node.name].op.encoder(floats, floats.by_name[node.name])  # type: ignore[attr-defined]
    gain = np.abs(encoder.op.weight.array.sum(axis=0) / floats.by_name[node.name].op.threshold.array)  # type: ignore[attr-defined]
    ratio = (node.op.threshold.array * gain).reshape(-1, 2)
    np.testing.assert_allclose(ratio[:, 0], ratio[:, 1], rtol=1e-2)


def _reads_spikes(graph: Graph, current: str) -> bool:
    return sender(graph, graph.producers[current].inputs[0]) is not None


def test_more_matrices_where_weights_would_be_rougher_than_digits() -> None:
    """With digits enough a layer takes two matrices, high and low, by itself."""
    few, many = (_matrices(steps) for steps in (3, 12))
    assert few == 1
    assert many == 2


def _matrices(steps: int) -> int:
    graph = SHAPES["mlp"]()
    context = Context(points_for(graph, 200), LOIHI, steps)
    made = spiking_pipeline(analog_pipeline(graph, context), context, Phase(neurons_per_unit=2), "advanced").graph
    first, second = made.of(BinaryDigits)
    return len([node for node in made.of(Dense) if node.inputs[0] == first.output.name and second.name in node.name])


def test_spikes_and_inputs_do_not_meet() -> None:
    """What the host injects is there at once, and digits come step by step."""
    error = failure(lambda: converted("concat-skip", 24), ModelError)
    assert {each.code for each in error.diagnostics} == {"mixed-current"}


@pytest.mark.parametrize(
    ("changed", "quantity"),
    [
        ({"threshold": lambda array: array + 1}, "threshold"),
        ({"threshold": lambda array: array * 2**10}, "threshold"),
        ({"weight": lambda array: array * 2**9}, "weight"),
        ({"bias": lambda array: array * 2**20}, "bias"),
    ],
)
def test_numbers_that_do_not_fit_are_found(changed: dict[str, Any], quantity: str) -> None:
    """Odd thresholds, and what is too large for its bits."""
    graph, _, semantics = converted("mlp", 24, split=False)
    assert {each.quantity for each in static_ranges(_with(graph, changed), semantics) if not each.fits} == {quantity}


def test_currents_that_wrap_are_found() -> None:
    """A layer that gets more than a state holds in one step."""
    graph, _, semantics = converted("mlp", 24, split=False)
    large = _with(graph, {"weight": lambda array: array * 2**12})
    found = dynamic_ranges(large, points_for(graph, 50), semantics)
    assert {each.quantity for each in found if not each.fits} == {"current"}


def _with(graph: Graph, changed: dict[str, Any]) -> Graph:
    """Return a graph with some tensors of its spiking part changed."""

    def of(op: Any) -> Any:
        own = {name: getattr(op, name) for name in changed if isinstance(getattr(op, name, None), Tensor)}
        tensors: dict[str, Array] = {name: changed[name](each.array) for name, each in own.items()}
        return replace(op, **{name: Tensor(array.astype(np.int32)) for name, array in tensors.items()})

    integers = {node.name for node in graph.nodes if any(each.dtype == "int32" for each in node.op.tensors().values())}
    return graph.with_nodes(
        tuple(replace(node, op=of(node.op)) if node.name in integers else node for node in graph.nodes)
    )
