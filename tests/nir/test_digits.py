"""The phase code in files: layers of LIF whose membranes double, and the pulses that they need."""

from __future__ import annotations

from math import floor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import snnir
from snnir.codes import Phase, spiking_pipeline
from snnir.codes.phase import BinaryDigits
from snnir.ir import Graph, Tensor
from snnir.ops import Encode
from snnir.passes import Context, analog_pipeline
from snnir.semantics import Semantics
from snnir.setting import Setting
from snnir.target import Form
from snnir.types import Array, Current, Spikes
from snnir_nir import BACKEND, from_nir, import_nir, interpret, read_metadata, read_nir, signed_spikes, simulate
from snnir_nir.assemble import assemble
from snnir_nir.library import to_library
from snnir_nir.readers import READERS
from tests.networks import SHAPES, Spiking, mlp, points_for
from tests.nir.running import assert_runs_as_simulated
from tests.support import failure, setting_on

SQUARE = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
DIGITS = 5
FORMS: tuple[Form, ...] = ("portable", "exact")


def setting(form: Form, semantics: Semantics) -> Setting:
    """Return what a graph is written with."""
    return setting_on(BACKEND.target, form=form, semantics=semantics)


def converted(name: str, dtype: Any) -> tuple[Graph, dict[str, Array], Semantics]:
    """Return a network of some shape in digits, points, and how its neurons behave."""
    graph, semantics = SHAPES[name](), Semantics(dtype=dtype)
    context = Context(points_for(graph, 60), semantics, DIGITS)
    made = spiking_pipeline(analog_pipeline(graph, context), context, Phase(neurons_per_unit=2), "advanced").graph
    return made, points_for(graph, 20, seed=1), semantics


def ramp(steps: int, threshold: float = 1.0) -> Graph:
    """Return two layers of one neuron: the first one's current is constant, the second one reads its digits."""
    net = Spiking(np.float64, steps)
    x = net.op(Encode(steps, "binary"), 1, Current(steps, "binary"), net.input(1))
    limit, gate = Tensor(np.array([threshold])), Tensor(np.array([4.0]))
    op, coding = BinaryDigits(limit, gate, Tensor(np.ones(1)), 1), Spikes("phase", steps)
    first = net.op(op, 1, coding, net.dense(x, [[1.0]]))
    second = net.op(op, 1, coding, net.dense(first, [[1.5 * threshold]], [-0.25 * threshold]))
    return net.graph(net.decode(first), net.decode(second))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_sends_the_digits_of_the_simulator(name: str, form: Form, tmp_path: Path) -> None:
    """Node by node and step by step, skip connections and several parts included; not one spike differs."""
    graph, points, semantics = converted(name, "float64")
    assert_runs_as_simulated(graph, points, setting(form, semantics), tmp_path / "net.nir")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["mlp", "residual", "separable", "several-uses"])
def test_the_graph_comes_back(name: str, form: Form) -> None:
    """Weights, biases, gates and codings are in the file; the host part is not."""
    graph, _, semantics = converted(name, "float32")
    back = from_nir(to_library(assemble(graph, setting(form, semantics))))
    again = {node.name: node for node in back.nodes}
    assert {name: graph.by_name[name] for name in again} == again
    assert [node.name for node in back.of(BinaryDigits)] == [node.name for node in graph.of(BinaryDigits)]


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    z=st.lists(st.integers(-64, 128), min_size=1, max_size=8),
    steps=st.integers(1, 10),
    threshold=st.sampled_from([0.5, 1.0, 2.0]),
)
def test_digits_are_rounded_numbers(form: Form, z: list[int], steps: int, threshold: float) -> None:
    """``round((2^b - 1) z / theta)`` in binary, cut at both ends; a second layer reads it and is as exact."""
    points = np.array(z, np.float64)[:, np.newaxis] / 64
    file = to_library(assemble(ramp(steps, threshold), setting(form, Semantics(dtype="float64"))))
    spikes = signed_spikes(interpret(file, points), read_metadata(file))
    scale = 2**steps - 1
    sent, behind = map(_numbers, spikes.values())
    for number, first, second in zip(points[:, 0], sent, behind, strict=True):
        assert first == min(max(floor(scale * number / threshold + 0.5), 0), scale)
        assert second == min(max(floor(1.5 * first - 0.25 * scale + 0.5), 0), scale)


def _numbers(spikes: Array) -> list[int]:
    """Return the numbers that digits ``[steps, points, 1]`` are."""
    return [int("".join(map(str, train)), 2) for train in spikes[..., 0].T]


@pytest.mark.parametrize("form", FORMS)
def test_a_layer_is_silent_but_for_its_digits(form: Form) -> None:
    """Nothing leaves it before its first digit, nor behind its last one, where a stock neuron would go on."""
    file = to_library(assemble(ramp(DIGITS), setting(form, Semantics(dtype="float64"))))
    facts = read_metadata(file)
    spikes = interpret(file, np.linspace(-1, 40, 100)[:, np.newaxis]).spikes
    first, second = (spikes[name] for name in facts["layers"])
    assert (facts["steps"], facts["digits"], len(first)) == (2 * DIGITS, DIGITS, 2 * DIGITS)
    assert not first[DIGITS:].any()
    assert not second[:DIGITS].any()
    assert first[:DIGITS].any()
    assert second[DIGITS:].any()


def test_what_is_in_a_file(tmp_path: Path) -> None:
    """LIF with a time constant and a resistance of -1, currents in units of the last digit, and pulses of a clock."""
    made = compiled()
    made.save(tmp_path / "net.nir")
    file: Any = read_nir(tmp_path / "net.nir")
    assert {type(node).__name__ for node in file.nodes.values()} == {
        "Input", "Output", "Affine", "Linear", "Scale", "LIF"
    }  # fmt: skip
    facts = read_metadata(file)
    for name, layer in facts["layers"].items():
        node = file.nodes[name]
        assert np.all(node.tau == -1)
        assert np.all(node.r == -1)
        assert not node.v_leak.any()
        np.testing.assert_array_equal(node.v_threshold, made.graph.by_name[layer["node"]].op.threshold.array)
    assert facts["steps"] == 2 * DIGITS
    (port,) = facts["inputs"]
    assert port["lanes"] == [
        {"value": True, "first": 0, "end": 1},
        {"value": False, "first": 0, "end": 1},
        {"value": False, "first": 0, "end": DIGITS},
        {"value": False, "first": DIGITS, "end": DIGITS + 1},
        {"value": False, "first": DIGITS, "end": 2 * DIGITS},
    ]
    assert file.nodes["input"].input_type["input"].item() == 2 + 4
    assert not any(node.bias.any() for node in file.nodes.values() if type(node).__name__ == "Affine")


def compiled(**options: Any) -> snnir.Compiled:
    """Return a small network for nirtorch."""
    given = {"target": "nir", "reader": "nirtorch", "code": "phase", "neurons_per_unit": 2, "steps": DIGITS}
    return snnir.compile(mlp(2, 6, 6, 1), domain=SQUARE, calibration="advanced", **{**given, **options})


def test_the_exact_form_is_in_nir_primitives(tmp_path: Path) -> None:
    """No neuron of NIR resets, and none has to fire at its threshold: LI, Threshold and feedback say all."""
    made = compiled(form="exact", reader=None)
    made.save(tmp_path / "net.nir")
    file: Any = read_nir(tmp_path / "net.nir")
    kinds = {type(node).__name__ for node in file.nodes.values()}
    assert kinds == {"Input", "Output", "Affine", "Linear", "Scale", "LI", "Threshold"}
    assert made.report["reader"] == "spec"
    assert made.semantics == Semantics(compare=">", dtype="float64")
    for name, layer in read_metadata(file)["layers"].items():
        threshold = made.graph.by_name[layer["node"]].op.threshold.array
        np.testing.assert_array_equal(file.nodes[name].threshold, np.nextafter(threshold, 0))
        np.testing.assert_array_equal(file.nodes[f"{name}_reset"].scale, -2 * threshold)
        assert {(layer["membrane"], name), (name, f"{name}_reset"), (f"{name}_reset", layer["membrane"])} <= {
            (str(a), str(b)) for a, b in file.edges
        }


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_run_as_it_was_compiled(form: Form, tmp_path: Path) -> None:
    """`snnir run` of a file gives what the compiled network does, in single precision and double."""
    made = compiled(form=form)
    made.save(tmp_path / "net.nir")
    source = read_nir(tmp_path / "net.nir")
    points = np.random.default_rng(0).uniform(-1, 1, (50, 2)).astype(np.float32)
    run = simulate(source, points)
    np.testing.assert_allclose(run.outputs["output"], made.run(points), rtol=0, atol=1e-5)
    assert run.steps == 2 * DIGITS
    for name, layer in read_metadata(source)["layers"].items():
        sent = run.spikes[name][layer["first"] : layer["first"] + DIGITS]
        np.testing.assert_array_equal(sent.transpose(1, 0, 2), made.record(points)[layer["node"]])
    with pytest.raises(snnir.UsageError, match="its digits take 10 steps, and 4 were asked for"):
        simulate(source, points, steps=4)
    assert import_nir(source).read_out == "digits"


def test_a_changed_gate_is_found() -> None:
    """Pulses are compared as weights are: what opens a gate is what closed it."""
    file: Any = to_library(assemble(ramp(DIGITS), setting("portable", Semantics(dtype="float64"))))
    (layer,) = (each for each in read_metadata(file)["layers"].values() if each["gate"] is not None)
    clock = file.nodes[layer["clock"]]
    clock.weight = clock.weight.copy()
    clock.weight[0, layer["gate"]] *= 2
    assert failure(lambda: from_nir(file), snnir.ModelError).diagnostics[0].code == "changed-nir"


@pytest.mark.parametrize("reader", [each for each in READERS if "phase" not in each.codes], ids=lambda each: each.name)
def test_other_readers_refuse_it(reader: Any) -> None:
    """With the reason, and with what to use instead."""
    error = failure(lambda: compiled(reader=reader.name), snnir.UsageError)
    (found,) = error.diagnostics
    if reader.refused:
        assert found.code == "reader-refused"
        return
    assert found.code == "code-not-on-target"
    assert found.message == f"{reader.name} cannot carry the phase code: {reader.lacks['binary_digits']}"
    assert "`reader` nirtorch" in found.hint


def test_a_reader_must_be_named() -> None:
    """Files for no reader in particular have neurons that most of them run."""
    error = failure(lambda: compiled(reader=None), snnir.UsageError)
    (found,) = error.diagnostics
    assert "so name one that does" in found.message
    assert "`reader` nirtorch" in found.hint
    tried = snnir.compile(mlp(2, 4, 1), domain=SQUARE, steps=4, calibration="advanced").report["search"]["tried"]
    assert "phase" not in {row["code"] for row in tried}
