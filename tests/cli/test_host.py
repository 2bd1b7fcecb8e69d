"""What a NIR file leaves to the host is named, run, and written as ONNX; ports have the names of the model.

Rows 8, 9 and 15 of what networks from public repositories showed (`snnir run x.nir` returned the value before a final
tanh, swapped inputs called input_1 and input_0, and refused points that ``--domain`` takes).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, helper

import snnir as api
from snnir.metrics.host import WIDTH, host_rows
from snnir.registry import backend_for, targets
from snnir.types import Array
from tests.cli.common import UNTUNED, done, model, refused, saved, separable, snnir

RANDOM = np.random.default_rng(5)
WEIGHTS = {
    name: RANDOM.normal(0, 0.7, shape).astype(np.float32)
    for name, shape in (
        ("A", (3, 8)), ("a", (8,)), ("B", (8, 8)), ("b", (8,)), ("C", (8, 1)), ("c", (1,)), ("E", (16, 1)), ("g", (8,)),
    )
}  # fmt: skip
EMPTY = {"one": np.asarray(1, np.float32), "first": np.asarray([0]), "next": np.asarray([1]), "last": np.asarray([1])}
LAYERS = "z1=Gemm(x,A,a) h1=Tanh(z1) z2=Gemm(h1,B,b) h2=Tanh(z2)"


def network(text: str, inputs: Mapping[str, list[Any]], outputs: Mapping[str, list[Any]]) -> ModelProto:
    """Return a model of lines such as ``z=Gemm(x,A,a)``."""
    nodes = []
    for line in text.split():
        made, call = line.split("=")
        op, _, rest = call.partition("(")
        names = rest.rstrip(")").split(",")
        attributes = {"Concat": {"axis": 1}, "LayerNormalization": {"axis": -1}}.get(op, {})
        nodes.append(helper.make_node(op, names, [made], name=f"/{made}/{op}", **attributes))
    used = {name for node in nodes for name in node.input}
    tensors = {name: array for name, array in (WEIGHTS | EMPTY).items() if name in used}
    return model(nodes, tensors, dict(inputs), dict(outputs))


@dataclass(frozen=True)
class Case:
    """A network with something on the host.

    Attributes:
        proto: The network.
        domain: Of it.
        pieces: Endings of the ONNX files.
        remarks: What is shown of the host everywhere.
        ports: What is to be shown of the ports of the file.
    """

    proto: ModelProto
    domain: str
    pieces: tuple[str, ...]
    remarks: tuple[str, ...]
    ports: tuple[str, ...] = ()


X, U = {"x": ["N", 3]}, {"u": ["N", 1]}
CASES = {
    "controller": Case(
        network(f"{LAYERS} o=Gemm(h2,C,c) u=Tanh(o)", X, U), "a=-1:1,b=-1:1,c=-1:1", ("_after",), ("/u/Tanh (tanh)",)
    ),
    "image": Case(
        network(f"f=Flatten(x) {LAYERS.replace('(x,', '(f,')} u=Gemm(h2,C,c)", {"x": ["N", 1, 1, 3]}, U),
        "a=-1:1,b=-1:1,c=-1:1",
        ("_before",),
        ("/f/Flatten",),
    ),
    "hard constraint": Case(
        network(f"{LAYERS} o=Gemm(h2,C,c) s=Slice(x,first,next,last) q=Mul(s,s) k=Sub(one,q) u=Mul(o,k)", X, U),
        "a=-1:1,b=-1:1,c=-1:1",
        ("_after",),
        ("/u/Mul (mul)", "/q/Mul (mul)"),
    ),
    "between": Case(
        network("z1=Gemm(x,A,a) h1=Tanh(z1) y1=Gemm(h1,B,b) n=LayerNormalization(y1,g,b) z2=Gemm(n,B,b) h2=Tanh(z2)"
                " u=Gemm(h2,C,c)", X, U),
        "a=-1:1,b=-1:1,c=-1:1",
        ("_between_1",),
        ("/n/LayerNormalization (layer_normalization)",),
    ),
    "several": Case(
        network("y1=Gemm(input_1,A,a) t1=Tanh(y1) y0=Gemm(input_0,A,g) t0=Tanh(y0) j=Concat(t1,t0) o=Gemm(j,E,c)"
                " u=Tanh(o)", {"input_1": ["N", 3], "input_0": ["N", 3]}, {"o": ["N", 1], "u": ["N", 1]}),
        "input_1=-1:1,input_0=-1:1",
        ("_after",),
        ("/u/Tanh (tanh)",),
        ("input_0  takes input_1", "input_1  takes input_0"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A compiled case.

    Attributes:
        file: The NIR file; the model and all others are beside it.
        case: What was compiled.
        printed: By the compiler.
        points: To run it on, by input.
        truth: What onnxruntime makes of them, by output.
    """

    file: Path
    case: Case
    printed: str
    points: Mapping[str, Array]
    truth: Mapping[str, Array]


@pytest.fixture(scope="module", params=sorted(CASES))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Every case, compiled."""
    case = CASES[request.param]
    folder = tmp_path_factory.mktemp("host")
    onnx = saved(folder / "net.onnx", case.proto)
    options = ("--domain", case.domain, "--code", "population", "--neurons-per-unit", 4, "--steps", 16, *UNTUNED)
    printed = done("compile", onnx, "-o", folder / "net.nir", *options)
    session = onnxruntime.InferenceSession(str(onnx))
    random = np.random.default_rng(3)
    points = {each.name: random.uniform(-1, 1, (40, 3)).astype(np.float32) for each in session.get_inputs()}
    shaped = {each.name: points[each.name].reshape(40, *each.shape[1:]) for each in session.get_inputs()}
    names = [each.name for each in session.get_outputs()]
    return Made(folder / "net.nir", case, printed, points, dict(zip(names, session.run(None, shaped), strict=True)))


def run(made: Made, file: Path, *options: object) -> dict[str, Array]:
    """Run a file on the points and return its outputs."""
    folder = made.file.parent
    np.savez(folder / "points.npz", **made.points)
    done("run", file, "--inputs", folder / "points.npz", "--output", folder / "values.npz", *options)
    with np.load(folder / "values.npz") as values:
        return dict(values)


def test_a_file_alone_gives_what_the_archive_gives(made: Made, tmp_path: Path) -> None:
    """Without its archive, too: the host part is in the metadata, and is run; both are near to onnxruntime."""
    alone = tmp_path / "alone.nir"
    alone.write_bytes(made.file.read_bytes())
    ours, expected = run(made, alone), run(made, made.file.with_suffix(".snnir"))
    assert list(ours) == list(expected) == list(made.truth)
    for name, truth in made.truth.items():
        np.testing.assert_allclose(ours[name], expected[name], rtol=0, atol=1e-5)
        assert np.linalg.norm(ours[name] - truth) < 0.15 * np.linalg.norm(truth)


def test_points_outside_the_domain_are_counted_without_the_archive(made: Made, tmp_path: Path) -> None:
    """The file itself says what it was compiled for."""
    alone = tmp_path / "alone.nir"
    alone.write_bytes(made.file.read_bytes())
    np.savez(tmp_path / "points.npz", **{name: 3 * array for name, array in made.points.items()})
    text = done("run", alone, "--inputs", tmp_path / "points.npz", "--output", tmp_path / "values.npz")
    for piece in made.case.pieces:
        assert f"# alone{piece}.onnx is not there; compute " in text
    count = np.any([(np.abs(3 * array) > 1).any(axis=1) for array in made.points.values()], axis=0).sum()
    assert f"{count} of 40 points are outside what it was compiled for" in text


def test_what_stays_on_the_host_is_reported(made: Made, tmp_path: Path) -> None:
    """By the compiler, by run, by inspect and by verify; the report of run has it, too."""
    np.savez(tmp_path / "points.npz", **made.points)
    options = (
        "--inputs",
        tmp_path / "points.npz",
        "--output",
        tmp_path / "values.npz",
        "--report",
        tmp_path / "r.json",
    )
    ran, shown = done("run", made.file, *options), done("inspect", made.file)
    checked = snnir("verify", made.file, "--reader", "spec", "--points", 8).stdout
    for text in (made.printed, ran, shown, checked):
        assert "All of it in Python" in text
        assert all(remark in text for remark in made.case.remarks)
    assert all(remark in shown for remark in made.case.ports)
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["host"] == api.Compiled.load(made.file.with_suffix(".snnir")).report["host"]


def test_the_lines_of_python_give_the_same(made: Made) -> None:
    """What is printed runs as it is: onnxruntime, a reader, onnxruntime."""
    _, _, code = made.printed.partition("All of it in Python:\n")
    code, _, _ = code.partition("\nnext:")
    folder = made.file.parent
    shapes = {value.name: value.type.shape[1:] for value in api.load(folder / "net.onnx").inputs}
    arrays = {name: array.reshape(len(array), *shapes[name]) for name, array in made.points.items()}
    np.save(folder / "POINTS.npy", next(iter(arrays.values())))
    np.savez(folder / "POINTS.npz", **arrays)
    scope: dict[str, Any] = {}
    exec(code.replace('"POINTS', f'"{folder}/POINTS'), scope)  # noqa: S102 - these are our own lines
    expected = run(made, made.file.with_suffix(".snnir"))
    assert list(scope["outputs"]) == list(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(scope["outputs"][name], array, rtol=0, atol=1e-5)


def test_pieces_lie_beside_the_file(made: Made, tmp_path: Path) -> None:
    """One ONNX file for each place where something is computed; saving from Python writes the same files."""
    names = {f"net{piece}.onnx" for piece in made.case.pieces}
    assert {path.name for path in made.file.parent.glob("net_*.onnx")} == names
    network = api.Compiled.load(made.file.with_suffix(".snnir"))
    written = network.save(tmp_path / "net.nir")
    assert {path.name for path in written} == {"net.nir", "net.snnir", *names}
    for path in written:
        assert path.read_bytes() == (made.file.parent / path.name).read_bytes()


def test_a_file_is_the_whole_graph(made: Made) -> None:
    """What is loaded from the file alone is the network of the archive, host part included."""
    found, archive = api.load(made.file), api.Compiled.load(made.file.with_suffix(".snnir")).graph
    assert {node.name: node for node in found.nodes} == {node.name: node for node in archive.nodes}
    assert (found.inputs, found.outputs) == (archive.inputs, archive.outputs)


def test_a_file_without_its_host_part_says_so(made: Made, tmp_path: Path) -> None:
    """Files of earlier versions hold names only: what is missing is reported, and the ports keep their names."""
    old = tmp_path / "old.nir"
    old.write_bytes(made.file.read_bytes())
    with h5py.File(old, "r+") as file:
        facts = json.loads(file["node/metadata/snnir"][()])
        del facts["program"]
        del file["node/metadata/snnir"]
        file["node/metadata/snnir"] = json.dumps(facts, sort_keys=True)
    result = snnir("inspect", old, "--reader", "spec")
    assert "what is on the host is not in this file, so it is not run" in result.stderr
    assert made.case.remarks[-1].split()[0] in result.stderr


def test_a_changed_host_part_is_found(made: Made, tmp_path: Path) -> None:
    """`verify` compares the ops in the metadata with those of the archive."""
    for path in made.file.parent.glob("net*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with h5py.File(tmp_path / "net.nir", "r+") as file:
        facts = json.loads(file["node/metadata/snnir"][()])
        facts["program"]["text"] = facts["program"]["text"].replace("graph", "graph ")
        del file["node/metadata/snnir"]
        file["node/metadata/snnir"] = json.dumps(facts, sort_keys=True)
    result = snnir("verify", tmp_path / "net.nir", "--reader", "spec", "--points", 4)
    assert result.exit_code == 1
    assert "the ops on the host, in its metadata" in result.stderr


def test_axes_with_points_of_their_own(tmp_path: Path) -> None:
    """The parts of a separable network run each on its own axis, and their merge is on the host."""
    onnx = saved(tmp_path / "net.onnx", separable())
    options = ("--domain", "x=-1:1,t=0:1", "--code", "rate", "--steps", 8)
    done("compile", onnx, "-o", tmp_path / "net.nir", *options)
    points = {"x": np.linspace(-1, 1, 7), "t": np.linspace(0, 1, 5)[:, np.newaxis]}
    np.savez(tmp_path / "points.npz", **points)
    done("run", tmp_path / "net.nir", "--inputs", tmp_path / "points.npz", "--output", tmp_path / "u.npy")
    expected = api.Compiled.load(tmp_path / "net.snnir").run(points)
    assert expected.shape == (7, 5)
    np.testing.assert_allclose(np.load(tmp_path / "u.npy"), expected, rtol=0, atol=1e-5)


def test_the_exact_form_with_a_host_part(tmp_path: Path) -> None:
    """Membranes that come through a pulse are set by the network itself, not by who feeds it."""
    onnx = saved(tmp_path / "net.onnx", CASES["controller"].proto)
    options = ("--domain", CASES["controller"].domain, "--code", "rate", "--steps", 8, "--form", "exact")
    done("compile", onnx, "-o", tmp_path / "net.nir", *options)
    np.save(tmp_path / "points.npy", np.random.default_rng(0).uniform(-1, 1, (20, 3)))
    done("run", tmp_path / "net.nir", "--inputs", tmp_path / "points.npy", "--output", tmp_path / "u.npy")
    expected = api.Compiled.load(tmp_path / "net.snnir").run(np.load(tmp_path / "points.npy"))
    np.testing.assert_allclose(np.load(tmp_path / "u.npy"), expected, rtol=0, atol=1e-5)


def test_a_piece_does_not_replace_the_model(tmp_path: Path) -> None:
    """A model that is called as its own piece would be is not written over."""
    case = CASES["controller"]
    path = saved(tmp_path / "net_after.onnx", case.proto)
    options = ("--domain", case.domain, "--code", "rate", "--steps", 4)
    text = refused(tmp_path, "compile", path, "-o", tmp_path / "net.nir", *options, exit_code=2)
    assert "the result would replace what it is made from" in text


def test_every_op_on_the_host_is_named() -> None:
    """Point 13 of the first-time user: seven ops were counted while four were named. Lines are as many as needed."""
    names = [f"/net/layer {index}/Mul (mul)" for index in range(30)]
    rows = list(host_rows({"after": ["/u/Tanh (tanh)"], "before": names, "between": []}))
    assert rows[0][0] == "host, before"
    assert rows[-2:] == [("host, between", "nothing"), ("host, after", "1 op: /u/Tanh (tanh)")]
    text = " ".join(line for _, line in rows[:-2])
    assert text == f"30 ops: {', '.join(names)}"
    assert max(len(line) for _, line in rows) <= WIDTH
    assert [title for title, _ in rows[1:-2]] == [""] * (len(rows) - 3)


def test_the_help_of_compile_names_the_files_of_every_target() -> None:
    """Point 13 of the first-time user: .py was left out."""
    text = done("compile", "--help")
    assert all(
        ending in text for name in targets() for ending in backend_for(name).target.artifacts if ending != ".npz"
    )
