"""Networks that came as equations in time: what they need to be run, and running them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Literal, TypeAlias

import numpy as np

from snnir.analysis import as_integers
from snnir.data.points import Points
from snnir.errors import Diagnostic, UsageError, usage_error
from snnir.ir import Graph, Value
from snnir.semantics import decoded, evaluate, one_thread_each
from snnir.types import Array, Current

ReadOut: TypeAlias = Literal["series", "mean", "digits"]

CHUNK_BYTES = 64 << 20
"""All series of one chunk of points: few enough to hold."""


@dataclass(frozen=True)
class Stepwise:
    """A network that runs step by step, as a frontend read it.

    Attributes:
        graph: Its inputs are series ``[T, N, ...]``, and the time step where that is open; its outputs are series.
        spiking: Further values of the graph: what neurons and thresholds fire, by their names in the file.
        dt: The input that takes the time step in seconds; empty where the step is settled.
        steps: T, where the file states it.
        read_out: How the file defines outputs: as they are, their mean over the steps, or what those of a window
            decode to.
        windows: By output, the first step of its window and how that decodes.
        notes: Remarks for the user, each a sentence.
        original: The graph that the file was emitted from, where that is known and the file is unchanged.
        hosted: The whole network, with what stays on the host, where the file describes that.
    """

    graph: Graph
    spiking: tuple[str, ...]
    dt: str = ""
    steps: int | None = None
    read_out: ReadOut = "series"
    windows: Mapping[str, tuple[int, Current]] = field(default_factory=dict[str, "tuple[int, Current]"])
    notes: tuple[str, ...] = ()
    original: Graph | None = None
    hosted: Hosted | None = None

    @property
    def is_series(self) -> bool:
        """Whether outputs have a value at every step."""
        return self.read_out == "series"

    @property
    def inputs(self) -> tuple[Value, ...]:
        """The series that come in."""
        return tuple(value for value in self.graph.inputs if value.name != self.dt)


@dataclass(frozen=True)
class Part:
    """A spiking part of a network, which runs on its own.

    Attributes:
        network: The part.
        inputs: The value on the host that each input of the part is, by the input.
        outputs: The value on the host that each output of the part becomes, by the output.
    """

    network: Stepwise
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


@dataclass(frozen=True)
class Hosted:
    """A whole network: spiking parts, and the host part around them.

    Attributes:
        host: See `snnir.analysis.host_graph`.
        inputs: Of the whole network.
        outputs: Of the whole network.
        places: Ops on the host by their place, see `snnir.analysis.host_parts`.
        parts: In an order in which they can run.
        calibrated: What the file records of the points that it was calibrated on: ``domain`` and ``columns``, as of
            `snnir.setting.Setting.to_json`; without them nothing is known.
    """

    host: Graph
    inputs: tuple[Value, ...]
    outputs: tuple[str, ...]
    places: Mapping[str, Sequence[str]]
    parts: tuple[Part, ...]
    calibrated: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Run:
    """What came out.

    Attributes:
        outputs: By name, ``[T, N, ...]``, or ``[N, ...]`` where they are read as one number.
        spikes: By name of the node, ``[T, N, ...]`` as int8, or int32 where there are very many in a step; empty where
            they were not asked for.
        steps: T.
    """

    outputs: Mapping[str, Array]
    spikes: Mapping[str, Array]
    steps: int


def run_stepwise(
    network: Stepwise,
    inputs: Mapping[str, Array],
    *,
    steps: int | None = None,
    dt: float | None = None,
    record: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Run:
    """Run a network on inputs for T steps.

    Args:
        network: From a frontend.
        inputs: By name; ``[N, ...]`` is the same at every step, ``[T, N, ...]`` a series.
        steps: T, for inputs that are the same at every step; the file's own if None.
        dt: The time step in seconds, where the network needs it.
        record: Return spikes, too.
        progress: Called with the part done, from 0 to 1.

    Raises:
        UsageError: Inputs do not fit, or the steps or the time step are missing; all findings at once, codes
            ``bad-points``, ``steps-missing``, ``bad-steps`` and ``dt-missing``.
    """
    check_dt(dt)
    series, count = _series(network, inputs, steps, dt)
    held = {network.dt: np.asarray(dt, network.graph.types[network.dt].dtype)} if network.dt else {}
    wanted = (*network.graph.outputs, *(network.spiking if record else ()))
    points = next(iter(series.values())).shape[1]
    size = _chunk(network, wanted, count)
    parts: list[dict[str, Array]] = []
    for start in range(0, points, size):
        part = {name: array[:, start : start + size] for name, array in series.items()}
        with one_thread_each():
            made = evaluate(network.graph, {**part, **held}, outputs=wanted)
        parts.append({name: _kept(network, name, array) for name, array in made.items()})
        if progress is not None:
            progress(min(start + size, points) / points)
    once = set[str]() if network.is_series else set(network.graph.outputs)
    joined = {name: np.concatenate([part[name] for part in parts], axis=int(name not in once)) for name in wanted}
    outputs = {name: joined[name] for name in network.graph.outputs}
    return Run(outputs, {name: joined[name] for name in network.spiking if record}, count)


def run_hosted(
    network: Hosted,
    points: Points,
    *,
    steps: int | None = None,
    dt: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Run:
    """Run a whole network: the host part as the simulator does, spiking parts step by step.

    Args:
        network: From a frontend.
        points: By the names of the network's own inputs, as from `snnir.data.points.check_points`.
        steps: T; the file's own if None.
        dt: The time step in seconds, where a part needs it.
        progress: Called with the part done, from 0 to 1.

    Returns:
        Outputs under the names of the network's own, ``[N, ...]``; spikes as of `run_stepwise`.

    Raises:
        UsageError: See `run_stepwise`.
    """
    values: dict[str, Array] = dict(points)
    spikes: dict[str, Array] = {}
    count = 0
    for index, part in enumerate(network.parts):
        fed = evaluate(network.host, values, outputs=dict.fromkeys(part.inputs.values()))
        lead = fed[next(iter(part.inputs.values()))].shape[:-1]
        given = {name: fed[value].reshape(-1, fed[value].shape[-1]) for name, value in part.inputs.items()}

        def report(done: float, before: int = index) -> None:
            if progress is not None:
                progress((before + done) / len(network.parts))

        run = run_stepwise(part.network, given, steps=steps, dt=dt, record=True, progress=report)
        for name, value in part.outputs.items():
            array = run.outputs[name]
            kind = network.host.types[value].dtype
            values[value] = array.reshape(*lead, array.shape[-1]).astype(kind, copy=False)
        spikes |= run.spikes
        count = run.steps
    return Run(evaluate(network.host, values, outputs=network.outputs), spikes, count)


def _kept(network: Stepwise, name: str, array: Array) -> Array:
    """Return what is kept of a series: spikes as small numbers, outputs as they are read."""
    if name in network.spiking and name not in network.graph.outputs:
        return as_integers(array)
    if name in network.windows:
        first, coding = network.windows[name]
        return decoded(array[first : first + coding.steps], coding)
    return array if network.is_series else np.asarray(array.mean(axis=0))


def _chunk(network: Stepwise, wanted: tuple[str, ...], steps: int) -> int:
    """Return how many points are run at once."""
    types = [network.graph.types[name] for name in wanted]
    each = sum(prod(dim for dim in kind.shape[2:] if isinstance(dim, int)) * 8 for kind in types)
    return max(1, CHUNK_BYTES // max(each * steps, 1))


def _series(
    network: Stepwise, inputs: Mapping[str, Array], steps: int | None, dt: float | None
) -> tuple[dict[str, Array], int]:
    """Return inputs as series of one length, and that length."""
    wanted = {value.name: value for value in network.inputs}
    given = dict(zip(wanted, inputs.values(), strict=True)) if len(wanted) == len(inputs) == 1 else dict(inputs)
    problems = {name: f"there is no array for input {name!r}" for name in wanted if name not in given}
    problems |= {name: f"{name or 'the array'!r} is no input of this network" for name in given if name not in wanted}
    for name in wanted.keys() & given.keys():
        problem = _problem(given[name], wanted[name])
        if problem:
            problems[name] = f"input {name!r}: {problem}"
    arrays = {name: given[name] for name in wanted if name not in problems}
    moving = {name for name, array in arrays.items() if array.ndim == len(wanted[name].type.shape)}
    points = sorted({array.shape[1 if name in moving else 0] for name, array in arrays.items()})
    if len(points) > 1:
        problems[""] = f"inputs have different numbers of points: {', '.join(map(str, points))}"
    takes = ", ".join(f"{name}: {value.type}" for name, value in wanted.items())
    hint = f"the network takes {takes}, or all of this without T for inputs that stay the same"
    count, found = _length({len(arrays[name]) for name in moving}, steps, network.steps)
    if not found and network.windows and count != network.steps:
        message = f"its digits take {network.steps} steps, and {count} were asked for"
        found = [Diagnostic("bad-steps", message, "`steps`", "leave the steps out")]
    found = [*(Diagnostic("bad-points", text, "`inputs`", hint) for text in problems.values()), *found]
    found += _time_step(network, dt)
    if found:
        raise UsageError(found)

    def whole(name: str) -> Array:
        array = arrays[name].astype(wanted[name].type.dtype, copy=False)
        return array if name in moving else np.broadcast_to(array, (count, *array.shape))

    return {name: whole(name) for name in wanted}, count


def _length(lengths: set[int], asked: int | None, own: int | None) -> tuple[int, list[Diagnostic]]:
    """Return T, from the lengths of series, or else as asked for or as in the file; and what is wrong with it."""
    if len(lengths) > 1 or (lengths and asked is not None and lengths != {asked}):
        also = f", and {asked} were asked for" if asked is not None else ""
        message = f"series have {' and '.join(map(str, sorted(lengths)))} steps{also}"
        return 0, [Diagnostic("bad-steps", message, "`steps`", "leave the steps out: a series has its own")]
    count = next(iter(lengths), own if asked is None else asked)
    if count is None:
        message = "the inputs stay the same, and the file does not state for how many steps they do"
        return 0, [Diagnostic("steps-missing", message, "`steps`", "give `steps` T, or a series [T, N, ...]")]
    if count < 1:
        return 0, [Diagnostic("bad-steps", "there must be at least one step", "`steps`", "give `steps` T")]
    return count, []


def _time_step(network: Stepwise, dt: float | None) -> list[Diagnostic]:
    if not network.dt:
        return []
    if dt is None:
        message = "NIR files hold no time step, and this network depends on it"
        hint = "give `dt` in the unit of its time constants, e.g. `dt` 1e-4"
        return [Diagnostic("dt-missing", message, "`dt`", hint)]
    return []


def _problem(array: Array, value: Value) -> str:
    """Return what is wrong with an array for an input; empty where nothing is."""
    shape = value.type.shape[2:]
    if array.dtype.kind not in "fiu":
        return f"the numbers are of type {array.dtype}, which is neither float nor integer"
    if array.ndim not in {len(shape) + 1, len(shape) + 2} or array.shape[array.ndim - len(shape) :] != shape:
        return f"its shape is {list(array.shape)}"
    if array.size == 0:
        return "it is empty"
    return "" if np.isfinite(array).all() else "it holds NaN or infinite numbers"


def check_dt(dt: float | None) -> None:
    """Return if a time step is one, or was not given.

    Raises:
        UsageError: It is not greater than zero, or not finite; code ``bad-option``.
    """
    if dt is not None and not (np.isfinite(dt) and dt > 0):
        raise usage_error("bad-option", f"{dt:g} is no time step", "`dt`", "give a number greater than zero")
