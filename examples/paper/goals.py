"""The error asked for, on the six networks: `python -m examples.paper.goals [--target NAME] [--reader NAME]`.

For each network and each error, what `--code auto` takes, the error on points that neither calibration nor search saw
(the larger of relative L2 and of error over variation, as `--error` means it), and the seconds that choosing took. An
error that is refused has the nearest beside it. The exit status is 1 where an error is missed on these points.
"""

from __future__ import annotations

import sys
import time

import click

import snnir
from snnir.data.sampling import sample
from snnir.metrics import asked_error

from . import PROBLEMS
from .markdown import small, table
from .shipped import model_path

GOALS = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3)
SECOND_SEED = 1000
"""Of points to check on: the search uses seed 0."""


def row(name: str, goal: float, target: str, reader: str | None) -> tuple[str, ...]:
    """A row of the table."""
    problem = PROBLEMS[name]
    graph, domain = snnir.load(model_path(name)), dict(problem.domain)
    started = time.process_time()
    try:
        made = snnir.compile(graph, target=target, reader=reader, domain=domain, code="auto", error=goal)
    except snnir.ModelError as error:
        nearest = next(iter(error.diagnostics)).message.partition(";")[0]
        return problem.title, f"{goal:g}", f"refused: {nearest}", "", "", "", f"{time.process_time() - started:.0f}"
    seconds = time.process_time() - started
    report = made.report
    many = f", {report['neurons_per_unit']:g} neurons per unit" if report["neurons_per_unit"] != 1 else ""
    found = asked_error(made.error(sample(graph, domain, SECOND_SEED).held_out), "both")
    return (
        problem.title,
        f"{goal:g}",
        f"`{report['code']}`, {report['steps']} steps{many}",
        f"{small(found)}{'' if found <= goal else ' (missed)'}",
        f"{report['spikes']['per_unit']:.2f}",
        f"{report['energy_pj']['snn'] / report['energy_pj']['ann']:.2f}",
        f"{seconds:.0f}",
    )


@click.command(context_settings={"show_default": True})
@click.argument("names", nargs=-1, type=click.Choice(list(PROBLEMS)), metavar="[EQUATION]...")
@click.option("--target", default="numpy", help="as in `snnir targets`")
@click.option("--reader", help="of target nir")
@click.option("--error", "goals", type=float, multiple=True, default=GOALS, help="asked for; repeatable")
def main(names: tuple[str, ...], target: str, reader: str | None, goals: tuple[float, ...]) -> None:
    """Ask for errors of 0.1 to 0.001 for each EQUATION (all by default), and check what comes out on other points."""
    taken = ("error on other points", "spikes per unit", "energy / ANN's", "seconds")
    rows = [row(name, goal, target, reader) for name in names or PROBLEMS for goal in goals]
    click.echo(table(("equation", "error asked for", "taken", *taken), rows))
    sys.exit(any("(missed)" in each[3] for each in rows))


if __name__ == "__main__":
    main()
