"""Whether errors that are asked for are kept on points that nothing of a compile has seen.

    python -m benchmarks.goals [--reader NAME] [--error EPS]... [NETWORK]...

Compiles the six networks of the paper for target `nir` with a reader, nirtorch if none is named, to each of four
errors, and measures what it returns on a second set of points: 4,096 of another sequence than the one that the report's
errors are of, by which the search chooses. Prints Markdown; the exit status is 1 where an error is exceeded there. An
error that is refused, with the nearest, is no failure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import snnir
from snnir.data.sampling import sample
from snnir.errors import SnnirError
from snnir.metrics.error import asked_error

from .models import PAPER, Model, energy_ratio, refusal, setting_words, show

ERRORS = (1e-1, 3e-2, 1e-2, 3e-3)
OTHER_SEED = 1
HEADER = ("network", "asked for", "taken", "energy / ANN", "on the report's points", "on others", "")


def row(model: Model, reader: str, goal: float) -> tuple[tuple[str, ...], bool]:
    """Return a row, and whether the error is kept or refused."""
    graph = model.load()
    try:
        compiled = snnir.compile(graph, target="nir", reader=reader, domain=model.domain, error=goal)
    except SnnirError as error:
        return (model.title, f"{goal:g}", refusal(error), "", "", "", "refused"), True
    found = compiled.error(sample(graph, model.domain, OTHER_SEED).held_out)
    report = compiled.report
    errors = [asked_error(each, "both") for each in (report.conversion, found)]
    kept = errors[1] <= goal
    taken = (setting_words(report), f"{energy_ratio(report):.2f}")
    cells = (model.title, f"{goal:g}", *taken, *(f"{error:.2e}" for error in errors), "kept" if kept else "EXCEEDED")
    return cells, kept


def main() -> None:
    """Print a row for every network and error."""
    parser = argparse.ArgumentParser(description="Check errors that are asked for on a second set of points.")
    parser.add_argument("names", nargs="*", metavar="NETWORK", help=f"all by default: {', '.join(PAPER)}")
    parser.add_argument("--reader", default="nirtorch")
    parser.add_argument("--error", type=float, action="append", help="instead of the four; repeatable")
    asked = parser.parse_args()
    exceeded = list[str]()

    def cells() -> Iterator[tuple[str, ...]]:
        for name in asked.names or PAPER:
            for goal in asked.error or ERRORS:
                found, kept = row(PAPER[name], asked.reader, goal)
                exceeded.extend([] if kept else [name])
                yield found

    show(HEADER, cells())
    sys.exit(bool(exceeded))


if __name__ == "__main__":
    main()
