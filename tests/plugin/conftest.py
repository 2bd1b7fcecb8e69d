"""An environment of its own with snnir and the plug-in, installed as others would install them.

Nothing else that runs here sees it. What both depend on is taken from the environment that runs the tests: there need
not be a network.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Done = subprocess.CompletedProcess[str]
OFFLINE = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "-q")


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        folder: Where it is.
        path: Further folders with packages, before all others.
    """

    folder: Path
    path: tuple[Path, ...] = ()

    @property
    def programs(self) -> Path:
        """The folder with its programs."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def snnir(self, *arguments: object, check: bool = True) -> Done:
        """Run the command line that is installed there."""
        return self._run("snnir", *arguments, check=check)

    def python(self, program: str) -> str:
        """Run a program there, and return what it prints."""
        return self._run("python", "-c", program).stdout.strip()

    def _run(self, program: str, *arguments: object, check: bool = True) -> Done:
        """Run a program as a user would: without the paths of the process that runs the tests."""
        usual = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        variables = {**usual, "PYTHONPATH": os.pathsep.join(map(str, self.path)), "OMP_NUM_THREADS": "1"}
        command = [str(self.programs / program), *map(str, arguments)]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603 - ours
        assert not check or done.returncode == 0, done.stderr
        return done


def made(folder: Path, *sources: Path) -> Environment:
    """Return a new environment with some distributions, and with all that can be imported here."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)  # noqa: S603 - ours
    found = Environment(folder)
    packages = Path(found.python("import sysconfig; print(sysconfig.get_path('purelib'))"))
    (packages / "dependencies.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))
    pip = [sys.executable, "-m", "pip", "--python", found.programs / "python", "install", *OFFLINE]
    subprocess.run([*pip, *sources], check=True)  # noqa: S603 - ours
    return found


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with snnir and the plug-in."""
    pytest.importorskip("hatchling", reason="builds what is installed; in the extra 'test'")
    return made(tmp_path_factory.mktemp("environment") / "venv", ROOT, HERE)


@pytest.fixture(scope="session")
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
