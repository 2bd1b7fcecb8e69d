"""Random regions, in numbers that floating point adds without rounding, so that equality is exact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.ir import Graph
from snnir.ops import Decode, Encode
from snnir.semantics import Semantics, evaluate
from snnir.setting import Setting
from snnir.types import Array
from snnir_nir import BACKEND, NIRGraph, from_nir, interpret, read_metadata, read_nir, signed_spikes
from snnir_nir.assemble import assemble
from snnir_nir.library import to_library
from tests.support import setting_on

EIGHTHS = st.integers(-16, 16).map(lambda k: k / 8)


def eighths(draw: Any, *shape: int) -> Array:
    """Draw an array of multiples of 1/8 between -2 and 2: sums of a few are exact and ties common."""
    size = int(np.prod(shape))
    return np.array(draw(st.lists(EIGHTHS, min_size=size, max_size=size))).reshape(shape)


def draw_region(draw: Any, net: Any, x: str) -> list[str]:
    """Draw one region: with or without synapses, biases, initial membranes, skips; decodes of currents and spikes."""
    encoded = net.encode(x)
    value = encoded
    currents = [encoded]
    for _ in range(draw(st.integers(1, 3))):
        width = net.widths[value]
        if value is not encoded or draw(st.booleans()):
            width = draw(st.integers(1, 3))
            bias = eighths(draw, width) if draw(st.booleans()) else None
            value = net.dense(value, eighths(draw, net.widths[value], width), bias)
        partners = [name for name in currents if net.widths[name] == width]
        if partners and draw(st.booleans()):
            value = net.add(value, draw(st.sampled_from(partners)))
        currents.append(value)
        threshold = (np.abs(eighths(draw, width)) + 0.125).tolist()
        initial = eighths(draw, width) if draw(st.booleans()) else None
        value = net.fire(value, threshold, initial, signed=draw(st.booleans()))
    outputs = [net.decode(value)] if draw(st.booleans()) else []
    if not outputs or draw(st.booleans()):
        outputs.append(net.decode(net.dense(value, eighths(draw, net.widths[value], 2))))
    if draw(st.booleans()):
        outputs.append(net.decode(draw(st.sampled_from(currents))))
    return outputs


def draw_graph(draw: Any, builder: Any) -> Graph:
    """Draw a graph of one or two regions in either precision."""
    net = builder(draw(st.sampled_from([np.float32, np.float64])), draw(st.sampled_from([1, 2, 4, 8])))
    outputs: list[str] = []
    for index in range(draw(st.integers(1, 2))):
        outputs += draw_region(draw, net, net.input(draw(st.integers(1, 3)), f"x{index}"))
    return net.graph(*draw(st.permutations(outputs)))


PORTABLE = setting_on(BACKEND.target)
EXACT = setting_on(BACKEND.target, reader="spec", form="exact")
SETTINGS = pytest.mark.parametrize("setting", [PORTABLE, EXACT], ids=["portable", "exact"])


def nir_of(graph: Graph, setting: Setting = PORTABLE) -> NIRGraph:
    """Return what would be written."""
    return to_library(assemble(graph, setting))


def draw_inputs(draw: Any, graph: Graph) -> dict[str, Array]:
    """Draw three points per graph input."""
    return {value.name: eighths(draw, 3, value.type.shape[-1]) for value in graph.inputs}


def by_port(source: NIRGraph, inputs: dict[str, Array]) -> dict[str, Array]:
    """Return inputs under the names of the ports that take them."""
    facts = read_metadata(source)
    return {port["port"]: inputs[port["value"]] for port in facts["inputs"]}


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_file_spikes_as_the_equation_of_the_signed_neuron(data: Any, new_network: Any, reference_model: Any) -> None:
    """Spikes and outputs of a random region equal those of the neuron equation, bit for bit."""
    graph = draw_graph(data.draw, new_network)
    inputs = draw_inputs(data.draw, graph)
    source = nir_of(graph)
    result = interpret(source, by_port(source, inputs))
    outputs, spikes = reference_model(graph, inputs)
    facts = read_metadata(source)
    for port in facts["outputs"]:
        np.testing.assert_array_equal(result.outputs[port["port"]], outputs[port["value"]])
    joined = signed_spikes(result, facts)
    used = {layer["node"] for layer in facts["layers"].values()}
    assert joined.keys() == used
    for name, train in joined.items():
        np.testing.assert_array_equal(train, spikes[name])


@SETTINGS
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_file_spikes_as_the_reference_simulator(data: Any, new_network: Any, setting: Setting) -> None:
    """The simulator and the interpreter agree on a random region, bit for bit, in either form of the file."""
    graph = draw_graph(data.draw, new_network)
    inputs = draw_inputs(data.draw, graph)
    source = nir_of(graph, setting)
    facts = read_metadata(source)
    result = interpret(source, by_port(source, inputs))
    spikes: dict[str, Array] = {}
    outputs = evaluate(
        graph,
        inputs,
        semantics=replace(setting.semantics, dtype=facts["dtype"]),
        observe=lambda node, _, made: spikes.update({node.name: made.copy()}),
    )
    for port in facts["outputs"]:
        np.testing.assert_array_equal(result.outputs[port["port"]], outputs[port["value"]])
    for name, train in signed_spikes(result, facts).items():
        np.testing.assert_array_equal(train, spikes[name])


@SETTINGS
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_file_is_read_back_as_the_graph_it_came_from(
    data: Any, new_network: Any, tmp_path_factory: Any, setting: Setting
) -> None:
    """Reading gives an equal graph (names, tensors, provenance), and emitting that gives the same bytes."""
    graph = draw_graph(data.draw, new_network)
    content = BACKEND.emit(graph, setting)[".nir"]
    path = tmp_path_factory.mktemp("nir") / "net.nir"
    path.write_bytes(content)
    again = from_nir(read_nir(path))
    assert again.inputs == graph.inputs
    assert again.outputs == graph.outputs
    kept = {node.name for node in again.nodes}
    assert again.nodes == tuple(node for node in graph.nodes if node.name in kept)
    assert {node.name for node in graph.of(Encode, Decode)} <= kept
    assert BACKEND.emit(again, setting)[".nir"] == content


@st.composite
def semantics(draw: Any) -> Semantics:
    """Draw what neurons may do, in numbers that do not round."""
    return Semantics(
        reset=draw(st.sampled_from(["subtract", "value"])),
        compare=draw(st.sampled_from([">=", ">"])),
        delay=draw(st.integers(0, 2)),
        dtype="float64",
        many=draw(st.booleans()),
        floor=draw(st.sampled_from([None, -1.0, -0.5])),
    )


@given(data=st.data(), rules=semantics())
@settings(max_examples=50, deadline=None)
def test_any_semantics(data: Any, rules: Semantics, new_network: Any) -> None:
    """Whatever the neurons of a file do, the simulator and the interpreter do the same, bit for bit."""
    draw = data.draw
    net = new_network(np.float64, draw(st.sampled_from([1, 3, 8])))
    value = net.encode(net.input(2, "x"))
    for _ in range(draw(st.integers(1, 3))):
        width = draw(st.integers(1, 3))
        value = net.dense(value, eighths(draw, net.widths[value], width), eighths(draw, width))
        initial = eighths(draw, width) if draw(st.booleans()) else None
        value = net.fire(value, (np.abs(eighths(draw, width)) + 0.125).tolist(), initial, signed=False)
    graph = net.graph(net.decode(net.dense(value, eighths(draw, net.widths[value], 2))))
    inputs = draw_inputs(draw, graph)
    source = to_library(assemble(graph, setting_on(BACKEND.target, semantics=rules)))
    facts = read_metadata(source)
    result = interpret(source, by_port(source, inputs))
    spikes: dict[str, Array] = {}
    outputs = evaluate(
        graph, inputs, semantics=rules, observe=lambda node, _, made: spikes.update({node.name: made.copy()})
    )
    (port,) = facts["outputs"]
    np.testing.assert_array_equal(result.outputs[port["port"]], outputs[port["value"]])
    for name, train in signed_spikes(result, facts).items():
        np.testing.assert_array_equal(train, spikes[name])
