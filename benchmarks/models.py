"""What benchmarks measure: networks with the domain that they are compiled for, and how a command line names them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

import snnir
from examples.fits import table as fits
from examples.paper import PROBLEMS
from examples.paper.shipped import model_path
from snnir.codes import Population
from snnir.compiler.job import Job
from snnir.compiler.trial import Trial
from snnir.data.domain import Domain, parse_domain
from snnir.errors import SnnirError
from snnir.ir import Graph

TITLES = {
    "poisson": "Poisson, 2-100-100-100-1",
    "diffusion_reaction": "diffusion-reaction, 2-100-100-100-1",
    "wave": "wave, 2-100-100-100-1",
    "burgers": "Burgers, 2-40x6-1",
    "burgers_separable": "Burgers, separable",
    "beltrami_separable": "Beltrami, separable",
}
"""The six of the paper, in the order and the words of README's tables."""


@dataclass(frozen=True)
class Model:
    """A network to measure.

    Attributes:
        title: What tables call it.
        load: Reads or builds it.
        domain: What points are drawn from.
    """

    title: str
    load: Callable[[], Graph]
    domain: Domain


def from_file(path: Path, domain: Domain, title: str = "") -> Model:
    """Return the network of a file, which is read when it is measured."""
    return Model(title or path.stem, lambda: snnir.load(path), domain)


def shipped_domain(name: str) -> Domain:
    """Return the domain of one of the six, which its problem states."""
    domain: Domain = PROBLEMS[name].domain
    return domain


PAPER: Mapping[str, Model] = {
    name: from_file(model_path(name), shipped_domain(name), title) for name, title in TITLES.items()
}
FITS: Mapping[str, Model] = {
    name: from_file(fits.MODELS / f"{name}.onnx", fits.DOMAINS.get(name, fits.SQUARE)) for name in fits.NAMES
}
SHIPPED: Mapping[str, Model] = {**PAPER, **FITS}


def add_models(parser: ArgumentParser, models: Mapping[str, Model]) -> None:
    """Let a command line name networks, and files with a domain each."""
    parser.add_argument("names", nargs="*", metavar="NETWORK", help=f"all by default: {', '.join(models)}")
    parser.add_argument("--model", action="append", type=Path, default=[], metavar="FILE", help="an ONNX file")
    parser.add_argument("--domain", action="append", default=[], metavar="X=LOW:HIGH,...", help="one for each --model")


def named(parser: ArgumentParser, chosen: Namespace, models: Mapping[str, Model]) -> list[Model]:
    """Return the networks that a command line names; it ends the program where they are not to be had."""
    unknown = [name for name in chosen.names if name not in models]
    if unknown:
        parser.error(f"there is no network {unknown[0]!r}; there are {', '.join(models)}")
    if len(chosen.model) != len(chosen.domain):
        parser.error("give every --model its --domain")
    try:
        domains = [parse_domain(text) for text in chosen.domain]
    except SnnirError as error:
        parser.error(str(error))
    files = [from_file(path, domain) for path, domain in zip(chosen.model, domains, strict=True)]
    return [*(models[name] for name in chosen.names or (() if files else models)), *files]


def population(job: Job, neurons: int, steps: int) -> Trial:
    """Return what K neurons per unit do in T steps; settings of one job share what only K matters to."""
    return job.tried(replace(job.options, code=Population(neurons_per_unit=neurons), steps=steps))


def setting_words(row: Mapping[str, Any]) -> str:
    """Return code, neurons per unit and steps in words, from a report or a row of one's search."""
    many = f", K = {row['neurons_per_unit']:g}" if row["neurons_per_unit"] != 1 else ""
    return f"{row['code']}{many}, T = {row['steps']}"


def energy_ratio(report: Mapping[str, Any]) -> float:
    """Return the energy of a compiled network as a multiple of the ANN's."""
    energy = report["energy_pj"]
    return float(energy["snn"] / energy["ann"]) if energy["ann"] > 0 else inf


def refusal(error: SnnirError) -> str:
    """Return why a network is refused, for a cell of a table."""
    return " ".join(f"refused: {error}".replace("|", "/").split())


def show(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table, each row as soon as it is there."""
    for cells in (header, ["---", *["---:"] * (len(header) - 1)]):
        print(f"| {' | '.join(cells)} |", flush=True)
    for cells in rows:
        print(f"| {' | '.join(cells)} |", flush=True)
