"""Other activations, gates and operators as spikes: `python -m examples.fits.table`; needs no torch.

Prints the conversion error on points that calibration did not see, spikes per unit in brackets, and what stays on the
host between layers: K = 8 and T = 32 for populations, 14 digits for radix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

import snnir
from examples.paper.markdown import table

MODELS = Path(__file__).parents[1] / "models" / "fits"
SQUARE = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}
DOMAINS = {"deeponet": {"sensors": (-1.0, 1.0), "x": (0.0, 1.0)}}
NAMES = ("tanh", "sin", "silu", "gelu", "softplus", "sigmoid", "elu", "modified_mlp", "deeponet")
STEPS = {"population": 32, "radix": 14}


def report(name: str, code: str, **options: Any) -> Mapping[str, Any]:
    """The report of one network, compiled with one code."""
    graph = snnir.load(MODELS / f"{name}.onnx")
    domain = DOMAINS.get(name, SQUARE)
    return snnir.compile(graph, target="numpy", domain=domain, code=code, steps=STEPS[code], **options).report


def cell(found: Mapping[str, Any]) -> str:
    """Error and cost of one network."""
    return f"{found['conversion']['rel_l2']:.1e} ({found['spikes']['per_unit']:.1f})"


def rows(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A row for every network."""
    for name in names:
        population, radix = report(name, "population"), report(name, "radix")
        between = population["host"]["between"]
        if between:
            spikes = report(name, "population", products="spikes")
            inside = f"{len(between)} ops; none with products in spikes, {cell(spikes)}"
        else:
            inside = "nothing"
        yield name, cell(population), cell(radix), inside


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[NAME]...")
def main(names: tuple[str, ...]) -> None:
    """Compile each NAME (all by default) with both codes and print what comes out as Markdown."""
    click.echo(table(("network", "`population`", "`radix`", "host, between layers"), rows(names or NAMES)))


if __name__ == "__main__":
    main()
