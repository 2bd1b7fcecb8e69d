"""Options that make no sense, and places that cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.common import DOMAIN, QUICK, UNTUNED, refused, snnir


def compile_refused(net: Path, *options: object, out: object = None, exit_code: int = 2, hint: bool = True) -> str:
    """Compile with options that must be refused; return what is printed."""
    out = net.parent / "out.nir" if out is None else out
    return refused(net.parent, "compile", net, "-o", out, *options, exit_code=exit_code, hint=hint)


@pytest.mark.parametrize(
    ("domain", "fragment"),
    [
        ("x=-1:1", "the domain has 1 interval, input 'points' has 2 columns"),
        ("x=-1:1,y=0:1,t=0:1", "the domain has 3 intervals, input 'points' has 2 columns"),
        ("x=1:1,t=0:1", "the interval of 'x', 1:1, is empty"),
        ("x=-1:1,t=1:0", "the interval of 't', 1:0, is reversed"),
        ("x=-1:1,t=0:inf", "is not finite"),
        ("x=-1:1,t=nan:1", "is not finite"),
        ("x=-1:1,t=0:1e300", "goes beyond what float32 can hold"),
        ("x=-1:1,x=0:1", "'x' is named twice"),
        ("=-1:1,t=0:1", "names nothing"),
        ("gibberish", "'gibberish' is not of the form NAME=LOW:HIGH"),
        ("x=-1:1:2,t=0:1", "is not of the form"),
        ("x=-1:1,", "is not of the form"),
        ("", "is not of the form"),
        ("x=-1:1;t=0:1", "is not of the form"),
        ("\u2713=\u2713", "is not of the form"),
    ],
)
def test_bad_domain(net: Path, domain: str, fragment: str) -> None:
    """A domain that does not fit is refused with the reason, the option and an example."""
    text = compile_refused(net, "--domain", domain, "--steps", 4)
    assert "--domain: " in text
    assert fragment in text
    assert 'write e.g. --domain "' in text
    assert text.count("hint: ") == 1


def test_every_wrong_interval_is_named(net: Path) -> None:
    """All that is wrong with a domain is reported at once."""
    text = compile_refused(net, "--domain", "x=1:0,t=2:2", "--steps", 4)
    assert "'x', 1:0, is reversed" in text
    assert "'t', 2:2, is empty" in text


def test_neither_domain_nor_samples(net: Path) -> None:
    """Without points nothing is measured; the message names the inputs, the hint both ways to give points."""
    text = compile_refused(net, "--steps", 4)
    assert "points are needed" in text
    assert "points: float32[N, 2]" in text
    assert '--domain "x=-1:1,t=0:1" or --samples POINTS.npy' in text


def test_both_domain_and_samples(net: Path, points: Path) -> None:
    """Points come from one place."""
    assert "not both" in compile_refused(net, *QUICK, "--samples", points)


@pytest.mark.parametrize(
    ("options", "fragment"),
    [
        (("--steps", 0), "--steps: 0 time steps are not possible"),
        (("--steps", -3), "--steps: -3 time steps are not possible"),
        (("--steps", 10**9), "--steps: 1000000000 time steps are not possible"),
        (("--error", 0), "--error: 0 is no error to aim for"),
        (("--error", -0.1), "--error: -0.1 is no error to aim for"),
        (("--error", "nan"), "--error: nan is no error to aim for"),
        (("--error", "inf"), "--error: inf is no error to aim for"),
        (("--target", "nri"), "--target: there is no target 'nri'"),
        (("--code", "rat"), "--code: there is no code 'rat'"),
        (("--pipelined",), "--pipelined: only layers that send digits can start while digits still arrive"),
        (("--target", "numpy", "--code", "radix", "--steps", 25), "--steps: 25 time steps are not possible"),
        (("--code", "sigma-delta"), "--code: target 'nir' cannot carry the sigma-delta code"),
        (
            ("--code", "sigma-delta", "--target", "numpy", "--steps", 8),
            "--steps: the sigma-delta code takes one step for every point of a stream",
        ),
        (
            ("--code", "sigma-delta", "--target", "numpy", "--neurons-per-unit", 8),
            "--neurons-per-unit: the sigma-delta code has one neuron per unit",
        ),
        (
            ("--code", "sigma-delta", "--target", "numpy", "--calibration", "light"),
            "--calibration: the neurons of the sigma-delta code compute f itself",
        ),
        (("--calibration", "lite"), "--calibration: there is no calibration 'lite'"),
        (("--code", "rate", "--neurons-per-unit", 4), "--neurons-per-unit: the rate code has one neuron per unit"),
        (
            ("--code", "population", "--neurons-per-unit", 0),
            "--neurons-per-unit: 0 neurons per unit are not possible",
        ),
        (
            ("--code", "population", "--neurons-per-unit", 65),
            "--neurons-per-unit: 65 neurons per unit are not possible",
        ),
        (("--reader", "nose"), "--reader: target 'nir' has no reader 'nose'"),
        (("--reader", "norse", "--target", "numpy"), "--reader: target 'numpy' has no reader 'norse'"),
        (
            ("--reader", "snntorch"),
            "--reader: nothing is written for snntorch (snntorch 1.0.0, nirtorch 2.6): it makes IF",
        ),
        (("--reader", "norse", "--code", "rate"), "--code: norse cannot carry the rate code: signed neurons are pairs"),
        (
            ("--reader", "norse", "--form", "exact"),
            "--form: norse cannot run the exact form of a file [form-not-in-reader]",
        ),
        (("--form", "exakt"), "--form: there is no form 'exakt' [unknown-form]"),
        (("--products", "moon"), "--products: products are not taken in 'moon' [unknown-products]"),
    ],
)
def test_bad_option(net: Path, options: tuple[object, ...], fragment: str) -> None:
    """An option that cannot be met is refused by name, with what to do."""
    assert fragment in compile_refused(net, *DOMAIN, *options)


@pytest.mark.parametrize(
    ("options", "meant"),
    [(("--target", "nri"), "nir"), (("--code", "rat"), "rate"), (("--calibration", "lite"), "light")],
)
def test_did_you_mean(net: Path, options: tuple[object, ...], meant: str) -> None:
    """A misspelt name leads to the nearest one."""
    assert f"did you mean {meant!r}?" in compile_refused(net, *DOMAIN, *options)


def test_negative_seed(net: Path) -> None:
    """A seed is not negative."""
    assert "--seed" in compile_refused(net, *QUICK, "--seed", -1, hint=False)


def test_everything_at_once(net: Path, tmp_path: Path) -> None:
    """All that is wrong with a command is reported in one go, before anything is read."""
    wrong = ["--steps", 0, "--error", -1, "--code", "rat", "--reader", "nose", "--calibration", "lite"]
    files = ["--domain", "x", "--samples", tmp_path / "none.npy", "--report", tmp_path / "no" / "r.json"]
    missing = tmp_path / "none.onnx"
    out = tmp_path / "out.xyz"
    text = refused(
        tmp_path, "compile", missing, "-o", out, "--target", "nir", "--target", "nri", *wrong, *files, exit_code=2
    )
    options = ("--steps", "--error", "--code", "--reader", "--calibration", "--target", "--domain", "--report")
    for place in (*options, missing, tmp_path / "none.npy", f"--output {out}"):
        assert f"error: {place}" in text, place
    assert "[no-points]" in text


def test_error_out_of_reach(net: Path) -> None:
    """An error that is out of reach is a failure, with the nearest that there is; nothing is written."""
    text = compile_refused(net, *DOMAIN, *UNTUNED, "--error", "1e-9", "--steps", 4, exit_code=1)
    assert "the nearest to an error of 1e-09 is" in text
    assert "larger --error" in text


def test_unknown_ending(net: Path, tmp_path: Path) -> None:
    """A file that no artifact ends like is refused, before the work."""
    text = compile_refused(net, *QUICK, out=tmp_path / "out.onnx")
    assert "target 'nir' writes no '.onnx' file" in text
    assert "end it in .snnir or .nir, or name a folder" in text
    assert "'.nir'" in compile_refused(net, *QUICK, "--target", "numpy", out=tmp_path / "out.nir")


def test_files_for_old_readers_need_readers(net: Path, tmp_path: Path) -> None:
    """A target that no program reads has no older form of its files."""
    text = compile_refused(net, *QUICK, "--target", "numpy", "--legacy", out=tmp_path / "new.snnir", hint=False)
    assert "--legacy: target 'numpy' writes no file for old readers [no-legacy]" in text


def test_several_targets_need_a_folder(net: Path, tmp_path: Path) -> None:
    """One file cannot take the artifacts or the reports of several targets."""
    targets = ("--target", "nir", "--target", "numpy")
    assert "several targets need a folder [folder-needed]" in compile_refused(net, *QUICK, *targets)
    text = compile_refused(net, *QUICK, *targets, "--report", tmp_path / "r.json", out=tmp_path / "new")
    assert "one file cannot take several reports [folder-needed]" in text


@pytest.mark.parametrize(
    ("out", "fragment"),
    [
        ("net.onnx/out.nir", "there is no folder"),
        ("net.onnx/sub/", "is a file, not a folder"),
        ("out.nir/", "is a file, not a folder"),
        ("no/such/out.nir", "there is no folder"),
        ("beside.nir", "this is a folder"),
        ("pipe.snnir", "this is a device or pipe"),
        ("folder", "this is a folder"),
    ],
)
def test_place_that_cannot_be_written(net: Path, tmp_path: Path, out: str, fragment: str) -> None:
    """A place that cannot be written is found before the work."""
    (tmp_path / "beside.snnir").mkdir()
    (tmp_path / "folder" / "net-nir.nir").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe.snnir")
    text = compile_refused(net, *QUICK, out=f"{tmp_path}/{out}")
    assert f"error: --output {tmp_path}" in text
    assert fragment in text


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a read-only file system")
@pytest.mark.parametrize("out", ["/proc/out.snnir", "/proc/new/"])
def test_read_only_place(net: Path, out: str) -> None:
    """A folder that nothing can be written to is found before the work, for every command."""
    assert "cannot be written to" in compile_refused(net, *QUICK, out=out)


def test_inputs_are_not_replaced(net: Path, points: Path, tmp_path: Path) -> None:
    """A result that would replace the model or the samples is refused."""
    assert "would replace" in compile_refused(net, *QUICK, "--report", net)
    (tmp_path / "link").symlink_to(points)
    options = ("--samples", points, "--report", tmp_path / "link", "--steps", 4)
    assert "would replace" in compile_refused(net, *options)


def test_results_do_not_replace_each_other(net: Path, tmp_path: Path) -> None:
    """Two results need two files."""
    text = compile_refused(net, *QUICK, "--report", tmp_path / "out.snnir")
    assert "two results go to this file" in text


def test_failed_write_leaves_no_folder(net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the results cannot be written in the end, a new folder goes again."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "no space left on device" in compile_refused(net, *QUICK, out=tmp_path / "a" / "b" / "c")


def test_unknown_option_and_command(net: Path) -> None:
    """What click finds wrong exits with 2, too."""
    for arguments in (["compile", net], ["compile", net, "-o", "x", "--setps", 3], ["comple"], ["compile", net, "-o"]):
        result = snnir(*arguments)
        assert result.exit_code == 2
        assert "Error: " in result.stderr
    assert "did you mean 'compile'?" in snnir("comple").stderr
