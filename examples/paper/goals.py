"""The error asked for, on the six networks: `python -m examples.paper.goals`.

For each network and each error, what `--code auto` takes, the error on points that neither calibration nor search saw,
and the seconds that choosing took.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import click
import numpy as np

import snnir
from snnir.analysis import differences
from snnir.data.sampling import sample

from . import PROBLEMS
from .markdown import small, table
from .shipped import model_path

GOALS = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3)
SECOND_SEED = 1000
"""Of points to check on: the search uses seed 0."""


def rows(name: str, target: str) -> Iterator[tuple[str, ...]]:
    """A row for each error that is asked for."""
    problem = PROBLEMS[name]
    graph = snnir.load(model_path(name))
    fresh = sample(graph, dict(problem.domain), SECOND_SEED).held_out
    few = {key: array[:500] for key, array in fresh.items()} if problem.rank is not None else fresh
    if len(few) == 3:
        few = {key: array[:80] for key, array in few.items()}
    for goal in GOALS:
        started = time.perf_counter()
        try:
            made = snnir.compile(graph, target=target, domain=dict(problem.domain), code="auto", error=goal)
        except snnir.ModelError as error:
            nearest = next(iter(error.diagnostics)).message.partition(";")[0]
            yield problem.title, f"{goal:g}", f"refused: {nearest}", "", "", f"{time.perf_counter() - started:.0f}"
            continue
        seconds = time.perf_counter() - started
        report = made.report
        neurons = f", {report['neurons_per_unit']:g} neurons per unit" if report["code"] == "population" else ""
        found = differences(as_dict(made.run(few)), as_dict(made.run_ann(few)))["rel_l2"]
        mark = "" if found <= goal else " (missed)"
        yield (
            problem.title,
            f"{goal:g}",
            f"`{report['code']}`, {report['steps']} steps{neurons}",
            f"{small(found)}{mark}",
            f"{report['spikes']['per_unit']:.2f}",
            f"{seconds:.0f}",
        )


def as_dict(values: object) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """What a network returned, by output."""
    return dict(values) if isinstance(values, dict) else {"": np.asarray(values)}


@click.command(context_settings={"show_default": True})
@click.argument("names", nargs=-1, type=click.Choice(list(PROBLEMS)), metavar="[EQUATION]...")
@click.option("--target", default="numpy", help="as in `snnir targets`")
def main(names: tuple[str, ...], target: str) -> None:
    """Ask for errors of 0.1 to 0.001 for each EQUATION (all by default), and check what comes out on other points."""
    header = ("equation", "error asked for", "taken", "error on other points", "spikes per unit", "seconds")
    click.echo(table(header, (row for name in names or PROBLEMS for row in rows(name, target))))


if __name__ == "__main__":
    main()
