"""Train one example network on its equation alone and export it: `python -m examples.paper.train burgers`."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import click

from . import PROBLEMS
from .shipped import MODELS, default_per_axis, errors


@click.command()
@click.argument("name", type=click.Choice(list(PROBLEMS)), metavar="PROBLEM")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="default: models/PROBLEM.onnx")
@click.option("--points", type=int, help="interior collocation points")
@click.option("--adam-steps", type=int, help="steps of Adam")
@click.option("--rounds", type=int, help="rounds of L-BFGS, each on fresh points")
@click.option("--round-steps", type=int, help="L-BFGS steps per round")
@click.option("--seed", type=int, help="of the initial weights and the points")
def main(name: str, out: Path | None, **options: int | None) -> None:
    """Train the network of PROBLEM from the equation alone and write it as ONNX.

    What is not given is as for the shipped network, see `training` in PROBLEM.py.
    """
    from . import pinn  # torch takes seconds to load: not for --help

    started = time.perf_counter()

    def log(line: str) -> None:
        click.echo(f"{time.perf_counter() - started:7.1f} s  {line}")

    problem = PROBLEMS[name]
    path = out or MODELS / f"{name}.onnx"
    training = replace(problem.training, **{key: value for key, value in options.items() if value is not None})
    network = pinn.train(problem, training, log)
    path.parent.mkdir(parents=True, exist_ok=True)
    pinn.export(problem, network, path)
    log(f"wrote {path}: relative L2 error {errors(problem, path, default_per_axis(problem)).relative_l2:.2e}")


if __name__ == "__main__":
    main()
