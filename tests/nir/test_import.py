"""NIR graphs as other tools write them, against `tests.nir.equations`."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snnir.errors import ModelError, UsageError
from snnir.ir import Graph, verify
from snnir.semantics.infer import infer
from snnir.stepwise import run_stepwise
from snnir.text import FORMATS, parse_graph, print_graph, render, tensors_of
from snnir.types import Array
from snnir_nir import BACKEND, import_nir, interpret, read_nir, simulate
from tests.nir.equations import Model
from tests.nir.test_random_graphs import by_port, draw_graph, draw_inputs, nir_of
from tests.support import assert_round_trip, failure, setting_on

STEPS = st.sampled_from([1e-4, 1e-3])


def ends(into: tuple[int, ...], out: tuple[int, ...]) -> dict[str, Any]:
    """Return an Input and an Output."""
    return {"input": nir.Input({"input": np.array(into)}), "output": nir.Output({"output": np.array(out)})}


def chain(*names: str) -> list[tuple[str, str]]:
    """Return the edges from each name to the next."""
    return list(pairwise(names))


def full(shape: Any, value: float) -> Array:
    """Return a parameter that is the same for all neurons."""
    return np.full(shape, value)


def single_neuron() -> tuple[Any, list[str]]:
    """Return the NIR paper's first task: a leaky neuron behind one weight."""
    nodes = {
        **ends((1,), (1,)),
        "affine": nir.Affine(np.array([[1.5]]), np.array([0.1])),
        "lif": nir.LIF(full(1, 0.0025), full(1, 1.2), full(1, 0.05), full(1, 0.6), full(1, -0.1)),
    }
    order = ["input", "affine", "lif", "output"]
    return nir.NIRGraph(nodes, chain(*order)), order


def convolutional(neuron: str) -> tuple[Any, list[str]]:
    """Return the shape of the paper's convolutional network, small: convolutions, neurons, pooling, a dense layer."""
    rng = np.random.default_rng(3)

    def neurons(*shape: int) -> Any:
        threshold = rng.uniform(0.5, 1.0, shape)
        if neuron == "IF":
            return nir.IF(full(shape, 2000.0), threshold, full(shape, 0.0))
        return nir.LIF(rng.uniform(2e-3, 2e-2, shape), full(shape, 30.0), full(shape, 0.0), threshold, full(shape, 0.1))

    def conv(outputs: int, inputs: int, stride: int, shape: Any) -> Any:
        weight = rng.normal(0, inputs**-0.5 / 3, (outputs, inputs, 3, 3)) * 2
        return nir.Conv2d(shape, weight, stride, (1, 1), 1, 1, rng.normal(0, 0.1, outputs))

    nodes = {
        **ends((2, 12, 12), (5,)),
        "0": conv(4, 2, 2, (12, 12)),
        "1": neurons(4, 6, 6),
        "2": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "3": conv(6, 4, 1, (3, 3)),
        "4": neurons(6, 3, 3),
        "5": nir.Flatten({"input": np.array([6, 3, 3])}, 0, -1),
        "6": nir.Affine(rng.normal(0, 0.5, (5, 54)), rng.normal(0, 0.1, 5)),
        "7": neurons(5),
    }
    order = ["input", *"01234567", "output"]
    return nir.NIRGraph(nodes, chain(*order)), order


def recurrent() -> tuple[Any, list[str]]:
    """Return the shape of the paper's third task: a recurrent layer of CubaLIF neurons, and a second one as readout."""
    rng = np.random.default_rng(5)

    def neurons(size: int) -> Any:
        tau_syn, tau_mem = rng.uniform(2e-3, 9e-3, size), rng.uniform(5e-3, 3e-2, size)
        return nir.CubaLIF(
            tau_syn,
            tau_mem,
            full(size, 4.0),
            full(size, 0.02),
            full(size, 0.4),
            full(size, 0.0),
            rng.uniform(2, 4, size),
        )

    nodes = {
        **ends((12,), (7,)),
        "fc1": nir.Affine(rng.normal(0, 0.3, (20, 12)), rng.normal(0, 0.1, 20)),
        "lif1": neurons(20),
        "w_rec": nir.Affine(rng.normal(0, 0.2, (20, 20)), rng.normal(0, 0.05, 20)),
        "fc2": nir.Affine(rng.normal(0, 0.5, (7, 20)), rng.normal(0, 0.1, 7)),
        "lif2": neurons(7),
    }
    order = ["input", "fc1", "lif1", "w_rec", "fc2", "lif2", "output"]
    edges = [*chain("input", "fc1", "lif1", "fc2", "lif2", "output"), ("lif1", "w_rec"), ("w_rec", "lif1")]
    return nir.NIRGraph(nodes, edges), order


EXAMPLES = {
    "neuron": single_neuron,
    "convolutional IF": lambda: convolutional("IF"),
    "convolutional LIF": lambda: convolutional("LIF"),
    "recurrent": recurrent,
}


def drive(shape: Any, steps: int = 120, points: int = 3) -> Array:
    """Return a series that makes neurons fire."""
    rng = np.random.default_rng(11)
    return np.asarray(rng.normal(0.6, 1.0, (steps, points, *shape)))


@pytest.mark.parametrize("dt", [1e-4, 1e-3])
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_papers_networks_run_as_their_equations_say(example: str, dt: float, tmp_path: Path) -> None:
    """Written by the nir package, read from the file, and run: outputs within 1e-5, and every spike the same."""
    graph, order = EXAMPLES[example]()
    nir.write(tmp_path / "net.nir", graph)
    x = drive(graph.nodes["input"].input_type["input"])
    expected, spikes = Model(graph, order, dt).run({"input": x})
    made = simulate(read_nir(tmp_path / "net.nir"), x, dt=dt)
    assert made.spikes.keys() == spikes.keys()
    for name, train in spikes.items():
        assert train.any()
        np.testing.assert_array_equal(made.spikes[name], train, err_msg=name)
    np.testing.assert_allclose(made.outputs["output"], expected["output"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("dt", [1e-4, 1e-3])
def test_membranes_are_within_single_precision(dt: float) -> None:
    """The same with integrators for neurons, so that outputs are membranes; parameters in single precision."""
    rng = np.random.default_rng(7)
    single = {name: rng.uniform(0.5, 1.5, 6).astype(np.float32) for name in "abcdefghi"}
    nodes = {
        **ends((6,), (6,)),
        "cuba": nir.CubaLI(single["a"] / 100, single["b"] / 50, single["c"], single["d"], single["e"]),
        "scale": nir.Scale(single["f"]),
        "li": nir.LI(single["g"] / 100, single["h"], single["i"]),
        "sum": nir.I(single["a"] * 10),
        "cells": nir.Threshold(single["a"] / 20),
        "out2": nir.Output({"output": np.array([6])}),
        "out3": nir.Output({"output": np.array([6])}),
    }
    order = ["input", "cuba", "scale", "sum", "cells", "li", "output", "out2", "out3"]
    edges = [*chain("input", "cuba", "scale", "li", "output"), ("scale", "sum"), ("cuba", "sum"), ("sum", "cells")]
    graph = nir.NIRGraph(nodes, [*edges, ("cells", "out2"), ("cells", "li"), ("sum", "out3")])
    x = drive((6,))
    expected, _ = Model(graph, order, dt).run({"input": x})
    made = simulate(graph, x, dt=dt)
    assert made.outputs["output"].dtype == np.float32
    for name in ("output", "out2", "out3"):
        assert np.std(expected[name]) > 0
        np.testing.assert_allclose(made.outputs[name], expected[name], rtol=0, atol=1e-5)


@pytest.mark.parametrize("pool", [nir.SumPool2d, nir.AvgPool2d])
def test_windows_of_every_kind(pool: Any) -> None:
    """Strides, paddings, dilations and groups differ between axes; a pooling counts its padding."""
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(6, 2, 3, 2))
    # Without a declared shape: the nir package takes the kernel for square, and the shape it works out is wrong.
    conv = nir.Conv2d(None, weight, (2, 1), (1, 2), (1, 3), 2, rng.normal(size=6))
    nodes = {
        **ends((4, 9, 8), (6, 3, 5)),
        "conv": conv,
        "pool": pool(np.array([2, 3]), np.array([2, 2]), np.array([1, 1])),
        "some": nir.Flatten({"input": None}, 1, 2),
    }
    nodes["output"] = nir.Output({"output": np.array([6, 15])})
    order = ["input", "conv", "pool", "some", "output"]
    graph = nir.NIRGraph(nodes, chain(*order), type_check=False)
    x = drive((4, 9, 8), steps=2)
    expected, _ = Model(graph, order, 1.0).run({"input": x})
    np.testing.assert_allclose(simulate(graph, x).outputs["output"], expected["output"], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("padding", "pads"), [("valid", (0, 0)), ("same", (1, 2)), (1, (1, 1))])
def test_one_dimensional_convolutions(padding: Any, pads: tuple[int, int]) -> None:
    """Padding by name is that of PyTorch: what is odd goes behind."""
    rng = np.random.default_rng(0)
    weight, bias = rng.normal(size=(3, 2, 4)), rng.normal(size=3)
    nodes = {**ends((2, 7), (3, 7 + sum(pads) - 3)), "conv": nir.Conv1d(7, weight, 1, padding, 1, 1, bias)}
    graph = nir.NIRGraph(nodes, chain("input", "conv", "output"), type_check=False)
    x = drive((2, 7), steps=2)
    padded = np.pad(x, [(0, 0), (0, 0), (0, 0), pads])
    places = padded.shape[-1] - 3
    expected = [np.einsum("tnck,ock->tno", padded[..., p : p + 4], weight) + bias for p in range(places)]
    np.testing.assert_allclose(simulate(graph, x).outputs["output"], np.stack(expected, -1), rtol=0, atol=1e-12)


def test_nested_graphs_are_taken_apart() -> None:
    """The recurrent layer in a graph of its own, as some tools write it, gives the same spikes."""
    flat, _ = recurrent()
    cell = {
        "in": nir.Input({"input": np.array([20])}),
        "lif": flat.nodes["lif1"],
        "w_rec": flat.nodes["w_rec"],
        "out": nir.Output({"output": np.array([20])}),
    }
    inner = nir.NIRGraph(cell, [*chain("in", "lif", "out"), ("lif", "w_rec"), ("w_rec", "lif")])
    nodes = {name: flat.nodes[name] for name in ("input", "fc1", "fc2", "lif2", "output")} | {"rnn": inner}
    nested = nir.NIRGraph(nodes, chain("input", "fc1", "rnn", "fc2", "lif2", "output"))
    x = drive((12,))
    first, second = simulate(flat, x, dt=1e-3), simulate(nested, x, dt=1e-3)
    assert list(second.spikes) == ["rnn.lif", "lif2"]
    np.testing.assert_array_equal(first.spikes["lif1"], second.spikes["rnn.lif"])
    np.testing.assert_array_equal(first.outputs["output"], second.outputs["output"])
    assert "rnn.lif (LIF)" not in str(import_nir(nested).graph)
    origins = {origin.node for node in body(import_nir(nested).graph).nodes for origin in node.provenance.origins}
    assert origins == {"fc1", "rnn.lif", "rnn.w_rec", "fc2", "lif2"}


def body(graph: Graph) -> Graph:
    """Return the step of an imported graph."""
    (scan,) = (node.op for node in graph.nodes if node.op.mnemonic == "scan")
    step = getattr(scan, "body", None)
    assert isinstance(step, Graph)
    return step


@given(first=st.integers(0, 4), second=st.integers(0, 4), dt=STEPS)
def test_a_delay_shifts_a_series(first: int, second: int, dt: float) -> None:
    """Each element is late by its own number of steps, with zeros before."""
    nodes = {**ends((2,), (2,)), "late": nir.Delay(np.array([first, second]) * dt)}
    x = drive((2,), steps=9, points=2)
    made = simulate(nir.NIRGraph(nodes, chain("input", "late", "output")), x, dt=dt).outputs["output"]
    for index, late in enumerate((first, second)):
        np.testing.assert_array_equal(made[late:, :, index], x[: 9 - late, :, index])
        assert not made[:late, :, index].any()


@given(late=st.integers(1, 4))
def test_a_delay_may_close_a_cycle(late: int) -> None:
    """``y(t) = x(t) + y(t - delay) / 2``: such a cycle needs no further step, and no neuron."""
    nodes = {**ends((1,), (1,)), "sum": nir.Scale(full(1, 1.0)), "late": nir.Delay(full(1, late * 1e-3))}
    nodes["half"] = nir.Scale(full(1, 0.5))
    edges = [*chain("input", "sum", "output"), *chain("sum", "half", "late", "sum")]
    x = drive((1,), steps=12, points=2)
    made = simulate(nir.NIRGraph(nodes, edges), x, dt=1e-3).outputs["output"]
    expected = x.copy()
    for t in range(late, len(x)):
        expected[t] += expected[t - late] / 2
    np.testing.assert_allclose(made, expected, rtol=1e-14)


@given(data=st.data())
@settings(max_examples=60)
def test_our_own_files_spike_as_in_the_interpreter(data: Any, new_network: Any) -> None:
    """A random region of ours, imported like a file of any origin, gives the interpreter's spikes, bit for bit."""
    graph = draw_graph(data.draw, new_network)
    source = nir_of(graph)
    inputs = by_port(source, draw_inputs(data.draw, graph))
    expected = interpret(source, inputs)
    made = simulate(source, inputs)
    assert made.spikes.keys() == expected.spikes.keys()
    for name, train in expected.spikes.items():
        np.testing.assert_array_equal(made.spikes[name], train)
    for name, values in expected.outputs.items():
        np.testing.assert_array_equal(made.outputs[name], values)


@given(
    seed=st.integers(0, 1000), reader=st.sampled_from(["spec", "norse", "spikingjelly", "sinabs", "spyx", "nirtorch"])
)
@settings(max_examples=60)
def test_readers_differ_as_their_profiles_do(seed: int, reader: str) -> None:
    """A layer of IF under every profile, against its rule for one neuron; ties are common."""
    rng = np.random.default_rng(seed)
    threshold, reset = rng.integers(1, 9, 4) / 4, rng.integers(-2, 1, 4) / 4
    nodes = {**ends((4,), (4,)), "cell": nir.IF(full(4, 1.0), threshold, reset)}
    source = nir.NIRGraph(nodes, chain("input", "cell", "output"))
    x = rng.integers(-6, 10, (16, 2, 4)) / 4
    made = simulate(source, x, reader=reader)
    semantics = next(each.semantics for each in BACKEND.target.readers if each.name == reader)
    v = np.broadcast_to(reset if reader == "spikingjelly" else np.zeros(4), (2, 4)).astype(float)
    for t, current in enumerate(x):
        v = v + current
        s = (v >= threshold if semantics.compare == ">=" else v > threshold).astype(float)
        if semantics.many:
            s = np.maximum(np.trunc(v / threshold), 0)
        to = np.zeros(4) if reader == "norse" else reset
        v = v - s * threshold if semantics.reset == "subtract" else np.where(s > 0, to, v)
        if semantics.floor is not None:
            v = np.maximum(v, semantics.floor * threshold)
        np.testing.assert_array_equal(made.spikes["cell"][t], s)
        if t + semantics.delay < len(x):
            np.testing.assert_array_equal(made.outputs["output"][t + semantics.delay], s)
    assert not made.outputs["output"][: semantics.delay].any()


@given(seed=st.integers(0, 1000))
@settings(max_examples=30)
def test_an_integrator_with_feedback_resets_by_subtraction(seed: int) -> None:
    """``I -> Threshold -> -theta -> I`` is in NIR primitives what a reader with soft reset makes of an IF."""
    rng = np.random.default_rng(seed)
    theta = rng.integers(1, 9, 3) / 4
    nodes = {
        **ends((3,), (3,)),
        "v": nir.I(full(3, 1.0)),
        "s": nir.Threshold(theta),
        "back": nir.Linear(-np.diag(theta)),
    }
    exact = nir.NIRGraph(nodes, [*chain("input", "v", "s", "output"), *chain("s", "back", "v")])
    portable = nir.NIRGraph({**ends((3,), (3,)), "s": nir.IF(full(3, 1.0), theta)}, chain("input", "s", "output"))
    x = rng.integers(-6, 10, (20, 2, 3)) / 4
    soft = simulate(portable, x, reader="spyx").spikes["s"]
    np.testing.assert_array_equal(simulate(exact, x).spikes["s"], soft)


@pytest.mark.parametrize("example", EXAMPLES)
def test_imported_graphs_are_graphs_like_others(example: str) -> None:
    """They verify, their types are the ones that can be inferred, every format shows them, and their text parses."""
    graph, _ = EXAMPLES[example]()
    network = import_nir(graph, name="net.nir")
    verify(network.graph)
    assert infer(network.graph) == network.graph
    assert infer(body(network.graph)) == body(network.graph)
    assert_round_trip(network.graph)
    for name in FORMATS:
        assert render(network.graph, name)
    text = print_graph(network.graph)
    again = parse_graph(text, tensors_of(network.graph, above=16))
    x = drive(graph.nodes["input"].input_type["input"], steps=5)
    one, two = (run_stepwise(each, {"": x}, dt=1e-3) for each in (network, type(network)(again, (), network.dt)))
    np.testing.assert_array_equal(one.outputs["output"], two.outputs["output"])


def test_the_summary_shows_the_nodes_of_the_file() -> None:
    """Each node of the file has a row: what it reads, how many neurons it has, its parameters with their ranges."""
    graph, _ = recurrent()
    lines = render(import_nir(graph, name="net.nir").graph, "summary").splitlines()
    (row,) = (line for line in lines if line.startswith("lif1 "))
    assert "CubaLIF" in row
    assert "fc1, w_rec (before), dt" in row
    assert "float64[N, 20]" in row
    assert "v_threshold 0.4" in row
    assert "tau_mem 0.005" in row


def codes(source: Any, **options: Any) -> list[str]:
    """Return the codes with which a graph is refused."""
    return [found.code for found in failure(lambda: import_nir(source, **options), ModelError).diagnostics]


def test_the_time_step_is_never_guessed() -> None:
    """It stays open until the run; a Delay needs it at once; where no node depends on it, a step is 1."""
    leaky, _ = single_neuron()
    x = drive((1,), steps=4)
    network = import_nir(leaky)
    assert network.dt == "dt"
    with pytest.raises(UsageError, match="dt-missing"):
        simulate(leaky, x)
    with pytest.raises(UsageError, match="no time step"):
        simulate(leaky, x, dt=-1.0)
    settled = simulate(leaky, x, dt=1e-3).outputs["output"]
    np.testing.assert_array_equal(run_stepwise(network, {"input": x}, dt=1e-3).outputs["output"], settled)
    late = nir.NIRGraph({**ends((1,), (1,)), "late": nir.Delay(full(1, 2e-3))}, chain("input", "late", "output"))
    assert codes(late) == ["dt-missing"]
    assert codes(late, dt=1.5e-3) == ["bad-delay"]
    assert codes(late, dt=1e-9) == ["bad-delay"]
    plain = nir.NIRGraph(
        {**ends((1,), (1,)), "cell": nir.IF(full(1, 1.0), full(1, 1.0))}, chain("input", "cell", "output")
    )
    assert import_nir(plain).dt == ""
    assert (
        import_nir(nir.NIRGraph({**ends((1,), (1,)), "v": nir.I(full(1, 2.0))}, chain("input", "v", "output"))).dt
        == "dt"
    )


def test_inputs_are_read_by_their_rank() -> None:
    """Without an axis for steps they are the same at every step; what does not fit is refused, all findings at once."""
    graph, _ = single_neuron()
    x = drive((1,), steps=1)
    constant = simulate(graph, x[0], dt=1e-3, steps=30)
    np.testing.assert_array_equal(
        constant.outputs["output"], simulate(graph, np.repeat(x, 30, axis=0), dt=1e-3).outputs["output"]
    )
    for wrong, fragment in [
        (np.zeros((2, 3)), "its shape is"),
        (np.zeros(1), "its shape is"),
        (np.zeros((2, 2, 2, 1)), "its shape is"),
        (np.full((4, 2, 1), np.nan), "NaN"),
        (np.zeros((0, 2, 1)), "empty"),
        (np.zeros((4, 2, 1), bool), "neither float nor integer"),
    ]:
        with pytest.raises(UsageError, match=fragment):
            simulate(graph, wrong, dt=1e-3)
    error = failure(lambda: simulate(graph, {"inptu": x, "more": x}), UsageError)
    assert [found.code for found in error.diagnostics] == [*["bad-points"] * 3, "steps-missing", "dt-missing"]
    error = failure(lambda: simulate(graph, x, dt=1e-3, steps=5), UsageError)
    assert [found.code for found in error.diagnostics] == ["bad-steps"]


def test_several_inputs_join() -> None:
    """Every Input is an input; one may be a series and another constant; edges into a node add up."""
    nodes = {
        "b": nir.Input({"input": np.array([2])}),
        "a": nir.Input({"input": np.array([2])}),
        "sum": nir.Scale(np.array([1.0, 2.0])),
        "output": nir.Output({"output": np.array([2])}),
    }
    graph = nir.NIRGraph(nodes, [("a", "sum"), ("b", "sum"), ("sum", "output")])
    x, y = drive((2,), steps=3), drive((2,), steps=1)[0] / 3
    made = simulate(graph, {"a": x, "b": y})
    np.testing.assert_allclose(made.outputs["output"], (x + y) * [1.0, 2.0], rtol=1e-15)
    with pytest.raises(UsageError, match="different numbers of points"):
        simulate(graph, {"a": x, "b": y[:2]})


def test_readers_refuse_what_they_are_not_known_to_run() -> None:
    """All such nodes at once, each by name; unknown readers are a wrong request."""
    graph, _ = convolutional("LIF")
    assert codes(graph, reader="spyx") == ["not-in-reader"] * 7
    assert codes(graph, reader="norse") == ["not-in-reader"] * 2
    with pytest.raises(UsageError, match="did you mean 'norse'"):
        import_nir(graph, reader="nosre")


def test_a_reader_with_a_step_of_its_own() -> None:
    """Snntorch steps by 1e-4 whatever the file is for: nothing is open, and another step is refused."""
    graph, order = single_neuron()
    x = drive((1,))
    node = graph.nodes["lif"]
    node.v_reset = np.zeros(1)  # what snntorch makes of it
    expected, _ = Model(graph, order, 1e-4).run({"input": x})
    node.v_reset = np.full(1, -0.1)
    made = simulate(graph, x, reader="snntorch")
    np.testing.assert_array_equal(made.spikes["lif"], expected["lif"])
    with pytest.raises(UsageError, match=r"snntorch .* 0\.0001"):
        simulate(graph, x, reader="snntorch", dt=1e-3)


def test_algebraic_loops_are_refused_with_their_nodes() -> None:
    """A cycle without a neuron would need its own result; one with a neuron is fine, by convention one step late."""
    nodes = {
        **ends((1,), (1,)),
        "a": nir.Scale(full(1, 0.5)),
        "b": nir.Threshold(full(1, 0.5)),
        "c": nir.Scale(full(1, 1.0)),
    }
    edges = [*chain("input", "a", "b", "c", "output"), ("b", "a")]
    error = failure(lambda: import_nir(nir.NIRGraph(nodes, edges)), ModelError)
    (found,) = error.diagnostics
    assert found.code == "algebraic-loop"
    assert "'a', 'b'" in found.message
    nodes["b"] = nir.IF(full(1, 1.0), full(1, 0.5))
    assert import_nir(nir.NIRGraph(nodes, edges)).notes == (
        "the edge 'b' -> 'a' closes a cycle: it brings what its source made in the step before",
    )


def test_misfits_are_found_together() -> None:
    """Every node that cannot take what arrives is named, with both shapes; nodes that nothing reaches, too."""
    nodes = {
        **ends((3,), (5,)),
        "a": nir.Affine(np.ones((4, 3)), np.zeros(3)),
        "b": nir.Scale(np.ones(2)),
        "c": nir.Linear(np.ones((5, 3))),
        "alone": nir.Scale(np.ones(1)),
    }
    edges = [("input", "a"), ("input", "b"), ("input", "c"), ("c", "output"), ("input", "output")]
    error = failure(lambda: import_nir(nir.NIRGraph(nodes, edges, type_check=False)), ModelError)
    found = {(each.code, each.where.split("'")[1]): each.message for each in error.diagnostics}
    assert found["unfed-node", "alone"] == "no Input reaches it"
    assert found["shape-misfit", "a"] == "its bias has shape [3] for 4 outputs"
    assert found["shape-misfit", "b"] == "it takes [2], and [3] arrives"
    assert "[5] from 'c'" in found["shape-misfit", "output"]
    assert len(found) == 4


def test_our_exact_files_set_their_membranes_themselves(deep_graph: Any, tmp_path: Path) -> None:
    """In the exact form membranes start through a pulse that need not be given; outputs are means."""
    graph = deep_graph(np.float64)
    (tmp_path / "net.nir").write_bytes(BACKEND.emit(graph, setting_on(BACKEND.target, form="exact"))[".nir"])
    source = read_nir(tmp_path / "net.nir")
    x = np.random.default_rng(0).normal(size=(6, 2))
    expected = interpret(source, x)
    made = simulate(source, x)
    assert made.spikes.keys() == expected.spikes.keys()
    for name, train in expected.spikes.items():
        np.testing.assert_array_equal(made.spikes[name], train)
    np.testing.assert_allclose(made.outputs["output"], expected.outputs["output"], rtol=0, atol=1e-12)


def test_files_of_ours_without_semantics_run_as_specified(deep_graph: Any, emitted: Any) -> None:
    """Metadata that this version does not read are no reason not to read the network; but a note reports it."""
    source: Any = read_nir(emitted(deep_graph(signed=False)))
    x = drive((2,), steps=8)
    source.metadata["snnir"] = "{}"
    network = import_nir(source)
    assert "run with the semantics of the NIR specification" in network.notes[0]
    by_letter = simulate(source, x)
    del source.metadata["snnir"]
    assert import_nir(source).notes == ()
    np.testing.assert_array_equal(by_letter.outputs["output"], simulate(source, x).outputs["output"])
