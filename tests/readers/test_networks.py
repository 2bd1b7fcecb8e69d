"""Trained networks in stock readers: spikes, outputs and errors are those of the simulator and the report."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.compiler import Compiled, Verification, verify_file
from snnir.errors import UsageError
from snnir.ir import Graph
from snnir.ops import Dense
from snnir.report import Report
from snnir.semantics import Semantics, evaluate
from snnir_nir import BACKEND, NirBackend
from snnir_nir.readers import NIRTORCH, NORSE, SINABS, SNN_MLIR, SPIKINGJELLY, SPYX
from snnir_nir.run import DRIVE
from tests.networks import mlp
from tests.nir.conftest import Network
from tests.support import setting_on

RUNNING = (NORSE, SPIKINGJELLY, SINABS, SPYX, NIRTORCH, SNN_MLIR)


@pytest.fixture
def verify(tmp_path: Path, interpreter: Callable[[str], str]) -> Callable[..., Verification]:
    """A function that saves a network and verifies the file in a stock reader."""

    def run(network: Compiled, reader: str, **options: Any) -> Verification:
        network.save(tmp_path / "net.nir")
        return verify_file(tmp_path / "net.nir", reader=reader, python=interpreter(reader), seconds=300, **options)

    return run


@pytest.mark.parametrize("reader", RUNNING, ids=lambda reader: reader.name)
@pytest.mark.parametrize("name", ["poisson", "burgers"])
def test_trained_networks(name: str, reader: Any, compiled: Any, verify: Any) -> None:
    """Not one spike in ten thousand differs, the output by no more than rounding, and the error is as measured.

    What few spikes change moves the error by less than a thousandth.
    """
    network = compiled(name, reader.name)
    result = verify(network, reader.name)
    assert result.findings == ()
    spikes, output, error = (result.report[key] for key in ("spikes", "output", "conversion"))
    assert spikes["sent"] > 100_000
    assert spikes["share"] <= 1e-4
    assert output["rel_l2"] <= 1e-4
    hard = {"poisson": 6.0e-2, "burgers": 1.0e-1}[name]
    assert error["reader"] <= (2.5e-2 if reader.semantics.reset == "subtract" else hard)
    assert error["reader"] == pytest.approx(error["simulated"], rel=1e-3)
    # All this is about the versions that the profile names.
    versions = result.report["reader"]["versions"]
    for package, number in (each.split() for each in reader.observed.split(", ")):
        assert versions[package].startswith(number)


def test_signed_pairs_run_in_nirtorch_only(compiled: Any, verify: Any) -> None:
    """The rate code's signed neurons are exact with our cell, and refused for readers without recurrence."""
    network = compiled("poisson", "nirtorch", "rate", None)
    result = verify(network, "nirtorch", points=64, spike_limit=1e-5)
    assert result.findings == ()
    assert result.report["spikes"]["sent"] > 100_000
    for reader in (NORSE, SPIKINGJELLY, SINABS, SPYX):
        with pytest.raises(UsageError, match=f"{reader.name} cannot carry the rate code"):
            compiled("poisson", reader.name, "rate", None)


@pytest.mark.parametrize("digits", [5, 12])
@pytest.mark.parametrize("name", ["poisson", "burgers"])
def test_digits_are_the_same_in_nirtorch(name: str, digits: int, compiled: Any, verify: Any) -> None:
    """Not one spike of a doubling LIF differs, in single precision, however many digits there are."""
    network = compiled(name, "nirtorch", "phase", steps=digits, calibration="advanced")
    result = verify(network, "nirtorch", points=64, spike_limit=0, output_limit=1e-6)
    assert result.findings == ()
    assert result.report["spikes"]["sent"] > 50_000
    assert result.report["spikes"]["different"] == 0


@pytest.mark.parametrize("reader", [NORSE, SPIKINGJELLY], ids=lambda reader: reader.name)
@pytest.mark.parametrize(("name", "error"), [("poisson", 9e-3), ("burgers", 2.1e-2)])
def test_first_spikes_in_readers_that_reset_to_zero(
    name: str, error: float, reader: Any, compiled: Any, verify: Any
) -> None:
    """Not one spike of a stock leaky neuron differs, in single precision, and the error is that of the simulator."""
    network = compiled(name, reader.name, "first-spike", 2)
    result = verify(network, reader.name, points=64, spike_limit=0, output_limit=1e-6)
    assert result.findings == ()
    assert result.report["spikes"]["sent"] == 64 * 2 * network.report["units"]
    assert result.report["spikes"]["different"] == 0
    assert result.report["conversion"]["reader"] <= error


def test_our_cells_run_a_file_whole(compiled: Any, interpreter: Any, tmp_path: Path) -> None:
    """`nirtorch_cells.run` brings pulses and decodes digits; it needs no snnir."""
    network = compiled("poisson", "nirtorch", "phase", steps=5, calibration="advanced")
    network.save(tmp_path / "net.nir")
    (points,) = network.points.values()
    np.save(tmp_path / "points.npy", points)
    script = (
        "import sys, nir, numpy, torch, nirtorch_cells; folder = sys.argv[1]; "
        "points = torch.from_numpy(numpy.load(folder + '/points.npy')); "
        "numpy.save(folder + '/made.npy', nirtorch_cells.run(nir.read(folder + '/net.nir'), points).numpy())"
    )
    environment = {**os.environ, "PYTHONPATH": str(DRIVE.parent), "OMP_NUM_THREADS": "1"}
    command = [interpreter("nirtorch"), "-c", script, str(tmp_path)]
    subprocess.run(command, check=True, env=environment, timeout=300)  # noqa: S603 - ours
    np.testing.assert_allclose(np.load(tmp_path / "made.npy"), network.run(points), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["poisson", "burgers"])
def test_digits_in_the_exact_form(name: str, compiled: Any, verify: Any) -> None:
    """Membranes that double, thresholds and feedback alone give every spike, in nirtorch and in our interpreter."""
    network = compiled(name, "nirtorch", "phase", steps=5, calibration="advanced", form="exact")
    for reader in ("nirtorch", "spec"):
        result = verify(network, reader, points=64, spike_limit=0, output_limit=1e-12)
        assert result.findings == ()
        assert result.report["spikes"]["sent"] > 50_000
        assert result.report["spikes"]["different"] == 0


@pytest.mark.parametrize("code", ["rate", "population"])
def test_exact_form_runs_as_specified(code: str, verify: Any) -> None:
    """Integrators, thresholds and feedback alone give every spike of the simulator, initial membranes included."""
    graph = snnir.load(Path(__file__).parents[2] / "examples" / "models" / "poisson.onnx")
    options: dict[str, Any] = {"code": code, "neurons_per_unit": 2 if code == "population" else None}
    network = snnir.compile(
        graph,
        domain={"x": (-1, 1), "y": (-1, 1)},
        steps=16,
        reader="nirtorch",
        form="exact",
        calibration="light",
        **options,
    )
    result = verify(network, "nirtorch", points=64, spike_limit=0)
    assert result.findings == ()
    assert result.report["spikes"]["sent"] > 10_000


def test_snntorch_is_refused(compiled: Any) -> None:
    """Nothing is written for it, and the message has version and reason."""
    with pytest.raises(UsageError, match=r"snntorch 1\.0\.0.*leaks"):
        compiled("poisson", "snntorch")


def ties(reader: Any) -> Compiled:
    """Return a network in numbers that do not round, whose membranes often are exactly at the threshold."""
    rng = np.random.default_rng(0)
    net = Network(steps=16)
    x = net.input(2)
    value = net.encode(x)
    for size in (12, 12):
        weight = rng.integers(-8, 9, (net.widths[value], size)) / 8
        value = net.fire(net.dense(value, weight, rng.integers(-2, 5, size) / 8), 1.0, signed=False)
    graph = net.graph(net.decode(net.dense(value, rng.integers(-8, 9, (12, 1)) / 8), "decode"))
    ann = Network(steps=16)
    line = ann.dense(ann.input(2), np.ones((2, 1)), name="decode")
    setting = setting_on(BACKEND.target, reader=reader.name, legacy=reader.legacy)
    points = {"x": (rng.integers(-16, 17, (64, 2)) / 8).astype(np.float32)}
    return Compiled(graph, ann.graph(line), setting, some_report(), points)


@cache
def some_report() -> Report:
    """Return a report of some network, with an error that no reader can exceed."""
    report = snnir.compile(mlp(2, 4, 1), domain={"x": (-1, 1), "y": (-1, 1)}, code="rate", steps=4).report
    return replace(report, conversion=replace(report.conversion, rel_l2=1.0))


@pytest.mark.parametrize("reader", RUNNING, ids=lambda reader: reader.name)
def test_profiles_hold_at_the_threshold(reader: Any, verify: Any) -> None:
    """Comparison, reset, floor, spikes per step and delay of a profile are the reader's: nothing differs at all."""
    result = verify(ties(reader), reader.name, spike_limit=0, output_limit=1e-6)
    assert result.findings == ()
    spikes = result.report["spikes"]
    assert spikes["ties"] > 100
    assert spikes["sent"] > 1000
    # Where neurons reset to zero nothing is left, and where they send all spikes at once, neither.
    assert (spikes["backlog"] > 100) == (reader.semantics.reset == "subtract" and not reader.semantics.many)


@pytest.mark.parametrize(
    "wrong",
    [
        Semantics(reset="value", compare=">=", initial=False),
        Semantics(compare=">", initial=False),
        Semantics(reset="value", compare=">", delay=1, initial=False),
        Semantics(reset="value", compare=">", many=True, initial=False),
        Semantics(reset="value", compare=">", floor=-1.0, initial=False),
    ],
    ids=["comparison", "reset", "delay", "many", "floor"],
)
def test_a_wrong_profile_drifts(wrong: Semantics, verify: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that differs from what norse does in one thing is found out."""
    profile = replace(NORSE, semantics=wrong)
    monkeypatch.setattr(NirBackend, "target", replace(NirBackend.target, readers=(profile,)))
    if wrong.many:  # a reset to zero hides how many spikes there were, but not from the count
        assert any(np.abs(each).max() > 1 for each in _spikes(ties(profile)))
    result = verify(ties(profile), "norse")
    assert {each.code for each in result.findings} == {"drift"}
    assert result.report["spikes"]["different"] > 0


def _spikes(network: Compiled) -> list[Any]:
    seen: list[Any] = []
    evaluate(
        network.graph,
        network.points,
        semantics=network.semantics,
        observe=lambda _, __, spikes: seen.append(spikes.copy()),
    )
    return seen


def test_several_spikes_in_a_step_count_as_such(verify: Any) -> None:
    """Neurons of sinabs send more than one, and all of them are compared."""
    network = ties(SINABS)
    assert max(int(np.abs(each).max()) for each in _spikes(network)) > 1
    result = verify(network, "sinabs", spike_limit=0)
    total = sum(int(each.sum()) for each in _spikes(network))
    assert result.report["spikes"]["sent"] == total


def test_a_changed_weight_drifts(verify: Any, tmp_path: Path, interpreter: Any) -> None:
    """A file that is not that of the archive is run as it is, and found out."""
    network = ties(NORSE)
    other = replace(network, graph=_with_other_weights(network.graph))
    other.save(tmp_path / "other.nir")
    network.save(tmp_path / "net.nir")
    (tmp_path / "net.nir").write_bytes((tmp_path / "other.nir").read_bytes())
    result = verify_file(tmp_path / "net.nir", python=interpreter("norse"))
    assert [each.code for each in result.findings] == ["changed-file", "drift", "drift"]
    assert "node 'dense'" in result.findings[0].message


def _with_other_weights(graph: Graph) -> Graph:
    from snnir.ir import Tensor

    def changed(node: Any) -> Any:
        if not isinstance(node.op, Dense) or node.name != "dense":
            return node
        return replace(node, op=replace(node.op, weight=Tensor(node.op.weight.array * np.float32(1.25))))

    return replace(graph, nodes=tuple(map(changed, graph.nodes)))
