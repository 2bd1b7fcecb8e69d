"""The one command: the paper's results from the shipped models, as a page: `python -m examples.paper.page`.

Needs matplotlib, no torch.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from . import PROBLEMS, chip, separable, study, training_time
from .equations import (
    DIGITS,
    METHODS,
    PHASE_NEURONS,
    STEPS,
    Method,
    bounds_table,
    errors_table,
    grid_size,
    results,
    smoothing_table,
)
from .pictures import draw_equation, draw_smoothing
from .published import TRAINING_RATIO

PAGE = Path(__file__).parents[2] / "docs" / "paper.md"
TEMPLATE = Path(__file__).parent / "template.md"


def write(path: Path) -> None:
    """Draws all pictures into a folder beside `path`, called like it, and writes the page last."""
    folder = path.with_suffix("")
    found = {name: tuple(results(name, METHODS)) for name in shown(list(PROBLEMS), "equations")}
    default = {name: measured[METHODS.index(Method())] for name, measured in found.items()}
    measured = training_time.load()
    parts: dict[str, Callable[[], str]] = {
        "errors": lambda: errors_table(found),
        "pictures": lambda: "\n".join(
            f"![{PROBLEMS[name].title}]({folder.name}/{draw_equation(name, STEPS, folder).name})" for name in PROBLEMS
        ),
        "bounds": lambda: bounds_table(default),
        "smoothing": lambda: smoothing_table(default),
        "separable": separable.count_table,
        "environment": lambda: training_time.environment(measured),
        "timing": lambda: training_time.ratios_table(measured),
        "calibration": lambda: training_time.calibration_table(measured),
        "chip": lambda: chip.chip_table(chip.load()),
        "advanced": lambda: study.errors_table("advanced"),
        "least_squares": lambda: study.errors_table("least-squares"),
        "theorem": lambda: study.bounds_table("advanced", study.as_in_the_paper),
        "theorem_behind": lambda: study.bounds_table("least-squares", study.behind_the_weights),
        "extremes": study.extremes_table,
    }
    made = {name: parts[name]() for name in shown(list(parts), "page")}
    draw_smoothing("burgers", STEPS, folder)
    study.draw(folder)
    text = TEMPLATE.read_text(encoding="utf-8").format(
        grid=grid_size(), steps=STEPS, **DIGITS, phase_neurons=PHASE_NEURONS, **TRAINING_RATIO, **made
    )
    path.write_text(text, encoding="utf-8")


def shown(names: list[str], what: str) -> list[str]:
    """The names, one after the other, with a bar on a terminal."""
    console = Console(stderr=True)
    return list(names) if not sys.stderr.isatty() else list(track(names, what, console=console, transient=True))


@click.command(context_settings={"show_default": True})
@click.option("--out", default=PAGE, type=click.Path(dir_okay=False, path_type=Path), help="the page to write")
def main(out: Path) -> None:
    """Go through the paper with the shipped networks and write a Markdown page, its pictures beside it."""
    started = time.perf_counter()
    out.parent.mkdir(parents=True, exist_ok=True)
    write(out)
    click.echo(f"wrote {out} in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
