"""From a file to a compiled network."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from snnir.compiler.compiled import Compiled
from snnir.compiler.job import Job
from snnir.compiler.options import TIME_LIMIT, Options
from snnir.compiler.prepare import make_job
from snnir.compiler.progress import Progress, prefixed
from snnir.compiler.streams import search_thresholds
from snnir.compiler.survey import survey
from snnir.compiler.ways import search_ways
from snnir.data.points import Domain, Points
from snnir.io.files import read_bytes
from snnir.ir import Graph
from snnir.metrics import Surveyed
from snnir.passes import Calibration, Thresholds
from snnir.provenance import Source
from snnir.registry import frontend_for
from snnir.semantics import one_thread_each
from snnir.stepwise import Stepwise
from snnir.target import Form
from snnir.types import Array


def load(path: str | Path) -> Graph:
    """Read a network from a file, check it, and return it as a graph.

    Args:
        path: Its ending chooses the frontend: ``.onnx``.

    Raises:
        UsageError: There is no such file, or no frontend for it.
        ModelError: The file cannot be read exactly; all findings at once.
    """
    path = Path(path)
    data = read_bytes(path)
    graph = frontend_for(path).load(path)
    read = graph.source or Source("", "")
    return replace(graph, source=replace(read, file=path.name, sha256=hashlib.sha256(data).hexdigest()))


def load_stepwise(path: str | Path, *, reader: str | None = None, dt: float | None = None) -> Stepwise:
    """Read a network that runs step by step from a file, and check it.

    Args:
        path: Its ending chooses the frontend: ``.nir``.
        reader: The program whose behaviour counts; if None, what the file says, or the letter of its format.
        dt: The time step, in the unit of the file's time constants; it may be left open.

    Raises:
        UsageError: There is no such file, reader, or frontend, or files of this kind hold no such networks.
        ModelError: The file cannot be read exactly; all findings at once.
    """
    path = Path(path)
    source = Source(path.name, hashlib.sha256(read_bytes(path)).hexdigest())
    network = frontend_for(path).stepwise(path, reader=reader, dt=dt)
    original = None if network.original is None else replace(network.original, source=source)
    return replace(network, graph=replace(network.graph, source=source), original=original)


def compile(  # noqa: A001 - the name that users expect: snnir.compile
    graph: Graph,
    *,
    target: str = "nir",
    domain: Domain | None = None,
    samples: Array | Points | None = None,
    code: str = "",
    steps: int | None = None,
    error: float | None = None,
    error_of: str = "both",
    calibration: Calibration = "least-squares",
    seed: int = 0,
    reader: str | None = None,
    form: Form = "portable",
    legacy: bool = False,
    neurons_per_unit: int | None = None,
    products: str = "host",
    pipelined: bool = False,
    prefer: str = "energy",
    time_limit: float = TIME_LIMIT,
    thresholds: Thresholds | None = None,
    normalise: bool = True,
    progress: Progress | None = None,
) -> Compiled:
    """Turn an analog network into a spiking one and measure it on points that calibration did not see.

    Args:
        graph: From `load`.
        target: Where it is meant to run.
        domain: Intervals to draw points from: by column for a single input, else by input name.
        samples: Points instead of a domain: an array ``[points, columns]``, or arrays by input name.
        code: How units travel as spikes: ``rate``, ``population`` or ``radix``; ``auto``, the cheapest of these that
            reaches the error; or ``sigma-delta``, which is for streams: the order of points counts, and it is measured
            on lines through the domain, or on samples in their order. ``auto`` if empty.
        steps: T, the time steps of one inference; in the radix code the digits K of every layer (the report's
            ``latency`` has the steps of the whole network). Searched for if None. In the sigma-delta code 1.
        error: Conversion error to reach.
        error_of: What that is of: ``both``, the larger of relative L2 and of error over variation (each column of the
            outputs against its own standard deviation), or ``norm``, relative L2 over all outputs. Either way, what
            explains less than half of the variation of a column does not count.
        calibration: ``none``, ``light``, ``advanced`` or ``least-squares``.
        seed: Of everything random.
        reader: Program that will load the file, one of the target's: what it does is calibrated for and simulated.
        form: Of the file: ``portable``, or ``exact``, which says reset by subtraction by the letter of NIR.
        legacy: Write the file for nir 1.0.5 and older.
        neurons_per_unit: K of the population code, 8 if None.
        products: ``spikes`` turns what layers multiply into squares of sums, so that less stays on the ``host``.
        prefer: What decides among settings that reach the error: ``energy`` or ``latency``.
        pipelined: Layers of the radix code start while digits still arrive: fewer steps in all, f evaluated at each.
        time_limit: Processor seconds within which code, neurons per unit and steps are chosen.
        thresholds: How the rate code scales thresholds, instead of what suits the calibration.
        normalise: Scale all thresholds to 1; else membranes are in the units of the analog network.
        progress: Called while it works, see `snnir.compiler.Progress`.

    Raises:
        UsageError: An argument is wrong; all findings at once.
        ModelError: The model cannot be compiled for the target, or the error is out of reach.
    """
    options = Options(
        target,
        code,
        steps,
        error,
        calibration,
        thresholds,
        normalise,
        seed,
        reader,
        neurons_per_unit,
        products,
        pipelined,
        prefer,
        form,
        legacy,
        error_of,
        time_limit,
    )
    with one_thread_each():  # so that the bytes do not depend on the number of threads
        job = make_job(graph, options, domain, samples, progress)
        if options.code == "sigma-delta":
            return job.finished(search_thresholds(job))
        fixed = options.code != "auto" and steps is not None and error is None
        if fixed:
            return job.finished(job.compiled(options))

        def again(other: Options) -> Job:
            return make_job(graph, other, domain, samples, prefixed(progress, f"target {other.target}: "))

        return job.finished(search_ways(job, again))


def pareto(
    graph: Graph,
    *,
    target: str = "numpy",
    domain: Domain | None = None,
    samples: Array | Points | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[Surveyed, ...]:
    """Return what every code that the target allows can do, from few steps to many: error against cost.

    Args:
        graph: From `load`.
        target: Where it is meant to run.
        domain: See `compile`.
        samples: See `compile`.
        seed: Of everything random.
        progress: Called while it works, see `snnir.compiler.Progress`.

    Returns:
        A row for each setting: ``code``, ``neurons_per_unit``, ``steps``, ``latency``, ``rel_l2``, ``over_variation``,
        ``per_unit`` (spikes per unit), ``energy`` (as a multiple of the analog network's), and ``best``: no other has a
        smaller ``rel_l2`` at no more spikes.

    Raises:
        UsageError: An argument is wrong; all findings at once.
        ModelError: The model cannot be compiled for the target.
    """
    options = Options(target, "auto", seed=seed)
    with one_thread_each():
        return survey(make_job(graph, options, domain, samples, progress))
