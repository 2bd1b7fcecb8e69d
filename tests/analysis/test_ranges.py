"""Every range of an integer network: what overflows is named with its layer, its size and the limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.analysis import (
    Chip,
    Limit,
    RangeWatch,
    dynamic_ranges,
    range_findings,
    resources,
    simulate,
    static_ranges,
)
from snnir.analysis.measurement import MAX_RANGES
from snnir.codes.ramps import IntegrateAndFire
from snnir.codes.sigma_delta import Delta, SigmaDelta
from snnir.compiler import Compiled
from snnir.errors import Diagnostic
from snnir.ir import Graph, Tensor
from snnir.metrics import Range
from snnir.ops import Dense
from snnir.registry import backend_for
from snnir.target import Target, conformance
from tests.networks import mlp

DOMAIN = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
SOFT, HARD = (backend_for(name).target for name in ("loihi2", "loihi1"))


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    """A small integer network: 12 and 10 neurons."""
    return snnir.compile(
        mlp(2, 4, 5, 1), target="loihi2", domain=DOMAIN, code="population", neurons_per_unit=2, steps=8
    )


def changed(graph: Graph, change: Callable[[Any], Any], kind: type, index: int) -> Graph:
    """Return a graph with one op of a kind changed."""
    node = [node for node in graph.of(kind) if node.output.type.coding != graph.inputs[0].type.coding][index]
    nodes = (replace(each, op=change(each.op)) if each is node else each for each in graph.nodes)
    return graph.with_nodes(tuple(nodes))


def times(field: str, factor: float) -> Callable[[Any], Any]:
    """Return a change of one tensor."""

    def change(op: Any) -> Any:
        array = getattr(op, field).array
        return replace(op, **{field: Tensor((array * factor).astype(np.int64))})

    return change


def test_what_is_compiled_fits(compiled: Compiled) -> None:
    """The report has all quantities of all layers, and none of them is beyond its limit."""
    ranges = [Range(**row) for row in compiled.report["ranges"]]
    layers = [row["name"] for row in compiled.report["layers"]]
    kinds = {layer: {each.quantity for each in ranges if each.layer == layer} for layer in layers}
    assert kinds == {
        layers[0]: {"threshold", "input", "membrane"},
        layers[1]: {"threshold", "weight", "bias", "current", "membrane"},
    }
    assert all(each.fits and 0 < each.value <= each.limit for each in ranges)
    assert not conformance(compiled.graph, SOFT)


@pytest.mark.parametrize(
    ("quantity", "kind", "limit"),
    [("weight", Dense, 254 << 13), ("bias", Dense, 127 * 129 * 128), ("threshold", IntegrateAndFire, 4095 << 7)],
)
def test_numbers_that_are_too_large(compiled: Compiled, quantity: str, kind: type, limit: int) -> None:
    """A weight, bias or threshold beyond its mantissa is refused, with layer, value and limit."""
    graph = changed(compiled.graph, times(quantity, 2.0**16), kind, 1 if kind is IntegrateAndFire else 0)
    (found,) = conformance(graph, SOFT)
    name = compiled.report["layers"][1]["name"]
    old = {node.op for node in compiled.graph.nodes}
    (tensor,) = (getattr(node.op, quantity) for node in graph.of(kind) if node.op not in old)
    value = float(np.abs(tensor.array).max())
    assert value > limit
    expected = f"its {quantity} reaches {value:,.0f}, the limit is {limit:,.0f}"
    assert (found.code, found.message, found.where) == (f"{quantity}-range", expected, f"layer {name!r}")
    assert found.hint


@pytest.mark.parametrize(
    ("field", "kind", "step", "code"),
    [
        ("weight", Dense, 1, "weight-range"),
        ("bias", Dense, 64, "bias-range"),
        ("threshold", IntegrateAndFire, 64, "threshold-range"),
    ],
)
def test_numbers_between_mantissas(compiled: Compiled, field: str, kind: type, step: int, code: str) -> None:
    """A number that is no mantissa times a power of two is refused, however small."""

    def change(op: Any) -> Any:
        return replace(op, **{field: Tensor(getattr(op, field).array + step)})

    (found,) = conformance(changed(compiled.graph, change, kind, 0), SOFT)
    assert found.code == code
    assert "no mantissa" in found.message


def test_pairs_need_thresholds_that_are_weights() -> None:
    """A pair cannot represent a threshold that has too many bits."""
    made = snnir.compile(mlp(2, 4, 1), target="loihi2", domain=DOMAIN, code="rate", steps=8)

    def change(op: IntegrateAndFire) -> IntegrateAndFire:
        return replace(op, threshold=Tensor(np.full(4, 129 << 7, np.int32)))

    (found,) = conformance(changed(made.graph, change, IntegrateAndFire, 0), SOFT)
    assert found.code == "threshold-range"


def excess(graph: Graph, points: dict[str, Any], target: Target = SOFT) -> dict[str, Range]:
    """Return the ranges that do not fit, by quantity."""
    return {each.quantity: each for each in dynamic_ranges(graph, points, target.semantics) if not each.fits}


def test_sums_that_are_too_large(compiled: Compiled) -> None:
    """A current beyond 24 bits in one step, and a membrane over all steps, are found where they happen."""
    points = {"x": np.random.default_rng(0).uniform(-1, 1, (50, 2)).astype(np.float32)}
    assert not excess(compiled.graph, points)
    found = excess(changed(compiled.graph, times("weight", 2.0**10), Dense, 0), points)
    assert found.keys() == {"current", "membrane"}
    assert found["current"].limit == found["membrane"].limit == 2**23 - 1
    assert found["membrane"].value > found["current"].value > 2**23
    codes = {each.code for each in range_findings(tuple(found.values()))}
    assert codes == {"current-range", "membrane-range"}
    found = excess(changed(compiled.graph, times("weight", 8.0), Dense, 0), points)
    assert found.keys() == {"membrane"}


@pytest.mark.parametrize("network", ["compiled", "stream"])
def test_what_is_measured_is_not_simulated_again(network: str, request: pytest.FixtureRequest) -> None:
    """Ranges are those of the first points of the simulation that errors come from."""
    made: Compiled = request.getfixturevalue(network)
    (name,) = (value.name for value in made.graph.inputs)
    points = np.random.default_rng(0).uniform(-1, 1, (MAX_RANGES + 200, 2)).astype(np.float32)
    points[MAX_RANGES:] *= 1e3  # would not fit
    watch = RangeWatch(made.graph, SOFT.semantics)
    simulate(made.graph, made.ann, {name: points}, SOFT.semantics, ranges=watch)
    assert watch.ranges() == dynamic_ranges(made.graph, {name: points[:MAX_RANGES]}, SOFT.semantics)
    assert watch.ranges() != dynamic_ranges(made.graph, {name: points}, SOFT.semantics)


def test_inputs_that_are_no_bias(compiled: Compiled) -> None:
    """What the host injects must have a mantissa of 13 bits and an exponent up to 7."""
    (encode,) = (node for node in compiled.graph.nodes if node.op.mnemonic == "encode")
    size = compiled.graph.types[encode.inputs[0]].shape[-1]
    for given, fits in ((4095.0 * 128, True), (4096.0 * 128, False), (0.5, False), (4095.0 * 64 + 1, False)):
        ranges = dynamic_ranges(compiled.graph, {encode.inputs[0]: np.full((2, size), given)}, SOFT.semantics)
        (found,) = (each for each in ranges if each.quantity == "input")
        assert (found.fits, found.value, found.limit) == (fits, given, 4095 * 128)
        assert [each.code for each in range_findings((found,))] == ([] if fits else ["input-range"])


def test_compiler_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is refused by the compiler itself: sums over very many steps, and chips that are too small."""
    graph = mlp(2, 4, 5, 1)

    def refused(steps: int = 8, **chip: Any) -> Diagnostic:
        backend = backend_for("loihi2")
        small = None if not chip else replace(SOFT, capacity=Chip(**chip))
        monkeypatch.setattr(backend, "target", small or SOFT)
        with pytest.raises(snnir.ModelError) as caught:
            snnir.compile(graph, target="loihi2", domain=DOMAIN, code="population", neurons_per_unit=2, steps=steps)
        return caught.value.diagnostics[0]

    here, many = Limit(1, "a test"), Limit(10**9, "a test")
    roomy = {"cores": many, "neurons": many, "bias_synapses": 2}
    assert refused(steps=60_000).code in {"threshold-range", "bias-range", "membrane-range"}
    found = refused(cores=here, neurons=Limit(9, "a test"))
    assert (found.code, found.message) == ("cores", "it takes 2 cores, the chip has 1 (a test)")
    found = refused(**roomy, axons=Limit(8, "a test"))
    assert (found.code, found.message) == ("fan-in", "it has 9 presynaptic neurons, a core has axons for 8 (a test)")
    found = refused(**roomy, synapse_bits=Limit(79, "a test"))
    assert (found.code, found.message) == (
        "core-memory",
        "one of its neurons has 80 bits of weights, a core has 79 (a test)",
    )
    found = refused(**roomy, synapses=Limit(99, "a test"))
    assert (found.code, found.message) == ("chip-memory", "it has 100 synapses, the chip has 99 (a test)")


def test_placement(compiled: Compiled) -> None:
    """Cores fill up one after the other, no limit is broken, and every neuron has its place once."""
    chip = Chip(Limit(9, ""), Limit(5, ""), synapse_bits=Limit(250, ""), axons=Limit(20, ""), bias_synapses=2)
    spikes = {row["name"]: 10.0 for row in compiled.report["layers"]}
    first, second = spikes
    made = resources(compiled.graph, chip, 8, spikes)
    assert made["placement"] == [
        {"layers": {first: [0, 5]}, "neurons": 5, "synapse_bits": 0, "axons": 0},
        {"layers": {first: [5, 8], second: [0, 2]}, "neurons": 5, "synapse_bits": 160, "axons": 9},
        {"layers": {second: [2, 5]}, "neurons": 3, "synapse_bits": 240, "axons": 9},
        {"layers": {second: [5, 8]}, "neurons": 3, "synapse_bits": 240, "axons": 9},
        {"layers": {second: [8, 10]}, "neurons": 2, "synapse_bits": 160, "axons": 9},
    ]
    assert (made["neurons"], made["synapses"], made["weight_bits"], made["cores"]) == (18, 100, 800, 5)
    assert made["steps"] == 8 + 1 + 1
    # The spikes of the first layer, and those of the clock at every step, go to the four cores of the second.
    assert made["messages"] == 4 * (10 + 8)
    assert made["busiest"]["messages"] == 18
    assert made["bottleneck"] == "neurons of a core"
    assert made["use"]["memory of a core"] == 240 / 250


def test_a_chip_whose_synapses_are_known_as_a_whole(compiled: Compiled) -> None:
    """Neurons alone would put any layer on one core: a core takes no more than its share of the chip's synapses."""
    spikes = {row["name"]: 10.0 for row in compiled.report["layers"]}
    chip = Chip(cores=Limit(4, ""), neurons=Limit(1000, ""), synapses=Limit(120, ""), bias_synapses=2)
    made = resources(compiled.graph, chip, 8, spikes)
    assert made["synapses"] == 100
    assert [core["synapse_bits"] // 8 for core in made["placement"]] == [30, 30, 30, 10]
    assert made["cores"] == 4
    assert made["use"]["synapses of a core"] == 1.0


def test_static_ranges_need_no_points(compiled: Compiled) -> None:
    """Weights, thresholds and biases are checked in the graph alone, for both resets."""
    for target in (SOFT, HARD):
        assert {each.quantity for each in static_ranges(compiled.graph, target.semantics)} == {
            "threshold",
            "weight",
            "bias",
        }


@pytest.fixture(scope="module")
def stream() -> Compiled:
    """A small integer network of streams."""
    return snnir.compile(mlp(2, 4, 5, 1), target="loihi2", domain=DOMAIN, code="sigma-delta")


def test_what_is_compiled_fits_as_a_stream(stream: Compiled) -> None:
    """The report has all quantities of all layers, changes of the inputs included."""
    ranges = [Range(**row) for row in stream.report["ranges"]]
    (inputs,) = (node.name for node in stream.graph.of(Delta))
    layers = [row["name"] for row in stream.report["layers"]]
    kinds = {name: {each.quantity for each in ranges if each.layer == name} for name in (inputs, *layers)}
    assert kinds.pop(inputs) == {"message"}
    assert set(map(frozenset, kinds.values())) == {
        frozenset({"weight", "threshold", "membrane", "message"}),
    }
    assert all(each.fits and 0 < each.value <= each.limit for each in ranges)


@pytest.mark.parametrize(
    ("kind", "field", "factor", "overflows"),
    [
        (Dense, "weight", 257, {"weight", "membrane"}),
        (SigmaDelta, "threshold", 2.0**20, {"threshold"}),
    ],
)
def test_streams_that_overflow(stream: Compiled, kind: type, field: str, factor: float, overflows: set[str]) -> None:
    """A number that is too large is named with its layer, its size and the limit."""
    graph = changed(stream.graph, times(field, factor), kind, 0)
    ranges = (*static_ranges(graph, SOFT.semantics), *dynamic_ranges(graph, stream.points, SOFT.semantics))
    assert {each.quantity for each in ranges if not each.fits} >= overflows


def test_messages_that_overflow(stream: Compiled) -> None:
    """Values of f of more bits make changes that no message holds."""

    def larger(op: SigmaDelta) -> SigmaDelta:
        (entry,) = op.function.nodes
        table = times("values", 16.0)(entry.op)
        return replace(op, function=replace(op.function, nodes=(replace(entry, op=table),)))

    graph = changed(stream.graph, larger, SigmaDelta, 0)
    found = [each for each in dynamic_ranges(graph, stream.points, SOFT.semantics) if not each.fits]
    assert ("message", 2**15 - 1) in {(each.quantity, each.limit) for each in found}
    assert "message-range" in {each.code for each in range_findings(tuple(found))}
