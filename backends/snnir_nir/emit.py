"""The backend: hands over the bytes of the file, and has it run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from snnir.ir import Graph
from snnir.registry import Backend, Observed, Trial
from snnir.semantics import Semantics
from snnir.setting import Setting
from snnir.target import Target
from snnir_nir.assemble import assemble
from snnir_nir.library import to_bytes, to_library
from snnir_nir.readers import READERS
from snnir_nir.run import run_file

SEMANTICS = Semantics(reset="subtract", compare=">=", delay=0, dtype="float32")

TARGET = Target(
    name="nir",
    summary="a NIR file (HDF5) of affine maps and integrate-and-fire neurons, for any reader with reset by subtraction",
    spiking_ops=frozenset({"add", "binary_digits", "decode", "dense", "encode", "first_spike", "integrate_and_fire"}),
    semantics=SEMANTICS,
    lacks={
        "binary_digits": "few programs that load NIR files run a leak that doubles membranes, so name one that does",
        "first_spike": "programs that load NIR files differ in what LIF leaks and resets to, so name one",
    },
    inexact={"first_spike": "what it resets to is of no account: there is no need of another form"},
    pipelining=False,
    artifacts=(".nir",),
    readers=READERS,
)


class NirBackend(Backend):
    """Writes NIR files."""

    target: Target = TARGET

    def emit(self, graph: Graph, setting: Setting) -> Mapping[str, bytes]:
        """Return the file's bytes; the same for the same graph and setting.

        Args:
            graph: A compiled graph.
            setting: What it was compiled for and with; it goes into the advisory metadata.

        Raises:
            ModelError: NIR cannot express the graph; all findings at once.
        """
        return {".nir": to_bytes(to_library(assemble(graph, setting)), legacy=setting.legacy)}

    def run(self, path: Path, graph: Graph, setting: Setting, trial: Trial) -> Observed:
        """Run a file in a reader as that is installed; see `Backend.run`."""
        return run_file(path, assemble(graph, setting), trial)
