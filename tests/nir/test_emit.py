"""What is in an emitted file."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import nir
import numpy as np
import pytest

from snnir.errors import ModelError
from snnir.ir import Graph
from snnir.registry import backend_for
from snnir.setting import Setting
from snnir.target import conformance
from snnir_nir import BACKEND, read_metadata
from snnir_nir.digest import layer_digest
from snnir_nir.library import from_library
from tests.support import setting_on

SETTING = setting_on(BACKEND.target)


def emit(graph: Graph) -> Any:
    """Return what the nir package itself reads from the emitted bytes."""
    return nir.read(io.BytesIO(BACKEND.emit(graph, SETTING)[".nir"]))


def codes(graph: Graph) -> list[str]:
    """Return the codes with which a graph is refused."""
    with pytest.raises(ModelError) as caught:
        BACKEND.emit(graph, SETTING)
    return [found.code for found in caught.value.diagnostics]


def test_the_backends_are_found_by_name() -> None:
    """Both targets are registered; numpy writes nothing besides the archive."""
    assert backend_for("nir").target.artifacts == (".nir",)
    assert backend_for("numpy").target.artifacts == ()


def test_numpy_needs_no_artifacts(deep_graph: Any) -> None:
    """The reference simulator runs every op of a compiled graph, and its backend writes no files."""
    graph = deep_graph()
    backend = backend_for("numpy")
    assert conformance(graph, backend.target) == ()
    assert conformance(graph, BACKEND.target) == ()
    assert backend.emit(graph, SETTING) == {}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parameters_follow_the_rules_that_all_readers_take(deep_graph: Any, dtype: Any) -> None:
    """The resistance r is 1, v_reset is 0, one entry per neuron, the precision that of the tensors, and no Linear."""
    read = emit(deep_graph(dtype))
    kinds = {type(node).__name__ for node in read.nodes.values()}
    assert kinds == {"Input", "Output", "Affine", "IF"}
    for node in read.nodes.values():
        if isinstance(node, nir.IF):
            assert node.r.tolist() == [1] * 8
            assert node.v_reset.tolist() == [0] * 8
            assert node.v_threshold.shape == (8,)
            assert {node.r.dtype, node.v_threshold.dtype, node.v_reset.dtype} == {np.dtype(dtype)}
        if isinstance(node, nir.Affine):
            assert node.weight.dtype == node.bias.dtype == dtype


def test_signed_layers_are_pairs_with_one_cross_connection(new_network: Any) -> None:
    """A signed layer is one IF of [p; m] with weights [W; -W], bias [b; -b], and theta across."""
    net = new_network()
    current = net.dense(net.encode(net.input(2)), [[1, 2], [3, 4]], [5, 6], name="fc")
    spikes = net.fire(current, [0.5, 2], [0.1, 0.2], name="fire")
    read = emit(net.graph(net.decode(net.dense(spikes, [[7], [8]], name="out"))))
    assert set(read.edges) == {
        ("input", "fc_pair"),
        ("fc_pair", "fire"),
        ("fire", "fire_cross"),
        ("fire_cross", "fire"),
        ("fire", "out"),
        ("out", "output"),
    }
    weight = np.array([[1, 3], [2, 4]])
    np.testing.assert_array_equal(read.nodes["fc_pair"].weight, np.concatenate([weight, -weight]))
    np.testing.assert_array_equal(read.nodes["fc_pair"].bias, [5, 6, -5, -6])
    np.testing.assert_array_equal(read.nodes["fire"].v_threshold, [0.5, 2, 0.5, 2])
    np.testing.assert_array_equal(
        read.nodes["fire_cross"].weight, [[0, 0, 0.5, 0], [0, 0, 0, 2], [0.5, 0, 0, 0], [0, 2, 0, 0]]
    )
    assert not read.nodes["fire_cross"].bias.any()
    np.testing.assert_array_equal(read.nodes["out"].weight, [[7, 8, -7, -8]])
    np.testing.assert_array_equal(read.nodes["fire"].metadata["v_init"], np.float32([0.1, 0.2, -0.1, -0.2]))


def test_unsigned_layers_stay_as_they_are(new_network: Any) -> None:
    """A plain neuron is one IF entry and nothing feeds back."""
    net = new_network()
    current = net.dense(net.encode(net.input(2)), [[1], [3]], name="fc")
    read = emit(net.graph(net.decode(net.dense(net.fire(current, 1, signed=False), [[7]], name="out"))))
    assert set(read.edges) == {("input", "fc"), ("fc", "if_1"), ("if_1", "out"), ("out", "output")}
    assert read.nodes["out"].weight.tolist() == [[7]]


def test_synapses_are_added_where_there_are_none(new_network: Any) -> None:
    """An encode straight into neurons and a decode straight from them go through identities with the pairs' signs."""
    net = new_network()
    read = emit(net.graph(net.decode(net.fire(net.encode(net.input(1)), 1, name="fire"))))
    assert read.nodes["encode_pair_relay"].weight.tolist() == [[1], [-1]]
    assert read.nodes["decode_readout"].weight.tolist() == [[1, -1]]
    assert [edge for edge in read.edges if edge[1] == "output"] == [("decode_readout", "output")]


def test_an_output_has_one_edge_even_where_currents_are_added(new_network: Any) -> None:
    """A sum is several edges into neurons, but goes through an Affine before an Output."""
    net = new_network()
    encoded = net.encode(net.input(2))
    left, right = net.dense(encoded, np.eye(2), name="left"), net.dense(encoded, np.eye(2), name="right")
    both = net.add(left, right)
    read = emit(net.graph(net.decode(net.fire(both, 1, name="fire"), "spiking"), net.decode(both, "sum")))
    assert {edge for edge in read.edges if edge[1] == "fire"} == {
        ("left_pair", "fire"),
        ("right_pair", "fire"),
        ("fire_cross", "fire"),
    }
    assert [edge[0] for edge in read.edges if edge[1] == "output_1"] == ["sum_sum"]


def test_names_are_safe_and_unique(new_network: Any) -> None:
    """Slashes, dots and other marks become underscores; what then collides, or is taken elsewhere, gets a number."""
    net = new_network()
    value = net.encode(net.input(1), "output")
    for name in ("/net/fc.1/Gemm", "net.fc.1.Gemm", "net_fc_1_Gemm", "forward", "1x", "é/", "class"):
        value = net.dense(value, [[1]], name=name)
    read = emit(net.graph(net.decode(value, "metadata")))
    assert {name for name, node in read.nodes.items() if isinstance(node, nir.Affine)} == {
        "net_fc_1_Gemm",
        "net_fc_1_Gemm_1",
        "net_fc_1_Gemm_2",
        "forward_1",
        "n1x",
        "node",
        "class_1",
    }
    assert {"input", "output"} <= read.nodes.keys()


def test_several_ports_are_numbered(host_graph: Graph) -> None:
    """With two regions, inputs and outputs carry numbers in the order of the graph."""
    read = emit(host_graph)
    assert sorted(read.inputs) == ["input_0", "input_1"]
    assert sorted(read.outputs) == ["output_0", "output_1"]


def test_metadata_hold_what_nir_cannot(deep_graph: Any) -> None:
    """Semantics, steps, coding, read-out and layers are in one JSON text."""
    read = emit(deep_graph(steps=16))
    facts = json.loads(read.metadata["snnir"])
    assert facts["advisory"] is True
    asked = {key: facts[key] for key in ("reset", "compare", "delay", "dt", "steps", "dtype")}
    assert asked == {"reset": "subtract", "compare": ">=", "delay": 0, "dt": 1, "steps": 16, "dtype": "float32"}
    assert facts["input_coding"] == "constant current at every step"
    assert facts["read_out"] == "mean over the steps of the output"
    assert facts["producer"].startswith("snnir ")
    assert [(port["port"], port["value"], port["shape"]) for port in facts["inputs"]] == [("input", "x", ["N", 2])]
    layer = facts["layers"]["if_1"]
    assert (layer["node"], layer["signed"], layer["neurons"]) == ("if", True, 4)
    assert layer["digest"] == layer_digest(from_library(read), "if_1")


def test_metadata_list_the_host_part(host_graph: Graph) -> None:
    """Ops that are not in the file are listed with their place relative to the spiking part."""
    facts = read_metadata(emit(host_graph))
    assert facts["host"] == {
        "before": ["before (tanh)", "beside (tanh)"],
        "between": ["between (tanh)"],
        "after": ["after (tanh)"],
    }


def test_the_setting_travels_with_the_file(deep_graph: Any) -> None:
    """What the network was compiled for and with stands in the metadata, every field of it."""
    setting = setting_on(BACKEND.target, reader="spec", form="exact", legacy=True, seed=7)
    read = nir.read(io.BytesIO(BACKEND.emit(deep_graph(), setting)[".nir"]))
    facts = json.loads(read.metadata["snnir"])
    assert Setting.of(facts["setting"]) == setting
    assert (facts["reader"], facts["form"], facts["legacy"]) == ("spec", "exact", True)


def test_the_same_graph_gives_the_same_bytes(deep_graph: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the clock nor the order of a set is in the file."""
    first = BACKEND.emit(deep_graph(), SETTING)[".nir"]
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert BACKEND.emit(deep_graph(), SETTING)[".nir"] == first


def test_dead_nodes_are_not_written(new_network: Any) -> None:
    """Neurons that nothing reads leave no trace, as NIR would make them an output."""
    net = new_network()
    encoded = net.encode(net.input(1))
    net.fire(encoded, 1, name="dead")
    read = emit(net.graph(net.decode(net.fire(encoded, 1, name="live"))))
    assert "dead" not in read.nodes


def test_a_graph_without_spikes_is_refused(new_network: Any) -> None:
    """Nothing to write is an error, not an empty file."""
    net = new_network()
    assert codes(net.graph(net.tanh(net.input(1)))) == ["no-spikes"]


def test_what_nir_cannot_express_is_refused_all_at_once(new_network: Any) -> None:
    """Mixed precision, undecoded outputs, bad thresholds, values that are not finite and wrong shapes: one error."""
    net = new_network()
    current = net.dense(net.encode(net.input(2)), [[1, np.nan], [3, 4]], [1, 2, 3])
    net.dtype = np.dtype(np.float64)
    spikes = net.fire(current, [0.0, 1.0])
    found = codes(net.graph(spikes, net.decode(spikes)))
    assert found == ["mixed-precision", "undecoded-output", "bad-shape", "not-finite", "bad-threshold"]


def test_half_precision_and_mixed_steps_are_refused(new_network: Any) -> None:
    """Files are in single or double precision, and run for one number of steps."""
    half = new_network(np.float16)
    assert codes(half.graph(half.decode(half.fire(half.encode(half.input(1)), 1)))) == ["precision-not-in-nir"]
    net = new_network()
    first = net.decode(net.fire(net.encode(net.input(1)), 1))
    net.steps = 4
    assert codes(net.graph(first, net.decode(net.fire(net.encode("x"), 1)))) == ["mixed-steps"]


def test_sizes_must_fit(new_network: Any) -> None:
    """A weight for other sizes, and a sum that would broadcast, are named with their node."""
    net = new_network()
    encoded = net.encode(net.input(2))
    one = net.dense(encoded, [[1], [1]], name="one")
    net.widths[encoded] = 3
    wrong = net.add_node("wrong", net.nodes[1].op, 3, net.nodes[1].output.type.coding, encoded)
    wide = net.add(encoded, one)
    with pytest.raises(ModelError) as caught:
        BACKEND.emit(net.graph(net.decode(wrong), net.decode(wide)), SETTING)
    assert [found.where.partition("(")[0] for found in caught.value.diagnostics] == ["node 'wrong' ", "node 'add' "]


@pytest.mark.parametrize("axes", [("N", "d"), ()])
def test_the_last_axis_must_be_a_number(new_network: Any, axes: tuple[Any, ...]) -> None:
    """A size known only at run time, or none at all, makes no neurons."""
    net = new_network()
    net.decode(net.encode(net.input(1)))
    kind = replace(net.inputs[0].type, shape=axes)
    net.inputs[0] = replace(net.inputs[0], type=kind)
    assert "bad-shape" in codes(net.graph(net.nodes[-1].output.name))
