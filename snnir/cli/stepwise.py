"""``snnir run`` for files that hold networks in time, e.g. ``.nir``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from snnir.cli.output import Table
from snnir.cli.progress import progress
from snnir.compiler import load_stepwise
from snnir.errors import UsageError
from snnir.points import read_arrays
from snnir.registry import frontend_for
from snnir.stepwise import Run, Stepwise, run_stepwise


@dataclass(frozen=True)
class Simulation:
    """A network in time, and what it made.

    Attributes:
        network: What was run.
        run: What came out.
        reader: As asked for.
        dt: As asked for.
    """

    network: Stepwise
    run: Run
    reader: str | None
    dt: float | None

    @property
    def report(self) -> dict[str, Any]:
        """What was measured, as plain JSON."""
        (first, *_) = self.run.outputs.values()
        return {
            "name": self.network.graph.name,
            "reader": self.reader,
            "dt": self.dt,
            "steps": self.run.steps,
            "points": first.shape[0 if self.network.read_out == "mean" else 1],
            "read_out": self.network.read_out,
            "spikes": {
                "rates": {name: np.count_nonzero(train) / train.size for name, train in self.run.spikes.items()}
            },
            "notes": list(self.network.notes),
        }

    def tables(self) -> Iterator[Table]:
        """Yield what people are shown."""
        report = self.report
        steps = "1 step" if self.run.steps == 1 else f"{self.run.steps} steps"
        clock = "" if self.dt is None else f" of {self.dt:g}"
        rows = [
            ("run as", self._manner()),
            ("points", f"{report['points']:,}"),
            *((name, self._shown(name)) for name in self.run.outputs),
        ]
        yield Table(f"{report['name']}, {steps}{clock}", tuple(rows), notes=self.network.notes)
        if self.run.spikes:
            layers = ((name, self._neurons(name), f"{report['spikes']['rates'][name]:.4f}") for name in self.run.spikes)
            yield Table("spikes", tuple(layers), ("node", "neurons", "rate"))

    def _manner(self) -> str:
        if self.reader is not None:
            return f"the reader {self.reader} runs it"
        return "its metadata say" if self.network.read_out == "mean" else "NIR says (the reader spec)"

    def _shown(self, name: str) -> str:
        shape = " x ".join(map(str, self.run.outputs[name].shape))
        what = "mean over the steps" if self.network.read_out == "mean" else "every step"
        return f"{shape}, {what}"

    def _neurons(self, name: str) -> str:
        return f"{int(np.prod(self.run.spikes[name].shape[2:])):,}"


def is_in_time(path: Path) -> bool:
    """Whether files of this kind hold networks in time."""
    try:
        return frontend_for(path).in_time
    except UsageError:
        return False


def simulate(file: Path, inputs: Path, options: Mapping[str, Any]) -> Simulation:
    """Run a file on inputs.

    Args:
        file: Holds a network in time.
        inputs: A ``.npy`` or ``.npz`` file.
        options: ``steps``, ``reader`` and ``dt``, None where they were not given.

    Raises:
        UsageError: Inputs or options do not fit.
        ModelError: The file cannot be read, or not be run so.
    """
    reader, dt = options["reader"], options["dt"]
    network = load_stepwise(file, reader=reader, dt=dt)
    arrays = read_arrays(inputs)
    with progress("run") as report:
        run = run_stepwise(
            network, arrays, steps=options["steps"], dt=dt, record=True, progress=lambda part: report("run", part)
        )
    return Simulation(network, run, reader, dt)
