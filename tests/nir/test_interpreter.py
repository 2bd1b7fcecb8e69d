"""The interpreter's own rules, on graphs small enough to follow by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import nir
import numpy as np
import pytest

from snnir.errors import ModelError, UsageError
from snnir.ir import Graph
from snnir_nir import BACKEND, interpret, read_nir
from snnir_nir.assemble import assemble
from snnir_nir.library import to_library
from tests.support import setting_on

SETTING = setting_on(BACKEND.target)


def single(threshold: float = 1.0, reset: float = 0.0, *back: tuple[str, str]) -> Any:
    """Return a foreign graph: input, Linear of weight 1, one neuron, output; and an Affine of weight 0.5 behind it."""
    nodes = {
        "in": nir.Input({"input": np.array([1])}),
        "fc": nir.Linear(np.ones((1, 1))),
        "cell": nir.IF(np.ones(1), np.array([threshold]), np.array([reset])),
        "half": nir.Affine(np.full((1, 1), 0.5), np.array([0.125])),
        "out": nir.Output({"output": np.array([1])}),
    }
    return nir.NIRGraph(nodes, [("in", "fc"), ("fc", "cell"), ("cell", "half"), ("half", "out"), *back])


def train(source: Any, value: float, steps: int, **options: Any) -> list[int]:
    """Return the spikes of the neuron for one constant input."""
    result = interpret(source, np.array([[value]]), steps, **options)
    return result.spikes["cell"][:, 0, 0].tolist()


def test_without_metadata_the_specification_of_nir_holds() -> None:
    """Strictly above the threshold it fires, and then starts again from v_reset."""
    assert train(single(), 0.5, 6) == [0, 0, 1, 0, 0, 1]
    assert train(single(reset=-0.5), 0.75, 6) == [0, 1, 0, 0, 1, 0]


def test_reset_and_comparison_are_options() -> None:
    """By subtraction and with >=, an input of 3/4 of the threshold fires three times in four steps."""
    assert train(single(), 0.75, 8, reset="subtract", compare=">=") == [0, 1, 1, 1, 0, 1, 1, 1]
    assert train(single(), 0.5, 4, compare=">=") == [0, 1, 0, 1]


def test_an_initial_membrane_is_an_option() -> None:
    """Starting at half the threshold brings the first spike forward."""
    assert train(single(), 0.25, 4, v_init={"cell": np.array([0.75])}, compare=">=") == [1, 0, 0, 0]


def test_a_back_edge_brings_the_step_before() -> None:
    """What the neuron's spike gives through its own loop arrives one step later."""
    looped = single(1.0, 0.0, ("half", "cell"))
    options = {"reset": "subtract", "compare": ">="}
    # Step 1: 1 fires. Step 2: 0 + 1 + (0.5 + 0.125) fires, and leaves 0.625. Step 3: 2.25, 4: 2.875, ...
    result = interpret(looped, np.array([[1.0]]), 3, **options)
    assert result.spikes["cell"][:, 0, 0].tolist() == [1, 1, 1]
    assert train(looped, 0.5, 4, **options) == [0, 1, 1, 1]
    assert train(single(), 0.5, 4, **options) == [0, 1, 0, 1]


def leaking(cell: Any, *behind: Any, width: int = 1) -> Any:
    """Return a foreign chain: input, a leaking neuron, further nodes, output."""
    nodes = {"in": nir.Input({"input": np.array([1])}), "cell": cell}
    nodes |= {f"behind{place}": node for place, node in enumerate(behind)}
    nodes["out"] = nir.Output({"output": np.array([width])})
    return nir.NIRGraph(nodes, list(pairwise(nodes)))


def pulse(steps: int, height: float) -> Any:
    """Return an input that is there at the first step only."""
    series = np.zeros((steps, 1, 1))
    series[0] = height
    return series


@pytest.mark.parametrize(
    ("tau", "r", "leak", "after"),
    [
        (4.0, 1.0, 0.0, [0.25, 0.1875, 0.140625]),
        (2.0, 3.0, 1.0, [2.0, 1.5, 1.25]),
        (-1.0, -1.0, 0.0, [1.0, 2.0, 4.0]),
    ],
)
def test_leaks_follow_the_forward_euler_method(tau: float, r: float, leak: float, after: list[float]) -> None:
    """``v += (leak - v + r x) / tau``, also where a negative time constant makes membranes grow."""
    tau_, r_, leak_ = (np.array([each]) for each in (tau, r, leak))
    result = interpret(leaking(nir.LI(tau_, r_, leak_)), pulse(3, 1.0), 3)
    assert result.outputs["out"].item() == pytest.approx(sum(after) / 3)
    cell = nir.LIF(tau_, r_, leak_, np.array([1.2]))
    fires = interpret(leaking(cell), pulse(3, 1.0), 3, reset="subtract").spikes["cell"].ravel().tolist()
    v, expected = 0.0, []
    for x in (1.0, 0.0, 0.0):
        v += (leak - v + r * x) / tau
        expected.append(int(v > 1.2))
        v -= 1.2 * expected[-1]
    assert fires == expected


def test_delays_are_in_steps() -> None:
    """Each value of its own; a part of a step has no meaning here."""
    cell = nir.IF(np.ones(1), np.array([0.5]))
    late = interpret(leaking(nir.Delay(np.array([2.0])), cell), pulse(5, 1.0), 5)
    assert late.spikes["behind0"].ravel().tolist() == [0, 0, 1, 0, 0]
    both = np.array([0.0, 3.0])
    wide = leaking(nir.Affine(np.ones((2, 1)), np.zeros(2)), nir.Delay(both), nir.IF(np.ones(2), both + 0.5), width=2)
    assert interpret(wide, pulse(5, 4.0), 5).spikes["behind1"][:, 0].T.tolist() == [[1, 0, 0, 0, 0], [0, 0, 0, 1, 0]]
    with pytest.raises(ModelError, match="whole number of steps"):
        interpret(leaking(nir.Delay(np.array([0.5])), cell), pulse(5, 1.0), 5)


def test_the_output_is_the_mean_over_the_steps() -> None:
    """Two spikes in four steps of weight 0.5 and bias 0.125 read 0.375."""
    result = interpret(single(), np.array([[0.5], [0.0]]), 4, reset="subtract", compare=">=")
    np.testing.assert_array_equal(result.outputs["out"], [[0.375], [0.125]])


def test_regions_run_one_at_a_time(host_graph: Graph) -> None:
    """The parts of a file are run separately, as the second needs what the host makes of the first."""
    source = to_library(assemble(host_graph, SETTING))
    first = interpret(source, {"input_0": np.ones((3, 2))})
    assert list(first.outputs) == ["output_0"]
    second = interpret(source, {"input_1": first.outputs["output_0"]})
    assert list(second.outputs) == ["output_1"]
    both = interpret(source, {"input_0": np.ones((3, 2)), "input_1": first.outputs["output_0"]})
    np.testing.assert_array_equal(both.outputs["output_1"], second.outputs["output_1"])


def test_a_region_with_two_inputs_needs_both(new_network: Any) -> None:
    """Half of the inputs of one part are a mistake, not zero."""
    net = new_network()
    left = net.dense(net.encode(net.input(1, "x"), "a"), [[1]])
    right = net.dense(net.encode(net.input(1, "y"), "b"), [[1]])
    source = to_library(assemble(net.graph(net.decode(net.fire(net.add(left, right), 1))), SETTING))
    with pytest.raises(UsageError, match=r"it also needs input_1 \[inputs-missing\]"):
        interpret(source, {"input_0": np.ones((1, 1))})
    with pytest.raises(UsageError, match="as many points"):
        interpret(source, {"input_0": np.ones((1, 1)), "input_1": np.ones((2, 1))})
    with pytest.raises(UsageError, match="give an array for each"):
        interpret(source, np.ones((1, 1)))
    assert interpret(source, {"input_0": np.ones((1, 1)), "input_1": np.ones((1, 1))}).outputs["output"].item() == 1


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        (np.ones((1, 1)), {}, "for how many steps"),
        (np.ones((1, 2)), {"steps": 1}, "takes \\[points, 1\\]"),
        (np.ones(1), {"steps": 1}, "takes \\[points, 1\\]"),
        ({"inn": np.ones((1, 1))}, {"steps": 1}, r"no Input 'inn' \[unknown-input\]\n  hint: did you mean 'in'"),
        ({}, {"steps": 1}, "no input was given"),
        (np.ones((1, 1)), {"steps": 1, "v_init": {"sell": np.ones(1)}}, "did you mean 'cell'"),
        (np.ones((1, 1)), {"steps": 1, "v_init": {"cell": np.ones(2)}}, "has 1 neurons"),
    ],
)
def test_requests_that_do_not_fit_are_refused(inputs: Any, options: dict[str, Any], message: str) -> None:
    """Every wrong argument is named."""
    with pytest.raises(UsageError, match=message):
        interpret(single(), inputs, **options)


def test_precision_comes_from_the_weights_unless_given(deep_graph: Any, emitted: Any) -> None:
    """A file in single precision runs in single precision."""
    source = read_nir(emitted(deep_graph(np.float32)))
    assert interpret(source, np.ones((1, 2))).outputs["output"].dtype == np.float32
    assert interpret(source, np.ones((1, 2)), dtype="float64").outputs["output"].dtype == np.float64
    assert interpret(single(), np.ones((1, 1)), 1).outputs["out"].dtype == np.float64


def test_damaged_parameters_are_named() -> None:
    """Arrays that do not fit each other are found before anything runs."""
    source = single()
    source.nodes["half"].bias = np.zeros(3)
    with pytest.raises(ModelError, match="NIR node 'half'"):
        interpret(source, np.ones((1, 1)), 1)
