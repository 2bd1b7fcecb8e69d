"""Train one example network on its equation alone and export it: `python examples/train.py burgers`."""

from __future__ import annotations

import time
from pathlib import Path

import click
from problems import PROBLEMS
from shipped import MODELS, errors


@click.command(context_settings={"show_default": True})
@click.argument("name", type=click.Choice(list(PROBLEMS)), metavar="PROBLEM")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="default: models/PROBLEM.onnx")
@click.option("--points", default=2000, help="interior collocation points")
@click.option("--adam-steps", default=1000, help="steps of Adam")
@click.option("--rounds", default=4, help="rounds of L-BFGS, each on fresh points")
@click.option("--round-steps", default=1000, help="L-BFGS steps per round")
@click.option("--seed", default=0, help="of the initial weights and the points")
def main(name: str, out: Path | None, **training: int) -> None:
    """Train the network of PROBLEM from the equation alone and write it as ONNX."""
    import pinn  # torch takes seconds to load: not for --help

    started = time.perf_counter()

    def log(line: str) -> None:
        click.echo(f"{time.perf_counter() - started:7.1f} s  {line}")

    problem = PROBLEMS[name]
    path = out or MODELS / f"{name}.onnx"
    network = pinn.train(problem, pinn.Training(**training), log)
    path.parent.mkdir(parents=True, exist_ok=True)
    pinn.export(network, path)
    log(f"wrote {path}: relative L2 error {errors(problem, path, per_axis=201).relative_l2:.2e}")


if __name__ == "__main__":
    main()
