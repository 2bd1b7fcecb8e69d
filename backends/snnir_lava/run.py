"""Programs run by another interpreter: Lava needs a Python of its own, and the compiler never imports it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile

import numpy as np

from snnir.errors import model_error, usage_error
from snnir.io.processes import run_python
from snnir.types import Array
from snnir_lava.files import npz

INSTALL = "pip install lava-nc==0.10.0 (Python 3.10)"
VERSIONS = """
import json, platform, sys
from importlib.metadata import distributions
found = {each.metadata["Name"]: each.version for each in distributions()}
kept = {"python": platform.python_version(), **{name: found[name] for name in ("lava-nc", "numpy") if name in found}}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(kept, file)
"""
"""Writes the versions of an interpreter and its packages into a file."""


def run_program(
    files: Mapping[str, bytes],
    points: Mapping[str, Array],
    python: str | None = None,
    *,
    where: str = "the program",
    seconds: float = 600.0,
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the outputs of an emitted program by name, and its record.

    The record has, by layer as ``spikes/NAME``, ``v/NAME`` and ``r/NAME``, spikes ``[points, steps, neurons]`` and
    states after T steps ``[points, neurons]``, of signed neurons both of each pair: ``[p; m]``. Of a stream: messages,
    and the states after the last point as ``c/NAME``, ``g/NAME``, ``y/NAME`` and ``d/NAME``, ``[neurons]``.

    Args:
        files: As `snnir_lava.LavaBackend.emit` returns them.
        points: By input name.
        python: An interpreter with Lava; this one if None.
        where: The program, for people.
        seconds: Time limit: Lava hangs where one of its processes fails.

    Raises:
        UsageError: There is no such interpreter, or it has no Lava; codes ``no-interpreter`` and ``no-lava``.
        ModelError: The program failed or took too long; codes ``lava-failed`` and ``lava-timeout``.
    """
    interpreter = python or sys.executable
    with TemporaryDirectory(prefix="snnir-") as name:
        folder = Path(name)
        # In a folder of its own: Lava runs every module beside a file that defines processes.
        for suffix, content in files.items():
            (folder / f"network{suffix}").write_bytes(content)
        given, made, record = (folder / f"{part}.npz" for part in ("points", "values", "record"))
        given.write_bytes(npz(points))
        command = [interpreter, str(folder / "network.py"), str(given), str(made), "--record", str(record)]
        _run(command, where, seconds)
        return _load(made, where), _load(record, where)


def versions(python: str | None = None) -> dict[str, str]:
    """Return the versions of an interpreter and of what a program needs there."""
    with TemporaryDirectory(prefix="snnir-") as name:
        result = Path(name) / "versions.json"
        _run([python or sys.executable, "-c", VERSIONS, str(result)], "versions of packages", 60.0)
        try:
            found: dict[str, str] = json.loads(result.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise model_error(
                "lava-failed", f"the interpreter does not report its packages: {error}", "`python`"
            ) from None
        return found


def _run(command: list[str], where: str, seconds: float) -> None:
    """Run a program to its end."""
    try:
        run_python(command, name="Lava", where=where, seconds=seconds, kind="lava")
    except ModuleNotFoundError as error:
        hint = f"{INSTALL}, or name another interpreter"
        message = f"this interpreter has no Lava: {error}"
        raise usage_error("no-lava", message, f"`python` {command[0]}", hint) from None


def _load(path: Path, where: str) -> dict[str, Array]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError, BadZipFile) as error:
        raise model_error("lava-failed", f"the program left no result: {error}", where) from None


def joined_spikes(record: Mapping[str, Array], widths: Mapping[str, int]) -> dict[str, Array]:
    """Return what the graph's layers sent, ``[points, steps, neurons]``, pairs joined to -1, 0 and 1.

    Layers that the record does not have so are left out.

    Args:
        record: From `run_program`.
        widths: Neurons of every layer in the graph.
    """
    found: dict[str, Array] = {}
    for name, width in widths.items():
        spikes = record.get(f"spikes/{name}")
        if spikes is None or spikes.ndim != 3 or not np.issubdtype(spikes.dtype, np.number):
            continue
        if spikes.shape[-1] == 2 * width:
            spikes = spikes[..., :width] - spikes[..., width:]
        if spikes.shape[-1] == width:
            found[name] = spikes
    return found
