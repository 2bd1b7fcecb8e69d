"""Files run in the programs that people load them with, unmodified, each in a process of its own.

Readers pin old packages, crash, and some never return: so another interpreter may have them, and has limited time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from snnir.errors import model_error
from snnir.io.processes import run_python
from snnir.registry import Observed, Platform, Trial
from snnir.semantics import Semantics, decoded
from snnir.target import Reader
from snnir.types import Array, Current, Weighting
from snnir_nir import metadata, signals
from snnir_nir.facts import Facts, PortFacts
from snnir_nir.interpreter import Interpretation, interpret, signed_spikes
from snnir_nir.lanes import VALUES, filled, lanes_of
from snnir_nir.library import NIRGraph, from_library, read_nir
from snnir_nir.net import Net
from snnir_nir.order import parts
from snnir_nir.read import differences

DRIVE = Path(__file__).parent / "drivers" / "drive.py"

# One thread: with more, torch is tens of times slower on matrices of this size. No accelerators: sums differ there.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}


def run_file(path: Path, expected: Net, trial: Trial) -> Observed:
    """Return a reader's spikes and outputs for a file; see `snnir.registry.Backend.run`.

    Args:
        path: The file.
        expected: What should be in it.
        trial: In what, and on what; a reader without an install line is `snnir_nir.interpret`.

    Raises:
        UsageError: There is no such file or interpreter.
        ModelError: The file is damaged or another's, or the reader is not there, fails or takes too long.
    """
    source = read_nir(path)
    found, facts = from_library(source), metadata.parse(expected)
    if _shape(found) != _shape(expected):
        hint = "the .snnir beside it must be that of the same compile"
        raise model_error("not-its-archive", "it does not hold the network of the archive", str(path), hint)
    own = metadata.parse(found)
    changed = sorted(differences(found, expected, own))
    if "program" in own and own["program"] != facts.get("program"):
        changed.append("the ops on the host, in its metadata")
    given = {port["port"]: _flat(trial.inputs[port["value"]]) for port in facts["inputs"]}
    if trial.program.install:
        made, versions = _driven(path, trial, _signal(facts, given), facts)
    else:
        made, versions = _interpreted(source, found, given, trial.semantics)
    values = {port["port"]: port["value"] for port in facts["outputs"]}
    outputs = {values[name]: array for name, array in made.outputs.items()}
    return Observed(outputs, signed_spikes(made, facts), versions, tuple(changed))


def _flat(array: Array) -> Array:
    """Return an array as ``[points, values]``."""
    return array.reshape(-1, array.shape[-1])


def _shape(net: Net) -> Any:
    """Return what must be the same for two nets to be compared at all: nodes by kind."""
    return {name: type(node) for name, node in net.nodes.items()}


def _interpreted(
    source: NIRGraph, net: Net, given: Mapping[str, Array], semantics: Semantics
) -> tuple[Interpretation, dict[str, str]]:
    """Return our own interpreter's results for a graph; of several parts each on its own points."""
    outputs: dict[str, Array] = {}
    spikes: dict[str, Array] = {}
    for part in parts(net):
        mine = {name: array for name, array in given.items() if name in part}
        made = interpret(source, mine, semantics=semantics)
        outputs |= made.outputs
        spikes |= made.spikes
    return Interpretation(outputs, spikes), {name: version(name) for name in ("snnir", "nir")}


def _signal(facts: Facts, given: Mapping[str, Array]) -> Array:
    """Return what the one Input of a file gets: ``[points, values]``, or ``[steps, points, columns]`` with pulses."""
    # A reader with several ports is the interpreter; the others have been found not to conform.
    (port,) = facts["inputs"]
    array, lanes = given[port["port"]], lanes_of(port)
    if lanes == VALUES:
        return array
    steps: int = facts["steps"]
    return filled(np.repeat(array[np.newaxis], steps, axis=0), lanes)[:steps]


def _driven(path: Path, trial: Trial, signal: Array, facts: Facts) -> tuple[Interpretation, dict[str, str]]:
    """Return a reader's spikes and outputs for a file, and the versions of what took part."""
    with TemporaryDirectory(prefix="snnir-") as folder:
        job, result = Path(folder) / "job.npz", Path(folder) / "result.npz"
        np.savez(job, input=signal, steps=np.array(facts["steps"]), dtype=np.array(trial.semantics.dtype))
        python = trial.python or sys.executable
        command = [python, str(DRIVE), trial.program.name, str(path), str(job), str(result)]
        _run(command, trial.program, trial.seconds)
        try:
            with np.load(result, allow_pickle=False) as arrays:
                made: dict[str, Array] = dict(arrays)
        except (OSError, ValueError) as error:
            raise model_error("reader-failed", f"{trial.program.name} left no result: {error}", str(path)) from None
    (port,) = facts["outputs"]
    output = _read_out(made["output"], port, signals.weighting(facts))
    spikes = {name.removeprefix("spikes/"): array for name, array in made.items() if name.startswith("spikes/")}
    versions = {
        name.removeprefix("versions/"): str(array) for name, array in made.items() if name.startswith("versions/")
    }
    return Interpretation({"output": output}, spikes), versions


def _read_out(series: Array, port: PortFacts, kind: Weighting) -> Array:
    """Return what an Output stands for, of what it gave at each step, ``[steps, points, values]``."""
    if "digits" not in port:
        return series.mean(axis=0, dtype=np.float64)
    digits = series[port["first"] : port["first"] + port["digits"]].astype(np.float64)
    return decoded(digits, Current(len(digits), kind))


def _run(command: list[str], reader: Reader | Platform, seconds: float) -> None:
    """Run a driver to its end."""
    python, path = command[0], command[3]
    try:
        run_python(command, name=reader.name, where=path, seconds=seconds, environment=ENVIRONMENT)
    except ModuleNotFoundError as error:
        hint = f"{reader.install}; or name another interpreter with `python`"
        message = f"{reader.name} is not installed for {python}: {error}"
        raise model_error("reader-missing", message, f"`reader` {reader.name}", hint) from None
