"""Programs run by another interpreter: Lava needs a Python of its own, and the compiler never imports it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from snnir.errors import model_error, usage_error
from snnir.types import Array
from snnir_lava.files import npz

INSTALL = "pip install lava-nc==0.10.0 (Python 3.10)"


def run_program(
    files: Mapping[str, bytes], points: Mapping[str, Array], python: str | None = None
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the outputs of an emitted program by name, and its record.

    The record has, by layer as ``spikes/NAME``, ``v/NAME`` and ``r/NAME``, spikes ``[points, steps, neurons]`` and
    states after T steps ``[points, neurons]``, of signed neurons both of each pair: ``[p; m]``.

    Args:
        files: As `snnir_lava.LavaBackend.emit` returns them.
        points: By input name.
        python: An interpreter with Lava; this one if None.

    Raises:
        UsageError: There is no such interpreter, or it has no Lava; codes ``no-interpreter`` and ``no-lava``.
        ModelError: The program failed; code ``lava-failed``.
    """
    interpreter = python or sys.executable
    with TemporaryDirectory() as name:
        folder = Path(name)
        # In a folder of its own: Lava runs every module beside a file that defines processes.
        for suffix, content in files.items():
            (folder / f"network{suffix}").write_bytes(content)
        given, made, record = (folder / f"{part}.npz" for part in ("points", "values", "record"))
        given.write_bytes(npz(points))
        command = [interpreter, str(folder / "network.py"), str(given), str(made), "--record", str(record)]
        try:
            done = subprocess.run(  # noqa: S603 - our own program
                command, capture_output=True, text=True, check=False, timeout=_patience(points)
            )
        except subprocess.TimeoutExpired as error:
            message = f"the program had not ended after {error.timeout:.0f} seconds"
            raise model_error("lava-failed", message, "run --backend lava", "fewer points") from None
        except OSError as error:
            message = f"it cannot be run: {(error.strerror or str(error)).lower()}"
            raise usage_error("no-interpreter", message, f"--python {interpreter}", INSTALL) from None
        if "No module named 'lava'" in done.stderr:
            message = "this interpreter has no Lava"
            raise usage_error("no-lava", message, f"--python {interpreter}", f"{INSTALL}, or name another interpreter")
        if done.returncode != 0 or not made.is_file():
            last = (done.stderr.strip().splitlines() or ["it wrote nothing"])[-1]
            raise model_error("lava-failed", f"the program failed under Lava: {last}", "run --backend lava")
        return _load(made), _load(record)


def _patience(points: Mapping[str, Array]) -> float:
    """Return the seconds after which a program hangs, as Lava does where one of its processes fails: 10 per point."""
    return 120.0 + 10 * sum(len(array) for array in points.values())


def _load(path: Path) -> dict[str, Array]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def joined_spikes(record: Mapping[str, Array], widths: Mapping[str, int]) -> dict[str, Array]:
    """Return the spikes of the graph's layers, int8 ``[points, steps, neurons]``, pairs joined to -1, 0 and 1.

    Args:
        record: From `run_program`.
        widths: Neurons of every layer in the graph.
    """
    found: dict[str, Array] = {}
    for name, width in widths.items():
        spikes = record[f"spikes/{name}"]
        found[name] = spikes if spikes.shape[-1] == width else spikes[..., :width] - spikes[..., width:]
    return found
