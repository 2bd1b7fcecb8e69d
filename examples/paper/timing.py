"""Time training of plain against separable networks, and calibration: `python -m examples.paper.timing`.

An epoch is one pass over all collocation points, forward and backward, and a step of Adam. Both networks of a row
have the same points and residuals, run in one process, in turns, on as many threads. The result goes to
`timing.json`, all times in seconds, each the median of its repeats:

    {"environment": {"cores", "threads", "python", "torch", "numpy", "dtype"},
     "rows": [{"problem", "grid",           # points along each axis
               "points",                    # inside: the product of `grid`
               "boundary_points",           # at the start and on the edges
               "plain_parameters", "separable_parameters",
               "plain_repeats", "separable_repeats",
               "plain_seconds", "separable_seconds", "ratio",                # wall clock, per epoch
               "plain_cpu_seconds", "separable_cpu_seconds", "cpu_ratio"}],  # of the processor: other jobs do not count
     "calibration": [{"model", "parameters", "trained", "steps", "repeats", "seconds", "cpu_seconds"}]}

Calibration is `snnir.compile` of the ONNX file's graph. `trained` is false for the plain Beltrami network, which is
not shipped: its time is that of an export of the initial weights.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd, prod
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import click
import numpy as np
import torch
from threadpoolctl import threadpool_limits

import snnir
from snnir.io.files import write_all

from . import PROBLEMS, Axes, Points, Problem, pinn, product
from .beltrami import BELTRAMI
from .burgers_separable import grid as burgers_grid
from .shipped import model_path

RESULT = Path(__file__).with_name("timing.json")
STEPS = 32  # of the compiled networks, as the paper's tables
CHUNK = 1400  # points; the values of a sweep then stay in the cache. From 500 to 2700 points epochs are as fast
SEPARABLE_PER_TURN = 5  # epochs, for one of the plain network
CALIBRATION_REPEATS = 3


@dataclass(frozen=True)
class Comparison:
    """A plain and a separable network of one problem, and the grids that both are trained on."""

    problem: str
    plain: Problem
    separable: Problem
    sets: Mapping[str, Axes]
    turns: int

    def __post_init__(self) -> None:
        if self.plain.residuals is not self.separable.residuals or self.plain.weights != self.separable.weights:
            raise ValueError(f"{self.problem}: the two networks do not minimise the same loss")


@dataclass(frozen=True)
class Times:
    """What the repeats of one thing took, in seconds."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...]


def comparisons() -> tuple[Comparison, ...]:
    """Burgers on 100 x 100 points, Beltrami on 16 to 100 points along each axis."""
    plain, separable = PROBLEMS["burgers"], PROBLEMS["burgers_separable"]
    beltrami = PROBLEMS["beltrami_separable"]
    turns = {16: 9, 32: 5, 50: 3, 100: 2}
    return (
        Comparison("burgers", plain, separable, burgers_grid(100, 100, seed=0), turns=9),
        *(
            Comparison("beltrami", BELTRAMI, beltrami, beltrami.sample(along**3, 0), turns=count)
            for along, count in turns.items()
        ),
    )


def chunks(sets: Mapping[str, Points], largest: int) -> list[dict[str, Points]]:
    """Cuts each set into equal pieces: the fewest parts of at most `largest` points, sets taken together.

    Raises:
        ValueError: No such number of parts divides every set.
    """
    sizes = [len(rows) for rows in sets.values()]
    common = gcd(*sizes)
    for count in range(-(-sum(sizes) // largest), common + 1):
        if common % count == 0:
            pieces = {name: np.split(rows, count) for name, rows in sets.items()}
            return [{name: pieces[name][number] for name in sets} for number in range(count)]
    raise ValueError(f"sets of {sizes} points have no equal parts of at most {largest} points")


def plain_parts(sets: Mapping[str, Axes]) -> list[dict[str, Points]]:
    """Every point of the grids, in the parts that a plain network takes one after the other.

    In one sweep the values and derivatives that the backward pass needs of a million points would fill tens of
    gigabytes. Gradients add up over parts, which costs nothing: each point is still swept once.
    """
    return chunks({name: product(axes) for name, axes in sets.items()}, CHUNK)


def epoch(problem: Problem, parts: Sequence[Mapping[str, Points | Axes]]) -> Callable[[], object]:
    """A function that trains a new network for one epoch on these parts of the points."""
    network = pinn.build(problem, problem.training.seed)
    optimizer = torch.optim.Adam(network.parameters(), lr=problem.training.learning_rate)

    def run() -> None:
        optimizer.zero_grad()
        pinn.accumulate(problem, network, parts)
        optimizer.step()

    return run


def in_turns(jobs: Mapping[str, Sequence[Callable[[], object]]], turns: int) -> dict[str, Times]:
    """Runs each job's calls, then the next job's, and all of it again `turns` times: a time for every call."""
    wall: dict[str, list[float]] = {name: [] for name in jobs}
    cpu: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(turns):
        for name, calls in jobs.items():
            for call in calls:
                started, used = perf_counter(), process_time()
                call()
                cpu[name].append(process_time() - used)
                wall[name].append(perf_counter() - started)
    return {name: Times(tuple(wall[name]), tuple(cpu[name])) for name in jobs}


def compare(case: Comparison) -> dict[str, Any]:
    """Times both networks of a comparison: a row of the result."""
    parts = plain_parts(case.sets)
    sizes = {name: prod(len(axis) for axis in axes) for name, axes in case.sets.items()}
    if sizes != {name: sum(len(part[name]) for part in parts) for name in sizes}:
        raise ValueError(f"{case.problem}: the two networks do not have the same points")
    jobs = {
        "plain": [epoch(case.plain, parts)],
        "separable": [epoch(case.separable, [case.sets])] * SEPARABLE_PER_TURN,
    }
    times = in_turns(jobs, case.turns)
    plain, separable = times["plain"], times["separable"]
    return {
        "problem": case.problem,
        "grid": [len(axis) for axis in case.sets["interior"]],
        "points": sizes["interior"],
        "boundary_points": sum(sizes.values()) - sizes["interior"],
        "plain_parameters": case.plain.parameters,
        "separable_parameters": case.separable.parameters,
        "plain_repeats": len(plain.wall),
        "separable_repeats": len(separable.wall),
        "plain_seconds": median(plain.wall),
        "separable_seconds": median(separable.wall),
        "ratio": median(plain.wall) / median(separable.wall),
        "plain_cpu_seconds": median(plain.cpu),
        "separable_cpu_seconds": median(separable.cpu),
        "cpu_ratio": median(plain.cpu) / median(separable.cpu),
    }


def calibrations() -> list[dict[str, Any]]:
    """Times compiling the plain and the separable networks, in turns: the result's `calibration`."""
    problems = [PROBLEMS["burgers"], PROBLEMS["burgers_separable"], BELTRAMI, PROBLEMS["beltrami_separable"]]
    jobs: dict[str, Sequence[Callable[[], object]]] = {}
    with TemporaryDirectory() as folder:
        for problem in problems:
            path = model_path(problem.name)
            if problem.name not in PROBLEMS:
                path = Path(folder, path.name)
                pinn.export(problem, pinn.build(problem, problem.training.seed), path)
            jobs[problem.name] = [compiling(path, problem)]
        times = in_turns(jobs, CALIBRATION_REPEATS)
    return [
        {
            "model": problem.name,
            "parameters": problem.parameters,
            "trained": problem.name in PROBLEMS,
            "steps": STEPS,
            "repeats": CALIBRATION_REPEATS,
            "seconds": median(times[problem.name].wall),
            "cpu_seconds": median(times[problem.name].cpu),
        }
        for problem in problems
    ]


def compiling(path: Path, problem: Problem) -> Callable[[], object]:
    """A function that compiles the network in this file."""
    graph = snnir.load(path)
    return lambda: snnir.compile(graph, domain=dict(problem.domain), code="rate", steps=STEPS)


def environment(threads: int) -> dict[str, Any]:
    """What the times depend on, as far as it identifies no machine."""
    return {
        "cores": os.cpu_count(),
        "threads": threads,
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
        "dtype": "float64",
    }


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lines of right-justified columns, the first one left-justified."""
    cells = [list(head), *([f"{cell:.3g}" if isinstance(cell, float) else f"{cell}" for cell in row] for row in rows)]
    wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, wide, strict=True))
        )
        for line in cells
    )


def as_text(rows: Iterable[Mapping[str, Any]], calibration: Iterable[Mapping[str, Any]]) -> str:
    """The result as two tables."""
    keys = ("plain_seconds", "separable_seconds", "ratio", "plain_cpu_seconds", "separable_cpu_seconds", "cpu_ratio")
    epochs = table(
        ("one epoch", "plain, s", "separable, s", "ratio", "plain, CPU s", "separable, CPU s", "ratio"),
        [(f"{row['problem']} {' x '.join(map(str, row['grid']))}", *(row[key] for key in keys)) for row in rows],
    )
    compiled = table(
        ("calibration", "s", "CPU s"),
        [
            (row["model"] if row["trained"] else f"{row['model']}, untrained", row["seconds"], row["cpu_seconds"])
            for row in calibration
        ],
    )
    return f"{epochs}\n\n{compiled}"


@click.command(context_settings={"show_default": True})
@click.option("--threads", default=1, help="of torch and of the linear algebra")
@click.option("--out", default=RESULT, type=click.Path(dir_okay=False, path_type=Path), help="the result's file")
def main(threads: int, out: Path) -> None:
    """Time epochs and calibration, print them, and write them as JSON."""
    torch.set_num_threads(threads)
    with threadpool_limits(threads):
        rows = []
        for case in comparisons():
            rows.append(compare(case))
            click.echo(f"{case.problem} {rows[-1]['grid']}: {rows[-1]['ratio']:.1f} times", err=True)
        calibration = calibrations()
    click.echo(as_text(rows, calibration))
    result = {"environment": environment(threads), "rows": rows, "calibration": calibration}
    write_all({out: f"{json.dumps(result, indent=2)}\n".encode()})


if __name__ == "__main__":
    main()
