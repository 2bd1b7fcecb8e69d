"""Print each shipped network's own error against its reference solution: `python -m examples.paper.check`."""

from __future__ import annotations

from pathlib import Path

import click

from . import PROBLEMS, SINES
from .shipped import MODELS, default_per_axis, errors, model_path


@click.command(context_settings={"show_default": True})
@click.option("--models", default=MODELS, type=click.Path(file_okay=False, path_type=Path), help="their folder")
@click.option("--per-axis", type=int, help="grid points per axis; default: 200, 201, 51 in 1, 2, 3 dimensions")
def main(models: Path, per_axis: int | None) -> None:
    """Compare every network with its reference solution on a regular grid."""
    click.echo(f"{'problem':18} {'relative L2':>12} {'rms':>10} {'largest':>10}")
    for name, problem in (PROBLEMS | SINES).items():
        found = errors(problem, model_path(name, models), per_axis or default_per_axis(problem))
        click.echo(f"{name:18} {found.relative_l2:12.2e} {found.rms:10.2e} {found.largest:10.2e}")


if __name__ == "__main__":
    main()
