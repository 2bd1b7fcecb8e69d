"""``snnir compile`` where the error is not reached, or is dear: the commands that it prints do what it says."""

from __future__ import annotations

import shlex
from pathlib import Path

import snnir as api
from tests.cli.common import DOMAIN, mlp, refused, saved, snnir


def commands(text: str) -> list[list[str]]:
    """Return the arguments of the commands in a text."""
    lines = (line.strip() for line in text.splitlines())
    return [shlex.split(line)[1:] for line in lines if line.startswith("snnir compile ")]


def done(*args: object) -> str:
    """Call the command line, which must succeed, and return what it prints."""
    result = snnir(*args)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def archive_of(command: list[str]) -> Path:
    """Return the archive that a command writes."""
    return Path(command[command.index("-o") + 1]).with_suffix(".snnir")


def test_the_commands_of_a_refusal_reach_the_error(net: Path, tmp_path: Path) -> None:
    """Users' row 2: other codes and targets are named with a command which, run as printed, reaches the error."""
    net = net.rename(tmp_path / "a net.onnx")
    options = (*DOMAIN, "--code", "rate", "--steps", "2", "--error", "0.05", "--seed", "3", "--error-of", "norm")
    text = refused(tmp_path, "compile", net, "-o", tmp_path / "new.nir", *options, exit_code=1)
    found = commands(text)
    assert [archive_of(each).name for each in found] == ["new.snnir", "new-numpy.snnir", "new-loihi2.snnir"]
    assert found[-1][found[-1].index("-o") + 1].endswith("new-loihi2.py")
    for command in found:
        assert command[command.index("--seed") + 1] == "3"
        done(*command)
        report = api.Compiled.load(archive_of(command)).report
        assert report["search"]["reached"]
        assert report["search"]["error_of"] == "norm"
        assert report["conversion"]["rel_l2"] <= 0.05


def test_the_command_of_a_default_goal_reaches_it(net: Path, tmp_path: Path) -> None:
    """Where the nearest is taken, the text has the command that reaches the default goal, with the same samples."""
    samples = tmp_path / "my points.csv"
    samples.write_text("\n".join(f"{(7 * row % 101) / 50 - 1},{(13 * row % 97) / 97}" for row in range(400)))
    options = ("--samples", samples, "--code", "rate", "--time-limit", "5")
    text = done("compile", net, "-o", tmp_path / "new.snnir", *options, "--report", tmp_path / "new.json")
    assert "was not reached" in text
    command = next(each for each in commands(text) if "numpy" in each)
    assert command[command.index("--report") + 1] == str(tmp_path / "new-numpy.json")
    done(*command)
    assert api.Compiled.load(tmp_path / "new-numpy.snnir").report["search"]["reached"]
    assert (tmp_path / "new-numpy.json").is_file()


def test_commands_compare_by_the_same_model(net: Path, tmp_path: Path) -> None:
    """Where energies were compared by another model, the commands of other ways ask for it, too."""
    options = (*DOMAIN, "--code", "rate", "--steps", "2", "--error", "0.05", "--energy-model", "int32")
    text = refused(tmp_path, "compile", net, "-o", tmp_path / "new.nir", *options, exit_code=1)
    assert "times the ANN's energy by int32 (" in text
    for command in commands(text):
        assert command[command.index("--energy-model") + 1] == "int32"
    (command,) = [each for each in commands(text) if "numpy" in each]
    assert "energy / ANN's, int32" in done(*command)


def test_no_archive_of_another_target_is_taken(net: Path, tmp_path: Path) -> None:
    """The file that a command names is free, even if it is where the files of another target have their archive."""
    done("compile", net, "-o", tmp_path / "new-numpy.nir", *DOMAIN, "--code", "rate", "--steps", "4")
    options = (*DOMAIN, "--code", "rate", "--steps", "4", "--error", "0.01", "--time-limit", "1")
    text = refused(tmp_path, "compile", net, "-o", tmp_path / "new.snnir", *options, exit_code=1)
    command = next(each for each in commands(text) if "numpy" in each)
    assert archive_of(command).name == "new-numpy1.snnir"
    done(*command)
    assert api.Compiled.load(tmp_path / "new-numpy.snnir").target == "nir"


def test_a_folder_takes_the_other_target_as_well(net: Path, tmp_path: Path) -> None:
    """Files in a folder have the names of their targets already."""
    options = (*DOMAIN, "--code", "rate", "--steps", "4", "--error", "0.01", "--time-limit", "1")
    text = refused(tmp_path, "compile", net, "-o", f"{tmp_path}/out/", *options, exit_code=1)
    command = next(each for each in commands(text) if "numpy" in each)
    done(*command)
    assert api.Compiled.load(tmp_path / "out" / "net-numpy.snnir").report["search"]["reached"]


def test_dear_spikes_and_other_errors_are_stated(net: Path, tmp_path: Path) -> None:
    """Users' row 3: what twice and half the error cost, and that another target takes less, with its command."""
    options = ("--code", "population", "--neurons-per-unit", "4", "--error", "0.05")
    text = done("compile", net, "-o", tmp_path / "new.snnir", *DOMAIN, *options)
    joined = " ".join(text.split())
    assert "The cheapest measured at twice the goal: " in joined
    assert "; at half the goal: " in joined
    assert "At the same goal, target numpy takes less: " in joined
    (command,) = commands(text)
    done(*command)
    report = api.Compiled.load(tmp_path / "new-numpy.snnir").report
    energy = report["energy_pj"]["snn"] / report["energy_pj"]["ann"]
    assert f" at {energy:.3g} times the ANN's energy (radix code, {report['steps']} steps)" in text


def test_a_time_limit_that_ends_the_search_is_stated(net: Path, tmp_path: Path) -> None:
    """That the nearest was taken because time was up is reported, with how to give it more."""
    text = done("compile", net, "-o", tmp_path / "new.snnir", *DOMAIN, "--time-limit", "0.001")
    assert "The time limit of 0.001 s ended the search; --time-limit SECONDS gives it more." in text
    options = ("--time-limit", "0.001", "--error", "0.001")
    text = refused(tmp_path, "compile", net, "-o", tmp_path / "new2.snnir", *DOMAIN, *options, exit_code=1)
    assert "the search ended at --time-limit 0.001 (seconds), so more may be possible" in text


def test_what_is_below_the_goal_is_not_refused(net: Path, tmp_path: Path) -> None:
    """Real networks' row 13: "the nearest to an error of 0.01 is 9.73e-03", refused. What reaches it is taken."""
    options = (*DOMAIN, "--code", "rate", "--steps", "8")
    done("compile", net, "-o", tmp_path / "first.snnir", *options)
    conversion = api.Compiled.load(tmp_path / "first.snnir").report["conversion"]
    error = max(conversion["rel_l2"], conversion["over_variation"])
    done("compile", net, "-o", tmp_path / "new.snnir", *options, "--error", f"{1.01 * error:.6g}")
    assert api.Compiled.load(tmp_path / "new.snnir").report["search"]["reached"]
    goal = f"{0.99 * error:.6g}"
    limit = ("--time-limit", "0.1")
    text = refused(tmp_path, "compile", net, "-o", tmp_path / "x.snnir", *options, *limit, "--error", goal, exit_code=1)
    assert f"the nearest to an error of {goal} is {error:.2e}" in text
    assert float(f"{error:.2e}") > float(goal)


def test_functions_need_samples(tmp_path: Path) -> None:
    """Users' row 11: many columns under one interval are noise where they stand for a function."""
    net = saved(tmp_path / "net.onnx", mlp(2, 8, 8, 1))
    text = done("compile", net, "-o", tmp_path / "new.snnir", *DOMAIN, "--code", "rate", "--steps", "4")
    assert "drawn independently" not in text
    wide = saved(tmp_path / "wide.onnx", mlp(30, 4, 1))
    options = ("--domain", "points=-1:1", "--code", "rate", "--steps", "4")
    text = done("compile", wide, "-o", tmp_path / "wide.snnir", *options)
    assert "its 30 columns are drawn independently of each other" in text
    assert "give samples of such functions" in api.Compiled.load(tmp_path / "wide.snnir").report["notes"][0]
