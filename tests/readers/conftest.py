"""Where readers are, and networks for them; everything here is skipped where there are none."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import snnir
from snnir.compiler import Compiled

HOW = "tests/readers/environments.sh FOLDER, then SNNIR_READERS=FOLDER"
HERE = Path(__file__).parent
MODELS = HERE.parents[1] / "examples" / "models"
DOMAINS = {
    "poisson": {"x": (-1.0, 1.0), "y": (-1.0, 1.0)},
    "burgers": {"x": (0.0, 2 * math.pi), "t": (0.0, 4.0)},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests here, and skip them without environments."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("readers")
            if not os.environ.get("SNNIR_READERS"):
                item.add_marker(pytest.mark.skip(reason=HOW))


@pytest.fixture(scope="session")
def interpreter() -> Callable[[str], str]:
    """A function from the name of a reader to the Python that has it."""
    folder = Path(os.environ["SNNIR_READERS"])
    return lambda reader: str(folder / ("sinabs" if reader == "sinabs" else "readers") / "bin" / "python")


@pytest.fixture(scope="session")
def probe(interpreter: Callable[[str], str]) -> Callable[..., dict[str, Any]]:
    """A function that asks a stock reader what it does with small graphs; answers are kept."""

    @cache
    def ask(reader: str, *arguments: str) -> dict[str, Any]:
        command = [interpreter(reader), str(HERE / "probes" / f"{reader.replace('-', '_')}_probe.py"), *arguments]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"}
        made = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)  # noqa: S603 - ours
        assert made.returncode == 0, made.stderr
        found: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
        return found

    return ask


@pytest.fixture(scope="session")
def compiled() -> Callable[..., Compiled]:
    """A function that compiles a shipped network, for 32 steps unless others are asked for; results are kept."""

    @cache
    def make(name: str, reader: str, code: str = "population", per_unit: int | None = 4, **others: Any) -> Compiled:
        graph = snnir.load(MODELS / f"{name}.onnx")
        options: dict[str, Any] = {"code": code, "neurons_per_unit": per_unit, "reader": reader, "steps": 32}
        return snnir.compile(graph, domain=DOMAINS[name], **{**options, **others})

    return make
