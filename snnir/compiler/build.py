"""From a file to a compiled network."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from snnir.codes import Code
from snnir.codes.rate import Thresholds
from snnir.compiler.clock import Clock
from snnir.compiler.compiled import Compiled
from snnir.compiler.job import Job
from snnir.compiler.options import Options
from snnir.compiler.prepare import make_job
from snnir.compiler.progress import Progress, prefixed
from snnir.compiler.streams import descent_of, search_variants
from snnir.compiler.survey import survey
from snnir.compiler.ways import search_ways
from snnir.data.domain import Domain
from snnir.data.points import Points
from snnir.io.files import read_bytes
from snnir.ir import Graph
from snnir.metrics import Surveyed
from snnir.metrics.energy_models import FLOAT32
from snnir.passes import Calibration, Pass
from snnir.provenance import Source
from snnir.registry import frontend_for
from snnir.semantics import one_thread_each
from snnir.stepwise import Stepwise
from snnir.target import Form
from snnir.types import Array

if TYPE_CHECKING:
    from typing_extensions import Unpack


def load(path: str | Path) -> Graph:
    """Read a network from a file, check it, and return it as a graph.

    Args:
        path: Its ending chooses the frontend: ``.onnx``.

    Returns:
        The analog graph, with the names, shapes, element types and units of the model; ``source.checked_by``
        is the program that its outputs were compared with.

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
        reader: The program whose behaviour counts; if None, the one the file names, or else the NIR specification.
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


class Further(TypedDict, total=False):
    """Further arguments of `compile`, by name; besides these, options of codes that others provide.

    Attributes:
        calibration: ``none``, ``light``, ``advanced`` or ``least-squares``, the default.
        error_of: What the error to reach is of: ``both``, the larger of relative L2 and of error over variation (each
            column of the outputs against its own standard deviation), or ``norm``, relative L2 over all outputs. Either
            way, what explains less than half of the variation of a column does not count.
        reader: Program that will load the file, one of the target's: what it does is calibrated for and simulated.
        form: Of the file: ``portable``, or ``exact``, which encodes reset by subtraction in NIR primitives.
        legacy: Write the file for nir 1.0.5 and older.
        prefer: What decides among settings that reach the error: ``energy`` or ``latency``.
        time_limit: Processor seconds within which code, its options and steps are chosen.
        energy_model: By which energies of settings are compared: ``float32``, ``int32``, ``int8`` or ``loihi``, see
            `snnir.metrics.energy_models`; the report has all of them.
        progress: Called while it works, see `snnir.compiler.Progress`.
        passes: Of your own, run on the canonical analog network before it is converted. They may not change what it
            computes; what they make is checked, and is what errors are measured against.
        neurons_per_unit: K of the population code, 8 if None.
        products: ``spikes`` turns what layers multiply into squares of sums, so that less stays on the ``host``.
        pipelined: Layers of codes that send digits start while digits still arrive: fewer steps in all; in the radix
            code f is evaluated at each.
        thresholds: How the rate code scales thresholds, instead of what suits the calibration.
        normalise: Scale all thresholds to 1; else membranes are in the units of the analog network. If None, the
            population code does so only where neurons of a layer need the same threshold: its encoders add then.
    """

    calibration: Calibration
    error_of: str
    reader: str | None
    form: Form
    legacy: bool
    prefer: str
    time_limit: float
    energy_model: str
    progress: Progress | None
    passes: tuple[Pass, ...]
    neurons_per_unit: int | None
    products: str
    pipelined: bool
    thresholds: Thresholds | None
    normalise: bool | None


def compile(  # noqa: A001 - the name that users expect: snnir.compile
    graph: Graph,
    *,
    target: str = "nir",
    domain: Domain | None = None,
    samples: Array | Points | None = None,
    code: str | Code = "",
    steps: int | None = None,
    error: float | None = None,
    seed: int = 0,
    **further: Unpack[Further],
) -> Compiled:
    """Turn an analog network into a spiking one and measure it on points that calibration did not see.

    Args:
        graph: From `load`.
        target: Where it is meant to run, one of `snnir.targets`.
        domain: Intervals ``(low, high)`` to draw points from, in the units of the inputs: by column for a single input,
            else by input name.
        samples: Points instead of a domain, in the units of the inputs: an array ``[points, columns]``, or arrays by
            input name, of the shapes of the graph's inputs.
        code: How units travel as spikes: ``rate``, ``population`` or ``radix``; ``auto``, the cheapest of all that
            reaches the error; or ``sigma-delta``, which is for streams: the order of points counts, and it is measured
            on lines through the domain, or on samples in their order. ``auto`` if empty. Or an object, e.g.
            ``snnir.codes.Population(neurons_per_unit=4)``.
        steps: T, the time steps of one inference; in the radix code the digits K of every layer (the report's
            ``latency`` has the steps of the whole network). Searched for if None. In the sigma-delta code 1.
        error: Conversion error to reach, relative: what `error_of` in `Further` selects. Without it and without
            `steps`, the nearest setting is taken where the default of 1e-2 is out of reach.
        seed: Of everything random, a non-negative integer.
        **further: See `Further`; options of codes by name are among them.

    Returns:
        The spiking network with its report.

    Raises:
        UsageError: An argument is wrong; all findings at once.
        ModelError: The model cannot be compiled for the target, all findings at once; or the error is out of reach,
            code ``error-not-reached``.
        TypeError: There is no such argument.
    """
    progress, passes = further.get("progress"), further.get("passes", ())
    known = {each.name for each in fields(Options)}
    given = {name: value for name, value in further.items() if name not in {"progress", "passes"}}
    own: dict[str, Any] = {name: value for name, value in given.items() if name in known}
    rest = {name: value for name, value in given.items() if name not in known}
    options = Options(target, code, steps, error, seed=seed, **own, code_options=rest)
    clock = Clock(options.time_limit)
    with one_thread_each():  # so that the bytes do not depend on the number of threads
        job = make_job(graph, options, domain, samples, progress, passes=passes)
        descent = descent_of(options, job)
        if descent is not None:
            return job.finished(search_variants(job, descent))
        if isinstance(options.code, Code) and steps is not None and error is None:
            return job.finished(job.compiled(options))

        def again(other: Options) -> Job:
            report = prefixed(progress, f"target {other.target}: ")
            return make_job(graph, other, domain, samples, report, passes=passes)

        return job.finished(search_ways(job, again, clock))


def pareto(
    graph: Graph,
    *,
    target: str = "numpy",
    domain: Domain | None = None,
    samples: Array | Points | None = None,
    seed: int = 0,
    energy_model: str = FLOAT32.name,
    progress: Progress | None = None,
) -> tuple[Surveyed, ...]:
    """Return what every code that the target allows can do, from few steps to many: error against cost.

    Args:
        graph: From `load`.
        target: Where it is meant to run, one of `snnir.targets`.
        domain: See `compile`.
        samples: See `compile`.
        seed: Of everything random, a non-negative integer.
        energy_model: By which ``energy`` is, see `Further`.
        progress: Called while it works, see `snnir.compiler.Progress`.

    Returns:
        A row for each setting: ``code``, ``neurons_per_unit``, ``steps``, ``latency``, ``rel_l2``, ``over_variation``,
        ``per_unit`` (spikes per inference and unit), ``energy`` (as a multiple of the analog network's), and ``best``:
        no other has a smaller ``rel_l2`` at no more spikes. Latencies are in time steps.

    Raises:
        UsageError: An argument is wrong; all findings at once.
        ModelError: The model cannot be compiled for the target.
    """
    options = Options(target, "auto", seed=seed, energy_model=energy_model)
    with one_thread_each():
        return survey(make_job(graph, options, domain, samples, progress))
