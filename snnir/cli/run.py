"""``snnir run``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from snnir.analysis import (
    conversion_errors,
    differences,
    inference_counts,
    is_stream,
    point_count,
    shapes_of,
    time_steps,
)
from snnir.cli.host import is_in_time, show_lines
from snnir.cli.output import files_table, finite_json, show
from snnir.cli.outside import columns_of, points_outside
from snnir.cli.places import Collector, check_places, write_results
from snnir.cli.progress import progress
from snnir.cli.stepwise import simulate
from snnir.cli.watch import Watch
from snnir.compiler import SECONDS, Compiled
from snnir.data.grids import find_grid
from snnir.data.points import read_points
from snnir.data.smoothing import Smoothed, smoothed_on
from snnir.errors import usage_error
from snnir.io.arrays import npy, npz
from snnir.io.files import read_bytes
from snnir.metrics.error import measures
from snnir.metrics.record import Record
from snnir.metrics.run import Outside, RunReport, SmoothedErrors, SpikeRate
from snnir.registry import Backend, Observed, Platform, Trial, backend_for
from snnir.semantics import evaluate
from snnir.types import Array

SIMULATOR = "numpy"
"""What ``--backend`` calls the reference simulator."""


@click.command("run")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--inputs",
    required=True,
    type=click.Path(path_type=Path),
    metavar="POINTS.npy|.npz|.csv",
    help="Points to run it on: [points, columns], or arrays by input name; a .csv has names in its first line or none. "
    "For .nir of others also series [T, points, ...].",
)
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="VALUES.npy|.npz",
    help="Where its outputs go; .npz holds them by name.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="SPIKES.npz",
    help="Where all spikes go: by layer, int8 [points, steps, neurons]; graded messages as floats. "
    "Those of .nir: by node, int8 [steps, points, neurons].",
)
@click.option(
    "--backend",
    default=SIMULATOR,
    show_default=True,
    metavar="NAME",
    help="What runs it: the reference simulator (numpy), or the platform of its target where there is one (lava).",
)
@click.option("--python", metavar="INTERPRETER", help="Python that has the platform; this one if not given.")
@click.option("--steps", type=click.IntRange(1), help="For .nir: time steps, where inputs are no series.")
@click.option("--reader", metavar="NAME", help="For .nir: the program whose behaviour counts.")
@click.option("--dt", type=float, help="For .nir: the time step, in the unit of the file's time constants.")
@click.option("--smooth", is_flag=True, help="Drop the high frequencies of outputs on an evenly spaced grid.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="REPORT.json",
    help="Write error, spikes and inferences here, too.",
)
def command(**given: Any) -> None:
    """Run a network on points: a compiled one, or one in a NIR file.

    The reference simulator runs a compiled network with the semantics of its target; --backend lava runs the emitted
    program itself. In the sigma-delta code the points are a stream, in the order given. A NIR file is run step by step:
    one of snnir with the semantics in its metadata, any other with those of the NIR specification, or of --reader.
    Inputs are the same at every step, or series; outputs of other files are series.
    """
    request = _Request(**given)
    _check(request)
    if request.is_compiled:
        _run_compiled(request)
        return
    done = simulate(request.file, request.inputs, steps=request.steps, reader=request.reader, dt=request.dt)
    _check_output(done.run.outputs, request.output)
    files = _files(request, done.run.outputs, done.run.spikes, done.report)
    write_results(files)
    show([*done.tables(), files_table(files)])
    if done.network.hosted is not None:
        show_lines(request.file, done.network.hosted)


def _run_compiled(request: _Request) -> None:
    network = Compiled.load(request.file)
    _check_output(network.graph.outputs, request.output)
    calibrated = network.setting.to_json()
    columns = columns_of(calibrated)
    points = read_points(request.inputs, network.graph.inputs, columns)
    grid = find_grid(network.graph, points, request.inputs.name) if request.smooth else None
    watch = Watch(keep=request.record is not None)
    with progress("run") as report:
        values = _values(request, network, points, watch, lambda part: report("run", part))
        smooth = None if grid is None else smoothed_on(grid, values)
        outside = points_outside(network.graph.inputs, points, calibrated)
        expected = evaluate(network.ann, points)
        numbers = _report(network, values, smooth, expected=expected, watch=watch, outside=outside)
        files = _files(request, values if smooth is None else smooth.values, watch.recorded, numbers)
        write_results(files)
    show([*numbers.tables({} if smooth is None else smooth.axes), files_table(files)])


def _values(
    request: _Request,
    network: Compiled,
    points: Mapping[str, Array],
    watch: Watch,
    report: Callable[[float], None],
) -> Mapping[str, Array]:
    """Return the outputs of the network, run by the simulator or by the platform of its target.

    Raises:
        UsageError: The target has no such platform, or it is not installed.
    """
    if request.backend == SIMULATOR:
        return evaluate(network.graph, points, semantics=network.semantics, observe=watch.see, progress=report)
    backend = backend_for(network.target)
    if backend.platform is None or backend.platform.name != request.backend:
        able = [SIMULATOR, *(() if backend.platform is None else (backend.platform.name,))]
        message = f"nothing called {request.backend!r} runs what is compiled for {network.target!r}"
        hint = f"use {' or '.join(able)}, or compile it for another target"
        raise usage_error("unknown-backend", message, "--backend", hint)
    made = _on_platform(request, network, backend, backend.platform, points)
    for name, train in made.spikes.items():
        watch.see(network.graph.by_name[name], slice(0, train.shape[1]), train)
    return made.outputs


def _on_platform(
    request: _Request, network: Compiled, backend: Backend, platform: Platform, points: Mapping[str, Array]
) -> Observed:
    """Return the platform's outputs for the network, written anew."""
    # Of a stream a point is a step, not an inference of many.
    patience = platform.seconds / (100 if is_stream(network.graph) else 1)
    seconds = SECONDS + patience * sum(len(array) for array in points.values())
    trial = Trial(platform, network.semantics, points, request.python, seconds)
    with TemporaryDirectory(prefix="snnir-") as folder:
        path = (Path(folder) / request.file.name).with_suffix(backend.target.artifacts[0])
        for suffix, content in backend.emit(network.graph, network.setting).items():
            path.with_suffix(suffix).write_bytes(content)
        return backend.run(path, network.graph, network.setting, trial)


@dataclass(frozen=True)
class _Request:
    """Parsed command-line options."""

    file: Path
    inputs: Path
    output: Path
    record: Path | None
    backend: str
    python: str | None
    steps: int | None
    reader: str | None
    dt: float | None
    smooth: bool
    report: Path | None

    @property
    def is_compiled(self) -> bool:
        """Whether the file is an archive of ours."""
        return self.file.suffix.lower() == ".snnir"


def _check(request: _Request) -> None:
    """Raise with everything that is wrong with the files' names and places."""
    file, inputs, output, record = request.file, request.inputs, request.output, request.record
    collector = Collector()
    for path in (file, inputs):
        if not path.is_file():
            with collector.collecting():
                read_bytes(path)
    if request.is_compiled:
        for name in ("steps", "reader", "dt"):
            if getattr(request, name) is not None:
                hint = "leave it out: an archive has its own semantics"
                collector.add("bad-option", f"--{name} is for .nir files", f"--{name}", hint)
    elif not is_in_time(file):
        hint = f"compile it first: snnir compile {file.name} -o {file.stem}.snnir"
        collector.add("not-compiled", "only a compiled network (.snnir) or a NIR file can be run", str(file), hint)
    elif request.smooth:
        collector.add("bad-option", "--smooth is for compiled networks", "--smooth", "leave it out")
    if output.suffix not in {".npy", ".npz"}:
        collector.add("unknown-ending", "values are written as .npy or .npz", f"--output {output}", "end it in .npy")
    if record is not None and record.suffix != ".npz":
        collector.add("unknown-ending", "spikes are written as .npz", f"--record {record}", "end it in .npz")
    places = (("--output", output), ("--record", record), ("--report", request.report))
    wanted = [(option, path) for option, path in places if path is not None]
    collector.found += check_places(wanted, (file, inputs))
    collector.finish()


def _check_output(names: Collection[str], output: Path) -> None:
    if output.suffix == ".npy" and len(names) > 1:
        collector = Collector()
        message = f"the network has {len(names)} outputs ({', '.join(names)}), a .npy file holds one"
        collector.add("unknown-ending", message, f"--output {output}", "end it in .npz")
        collector.finish()


def _report(
    network: Compiled,
    values: Mapping[str, Array],
    smooth: Smoothed | None,
    *,
    expected: Mapping[str, Array],
    watch: Watch,
    outside: Outside | None,
) -> RunReport:
    """Return everything that was measured.

    Args:
        network: What was run.
        values: Its outputs, not smoothed.
        smooth: The same, smoothed, if asked for.
        expected: Outputs of the analog network.
        watch: What the layers did.
        outside: Points that it was not compiled for.
    """
    found = conversion_errors(network.ann, values, expected)
    smoothed: SmoothedErrors | None = None
    if smooth is not None:
        errors = differences(smooth.values, expected, shapes_of(network.ann))
        smoothed = SmoothedErrors(kept={name: tuple(each) for name, each in smooth.kept.items()}, **measures(errors))
    return RunReport(
        name=network.graph.name,
        target=network.target,
        steps=time_steps(network.graph),
        points=point_count(network.graph, values),
        inferences=inference_counts(network.graph, watch.points),
        conversion=found.total,
        outputs=found.outputs,
        smoothed=smoothed,
        spikes=SpikeRate(rate=watch.rate),
        outside=outside,
    )


def _files(
    request: _Request, values: Mapping[str, Array], spikes: Mapping[str, Array], report: Record
) -> dict[Path, bytes]:
    """Return the content of every file that was asked for."""
    (first, *_) = values.values()
    files = {request.output: npy(first) if request.output.suffix == ".npy" else npz(values)}
    if request.record is not None:
        files[request.record] = npz(spikes)
    if request.report is not None:
        files[request.report] = finite_json(report)
    return files
