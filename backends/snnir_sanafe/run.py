"""Programs run by another interpreter: SANA-FE is licensed under the GPL and stays in a process of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile

import numpy as np

from snnir.errors import model_error, usage_error
from snnir.io.arrays import npz
from snnir.io.processes import is_installed, run_python
from snnir.types import Array
from snnir_sanafe.targets import INSTALL, MODULE

PYTHON = "SNNIR_SANAFE_PYTHON"
"""The environment variable that names an interpreter with SANA-FE, where none is named otherwise."""


def interpreter(python: str | None = None) -> str:
    """Return the interpreter that is named, by an argument or by `PYTHON`, or else this one."""
    return python or os.environ.get(PYTHON) or sys.executable


def is_here() -> bool:
    """Whether an interpreter with SANA-FE is named, or this one has it."""
    return bool(os.environ.get(PYTHON)) or is_installed(MODULE)


@dataclass(frozen=True)
class Start:
    """How programs are started.

    Attributes:
        python: An interpreter with SANA-FE.
        seconds: Time limit.
        where: The program, for people.
        architecture: A file that describes another chip than Loihi 1.
    """

    python: str
    seconds: float
    where: str
    architecture: Path | None = None

    def run(self, files: Mapping[str, bytes], currents: Mapping[str, Array]) -> tuple[dict[str, Array], ...]:
        """Return the values and the record of a program; both are described in it.

        Args:
            files: As `snnir_sanafe.SanafeBackend.emit` returns them.
            currents: By name, ``[points, neurons]``.

        Raises:
            UsageError: There is no such interpreter, or it has no SANA-FE; codes ``no-interpreter``, ``no-sanafe``.
            ModelError: The program failed or took too long; codes ``sanafe-failed`` and ``sanafe-timeout``.
        """
        with TemporaryDirectory(prefix="snnir-") as name:
            folder = Path(name)
            for suffix, content in files.items():
                (folder / f"network{suffix}").write_bytes(content)
            given, made, record = (folder / f"{part}.npz" for part in ("currents", "values", "record"))
            given.write_bytes(npz(currents))
            command = [str(folder / "network.py"), str(given), str(made), "--record", str(record)]
            if self.architecture is not None:
                command += ["--architecture", str(self.architecture.resolve())]
            self._python(command)
            return self._load(made), self._load(record)

    def _python(self, command: list[str]) -> None:
        try:
            run_python([self.python, *command], name="SANA-FE", where=self.where, seconds=self.seconds, kind="sanafe")
        except ModuleNotFoundError as error:
            message, hint = f"this interpreter has no SANA-FE: {error}", f"{INSTALL}, or name another interpreter"
            raise usage_error("no-sanafe", message, f"`python` {self.python}", hint) from None

    def _load(self, path: Path) -> dict[str, Array]:
        try:
            with np.load(path, allow_pickle=False) as file:
                return dict(file)
        except (OSError, ValueError, BadZipFile) as error:
            raise model_error("sanafe-failed", f"the program left no result: {error}", self.where) from None
