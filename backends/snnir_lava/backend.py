"""The backend: checks, lowers, and hands over the bytes of a program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from snnir.analysis import timing_findings
from snnir.errors import ModelError
from snnir.io.files import read_bytes
from snnir.io.programs import differences
from snnir.ir import Graph, prune
from snnir.ops import layer_widths
from snnir.registry import Backend, Observed, Platform, Trial
from snnir.semantics import Semantics
from snnir.setting import Setting
from snnir.target import Target, host_findings
from snnir.types import Array
from snnir_lava.changes import shape, users
from snnir_lava.files import npz
from snnir_lava.lower import lower
from snnir_lava.run import INSTALL, joined_spikes, run_program, versions

PROGRAM = Path(__file__).with_name("program.py")


class LavaBackend(Backend):
    """Writes programs for Lava.

    Args:
        target: One of `snnir_lava.targets`.
    """

    platform = Platform(
        "lava", "lava.magma.core.resources", INSTALL, observed="lava-nc 0.10.0", points=16, seconds=10.0
    )

    def __init__(self, target: Target) -> None:
        self.target = target

    def emit(self, graph: Graph, setting: Setting) -> Mapping[str, bytes]:
        """Return a program, which is the same for all networks, and its arrays.

        Args:
            graph: A compiled graph.
            setting: Which neurons it was compiled for.

        Raises:
            ModelError: The graph cannot be expressed; all findings at once.
        """
        return {".py": PROGRAM.read_bytes(), ".npz": npz(self._arrays(graph, setting.semantics))}

    def run(self, path: Path, graph: Graph, setting: Setting, trial: Trial) -> Observed:
        """Run an emitted program under Lava; see `snnir.registry.Backend.run`."""
        files = {suffix: read_bytes(path.with_suffix(suffix)) for suffix in self.target.artifacts}
        expected, where = self._arrays(graph, setting.semantics), path.with_suffix(".npz").name
        changed = differences(files, PROGRAM.read_bytes(), expected, where, shape=shape, users=users)
        outputs, record = run_program(files, trial.inputs, trial.python, where=path.name, seconds=trial.seconds)
        widths = layer_widths(graph)
        spikes = {name: train.transpose(1, 0, 2) for name, train in joined_spikes(record, widths).items()}
        return Observed(outputs, spikes, versions(trial.python), changed)

    def _arrays(self, graph: Graph, semantics: Semantics) -> dict[str, Array]:
        """Return what goes into the .npz file."""
        graph = prune(graph)
        found = (*timing_findings(graph, self.target.wiring.max_delay), *host_findings(graph, self.target))
        if found:
            raise ModelError(found)
        return lower(graph, semantics)
