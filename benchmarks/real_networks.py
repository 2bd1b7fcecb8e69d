"""What compiling does to networks of the kinds that people have: the search's choice, or the errors up the ladder.

    python -m benchmarks.real_networks --search  [NETWORK]...   what the default takes, its error, energy and time
    python -m benchmarks.real_networks --ladder  [NETWORK]...   populations from few neurons and steps to many
    python -m benchmarks.real_networks --search --model FILE --domain "x=0:1,t=0:1"   the same of a file; repeatable
    python -m benchmarks.real_networks --write FOLDER [NETWORK]...   files to compile, with their domains

Prints Markdown. The goal is 1e-2, or a way that reaches it, in at most 60 s of processor time for each network. Along
the ladder no error over variation may be more than 5 % above that of a setting with less of everything.
Networks are built by `benchmarks.networks`. Set OMP_NUM_THREADS=1 for times on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from time import process_time
from typing import Any

import snnir
from snnir.codes import Population
from snnir.compiler.options import Options
from snnir.compiler.prepare import make_job
from snnir.compiler.trial import Trial
from snnir.errors import SnnirError
from snnir.ir import Graph
from snnir.semantics import one_thread_each

from .models import Model, add_models, energy_ratio, named, population, refusal, setting_words, show
from .networks import NETWORKS

ALLOWED_RISE = 0.05
SEARCHED = ("network", "rel. L2", "over variation", "setting", "energy / ANN", "goal", "seconds")


@dataclass(frozen=True)
class Choice:
    """What the search took.

    Attributes:
        rel_l2: Its error, of the norm.
        over_variation: Its error, of the variation.
        setting: Code, neurons per unit and steps.
        energy: As a multiple of the ANN's.
        reached: The goal.
        ways: What else would reach it, in the report's words.
        seconds: Of processor time, of the whole compile.
    """

    rel_l2: float
    over_variation: float
    setting: str
    energy: float
    reached: bool
    ways: tuple[str, ...]
    seconds: float

    def cells(self) -> tuple[str, ...]:
        """Return what a row of the table shows."""
        goal = "reached" if self.reached else "; ".join(["missed", *self.ways])
        errors = (f"{self.rel_l2:.2e}", f"{self.over_variation:.2e}")
        return (*errors, self.setting, f"{self.energy:.2f}", goal, f"{self.seconds:.0f}")


@dataclass(frozen=True)
class Rung:
    """A setting of the population code.

    Attributes:
        neurons: K.
        steps: T.
        error: Over variation.
        limit: The same of what the neurons tend to with ever more steps.
        energy: As a multiple of the ANN's.
    """

    neurons: int
    steps: int
    error: float
    limit: float
    energy: float


def searched(graph: Graph, **options: Any) -> Choice:
    """Compile a network, by default for target `nir`, and return what was taken.

    Args:
        graph: The network.
        options: Of `snnir.compile`: a domain or samples, and whatever is not to be the default.
    """
    start = process_time()
    report = snnir.compile(graph, **options).report
    seconds = process_time() - start
    return Choice(
        report["conversion"]["rel_l2"],
        report["conversion"]["over_variation"],
        setting_words(report),
        energy_ratio(report),
        report["search"]["reached"],
        tuple(map(way_words, report["search"].get("ways") or ())),
        seconds,
    )


def way_words(way: Mapping[str, Any]) -> str:
    """Return another target's way to the goal in words."""
    errors = f"{way['rel_l2']:.2e}, {way['over_variation']:.2e}"
    return f"{way['target']}: {errors} at {way['energy']:.2f} ({way['code']}, {way['steps']} steps)"


def ladder() -> tuple[tuple[int, int], ...]:
    """Return neurons per unit and steps of the population code that `snnir.pareto` shows."""
    return tuple((code.size, steps) for code, steps in Population().ladder().surveyed)


def climbed(graph: Graph, settings: Sequence[tuple[int, int]] = (), **points: Any) -> list[Rung]:
    """Return what populations do, with few neurons and steps first; those with the same neurons are tuned once.

    Args:
        graph: The network.
        settings: Neurons per unit and steps; those of `ladder` if empty.
        points: A domain or samples, as of `snnir.compile`.
    """
    with one_thread_each():
        job = make_job(graph, Options("nir", "population"), points.get("domain"), points.get("samples"), None)
        return [rung(population(job, *setting)) for setting in settings or ladder()]


def rung(trial: Trial) -> Rung:
    """Return what the ladder's table shows of a setting."""
    limit = 0.0 if trial.limit is None else trial.limit["over_variation"]
    row = trial.row()
    return Rung(trial.options.chosen.size, trial.steps, row["over_variation"], limit, row["energy"])


def largest_rise(rungs: Sequence[Rung]) -> float:
    """Return by how much of it an error is above that of a setting with no more neurons and no more steps, at most."""
    rises = [
        more.error / less.error - 1
        for less, more in permutations(rungs, 2)
        if less.neurons <= more.neurons and less.steps <= more.steps and less.error > 0
    ]
    return max(rises, default=0.0)


def search_row(model: Model) -> tuple[str, ...]:
    """Return a network's row of the table of searches."""
    return searched(model.load(), domain=model.domain).cells()


def ladder_row(model: Model) -> tuple[str, ...]:
    """Return a network's row of the table of ladders: error, limit and energy of every setting; the largest rise."""
    rungs = climbed(model.load(), domain=model.domain)
    rise = largest_rise(rungs)
    cells = (f"{each.error:.1e} ({each.limit:.1e}), {each.energy:.2f}" for each in rungs)
    return *cells, f"{rise:+.1%}{' RISES' if rise > ALLOWED_RISE else ''}"


def rows(models: Iterable[Model], row: Callable[[Model], tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Yield a row for every network; of one that is refused, why."""
    for model in models:
        yield model.title, *attempted(model, row)


def attempted(model: Model, row: Callable[[Model], tuple[str, ...]]) -> tuple[str, ...]:
    """Return the cells of a network, or why it is refused."""
    try:
        return row(model)
    except SnnirError as error:
        return (refusal(error),)


def write(names: Iterable[str], folder: Path) -> None:
    """Write networks as files, and print what `snnir compile` takes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = folder / f"{name}.onnx"
        path.write_bytes(NETWORKS[name].build().SerializeToString())
        domain = ",".join(f"{column}={low:g}:{high:g}" for column, (low, high) in NETWORKS[name].domain.items())
        print(f'{path} --domain "{domain}"', flush=True)


def main() -> None:
    """Print the table asked for, row by row as they are measured."""
    parser = argparse.ArgumentParser(description="Measure networks of the kinds that people have.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--search", action="store_true", help="what the default search takes")
    mode.add_argument("--ladder", action="store_true", help="errors from few neurons and steps to many")
    mode.add_argument("--write", type=Path, metavar="FOLDER", help="write the networks as files")
    models = {name: made.model() for name, made in NETWORKS.items()}
    add_models(parser, models)
    chosen = parser.parse_args()
    wanted = named(parser, chosen, models)
    if chosen.write:
        write(chosen.names or NETWORKS, chosen.write)
        return
    rungs = (f"K = {neurons}, T = {steps}" for neurons, steps in ladder())
    header, row = (SEARCHED, search_row) if chosen.search else (("network", *rungs, "largest rise"), ladder_row)
    if chosen.ladder:
        print("Error over variation (of what the neurons tend to), energy / ANN:\n")
    show(header, rows(wanted, row))


if __name__ == "__main__":
    main()
