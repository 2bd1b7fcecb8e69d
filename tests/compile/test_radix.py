"""The radix code from end to end: the six PINNs, the report, archives, searches, refusals and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import snnir
from snnir.cli.app import cli
from snnir.codes.radix import SignedDigits
from snnir.codes.radix.digits import MAX_DIGITS
from snnir.codes.rate import Thresholds
from snnir.compiler import Compiled
from snnir.compiler.reach import OutOfReachError
from snnir.data.sampling import sample
from snnir.errors import ModelError, UsageError
from tests.networks import gated_product, mlp, separable
from tests.support import failure, train_little

MODELS = Path(__file__).parents[2] / "examples" / "models"
SQUARE = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
PLANE = {"x": (0.0, 2 * np.pi), "t": (0.0, 4.0)}
EXAMPLES: dict[str, Any] = {
    "poisson": SQUARE,
    "diffusion_reaction": {"x": (-1.0, 1.0), "t": (0.0, 0.01)},
    "wave": {"x": (-1.0, 1.0), "t": (0.0, 0.5)},
    "burgers": PLANE,
    "burgers_separable": PLANE,
    "beltrami_separable": {**SQUARE, "t": (0.0, 1.0)},
}


def compiled(**options: Any) -> Compiled:
    """Return a small network compiled for 10 digits."""
    return snnir.compile(mlp(2, 12, 12, 1), target="numpy", domain=SQUARE, code="radix", **{"steps": 10, **options})


@pytest.mark.accuracy
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    """Every PINN of the paper: within a thousandth of the ANN, at fewer spikes than break even, and the bound holds."""
    graph = snnir.load(MODELS / f"{name}.onnx")
    report = snnir.compile(graph, target="numpy", domain=EXAMPLES[name], code="radix", steps=13).report
    assert report["conversion"]["rel_l2"] <= 1e-3
    assert report["spikes"]["per_unit"] <= 5.0
    assert report["energy_pj"]["snn"] < report["energy_pj"]["ann"]
    assert report["conversion"]["rel_l2"] <= report["a_priori"]["bound"]
    assert report["conversion"]["rel_l2"] <= report["bound"]["telescoped"]
    assert report["conversion"]["rel_l2"] == pytest.approx(report["a_priori"]["expected"], rel=0.5)


@pytest.mark.parametrize("pipelined", [False, True])
def test_report(pipelined: bool) -> None:
    """Steps are those of one layer, latency those of all; the error comes with what was known before any spike."""
    report = compiled(pipelined=pipelined).report
    assert (report["code"], report["steps"], report["units"], report["neurons"]) == ("radix", 10, 24, 24)
    assert report["latency"] < 20 if pipelined else report["latency"] == 20
    assert report["operations"]["function_evaluations"] == 12 + (10 if pipelined else 1) * 12
    assert report["conversion"]["rel_l2"] <= report["a_priori"]["bound"]
    assert report["a_priori"].keys() == {"bound", "expected", "points"}
    assert [row["start"] for row in report["layers"]] == [0, report["latency"] - 10]


def test_other_codes_have_no_such_bound() -> None:
    """Only digits say how far they are from what they stand for."""
    report = snnir.compile(mlp(2, 6, 1), domain=SQUARE, code="rate", steps=4).report
    assert "a_priori" not in report
    assert report["latency"] == report["steps"] == 4
    assert report["operations"]["function_evaluations"] == 0


@pytest.mark.parametrize("pipelined", [False, True])
def test_archives(tmp_path: Path, pipelined: bool) -> None:
    """A saved network comes back as it was and computes the same; the bytes depend on the seed alone."""
    for make, domain in ((gated_product, SQUARE), (separable, {"x": (-1, 1), "y": (0, 1)})):
        made, again = (
            snnir.compile(make(), target="numpy", domain=domain, code="radix", steps=8, pipelined=pipelined)
            for _ in range(2)
        )
        made.save(tmp_path / "a.snnir")
        again.save(tmp_path / "b.snnir")
        assert (tmp_path / "a.snnir").read_bytes() == (tmp_path / "b.snnir").read_bytes()
        back = Compiled.load(tmp_path / "a.snnir")
        assert back.graph == made.graph
        points = sample(make(), domain, 5).held_out
        np.testing.assert_array_equal(back.run(points), made.run(points))


def test_records_are_digits() -> None:
    """Recorded spikes are digits: what they stand for, by the sum in the op's docstring, gives the output."""
    made = compiled()
    points = np.random.default_rng(0).uniform(-1, 1, (20, 2)).astype(np.float32)
    trains = made.record(points)
    assert {train.shape for train in trains.values()} == {(20, 10, 12)}
    last = list(made.graph.of(SignedDigits))[-1]
    readout = next(node.op for node in made.graph.nodes if node.inputs == (last.output.name,))
    worth = 0.5 ** np.arange(10)
    means = np.tensordot(trains[last.name], worth / worth.sum(), axes=(1, 0))
    weight, bias = (getattr(readout, name).array for name in ("weight", "bias"))
    np.testing.assert_allclose(made.run(points), means @ weight + bias, atol=1e-5)


def test_search_finds_the_fewest_digits() -> None:
    """Without steps, a few numbers of digits are tried, and the fewest that reach the error are taken."""
    made = compiled(steps=None, error=3e-3)
    search = made.report["search"]
    assert search["reached"]
    assert made.rel_l2 <= 3e-3
    assert len(search["tried"]) <= 4
    fewer = compiled(steps=made.report["steps"] - 1)
    assert fewer.rel_l2 > 3e-3 / 2


def test_errors_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """What 32-bit numbers cannot hold is refused with the nearest error, at the most digits."""
    train_little(monkeypatch)  # of other codes, which come no nearer
    error = failure(lambda: compiled(steps=None, error=1e-9), OutOfReachError)
    (found,) = error.diagnostics
    assert found.code == "error-not-reached"
    assert "32-bit numbers hold no more digits" in found.hint
    assert f"{MAX_DIGITS} steps" in found.message


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"steps": 0}, "bad-steps"),
        ({"steps": MAX_DIGITS + 1}, "bad-steps"),
        ({"neurons_per_unit": 8}, "bad-neurons-per-unit"),
        ({"thresholds": Thresholds()}, "bad-thresholds"),
        ({"target": "nir"}, "code-not-on-target"),
        ({"code": "rate", "pipelined": True}, "bad-pipelined"),
    ],
)
def test_refusals(options: dict[str, Any], code: str) -> None:
    """What does not go with the code, or with the target, is refused by name, with what to do instead."""
    given_ = {"target": "numpy", "code": "radix", "steps": 10, **options}
    error = failure(lambda: snnir.compile(mlp(2, 6, 1), domain=SQUARE, **given_), UsageError)
    (found,) = error.diagnostics
    assert found.code == code
    assert found.hint


def test_nir_has_no_difference_neurons() -> None:
    """A graph that reaches the NIR backend all the same is refused there: every op that it lacks, by its node."""
    from snnir_nir import BACKEND

    made = compiled()
    findings = failure(lambda: BACKEND.emit(made.graph, made.setting), ModelError).diagnostics
    assert any("accumulate" in str(each) for each in findings)
    assert any("signed_digits" in str(each) for each in findings)


@pytest.mark.parametrize("pipelined", [False, True])
def test_command_line(tmp_path: Path, pipelined: bool) -> None:
    """``--code radix`` reports how long all layers take and what was to be expected; ``snnir run`` takes the result."""
    out, points = tmp_path / "poisson.snnir", tmp_path / "points.npy"
    domain = ("--domain", "x=-1:1,y=-1:1")
    arguments = ["compile", MODELS / "poisson.onnx", "-o", out, "--target", "numpy", "--code", "radix", *domain]
    arguments += ["--steps", 6, "--calibration", "none", *(["--pipelined"] if pipelined else [])]
    result = CliRunner().invoke(cli, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    latency = Compiled.load(out).report["latency"]
    assert f"{latency} steps for all layers" in result.output
    for fragment in ("error that follows from the digits, without simulation", "evaluations of f, not in the energy"):
        assert fragment in result.output
    np.save(points, np.zeros((3, 2)))
    values = tmp_path / "values.npy"
    done = CliRunner().invoke(cli, ["run", str(out), "--inputs", str(points), "--output", str(values)])
    assert done.exit_code == 0, done.output
    assert np.load(values).shape == (3, 1)
    shown = CliRunner().invoke(cli, ["inspect", str(out), "--format", "text"])
    assert "= tanh(" in shown.output
    assert "estimate<6>" in shown.output
