"""``snnir run`` for files that hold networks in time, e.g. ``.nir``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from snnir.cli.outside import columns_of, points_outside
from snnir.cli.progress import progress
from snnir.compiler import load_stepwise
from snnir.data.points import check_points, in_order, read_arrays
from snnir.metrics.cost import Host
from snnir.metrics.host import host_rows
from snnir.metrics.run import Outside, SpikeRates, TimedReport
from snnir.metrics.table import Table
from snnir.stepwise import Hosted, Run, Stepwise, run_hosted, run_stepwise
from snnir.types import Array

READ = MappingProxyType(
    {"series": "every step", "mean": "mean over the steps", "digits": "the number that its digits are"}
)
"""What outputs are, by how they are read."""


@dataclass(frozen=True)
class Simulation:
    """A network in time, and what it made.

    Attributes:
        network: What was run.
        run: What came out.
        reader: As asked for.
        dt: As asked for.
        outside: Remarks on points that it was not compiled for, see `snnir.cli.outside.points_outside`.
    """

    network: Stepwise
    run: Run
    reader: str | None
    dt: float | None
    outside: Outside | None = None

    @property
    def report(self) -> TimedReport:
        """What was measured."""
        (first, *_) = self.run.outputs.values()
        hosted = self.network.hosted
        rates = {name: np.count_nonzero(train) / train.size for name, train in self.run.spikes.items()}
        return TimedReport(
            name=self.network.graph.name,
            reader=self.reader,
            dt=self.dt,
            steps=self.run.steps,
            points=first.shape[1 if self.network.is_series else 0],
            read_out=self.network.read_out,
            spikes=SpikeRates(rates=rates),
            notes=tuple(self.network.notes),
            outside=self.outside,
            host=None if hosted is None else Host(**{place: tuple(nodes) for place, nodes in hosted.places.items()}),
        )

    def tables(self) -> Iterator[Table]:
        """Yield what people are shown."""
        report = self.report
        steps = "1 step" if self.run.steps == 1 else f"{self.run.steps} steps"
        clock = "" if self.dt is None else f" of {self.dt:g}"
        rows = [
            ("run as", self._manner()),
            ("points", f"{report.points:,}"),
            *(() if self.outside is None else self.outside.rows),
            *self._host(),
            *((name, self._shown(name)) for name in self.run.outputs),
        ]
        yield Table(f"{report.name}, {steps}{clock}", tuple(rows), notes=self.network.notes)
        if self.run.spikes:
            layers = ((name, self._neurons(name), f"{report.spikes.rates[name]:.4f}") for name in self.run.spikes)
            yield Table("spikes", tuple(layers), ("node", "neurons", "rate"))

    def _host(self) -> Iterator[tuple[str, str]]:
        """Yield what the file does not do itself, and who does."""
        hosted = self.network.hosted
        if hosted is not None and hosted.host.nodes:
            yield from host_rows(hosted.places)
            yield "", "run here, too; a reader runs the spiking part only"

    def _manner(self) -> str:
        if self.reader is not None:
            return f"the reader {self.reader} runs it"
        return "NIR says (the reader spec)" if self.network.is_series else "its metadata say"

    def _shown(self, name: str) -> str:
        shape = " x ".join(map(str, self.run.outputs[name].shape))
        if self.network.hosted is not None and self.network.hosted.host.nodes:
            return shape
        return f"{shape}, {READ[self.network.read_out]}"

    def _neurons(self, name: str) -> str:
        return f"{int(np.prod(self.run.spikes[name].shape[2:])):,}"


def simulate(file: Path, inputs: Path, *, steps: int | None, reader: str | None, dt: float | None) -> Simulation:
    """Run a file on inputs.

    Args:
        file: Holds a network in time.
        inputs: A file of arrays, see `snnir.data.points.read_arrays`.
        steps: Of each run; None where that was not given, as of the others.
        reader: The program whose behaviour counts.
        dt: The time step.

    Raises:
        UsageError: Inputs or options do not fit.
        ModelError: The file cannot be read, or not be run so.
    """
    network = load_stepwise(file, reader=reader, dt=dt)
    arrays = read_arrays(inputs)
    hosted = network.hosted
    series = arrays if hosted is None else _as_series(hosted, arrays)
    with progress("run") as report:
        if hosted is not None and series is None:
            points = check_points(in_order(arrays, columns_of(hosted.calibrated)), hosted.inputs, inputs.name)
            outside = points_outside(hosted.inputs, points, hosted.calibrated)
            run = run_hosted(hosted, points, steps=steps, dt=dt, progress=lambda part: report("run", part))
            return Simulation(network, run, reader, dt, outside)
        run = run_stepwise(
            network, series or {}, steps=steps, dt=dt, record=True, progress=lambda part: report("run", part)
        )
    return Simulation(network, run if hosted is None else _named(run, hosted), reader, dt)


def _named(run: Run, hosted: Hosted) -> Run:
    """Return what came out of a file of ours under the names of the network's own."""
    names = {name: value for part in hosted.parts for name, value in part.outputs.items()}
    return replace(run, outputs={names[name]: array for name, array in run.outputs.items()})


def _as_series(hosted: Hosted, arrays: Mapping[str, Array]) -> dict[str, Array] | None:
    """Return what the Inputs of a file get, where everything spikes and arrays ``[T, N, ...]`` are given; else None."""
    wanted = {value.name: value.type.shape for value in hosted.inputs}
    given = dict(zip(wanted, arrays.values(), strict=True)) if len(wanted) == len(arrays) == 1 else dict(arrays)
    if hosted.host.nodes or given.keys() != wanted.keys():
        return None
    if any(array.shape[2:] != wanted[name][1:] or array.ndim < 3 for name, array in given.items()):
        return None
    return {name: given[value] for part in hosted.parts for name, value in part.inputs.items()}
