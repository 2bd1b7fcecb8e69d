"""A plug-in that is installed as others would install it, from the command line and from Python."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.plugin.conftest import Environment


def test_the_target_is_listed(installed: Environment) -> None:
    """``snnir targets`` has it, and so has Python."""
    listed = installed.snnir("targets").stdout
    assert "toy" in listed
    assert "fire at > threshold, threshold subtracted, delay 0, integers of 26 bits, weights of 10" in listed
    assert "'toy'" in installed.python("import snnir; print(snnir.targets())")


def test_the_target_is_compiled_for(installed: Environment, model: Path, tmp_path: Path) -> None:
    """From the command line, with the files that its backend writes; the archive runs with its neurons."""
    setting = ("--domain", "points[0]=-1:1,points[1]=-1:1", "--code", "population", "--steps", 8)
    installed.snnir("compile", model, "-o", tmp_path / "net.toy", "--target", "toy", *setting)
    assert "integrate_and_fire" in (tmp_path / "net.toy").read_text()
    np.save(tmp_path / "points.npy", np.zeros((3, 2)))
    run = ("run", tmp_path / "net.snnir", "--inputs", tmp_path / "points.npy", "--output", tmp_path / "values.npy")
    installed.snnir(*run)
    assert np.load(tmp_path / "values.npy").shape == (3, 1)


def test_the_op_is_imported_and_spikes(installed: Environment, model: Path) -> None:
    """The converter is found when the file is read, agrees with onnxruntime, and its units become neurons."""
    program = f"""
import snnir
graph = snnir.load({str(model)!r})
assert [node.op.mnemonic for node in graph.nodes if node.op.elementwise] == ["quick_gelu"], graph
compiled = snnir.compile(graph, target="toy", domain={{"0": (-1, 1), "1": (-1, 1)}}, code="population", steps=16)
assert compiled.semantics.dtype == "float64"
print(compiled.rel_l2, len(list(compiled.graph.nodes)))
"""
    error, _ = installed.python(program).split()
    assert float(error) < 0.2


def test_the_op_is_read_from_text(installed: Environment, model: Path, tmp_path: Path) -> None:
    """The text form knows the op by its mnemonic in a process that has imported nothing of the plug-in yet."""
    text = tmp_path / "gated.snn"
    installed.snnir("opt", model, "-o", text)
    assert "quick_gelu(%z) {alpha = 1.5}" in text.read_text()
    assert installed.snnir("opt", text).stdout == text.read_text()


def test_the_pass_runs_by_its_name(installed: Environment, model: Path) -> None:
    """``snnir opt`` runs it among others, with its options; and it is offered where a name is wrong."""
    lowered = installed.snnir("opt", model, "-p", "fold,to-swish,canonicalise").stdout
    assert "swish(%z) {alpha = 1.5}" in lowered
    kept = installed.snnir("opt", model, "-p", "to-swish{above=1.6}").stdout
    assert "quick_gelu(%z)" in kept
    failed = installed.snnir("opt", model, "-p", "to-swiss", check=False)
    assert failed.returncode == 2
    assert "did you mean 'to-swish'?" in failed.stderr


def test_the_pass_is_given_to_compile(installed: Environment, model: Path) -> None:
    """A user's own passes run on the canonical analog network."""
    program = f"""
import snnir
from snnir_toy.passes import ToSwish
box = {{"0": (-1, 1), "1": (-1, 1)}}
graph = snnir.load({str(model)!r})
compiled = snnir.compile(graph, target="toy", domain=box, code="rate", steps=4, passes=(ToSwish(),))
print(*(node.op.mnemonic for node in compiled.ann.nodes))
"""
    assert installed.python(program).split() == ["dense", "swish", "dense"]


def test_help_imports_neither_numpy_nor_plugins(installed: Environment) -> None:
    """What is installed beside snnir does not make its help slow."""
    program = """
import sys
from click.testing import CliRunner
from snnir.cli.app import cli
assert CliRunner().invoke(cli, ["--help"]).exit_code == 0
print(sorted({"numpy", "snnir_toy", "snnir_onnx"} & set(sys.modules)))
"""
    assert installed.python(program) == "[]"


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
    case: tuple[str, str, tuple[str, ...], str], installed: Environment, model: Path, tmp_path: Path
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
    beside = replace(installed, path=(tmp_path,))
    words = [{"MODEL": model, "TEXT": text}.get(word, word) for word in command]
    failed = beside.snnir(*words, check=False)
    assert failed.returncode in {1, 2}
    assert message in failed.stderr
    assert "hint: " in failed.stderr
    assert "Traceback" not in failed.stderr
