"""Train example networks on their equations alone and export them: `python -m examples.paper.train burgers`."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import click

from . import PROBLEMS, SINES
from .shipped import default_per_axis, errors, model_path

CHOICES = PROBLEMS | SINES
ALL_SINES = "sines"


@click.command()
@click.argument("names", nargs=-1, required=True, type=click.Choice([*CHOICES, ALL_SINES]), metavar="PROBLEM...")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="default: its place in models/")
@click.option("--points", type=int, help="interior collocation points")
@click.option("--adam-steps", type=int, help="steps of Adam")
@click.option("--rounds", type=int, help="rounds of L-BFGS, each on fresh points")
@click.option("--round-steps", type=int, help="L-BFGS steps per round")
@click.option("--seed", type=int, help="of the initial weights and the points")
def main(names: tuple[str, ...], out: Path | None, **options: int | None) -> None:
    """Train the network of each PROBLEM from the equation alone and write it as ONNX; sines: all of the sine study.

    What is not given is as for the shipped network, see `training` in PROBLEM.py.
    """
    names = tuple(dict.fromkeys(each for name in names for each in (SINES if name == ALL_SINES else [name])))
    if out and len(names) > 1:
        raise click.UsageError("--out is for one problem")
    given = {key: value for key, value in options.items() if value is not None}
    for name in names:
        train(name, out or model_path(name), given)


def train(name: str, path: Path, options: dict[str, int]) -> None:
    """Trains one network, writes it to `path`, and prints how far it is."""
    from . import pinn  # torch takes seconds to load: not for --help

    started = time.perf_counter()

    def log(line: str) -> None:
        click.echo(f"{time.perf_counter() - started:7.1f} s  {line}")

    problem = CHOICES[name]
    network = pinn.train(problem, replace(problem.training, **options), log)
    path.parent.mkdir(parents=True, exist_ok=True)
    pinn.export(problem, network, path)
    log(f"wrote {path}: relative L2 error {errors(problem, path, default_per_axis(problem)).relative_l2:.2e}")


if __name__ == "__main__":
    main()
