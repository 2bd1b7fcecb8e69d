"""Whether the default search takes the cheapest: its choice against a grid of populations, for every shipped network.

    python -m benchmarks.grid [NETWORK]... [--model FILE --domain "x=0:1,t=0:1"]...

Prints Markdown. For K in 2, 4, 8 and T in 8, 16, 32, 64, the cheapest setting that reaches 1e-2 (the larger of relative
L2 and of error over variation, on target `nir`), and its energy over that of the search's choice. It must not be below
0.95: the exit status is 1 where it is, or where the search missed a goal that the grid reaches. All settings of a
network share one job, so that 12 of them are tuned three times; it takes minutes on one core.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from snnir.compiler.goals import bar
from snnir.compiler.job import Job
from snnir.compiler.options import Options
from snnir.compiler.prepare import make_job
from snnir.compiler.search import search
from snnir.compiler.trial import Trial
from snnir.errors import ModelError, SnnirError
from snnir.ir import Graph
from snnir.metrics import DEFAULT_ERROR
from snnir.semantics import one_thread_each

from .models import SHIPPED, Model, add_models, energy_ratio, named, population, refusal, setting_words, show

NEURONS, STEPS = (2, 4, 8), (8, 16, 32, 64)
GRID = tuple(product(NEURONS, STEPS))
MIN_RATIO = 0.95
HEADER = ("network", "chosen", "energy / ANN", "cheapest of the grid", "energy / ANN", "grid / chosen", "")


@dataclass(frozen=True)
class Setting:
    """A setting and its cost.

    Attributes:
        words: Code, neurons per unit and steps.
        energy: As a multiple of the ANN's.
    """

    words: str
    energy: float


@dataclass(frozen=True)
class Comparison:
    """The search's choice and the grid's.

    Attributes:
        chosen: By the search.
        reached: It has the error asked for.
        cheapest: Of the settings of the grid that reach the goal; None where none does.
    """

    chosen: Setting
    reached: bool
    cheapest: Setting | None

    @property
    def ratio(self) -> float | None:
        """Energy of the cheapest of the grid over that of the choice."""
        return None if self.cheapest is None else self.cheapest.energy / self.chosen.energy

    @property
    def violated(self) -> bool:
        """Whether the grid has something clearly cheaper, or reaches what the search missed."""
        return self.ratio is not None and (not self.reached or self.ratio < MIN_RATIO)

    def cells(self) -> tuple[str, ...]:
        """Return what a row of the table shows."""
        chosen = self.chosen.words if self.reached else f"{self.chosen.words} (missed)"
        least = ("none", "") if self.cheapest is None else (self.cheapest.words, f"{self.cheapest.energy:.2f}")
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return (chosen, f"{self.chosen.energy:.2f}", *least, ratio, "VIOLATED" if self.violated else "")


def compared(
    graph: Graph, settings: Sequence[tuple[int, int]] = GRID, goal: float | None = None, **points: Any
) -> Comparison:
    """Search for the cheapest setting of a network, then try every setting of a grid.

    Args:
        graph: The network.
        settings: Neurons per unit and steps of the grid.
        goal: The error to reach; the default's, of which the nearest will do, if None.
        points: A domain or samples, as of `snnir.compile`.
    """
    with one_thread_each():
        job = make_job(graph, Options("nir", error=goal), points.get("domain"), points.get("samples"), None)
        report = search(job).report
        tried = [trial for each in settings if (trial := possible(job, *each)) is not None]
    rows = [trial.row() for trial in tried if trial.error <= bar(goal or DEFAULT_ERROR)]
    reaching = [Setting(setting_words(row), row["energy"]) for row in rows]
    cheapest = min(reaching, key=lambda each: each.energy, default=None)
    return Comparison(Setting(setting_words(report), energy_ratio(report)), report["search"]["reached"], cheapest)


def possible(job: Job, neurons: int, steps: int) -> Trial | None:
    """Return what a setting does; None where it does not fit the target."""
    try:
        return population(job, neurons, steps)
    except ModelError:
        return None


def row(model: Model) -> tuple[tuple[str, ...], bool]:
    """Return what the table shows of a network, and whether it is violated; also where it is refused."""
    try:
        found = compared(model.load(), domain=model.domain)
    except SnnirError as error:
        return (refusal(error),), True
    return found.cells(), found.violated


def main() -> None:
    """Print the rows and what is violated."""
    parser = argparse.ArgumentParser(description="Compare the search's choice with a grid of settings.")
    add_models(parser, SHIPPED)
    models = named(parser, parser.parse_args(), SHIPPED)
    bad: list[str] = []

    def rows() -> Iterator[tuple[str, ...]]:
        for model in models:
            cells, violated = row(model)
            bad.extend([model.title] if violated else [])
            yield model.title, *cells

    show(HEADER, rows())
    print(f"\n{len(bad)} of {len(models)} violated (below {MIN_RATIO} of the chosen energy, missed, or refused)")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
