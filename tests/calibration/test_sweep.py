"""The layer sweep: every layer is simulated once, and what is kept in between gives the same bits as the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from snnir.calibration.sweep import SpikingSweep
from snnir.codes import Code, Phase, Population, Radix, Rate, spiking_pipeline
from snnir.codes.radix import SignedDigits
from snnir.codes.ramps import IntegrateAndFire, answers
from snnir.ops import Decode
from snnir.passes import Context, analog_pipeline
from snnir.passes.join import Join
from snnir.semantics import Plain, Semantics, Train, evaluate, kept, packed
from snnir_lava.targets import FORMAT
from tests.networks import SHAPES, mlp, points_for

POINTS = 70
WHOLE = Semantics(dtype="float64", integer=FORMAT)


def simulated(layers: int, semantics: Semantics, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the points that layers of neurons are simulated on, added up, while a chain is calibrated."""
    graph = mlp(2, *layers * (4,), 1)
    context = Context(points_for(graph, POINTS), semantics, 4)
    ann = analog_pipeline(graph, context)
    count = 0
    original = answers.integrate_and_fire

    def counted(op: IntegrateAndFire, current: Any, *rest: Any, **more: Any) -> Any:
        nonlocal count
        count += current.shape[1]
        return original(op, current, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(answers, "integrate_and_fire", counted)
        spiking_pipeline(
            ann, context, Rate(), "advanced" if semantics.integer is None else "least-squares", lowering=(Join(),)
        )
    return count


@pytest.mark.parametrize("semantics", [Semantics(), WHOLE])
@pytest.mark.parametrize("layers", [3, 12])
def test_calibration_simulates_every_layer_once(
    layers: int, semantics: Semantics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its work is in proportion to the depth, with floats and with integers: no prefix is simulated again."""
    assert simulated(layers, semantics, monkeypatch) == layers * POINTS


@pytest.mark.parametrize("code", [Rate(), Population(neurons_per_unit=2), Phase(neurons_per_unit=2), Radix()])
@pytest.mark.parametrize("name", ["mlp", "residual", "concat-skip", "separable", "two-branch"])
def test_a_sweep_gives_the_bits_of_the_whole(name: str, code: Code) -> None:
    """Layer by layer from the trains that are kept, every train decodes to what a simulation of everything gives."""
    graph = SHAPES[name]()
    context = Context(points_for(graph, 90), Semantics(), 8)
    ann = analog_pipeline(graph, context)
    made = spiking_pipeline(ann, context, code, "light").graph
    names = [node.output.name for node in made.of(IntegrateAndFire, SignedDigits, Decode)]
    expected = evaluate(made, context.points, outputs=names, semantics=context.semantics)
    sweep = SpikingSweep(context.points, context.semantics)
    for index, each in enumerate(names):
        sweep.keep(made, names[index:])
        found = sweep.values(made, (each,))[each]
        np.testing.assert_array_equal(found.reshape(expected[each].shape), expected[each])


def test_what_no_later_layer_needs_is_dropped() -> None:
    """Of a chain, the trains of one layer are kept at a time."""
    graph = mlp(2, 5, 5, 5, 1)
    context = Context(points_for(graph, 40), Semantics(), 4)
    made = spiking_pipeline(analog_pipeline(graph, context), context, Rate(), "none").graph
    layers = [node.output.name for node in made.of(IntegrateAndFire)]
    sweep = SpikingSweep(context.points, context.semantics)
    for index, name in enumerate(layers):
        sweep.keep(made, layers[index:])
        assert list(sweep.trains) == layers[:index][-1:]
        sweep.values(made, (name,))


@pytest.mark.parametrize(("low", "high", "kind"), [(0, 1, Train), (-1, 1, Train), (-3, 4, Plain), (0, 300, Plain)])
def test_trains_unpack_to_what_was_packed(low: int, high: int, kind: type) -> None:
    """In bits, or in integers where neurons send several spikes in a step; chunk by chunk, and any part of it."""
    spikes = np.random.default_rng(0).integers(low, high, (5, 12, 13), endpoint=True).astype(np.float32)
    spikes[0, :2, 0] = low, high
    spikes[0, 8:10, 0] = low, high
    signal = kept([packed(spikes[:, :7]), packed(spikes[:, 7:])])
    assert isinstance(signal, kind)
    assert signal.points == 12
    np.testing.assert_array_equal(signal.part(slice(3, 10), "float32"), spikes[:, 3:10])


def test_chunks_of_bits_and_of_counts_join() -> None:
    """Where a neuron sends two spikes at one point only, and where one is inhibited at one point only."""
    plain, signed, many = np.ones((2, 3, 9)), -np.ones((2, 3, 9)), 2 * np.ones((2, 3, 9))
    for second in (signed, many):
        signal = kept([packed(plain), packed(second)])
        np.testing.assert_array_equal(signal.part(slice(None), "float64"), np.concatenate([plain, second], axis=1))
