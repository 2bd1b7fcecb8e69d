"""NIR files of others that are damaged or that cannot be run: one clear error each, and no crash gets out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from snnir.errors import Diagnostic, ModelError, SnnirError
from snnir.registry import frontend_for
from snnir_nir import hdf5
from tests.support import failure

Edit = Callable[[Any], object]


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A small file as the nir package writes it: a recurrent layer behind a convolution."""
    size = (4,)
    nodes = {
        "input": nir.Input({"input": np.array([1, 5])}),
        "conv": nir.Conv1d(5, np.ones((2, 1, 4)), 1, 0, 1, 1, np.zeros(2)),
        "flat": nir.Flatten({"input": np.array([2, 2])}, 0, -1),
        "fc": nir.Affine(np.ones((4, 4)), np.zeros(4)),
        "lif": nir.LIF(np.full(size, 0.01), np.ones(size), np.zeros(size), np.ones(size)),
        "rec": nir.Linear(np.eye(4) / 2),
        "late": nir.Delay(np.full(size, 1e-3)),
        "output": nir.Output({"output": np.array([4])}),
    }
    order = ["input", "conv", "flat", "fc", "lif", "late", "output"]
    edges = [*pairwise(order), ("lif", "rec"), ("rec", "lif")]
    path = tmp_path / "foreign.nir"
    nir.write(path, nir.NIRGraph(nodes, edges))
    return path


def findings(path: Path) -> tuple[Diagnostic, ...]:
    """Return everything that the frontend finds wrong."""
    frontend = frontend_for(path)
    return failure(lambda: frontend.stepwise(path, dt=1e-3), ModelError).diagnostics


def put(place: str, value: object, **options: Any) -> Edit:
    """Return an edit that replaces a dataset."""

    def edit(file: Any) -> None:
        if place in file:
            del file[place]
        if value is not None:
            file.create_dataset(place, data=value, **options)

    return edit


def edges(change: Callable[[list[list[bytes]]], object]) -> Edit:
    """Return an edit of the edges."""

    def edit(file: Any) -> None:
        pairs = file["node/edges"][()].tolist()
        change(pairs)
        put("node/edges", pairs, dtype=h5py.string_dtype())(file)

    return edit


def huge(file: Any) -> None:
    """Declare 10^12 elements that are not there."""
    del file["node/nodes/fc/weight"]
    file.create_dataset("node/nodes/fc/weight", (10**6, 10**6), "f8", chunks=(1, 1024))


def renamed(file: Any) -> None:
    """Give a node a name with a slash."""
    file.move("node/nodes/fc", "node/nodes/layers/fc")


LIF = "node/nodes/lif"
WRONG: dict[str, tuple[Edit, str, str, str]] = {
    "no graph": (lambda file: file.__delitem__("node"), "damaged-nir", "foreign.nir", "holds no NIR graph"),
    "a single node": (
        lambda file: (file.move(LIF, "x"), file.__delitem__("node"), file.move("x", "node")),
        "damaged-nir",
        "foreign.nir",
        "a single node of type 'LIF'",
    ),
    "no nodes": (lambda file: file.__delitem__("node/nodes"), "damaged-nir", "foreign.nir", "nodes are missing"),
    "no edges": (put("node/edges", None), "damaged-nir", "foreign.nir", "edges are missing"),
    "edges of three": (
        put("node/edges", [["a", "b", "c"]], dtype=h5py.string_dtype()),
        "damaged-nir",
        "foreign.nir",
        "not pairs of names",
    ),
    "edges that are numbers": (put("node/edges", np.ones((3, 2))), "damaged-nir", "foreign.nir", "not pairs of names"),
    "a new version": (put("version", "9.9.9"), "nir-version", "foreign.nir", "written by nir 9.9.9"),
    "no version number": (put("version", "new"), "damaged-nir", "foreign.nir", "version is not one of nir"),
    "a version that is a number": (put("version", 1), "damaged-nir", "foreign.nir", "version is not one of nir"),
    "a slash in a name": (renamed, "damaged-nir", "'layers'", "rename 'layers/fc'"),
    "no type": (put(f"{LIF}/type", None), "damaged-nir", "'lif'", "it has no type"),
    "a type that is a number": (put(f"{LIF}/type", 3), "damaged-nir", "'lif'", "it has no type"),
    "a node that is an array": (put("node/nodes/more", np.ones(3)), "damaged-nir", "'more'", "it has no type"),
    "an unknown node": (put(f"{LIF}/type", "LIFF"), "unknown-node", "'lif'", "no node of type 'LIFF'"),
    "a missing parameter": (put(f"{LIF}/tau", None), "bad-parameter", "'lif'", "tau is missing"),
    "a parameter too many": (put(f"{LIF}/taus", 1.0), "bad-parameter", "'lif'", "no parameter 'taus'"),
    "text for numbers": (put(f"{LIF}/tau", "slow"), "bad-parameter", "'lif'", "tau is text"),
    "complex numbers": (put(f"{LIF}/tau", np.ones(4, complex)), "bad-parameter", "'lif'", "complex128"),
    "a record": (put(f"{LIF}/tau", np.zeros(4, [("a", "f4")])), "bad-parameter", "'lif'", "tau cannot be used"),
    "a group for numbers": (
        lambda file: (put(f"{LIF}/tau", None)(file), file.create_group(f"{LIF}/tau")),
        "bad-parameter",
        "'lif'",
        "tau is a group",
    ),
    "nothing in it": (put(f"{LIF}/tau", h5py.Empty("f8")), "bad-parameter", "'lif'", "it is empty"),
    "NaN": (put(f"{LIF}/r", np.full(4, np.nan)), "bad-parameter", "'lif'", "infinities or NaN"),
    "no time at all": (put(f"{LIF}/tau", np.zeros(4)), "bad-parameter", "'lif'", "tau must not be zero"),
    "negative delay": (put("node/nodes/late/delay", np.full(4, -1.0)), "bad-parameter", "'late'", "not be negative"),
    "another size": (put(f"{LIF}/r", np.ones(3)), "bad-parameter", "'lif'", "r [3]"),
    "half a stride": (put("node/nodes/conv/stride", 0.5), "bad-parameter", "'conv'", "stride is not whole"),
    "unknown padding": (put("node/nodes/conv/padding", "some"), "bad-parameter", "'conv'", "neither a number nor"),
    "10^12 elements": (huge, "bad-parameter", "'fc'", "1e+12 elements are more"),
    "a link": (
        lambda file: (put(f"{LIF}/r", None)(file), file.__setitem__(f"{LIF}/r", h5py.SoftLink(f"/{LIF}/tau"))),
        "bad-parameter",
        "'lif'",
        "a link to somewhere else",
    ),
    "another file": (
        lambda file: file.__setitem__("node/nodes/more", h5py.ExternalLink("/etc/passwd", "/")),
        "damaged-nir",
        "'more'",
        "a link to somewhere else",
    ),
    "a graph in itself": (
        lambda file: file.__setitem__("node/nodes/loop", file["node"]),
        "damaged-nir",
        "foreign.nir",
        "nested too deeply",
    ),
    "an edge to nowhere": (
        edges(lambda pairs: pairs.append([b"lif", b"nobody"])),
        "dangling-edge",
        "foreign.nir",
        "'nobody', and there is no such node",
    ),
    "an edge twice": (edges(lambda pairs: pairs.append(pairs[0])), "duplicate-edge", "foreign.nir", "2 times"),
    "an edge into an Input": (
        edges(lambda pairs: pairs.append([b"lif", b"input"])),
        "bad-edge",
        "'input'",
        "leads into an Input",
    ),
    "an edge out of an Output": (
        edges(lambda pairs: pairs.append([b"output", b"lif"])),
        "bad-edge",
        "'output'",
        "leads out of an Output",
    ),
    "no Output": (put("node/nodes/output/type", "Scale"), "bad-parameter", "'output'", "scale is missing"),
    "a node alone": (
        edges(lambda pairs: pairs.remove([b"rec", b"lif"]) or pairs.remove([b"lif", b"rec"])),
        "unfed-node",
        "'rec'",
        "no Input reaches it",
    ),
    "another shape": (
        put("node/nodes/output/shape", np.array([5])),
        "shape-misfit",
        "'output'",
        "it takes [5], and [4]",
    ),
    "a shape of 10^12": (
        put("node/nodes/input/shape", np.array([1, 10**12])),
        "shape-misfit",
        "'input'",
        "1e+12 numbers",
    ),
    "a cycle without a state": (
        edges(lambda pairs: pairs.append([b"flat", b"conv"])),
        "algebraic-loop",
        "foreign.nir",
        "'conv', 'flat'",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_each_kind_of_damage_is_named(foreign: Path, kind: str) -> None:
    """Code, place and message; other findings may follow from it."""
    edit, code, place, fragment = WRONG[kind]
    with h5py.File(foreign, "r+") as file:
        edit(file)
    found = findings(foreign)
    assert any(each.code == code and place in each.where and fragment in each.message for each in found), found
    assert all(each.where.startswith("foreign.nir") for each in found)


def test_all_findings_come_at_once(foreign: Path) -> None:
    """Several damaged nodes and edges are one error."""
    with h5py.File(foreign, "r+") as file:
        for edit in (put(f"{LIF}/tau", None), put("node/nodes/rec/type", "Liner"), put("node/nodes/fc/bias", "x")):
            edit(file)
        edges(lambda pairs: pairs.append([b"lif", b"nobody"]))(file)
    assert sorted(each.code for each in findings(foreign)) == [
        "bad-parameter",
        "bad-parameter",
        "dangling-edge",
        "unknown-node",
    ]


@pytest.mark.parametrize("part", [0.0, 0.05, 0.3, 0.6, 0.9, 0.999])
def test_a_file_cut_short(foreign: Path, part: float) -> None:
    """Wherever a copy stopped, one error names the file."""
    content = foreign.read_bytes()
    foreign.write_bytes(content[: int(len(content) * part)])
    (found,) = findings(foreign)
    assert (found.code, found.where) == ("damaged-nir", "foreign.nir")
    assert found.hint


@pytest.mark.parametrize(
    ("program", "fragment"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "the HDF5 library crashed on it"),
        ("while True: pass", "did not come to an end within 1 seconds"),
        ("raise MemoryError('too much')", "MemoryError: too much"),
    ],
)
def test_what_happens_to_the_hdf5_library_stays_there(
    foreign: Path, monkeypatch: pytest.MonkeyPatch, program: str, fragment: str
) -> None:
    """A crash, an endless loop and a failure in the other process are an ordinary error here."""
    monkeypatch.setattr(hdf5, "_START", program)
    monkeypatch.setattr(hdf5, "TIME_LIMIT", 1.0)
    (found,) = findings(foreign)
    assert found.code == "damaged-nir"
    assert fragment in found.message


def flipped(content: bytes, count: int, seed: int) -> list[bytes]:
    """Return copies of a content with one changed byte each."""
    rng = np.random.default_rng(seed)
    copies: list[bytes] = []
    for place in rng.integers(0, len(content), count):
        damaged = bytearray(content)
        damaged[place] ^= int(rng.integers(1, 256))
        copies.append(bytes(damaged))
    return copies


def survive(foreign: Path, copies: list[bytes]) -> list[str]:
    """Read damaged files, and return the codes of what was found: nothing but our own errors may come."""
    frontend = frontend_for(foreign)
    codes: list[str] = []
    for copy in copies:
        foreign.write_bytes(copy)
        try:
            frontend.stepwise(foreign, dt=1e-3)
        except SnnirError as error:
            codes += [found.code for found in error.diagnostics]
    return codes


def test_flipped_bytes(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files without a seal may be wrong in any byte: they are read or refused, and the program goes on."""
    monkeypatch.setattr(hdf5, "TIME_LIMIT", 5.0)
    assert survive(foreign, flipped(foreign.read_bytes(), 12, seed=1))


@pytest.mark.slow
def test_many_flipped_bytes(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with many more."""
    monkeypatch.setattr(hdf5, "TIME_LIMIT", 5.0)
    assert set(survive(foreign, flipped(foreign.read_bytes(), 300, seed=0)))


def test_a_pointer_of_git_lfs_is_no_damage(tmp_path: Path) -> None:
    """A file that was never fetched is distinguished from one that is damaged, with the command that fetches it."""
    path = tmp_path / "net.nir"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    (found,) = findings(path)
    assert found.code == "lfs-pointer"
    assert "git lfs pull" in found.hint
