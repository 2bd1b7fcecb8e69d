"""``snnir compile`` where all is well."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir as api
from snnir.errors import UsageError
from snnir.metrics.energy import nanojoule
from snnir.metrics.energy_models import MODELS
from tests.cli.common import DOMAIN, QUICK, UNTUNED, done, mlp, refused, saved, snapshot, snnir
from tests.networks import operator_network
from tests.support import change_ladders

KEYS = {
    "target": str,
    "code": str,
    "steps": int,
    "units": int,
    "neurons": int,
    "neurons_per_unit": float,
    "conversion": dict,
    "spikes": dict,
    "operations": dict,
    "energy_pj": dict,
    "energy_by_model": list,
    "layers": list,
    "seed": int,
    "source": dict,
    "versions": dict,
}
RATE: dict[str, Any] = {"code": "rate", "steps": 4, "calibration": "advanced"}
"""What `QUICK` asks for, in Python."""
INNER = {
    "conversion": {"rel_l2", "over_variation", "rms", "median", "p99", "max_abs", "points"},
    "spikes": {"rate", "per_unit", "total_per_inference", "break_even"},
    "operations": {"ac", "mac", "ann_mac", "function_evaluations", "neuron_updates", "rows", "ann_rows"},
    "energy_pj": {"snn", "ann", "parts"},
    "source": {"file", "sha256", "checked_by", "notes"},
}


def names(folder: Path) -> set[str]:
    """Return the names of the files in a folder."""
    return {path.name for path in folder.iterdir()}


def test_archive_alone(net: Path, tmp_path: Path) -> None:
    """OUT.snnir is the archive and nothing else; an old file there is replaced."""
    before = names(tmp_path)
    text = done("compile", net, "-o", tmp_path / "out.snnir", *QUICK)
    assert names(tmp_path) == before
    assert api.Compiled.load(tmp_path / "out.snnir").report["steps"] == 4
    assert (tmp_path / "out.nir").read_text() == "old out.nir"
    assert f"next: snnir run {tmp_path / 'out.snnir'} --inputs POINTS.npy --output VALUES.npy" in text


def test_nir_with_its_archive(net: Path, tmp_path: Path) -> None:
    """OUT.nir is the NIR file, with the archive beside it."""
    done("compile", net, "-o", tmp_path / "new.nir", *QUICK)
    assert (tmp_path / "new.nir").read_bytes().startswith(b"\x89HDF")
    assert api.Compiled.load(tmp_path / "new.snnir").target == "nir"


@pytest.mark.parametrize("out", ["old", "new/", "a/b.c/", "plain"])
def test_folder_takes_everything(net: Path, tmp_path: Path, out: str) -> None:
    """A folder, there or not, takes all artifacts and the report of every target."""
    (tmp_path / "old").mkdir()
    done("compile", net, "-o", f"{tmp_path}/{out}", "--target", "nir", "--target", "numpy", *QUICK)
    expected = {"net-nir.nir", "net-nir.snnir", "net-nir.json", "net-numpy.snnir", "net-numpy.json"}
    assert names(tmp_path / out) == expected
    assert json.loads((tmp_path / out / "net-numpy.json").read_text())["target"] == "numpy"


def test_report_has_the_promised_keys(net: Path, tmp_path: Path) -> None:
    """The report holds what the design promises, in finite numbers, and is that of the API."""
    done("compile", net, "-o", tmp_path / "out.snnir", "--report", tmp_path / "out.json", *QUICK)
    report = json.loads((tmp_path / "out.json").read_text())
    assert {key: type(report[key]) for key in KEYS} == KEYS
    assert {key: set(report[key]) for key in INNER} == INNER
    for layer in report["layers"]:
        assert set(layer) == {"name", "neurons", "rate", "threshold", "local_error", "start"}
    assert (report["units"], report["neurons"], len(report["layers"])) == (16, 16, 2)
    compiled = api.compile(api.load(net), domain={"x": (-1, 1), "t": (0, 1)}, **RATE)
    assert report == compiled.report == api.Compiled.load(tmp_path / "out.snnir").report


def test_report_in_a_new_folder(net: Path, tmp_path: Path) -> None:
    """The report can go into the folder that is made for the results."""
    done("compile", net, "-o", tmp_path / "new", "--report", tmp_path / "new" / "report.json", *QUICK)
    reports = [(tmp_path / "new" / name).read_bytes() for name in ("report.json", "net-nir.json")]
    assert reports[0] == reports[1]


def test_same_bytes_twice(net: Path, tmp_path: Path) -> None:
    """Two runs write the same bytes, and another seed writes others."""
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        done("compile", net, "-o", tmp_path / folder, "--seed", seed, *QUICK)
    a, b, c = ({p.name: p.read_bytes() for p in (tmp_path / folder).iterdir()} for folder in "abc")
    assert a == b
    assert a.keys() == c.keys()
    assert a["net-nir.snnir"] != c["net-nir.snnir"]


@pytest.mark.parametrize("calibration", ["none", "light", "advanced", "least-squares"])
def test_calibrations(net: Path, tmp_path: Path, calibration: str) -> None:
    """Every calibration can be chosen, and the result says which it was."""
    text = done("compile", net, "-o", tmp_path / "out.snnir", *QUICK, "--calibration", calibration)
    assert f"calibration {calibration}" in text


@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_samples(net: Path, tmp_path: Path, kind: str) -> None:
    """Points can come from a file; the error is measured on a part of them."""
    array = np.random.default_rng(1).uniform(-1, 1, (400, 2))
    path = tmp_path / f"samples.{kind}"
    np.save(path, array) if kind == "npy" else np.savez(path, points=array)
    text = done("compile", net, "-o", tmp_path / "out.snnir", "--samples", path, "--code", "rate", "--steps", 4)
    assert "on 100 points that calibration did not see" in text


def test_column_named_like_the_input(tmp_path: Path) -> None:
    """Intervals go by position for a single input, even where one is named like it."""
    net = saved(tmp_path / "net.onnx", mlp(2, 8, 1))
    done("compile", net, "-o", tmp_path / "a.snnir", "--domain", "points=-1:1,t=0:1", *QUICK[len(DOMAIN) :])
    done("compile", net, "-o", tmp_path / "b.snnir", *QUICK)
    a, b = (api.Compiled.load(tmp_path / name) for name in ("a.snnir", "b.snnir"))
    assert (a.graph, a.report["domain"]) == (b.graph, b.report["domain"])
    assert list(a.report["derivatives"]["step"]) == ["points", "t"]


def test_text_says_error_and_cost(net: Path, tmp_path: Path) -> None:
    """What is printed has every number that a user decides by, and says honestly what spikes cost."""
    text = done(
        "compile", net, "-o", tmp_path / "out.snnir", "--domain", "x=-1:1,t=0:1", "--code", "rate", "--steps", 64
    )
    report = api.Compiled.load(tmp_path / "out.snnir").report
    ratio = report["energy_pj"]["snn"] / report["energy_pj"]["ann"]
    assert ratio > 1
    assert f"The spikes cost {ratio:.3g} times the ANN's energy" in text
    assert "45 nm arithmetic only, no memory or routing" in text
    assert f"break-even with the ANN: {report['spikes']['break_even']:.3g}" in text
    assert f"{report['conversion']['rel_l2']:.2e}" in text
    assert "points: float32[N, 2]" in text
    assert "16 in 2 layers" in text
    assert all(layer["name"] in text for layer in report["layers"])
    assert str(tmp_path / "out.snnir") in text


def test_text_says_what_takes_the_energy(net: Path, tmp_path: Path) -> None:
    """Users' row 3: what the encoders take was not shown."""
    options = ("--code", "population", "--calibration", "advanced", "--steps", 2)
    text = done("compile", net, "-o", tmp_path / "out.snnir", *DOMAIN, *options)
    parts = api.Compiled.load(tmp_path / "out.snnir").report["energy_pj"]["parts"]
    total = sum(each["pj"] for each in parts)
    encoders = [each for each in parts if each["kind"] == "encoder"]
    share = sum(each["pj"] for each in encoders) / total
    count = sum(each["ac"] for each in encoders)
    paragraph = " ".join(text.partition("Of this energy: ")[2].partition("\n\n")[0].split())
    assert f"encoders {share:.0%} ({count:,.0f} accumulates)" in paragraph
    assert "the first layer" in paragraph
    assert "accumulates, most from " in paragraph
    text = done("compile", net, "-o", tmp_path / "out.snnir", *DOMAIN, *options, "--steps", 64)
    assert "(no break-even: what does not depend on spikes takes the ANN's energy alone)" in text


def test_text_has_energies_by_every_model_and_rows(net: Path, tmp_path: Path) -> None:
    """The table has both networks' energy by every model, and the numbers' sources; the page has the same."""
    text = done("compile", net, "-o", tmp_path / "out.snnir", *QUICK, "--report", tmp_path / "out.html")
    report = api.Compiled.load(tmp_path / "out.snnir").report
    lines = [line.split() for line in text.partition("energy by model")[2].partition("\n\n")[0].splitlines()]
    page = (tmp_path / "out.html").read_text()
    assert report.energy_by_model is not None
    for each in report.energy_by_model:
        shown = next(line for line in lines if line[:1] == [each.model])
        assert shown[1:] == f"{nanojoule(each.snn)} {nanojoule(each.ann)} {each.ratio:.3g}".split()
        assert f"{each.model}: {each.source}." in " ".join(text.split())
        assert f"<td>{each.model}</td>" in page
    operations, quantised = report.operations, report.quantised_ann
    assert f"rows of weights read  {operations.rows:,.0f}, of the ANN {operations.ann_rows:,.0f} (" in text
    assert quantised is not None
    assert f"rel L2 {quantised.rel_l2:.2e} at {nanojoule(0.3 * operations.ann_mac)} (int8)." in text


@pytest.mark.parametrize("name", ["compile", "pareto"])
def test_help_names_the_energy_models(name: str) -> None:
    """Both commands that compare settings list what there is, and what is usual."""
    text = " ".join(done(name, "--help").split())
    assert f"By which energies of settings are compared: {', '.join(MODELS)}. [default: float32]" in text


def test_text_tells_rows_of_the_same_name_apart() -> None:
    """Users' row 13: in "where the error arises" two rows had the same name; now their sources tell which is which."""
    compiled = api.compile(
        operator_network(), target="numpy", domain={"u": (-1, 1), "x": (0, 1)}, code="radix", steps=6
    )
    (table,) = (each for each in compiled.report.measured_tables() if each.title == "where the error arises")
    names = [row[0] for row in table.rows]
    assert names == ["into dense1", "into tanh2 from tanh1", "into tanh2 from tanh2"]


def test_text_has_the_error_of_derivatives_and_says_when_they_are_useless(net: Path, tmp_path: Path) -> None:
    """Users' row 5: beside the error of u stand those of its differences, raw and smoothed, on a stated grid."""
    text = done("compile", net, "-o", tmp_path / "out.snnir", *QUICK)
    report = api.Compiled.load(tmp_path / "out.snnir").report
    title = "derivatives by central differences, rel L2, on a grid of 51 x 51 points, steps x 0.04, t 0.02"
    assert title in text
    lines = text.partition(title)[2].splitlines()[1:4]
    assert lines[0].split() == ["output", "along", "value", "first", "smoothed", "second", "smoothed"]
    first, second = report["derivatives"]["rows"][:2]
    numbers = (first["value"], first["rel_l2"], first["smoothed"], second["rel_l2"], second["smoothed"])
    assert lines[1].split() == ["u", "x", *(f"{number:.2e}" for number in numbers)]
    useless = report["derivatives"]["useless"]
    assert {"output": "u", "input": "x", "order": 2} in useless
    assert "d2u/dx2" in text.partition(title)[2].partition("useless: an error above 0.5")[0]


def test_several_outputs(tmp_path: Path) -> None:
    """Each of several outputs has its own error, and values go to .npz files."""
    net = saved(tmp_path / "net.onnx", mlp(2, 8, 8, 1, heads=2))
    text = done("compile", net, "-o", tmp_path / "out.snnir", *QUICK)
    rows = [line.split()[0] for line in text.partition("conversion error")[2].splitlines()[2:5]]
    assert rows == ["u0", "u1", "together"]
    assert "--output VALUES.npz" in text


def test_search_says_what_was_tried(net: Path, tmp_path: Path) -> None:
    """Without --steps, the cheapest that reach the error are taken, and the text lists what was tried."""
    text = done("compile", net, "-o", tmp_path / "out.snnir", "--error", "0.2", *DOMAIN, *UNTUNED)
    report = api.Compiled.load(tmp_path / "out.snnir").report
    assert report["search"]["reached"]
    assert report["conversion"]["rel_l2"] <= 0.2
    assert "settings tried" in text
    taken = (
        f"Taken: the {report['code']} code with {report['steps']} steps, the least energy of those that reach the goal"
    )
    assert f"{taken}, an error of 0.2 (the larger of relative L2 and of error over variation)." in text


def test_default_goal_out_of_reach(net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the default goal is out of reach, the text says so and how to insist on it."""
    change_ladders(monkeypatch, lambda ladder: replace(ladder, low=2, high=4))
    text = done("compile", net, "-o", tmp_path / "out.snnir", *DOMAIN, *UNTUNED, "--code", "rate")
    assert (
        "The default goal, an error of 0.01 (the larger of relative L2 and of error over variation), was not reached."
        in text
    )
    assert "--error 0.01 (fails if it is out of reach)" in text


def test_default_goal_reached(net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the default goal is reached, the text says which that was."""
    monkeypatch.setattr("snnir.compiler.search.DEFAULT_ERROR", 0.5)
    text = done("compile", net, "-o", tmp_path / "out.snnir", *DOMAIN, *UNTUNED)
    assert (
        "of those that reach the default goal, an error of 0.5 (the larger of relative L2 and of error over variation)."
        in text
    )


def test_links_are_followed(net: Path, tmp_path: Path) -> None:
    """A link keeps pointing to the file that the result goes to."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link.snnir").symlink_to(tmp_path / "real" / "there.snnir")
    done("compile", net, "-o", tmp_path / "link.snnir", *QUICK)
    assert (tmp_path / "link.snnir").is_symlink()
    assert (tmp_path / "real" / "there.snnir").is_file()


def test_options_are_described() -> None:
    """The help of the command lists every option of the design."""
    text = done("compile", "--help")
    options = "output target reader code steps error calibration domain samples seed report"
    assert all(f"--{name}" in text for name in options.split())
    assert snnir("compile").exit_code == 2


def test_population(net: Path, tmp_path: Path) -> None:
    """The population code, with a number of neurons, on the command line: tables, report and files say the same."""
    options = ("--code", "population", "--neurons-per-unit", 3, "--calibration", "advanced")
    out, report = tmp_path / "new.nir", tmp_path / "new.json"
    text = done("compile", net, "-o", out, "--report", report, *QUICK, *options)
    assert "population code, 4 steps" in text
    assert "48, 3 for each unit" in text
    measured = json.loads(report.read_text())
    assert (measured["code"], measured["units"], measured["neurons"], measured["neurons_per_unit"]) == (
        "population",
        16,
        48,
        3,
    )
    assert measured["spikes"]["per_unit"] == measured["spikes"]["total_per_inference"] / 16
    compiled = api.compile(
        api.load(net),
        domain={"x": (-1, 1), "t": (0, 1)},
        steps=4,
        code="population",
        neurons_per_unit=3,
        calibration="advanced",
    )
    assert measured == compiled.report == api.Compiled.load(tmp_path / "new.snnir").report


def test_another_target_does_not_take_an_archive(net: Path, tmp_path: Path) -> None:
    """Point 6 of the first-time user: two targets with one stem wrote one archive, and the first file was orphaned.

    That is refused before the work, with the way out; the same target, and files that are replaced together, are not.
    """
    made = tmp_path / "heat.nir"
    done("compile", net, "-o", made, *QUICK)
    for name, target in (("heat.py", "loihi2"), ("heat.snnir", "numpy")):
        text = refused(tmp_path, "compile", net, "-o", tmp_path / name, "--target", target, *QUICK, exit_code=2)
        assert "this is the archive of heat.nir (target nir), which needs it [other-archive]" in text
        assert f"choose another name, e.g. heat-{target}.snnir, or remove heat.nir" in text
    done("compile", net, "-o", made, *QUICK)
    made.unlink()
    done("compile", net, "-o", tmp_path / "heat.snnir", "--target", "numpy", *QUICK)
    done("compile", net, "-o", made, *QUICK)


def test_saving_does_not_take_an_archive(net: Path, tmp_path: Path) -> None:
    """From Python, too: nothing is written."""
    done("compile", net, "-o", tmp_path / "heat.nir", *QUICK)
    network = api.compile(api.load(net), target="numpy", domain={"x": (-1, 1), "t": (0, 1)}, code="rate", steps=2)
    before = snapshot(tmp_path)
    with pytest.raises(UsageError, match="other-archive"):
        network.save(tmp_path / "heat.snnir")
    assert snapshot(tmp_path) == before
    network.save(tmp_path / "heat-numpy.snnir")


def test_an_archive_of_another_target_is_named(net: Path, tmp_path: Path) -> None:
    """Where a file lies beside an archive that is not its own, `verify` says so."""
    done("compile", net, "-o", tmp_path / "a.nir", *QUICK)
    done("compile", net, "-o", tmp_path / "b.snnir", "--target", "numpy", *QUICK)
    (tmp_path / "b.nir").write_bytes((tmp_path / "a.nir").read_bytes())
    text = refused(tmp_path, "verify", tmp_path / "b.nir", "--reader", "spec", exit_code=2)
    assert "b.snnir is not its archive: it is of target 'numpy', which writes no further files" in text


def test_columns_of_an_output_have_rows(tmp_path: Path) -> None:
    """Real networks' row 1: an error for every column, in the terms of that column's variation, is in the text, too."""
    net = saved(tmp_path / "net.onnx", mlp(2, 8, 8, 3))
    text = done("compile", net, "-o", tmp_path / "out.snnir", *QUICK)
    lines = text.partition("conversion error")[2].splitlines()[1:6]
    assert " ".join(lines[0].split()) == "output rel L2 of variation median 99 % max"
    (output,) = api.Compiled.load(tmp_path / "out.snnir").report["outputs"]
    for line, row in zip(lines[1:5], (output, *output["columns"]), strict=True):
        name = f"u[{row['column']}]" if "column" in row else "u"
        numbers = (row[key] for key in ("rel_l2", "over_variation", "median", "p99", "max_abs"))
        assert line.split() == [name, *(f"{number:.2e}" for number in numbers)]


def test_of_many_columns_the_worst_are_shown(tmp_path: Path) -> None:
    """Eight rows, and a sentence that says which."""
    net = saved(tmp_path / "net.onnx", mlp(2, 4, 12))
    text = done("compile", net, "-o", tmp_path / "out.snnir", *QUICK)
    assert "Of the 12 columns of u, the 8 with the largest error over variation." in text
    (output,) = api.Compiled.load(tmp_path / "out.snnir").report["outputs"]
    worst = sorted(output["columns"], key=lambda row: -row["over_variation"])[:8]
    shown = [line.split()[0] for line in text.splitlines() if line.startswith("  u[")]
    assert shown[:8] == [f"u[{index}]" for index in sorted(row["column"] for row in worst)]


def test_a_goal_of_the_norm(net: Path, tmp_path: Path) -> None:
    """``--error-of norm`` is kept in the report, and the text names it; another word is refused."""
    given = ("compile", net, "-o", tmp_path / "new.snnir", "--error", "0.2", *DOMAIN, *UNTUNED, "--error-of")
    assert "of those that reach the goal, an error of 0.2 (relative L2)." in done(*given, "norm")
    assert api.Compiled.load(tmp_path / "new.snnir").report["search"]["error_of"] == "norm"
    text = refused(tmp_path, *given, "nrm", exit_code=2)
    assert "error: --error-of: there is no error of 'nrm'" in text
    assert "norm" in text
