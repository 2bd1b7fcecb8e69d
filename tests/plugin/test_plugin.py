"""A plug-in that is installed as others would install it, from the command line and from Python.

It goes into a folder of its own, which is on the path of child processes only: nothing else that runs here sees it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

pytest.importorskip("hatchling", reason="builds the plug-in; in the extra 'test'")

HERE = Path(__file__).parent
Run = Callable[..., subprocess.CompletedProcess[str]]


def installed(folder: Path, source: Path) -> None:
    """Install a distribution into a folder, without a network."""
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "-q")
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "--target", folder, source], check=True)  # noqa: S603 - ours


def runner(site: Path) -> Run:
    """Return what runs Python in a process that sees the packages in a folder."""
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}

    def run(*arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603 - ours
        assert not check or done.returncode == 0, done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plug-in."""
    folder = tmp_path_factory.mktemp("site")
    installed(folder, HERE)
    return folder


@pytest.fixture(scope="module")
def python(site: Path) -> Run:
    """Runs Python with the plug-in."""
    return runner(site)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 2-6-1 network whose activation is an operator that only the plug-in converts."""
    rng = np.random.default_rng(0)
    floats = {
        name: numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name)
        for name, shape in {"w0": (2, 6), "b0": (6,), "w1": (6, 1), "b1": (1,)}.items()
    }
    nodes = [
        helper.make_node("Gemm", ["points", "w0", "b0"], ["z"], name="first"),
        helper.make_node("QuickGelu", ["z"], ["a"], name="gate", domain="com.microsoft", alpha=1.5),
        helper.make_node("Gemm", ["a", "w1", "b1"], ["u"], name="last"),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width])
        for name, width in (("points", 2), ("u", 1))
    ]
    graph = helper.make_graph(nodes, "gated", ends[:1], ends[1:], list(floats.values()))
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    path = tmp_path_factory.mktemp("model") / "gated.onnx"
    path.write_bytes(helper.make_model(graph, opset_imports=imports, ir_version=8).SerializeToString())
    return path


def test_the_target_is_listed(python: Run) -> None:
    """``snnir targets`` has it, and so has Python."""
    listed = python("-m", "snnir.cli", "targets").stdout
    assert "toy" in listed
    assert "fire at > threshold, threshold subtracted, delay 1, float64" in listed
    assert "'toy'" in python("-c", "import snnir; print(snnir.targets())").stdout


def test_the_target_is_compiled_for(python: Run, model: Path, tmp_path: Path) -> None:
    """From the command line, with the files that its backend writes; the archive runs with its neurons."""
    setting = ("--domain", "points[0]=-1:1,points[1]=-1:1", "--code", "population", "--steps", 8)
    python("-m", "snnir.cli", "compile", model, "-o", tmp_path / "net.toy", "--target", "toy", *setting)
    assert "integrate_and_fire" in (tmp_path / "net.toy").read_text()
    np.save(tmp_path / "points.npy", np.zeros((3, 2)))
    run = ("run", tmp_path / "net.snnir", "--inputs", tmp_path / "points.npy", "--output", tmp_path / "values.npy")
    python("-m", "snnir.cli", *run)
    assert np.load(tmp_path / "values.npy").shape == (3, 1)


def test_the_op_is_imported_and_spikes(python: Run, model: Path) -> None:
    """The converter is found when the file is read, agrees with onnxruntime, and its units become neurons."""
    program = f"""
import snnir
graph = snnir.load({str(model)!r})
assert [node.op.mnemonic for node in graph.nodes if node.op.elementwise] == ["quick_gelu"], graph
compiled = snnir.compile(graph, target="toy", domain={{"0": (-1, 1), "1": (-1, 1)}}, code="population", steps=16)
assert compiled.semantics.dtype == "float64"
print(compiled.rel_l2, len(list(compiled.graph.nodes)))
"""
    error, _ = python("-c", program).stdout.split()
    assert float(error) < 0.2


def test_the_op_is_read_from_text(python: Run, model: Path, tmp_path: Path) -> None:
    """The text form knows the op by its mnemonic in a process that has imported nothing of the plug-in yet."""
    text = tmp_path / "gated.snn"
    python("-m", "snnir.cli", "opt", model, "-o", text)
    assert "quick_gelu(%z) {alpha = 1.5}" in text.read_text()
    assert python("-m", "snnir.cli", "opt", text).stdout == text.read_text()


def test_the_pass_runs_by_its_name(python: Run, model: Path) -> None:
    """``snnir opt`` runs it among others, with its options; and it is offered where a name is wrong."""
    lowered = python("-m", "snnir.cli", "opt", model, "-p", "fold,to-swish,canonicalise").stdout
    assert "swish(%z) {alpha = 1.5}" in lowered
    kept = python("-m", "snnir.cli", "opt", model, "-p", "to-swish{above=1.6}").stdout
    assert "quick_gelu(%z)" in kept
    failed = python("-m", "snnir.cli", "opt", model, "-p", "to-swiss", check=False)
    assert failed.returncode == 2
    assert "did you mean 'to-swish'?" in failed.stderr


def test_the_pass_is_given_to_compile(python: Run, model: Path) -> None:
    """A user's own passes run on the canonical analog network."""
    program = f"""
import snnir
from snnir_toy.passes import ToSwish
box = {{"0": (-1, 1), "1": (-1, 1)}}
graph = snnir.load({str(model)!r})
compiled = snnir.compile(graph, target="toy", domain=box, code="rate", steps=4, passes=(ToSwish(),))
print(*(node.op.mnemonic for node in compiled.ann.nodes))
"""
    assert python("-c", program).stdout.split() == ["dense", "swish", "dense"]


def test_help_imports_neither_numpy_nor_plugins(python: Run) -> None:
    """What is installed beside snnir does not make its help slow."""
    program = """
import sys
from click.testing import CliRunner
from snnir.cli.app import cli
assert CliRunner().invoke(cli, ["--help"]).exit_code == 0
print(sorted({"numpy", "snnir_toy", "snnir_onnx"} & set(sys.modules)))
"""
    assert python("-c", program).stdout.strip() == "[]"


CLASHES = (
    (
        "[snnir.passes]\nfold = other:X",
        "",
        ("opt", "MODEL", "-p", "fold"),
        "other 2.5 provides snnir.passes:fold, which is snnir's own [plugin-clash]",
    ),
    ("[snnir.passes]\nbad = other:X", "", ("opt", "MODEL", "-p", "bad"), "other 2.5 provides 'bad', but it cannot"),
    (
        "[snnir.passes]\nbad = other:X",
        "X = 1",
        ("opt", "MODEL", "-p", "bad"),
        "but it is no pass whose name is 'bad' [broken-plugin]",
    ),
    ("[snnir.backends]\ntoy = other:X", "X = 1", ("targets",), "both provide snnir.backends:toy"),
    ("[snnir.ops]\ntanh = other:X", "X = 1", ("opt", "TEXT"), "other 2.5 provides snnir.ops:tanh, which is"),
    ("[snnir.converters]\nGemm = other:X", "X = 1", ("opt", "MODEL"), "provides snnir.converters:Gemm, which is"),
    ("[snnir.converters]\ncom.microsoft.QuickGelu = other:X", "", ("opt", "MODEL"), "both provide snnir.converters"),
)
"""What another package provides, its module, a command, and what that says."""


@pytest.mark.parametrize("case", CLASHES, ids=lambda case: case[-1])
def test_a_plugin_that_is_broken_or_clashes_is_named(
    case: tuple[str, str, tuple[str, ...], str], site: Path, model: Path, tmp_path: Path
) -> None:
    """The finding has the name and version of the package, and there is no traceback."""
    entries, body, command, message = case
    info = tmp_path / "other-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 2.5\n")
    (info / "entry_points.txt").write_text(f"{entries}\n")
    (tmp_path / "other.py").write_text(f"{body}\n")
    text = tmp_path / "net.snn"
    text.write_text(
        'snnir 1 graph "g" {\n  input %x: float32[N, 1]\n  %y = tanh(%x): float32[N, 1]  @"y"\n  output %y\n}\n'
    )
    python = runner(Path(f"{tmp_path}{os.pathsep}{site}"))
    words = [{"MODEL": model, "TEXT": text}.get(word, word) for word in command]
    failed = python("-m", "snnir.cli", *words, check=False)
    assert failed.returncode in {1, 2}
    assert message in failed.stderr
    assert "hint: " in failed.stderr
    assert "Traceback" not in failed.stderr
