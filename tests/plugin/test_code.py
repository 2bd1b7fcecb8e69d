"""The code of the plug-in: found, compiled, searched and refused by its name, which snnir itself nowhere has."""

from __future__ import annotations

import json
from pathlib import Path

from tests.plugin.conftest import ROOT, Environment

POISSON = ROOT / "examples" / "models" / "poisson.onnx"
SQUARE = ("--domain", "x=-1:1,y=-1:1")
SMALL = """
import snnir
from snnir.errors import UsageError
DOMAIN = {"0": (-1, 1), "1": (-1, 1)}
graph = snnir.load(MODEL)

def refused(**options):
    try:
        snnir.compile(graph, domain=DOMAIN, **options)
    except UsageError as error:
        return str(error)
"""
"""The beginning of programs that compile a small network."""


def small(model: Path, program: str) -> str:
    """Return a program that goes on after `SMALL`."""
    return f"MODEL = {str(model)!r}\n{SMALL}\n{program}"


def test_it_is_listed_with_the_targets_that_carry_it(installed: Environment) -> None:
    """Targets that do not list the codes they carry do, if they have its neurons."""
    program = """
from snnir.registry import backend_for, carried, targets
print(*(each for each in targets() if "thermometer" in carried(backend_for(each).target)))
"""
    assert {"toy", "numpy", "nir"} <= set(installed.python(program).split())
    assert "thermometer" in installed.snnir("targets").stdout


def test_it_is_compiled_from_the_command_line(installed: Environment, tmp_path: Path) -> None:
    """A network of the paper, for the target with an arithmetic of its own, with an option of the code."""
    setting = ("--code", "thermometer", "--levels", 4, "--steps", 1, "--target", "toy", *SQUARE)
    shown = installed.snnir("compile", POISSON, "-o", tmp_path / "net.toy", *setting, "--report", tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["code"], report["target"], report["steps"]) == ("thermometer", "toy", 1)
    assert report["neurons"] == 4 * report["units"]
    assert "thermometer" in shown.stdout
    assert (tmp_path / "net.toy").is_file()


def test_it_is_compiled_from_python(installed: Environment, model: Path) -> None:
    """By its name or as an object, for every target that has its neurons; the setting has its options."""
    program = """
from snnir_toy.codes import Thermometer
for target in ("toy", "numpy", "nir"):
    for code in ({"code": "thermometer", "levels": 4}, {"code": Thermometer(4)}):
        compiled = snnir.compile(graph, target=target, domain=DOMAIN, steps=1, **code)
        report = compiled.report
        assert (report["code"], report["steps"], report["neurons"]) == ("thermometer", 1, 24), report
        assert compiled.setting.options == {"levels": 4}
        assert report["conversion"]["rel_l2"] < 0.6, (target, report["conversion"])
        assert report["quantised_ann"]["bits"] == 1
"""
    assert not installed.python(small(model, program))


def test_its_numbers_are_those_of_the_target(installed: Environment, model: Path) -> None:
    """Weights and thresholds are integers of the target's format; what is emitted is what was simulated."""
    program = """
import numpy as np
from snnir.semantics import evaluate
compiled = snnir.compile(graph, target="toy", domain=DOMAIN, code="thermometer", steps=1)
assert compiled.semantics.integer.state_bits == 26
spiking = [node.op for node in compiled.graph.nodes if node.op.mnemonic == "integrate_and_fire"]
assert all(np.array_equal(op.threshold.array, np.rint(op.threshold.array)) for op in spiking)
"""
    assert not installed.python(small(model, program))


def test_it_is_searched(installed: Environment, model: Path, tmp_path: Path) -> None:
    """By its ladder where it is named, and with all others where nothing is; surveys show it."""
    program = """
from dataclasses import replace
from snnir.codes import FirstSpikeCode, Phase, Population, Rate
named = snnir.compile(graph, target="nir", domain=DOMAIN, code="thermometer", error=0.5).report["search"]
assert {row["code"] for row in named["tried"]} == {"thermometer"}
for each in (FirstSpikeCode, Phase, Population, Rate):
    each.ladder = lambda code, usual=each.ladder: replace(usual(code), surveyed=usual(code).surveyed[:1])
rows = snnir.pareto(graph, target="toy", domain=DOMAIN)
assert [row["neurons_per_unit"] for row in rows if row["code"] == "thermometer"] == [4, 8, 16]
"""
    assert not installed.python(small(model, program))
    setting = (
        "--target",
        "toy",
        "--domain",
        "points[0]=-1:1,points[1]=-1:1",
        "--error",
        0.1,
        "--calibration",
        "advanced",
    )
    shown = installed.snnir("compile", model, "-o", tmp_path / "net.snnir", *setting, "--report", tmp_path / "r.json")
    search = json.loads((tmp_path / "r.json").read_text())["search"]
    assert {row["code"] for row in search["tried"]} >= {"population", "thermometer"}
    assert "thermometer" in shown.stdout


def test_its_options_are_those_of_the_command_line(installed: Environment) -> None:
    """They come from the fields of its class, with their defaults."""
    text = " ".join(installed.snnir("compile", "--help").stdout.split())
    assert "--levels K Threshold neurons for every unit. [default: 8]" in text
    assert "thermometer" in text


REFUSED = (
    ("code='thermometer', neurons_per_unit=4", "the thermometer code has one neuron per unit"),
    ("code='rate', levels=4", "the rate code has no such option [not-in-code]"),
    ("code='thermometer', steps=2", "choose 1 to 1"),
    ("code='thermometer', target='toy', calibration='none'", "integers of target 'toy' are fitted to its spikes"),
    ("code='thermometer', target='loihi2'", "target 'loihi2' cannot carry the thermometer code"),
    ("code='thermometre'", "did you mean 'thermometer'?"),
)
"""What it lacks, and the messages about that."""


def test_what_it_has_not_is_refused_in_its_name(installed: Environment, model: Path) -> None:
    """By the fields of its class, like the codes of snnir."""
    program = "".join(f"print(refused({options}))\n" for options, _ in REFUSED)
    output = installed.python(small(model, program))
    missing = [message for _, message in REFUSED if message not in output]
    assert not missing, output


def test_nothing_else_names_it() -> None:
    """Neither the code nor the target is known to snnir, its frontends, backends, examples or benchmarks."""
    rooms = ("snnir", "frontends", "backends", "examples", "benchmarks", "docs", ".ci", "pyproject.toml", "README.md")
    files = [path for room in rooms for path in (ROOT / room, *(ROOT / room).rglob("*"))]
    texts = (path for path in files if path.suffix in {".py", ".md", ".toml", ".txt", ".sh"} or path.name == "run")
    naming = [path for path in texts if path.is_file() and _names(path.read_text(encoding="utf-8"))]
    assert not naming


def _names(text: str) -> bool:
    return any(word in text for word in ("snnir_toy", "snnir-toy", "'toy'", '"toy"', "--target toy", "thermometer"))
