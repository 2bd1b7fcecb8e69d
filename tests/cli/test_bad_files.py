"""Points and archives that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.common import QUICK, mlp, refused, saved, snnir

BAD_ARRAYS = {
    "three columns": np.zeros((40, 3)),
    "a vector": np.zeros(40),
    "a number": np.zeros(()),
    "three axes": np.zeros((4, 10, 2)),
    "no points": np.zeros((0, 2)),
    "complex": np.zeros((40, 2), complex),
    "booleans": np.zeros((40, 2), bool),
    "text": np.full((40, 2), "x"),
    "dates": np.zeros((40, 2), "datetime64[s]"),
    "records": np.zeros(40, [("x", "f4"), ("t", "f4")]),
    "NaN": np.full((40, 2), np.nan),
    "infinity": np.full((40, 2), np.inf),
    "too large": np.full((40, 2), 1e300),
}


def test_only_compiled_networks_run(net: Path, points: Path, tmp_path: Path) -> None:
    """A model is compiled first."""
    text = refused(tmp_path, "run", net, "--inputs", points, "--output", tmp_path / "new.npy", exit_code=2)
    assert "only a compiled network (.snnir) or a NIR file can be run [not-compiled]" in text


def test_endings_that_no_frontend_reads(tmp_path: Path) -> None:
    """The endings that can be read are listed."""
    (tmp_path / "net.xyz").write_text("?")
    text = refused(tmp_path, "inspect", tmp_path / "net.xyz", exit_code=2)
    assert "no frontend reads files that end in '.xyz' [unknown-format]" in text
    assert ".onnx" in text


def bad_file(path: Path, kind: str) -> Path:
    """Write something that is no file of points."""
    good = np.zeros((40, 2), np.float32)
    if kind == "pickled objects":
        np.save(path, np.array([{"x": 1}, print], dtype=object), allow_pickle=True)
    elif kind == "truncated":
        np.save(path, good)
        path.write_bytes(path.read_bytes()[:-7])
    elif kind == "header only":
        np.save(path, good)
        path.write_bytes(path.read_bytes()[:40])
    elif kind == "wrong names":
        path = path.with_suffix(".npz")
        np.savez(path, x=good, t=good)
    elif kind == "pickled in npz":
        path = path.with_suffix(".npz")
        np.savez(path, points=np.array([print], dtype=object))
    elif kind == "truncated npz":
        path = path.with_suffix(".npz")
        np.savez(path, points=good)
        path.write_bytes(path.read_bytes()[:-30])
    elif kind == "flipped npz":
        path = path.with_suffix(".npz")
        np.savez(path, points=good)
        data = bytearray(path.read_bytes())
        data[250] ^= 0xFF
        path.write_bytes(data)
    elif kind == "huge header":
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 2), }"
        padded = header.ljust(117) + b"\n"
        path.write_bytes(b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded)
    else:
        path.write_bytes({"empty": b"", "words": b"x,t\n0,1\n"}[kind])
    return path


BAD_FILES = (
    "pickled objects",
    "truncated",
    "header only",
    "wrong names",
    "pickled in npz",
    "truncated npz",
    "flipped npz",
    "huge header",
    "empty",
    "words",
)


@pytest.fixture(params=["compile", "run"])
def refuse(request: pytest.FixtureRequest, compiled: Path, net: Path, tmp_path: Path) -> Callable[[Path], str]:
    """Give points to both commands that take them."""

    def call(path: Path) -> str:
        if request.param == "compile":
            command = ["compile", net, "-o", tmp_path / "out.nir", "--steps", 4, "--samples", path]
        else:
            record = tmp_path / "out.npz"
            command = ["run", compiled, "--inputs", path, "--output", tmp_path / "out.npy", "--record", record]
        return refused(tmp_path, *command, exit_code=2)

    return call


@pytest.mark.parametrize("kind", BAD_ARRAYS)
def test_wrong_points(refuse: Callable[[Path], str], tmp_path: Path, kind: str) -> None:
    """Arrays of another shape or type, and numbers that are none, are refused with the input's name and type."""
    path = tmp_path / "bad.npy"
    np.save(path, BAD_ARRAYS[kind])
    text = refuse(path)
    assert "bad.npy: input 'points': " in text
    assert "the model takes points: float32[N, 2]" in text


@pytest.mark.parametrize("kind", BAD_FILES)
def test_wrong_files(refuse: Callable[[Path], str], tmp_path: Path, kind: str) -> None:
    """Files that are damaged, pickled or of another kind are refused by name."""
    path = bad_file(tmp_path / "bad.npy", kind)
    text = refuse(path)
    assert path.name in text
    assert "[bad-points]" in text


def test_missing_points(refuse: Callable[[Path], str], points: Path, tmp_path: Path) -> None:
    """A missing file of points is named, and so is the one that was probably meant."""
    assert f"did you mean {str(points)!r}?" in refuse(tmp_path / "point.npy")


def test_too_few_samples(net: Path, tmp_path: Path) -> None:
    """A handful of samples is too little to fit and to measure."""
    np.save(tmp_path / "few.npy", np.zeros((5, 2)))
    arguments = ["compile", net, "-o", tmp_path / "out.nir", "--samples", tmp_path / "few.npy"]
    assert "too few" in refused(tmp_path, *arguments, exit_code=2)


@pytest.fixture
def run(compiled: Path, points: Path, tmp_path: Path) -> Callable[..., str]:
    """Run the compiled network with changes to the command that must be refused."""

    def call(path: Path = compiled, output: str = "out.npy", record: str | None = None, *, exit_code: int = 2) -> str:
        extra = [] if record is None else ["--record", tmp_path / record]
        arguments = ["run", path, "--inputs", points, "--output", tmp_path / output, *extra]
        return refused(tmp_path, *arguments, exit_code=exit_code)

    return call


@pytest.mark.parametrize("part", [0.0, 0.01, 0.2, 0.5, 0.8, 0.99])
def test_changed_archive(run: Callable[..., str], compiled: Path, part: float) -> None:
    """An archive with one changed byte is not run."""
    data = bytearray(compiled.read_bytes())
    data[int(len(data) * part)] ^= 0x10
    compiled.write_bytes(data)
    text = run(exit_code=1)
    assert "net.snnir" in text
    assert "[damaged-archive]" in text


def test_changed_archive_is_not_shown(compiled: Path, tmp_path: Path) -> None:
    """An archive with one changed byte is not shown either."""
    data = compiled.read_bytes()
    compiled.write_bytes(data[:-1] + b"x")
    assert "[damaged-archive]" in refused(tmp_path, "inspect", compiled, exit_code=1)


def test_network_that_is_not_compiled(run: Callable[..., str], net: Path) -> None:
    """A network that is not compiled cannot run; the hint says how to compile it."""
    assert "compile it first: snnir compile net.onnx -o net.snnir" in run(net)


def test_missing_archive(run: Callable[..., str], tmp_path: Path) -> None:
    """A missing archive is named."""
    assert "there is no such file" in run(tmp_path / "nett.snnir")


@pytest.mark.parametrize(
    ("output", "record", "fragment"),
    [
        ("values.txt", None, "values are written as .npy or .npz"),
        ("out.npy", "spikes.npy", "spikes are written as .npz"),
        ("points.npy", None, "would replace"),
        ("out.npz", "out.npz", "two results go to this file"),
        ("out.npy", "net.snnir/s.npz", "there is no folder"),
        ("none/out.npy", None, "there is no folder"),
    ],
)
def test_wrong_places(run: Callable[..., str], output: str, record: str | None, fragment: str) -> None:
    """Results of other kinds, and places that cannot be written, are refused before the work."""
    assert fragment in run(output=output, record=record)


def test_one_file_for_several_outputs(points: Path, tmp_path: Path) -> None:
    """Several outputs do not fit a .npy file."""
    net = saved(tmp_path / "net.onnx", mlp(2, 8, 8, 1, heads=2))
    arguments = ["-o", tmp_path / "net.snnir", *QUICK]
    assert snnir("compile", net, *arguments).exit_code == 0
    text = refused(
        tmp_path, "run", tmp_path / "net.snnir", "--inputs", points, "--output", tmp_path / "v.npy", exit_code=2
    )
    assert "the network has 2 outputs (u0, u1)" in text
