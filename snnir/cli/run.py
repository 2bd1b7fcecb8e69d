"""``snnir run``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import click
import numpy as np

from snnir.cli.arrays import npy, npz
from snnir.cli.output import Table, show
from snnir.cli.places import Collector, check_places, write_results
from snnir.cli.progress import progress
from snnir.cli.tables import files_table, small
from snnir.compiler import Compiled
from snnir.files import read_bytes
from snnir.ir import Node
from snnir.ops import IntegrateAndFire
from snnir.points import Points, read_points
from snnir.semantics import evaluate
from snnir.types import Array, Spikes


@click.command("run")
@click.argument("compiled", type=click.Path(path_type=Path), metavar="COMPILED.snnir")
@click.option(
    "--inputs",
    required=True,
    type=click.Path(path_type=Path),
    metavar="POINTS.npy|.npz",
    help="Points to run it on: [points, columns], or arrays by input name.",
)
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="VALUES.npy|.npz",
    help="Where its outputs go; .npz holds them by name.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="SPIKES.npz",
    help="Where all spikes go: by layer, int8 [points, steps, neurons].",
)
def command(compiled: Path, inputs: Path, output: Path, record: Path | None) -> None:
    """Run a compiled network on points.

    The reference simulator runs it with the semantics of its target.
    """
    _check(compiled, inputs, output, record)
    network = Compiled.load(compiled)
    _check_output(network, output)
    points = read_points(inputs, network.graph.inputs)
    watch = _Watch(keep=record is not None)
    with progress("run") as report:
        values = evaluate(
            network.graph,
            points,
            semantics=network.semantics,
            observe=watch.see,
            progress=lambda part: report("run", part),
        )
        files = {output: npy(values[network.graph.outputs[0]]) if output.suffix == ".npy" else npz(values)}
        if record is not None:
            files[record] = npz({name: np.concatenate(chunks) for name, chunks in watch.kept.items()})
        summary = _summary(network, points, values, watch)
        write_results(files)
    show([summary, files_table(files)])


@dataclass(frozen=True)
class _Watch:
    """Sees the spikes of every layer while the network runs.

    Attributes:
        keep: Keep them, too.
        spikes: Counted by layer.
        places: Where a spike could have been, by layer: neurons x steps x points.
        kept: Chunks ``[points, steps, neurons]`` by layer.
    """

    keep: bool
    spikes: Counter[str] = field(default_factory=Counter[str])
    places: Counter[str] = field(default_factory=Counter[str])
    kept: dict[str, list[Array]] = field(default_factory=dict[str, list[Array]])

    def see(self, node: Node, _: slice, spikes: Array) -> None:
        """Take a chunk ``[steps, points, neurons]``."""
        self.spikes[node.name] += int(np.count_nonzero(spikes))
        self.places[node.name] += spikes.size
        if self.keep:
            self.kept.setdefault(node.name, []).append(spikes.astype(np.int8).transpose(1, 0, 2))

    @property
    def rate(self) -> float:
        """The mean of the layers' spike rates."""
        return float(np.mean([self.spikes[name] / self.places[name] for name in self.places]))


def _check(compiled: Path, inputs: Path, output: Path, record: Path | None) -> None:
    """Raise with everything that is wrong with the files' names and places."""
    collector = Collector()
    for path in (compiled, inputs):
        if not path.is_file():
            with collector.collecting():
                read_bytes(path)
    if compiled.suffix.lower() != ".snnir":
        hint = f"compile it first: snnir compile {compiled.name} -o {compiled.stem}.snnir"
        collector.add("not-compiled", "only a compiled network (.snnir) can be run", str(compiled), hint)
    if output.suffix not in {".npy", ".npz"}:
        collector.add("unknown-ending", "values are written as .npy or .npz", f"--output {output}", "end it in .npy")
    if record is not None and record.suffix != ".npz":
        collector.add("unknown-ending", "spikes are written as .npz", f"--record {record}", "end it in .npz")
    outputs = [("--output", output), *([] if record is None else [("--record", record)])]
    collector.found += check_places(outputs, (compiled, inputs))
    collector.finish()


def _check_output(network: Compiled, output: Path) -> None:
    names = network.graph.outputs
    if output.suffix == ".npy" and len(names) > 1:
        collector = Collector()
        message = f"the network has {len(names)} outputs ({', '.join(names)}), a .npy file holds one"
        collector.add("unknown-ending", message, f"--output {output}", "end it in .npz")
        collector.finish()


def _summary(network: Compiled, points: Points, values: Mapping[str, Array], watch: _Watch) -> Table:
    expected = evaluate(network.ann, points)
    error, norm = (
        sum(float(np.sum(np.square(part, dtype=np.float64))) for part in parts)
        for parts in ([values[name] - expected[name] for name in expected], expected.values())
    )
    relative = (error / norm) ** 0.5 if norm > 0 else error**0.5
    rows = (
        ("points", f"{max(_points(network, name, array) for name, array in values.items()):,}"),
        ("rel L2", f"{small(relative)} against the ANN on these points"),
        ("spike rate", f"{watch.rate:.4f} of neurons x steps, mean over layers"),
    )
    return Table(f"{network.graph.name} as {network.target}, {_steps(network)} steps", rows)


def _points(network: Compiled, name: str, values: Array) -> int:
    """Return how many points an output has: the product of its free sizes, as axes of a separable network multiply."""
    shape = network.graph.types[name].shape
    return prod(size for size, dim in zip(values.shape, shape, strict=True) if isinstance(dim, str))


def _steps(network: Compiled) -> int:
    codings = (node.output.type.coding for node in network.graph.of(IntegrateAndFire))
    return next((coding.steps for coding in codings if isinstance(coding, Spikes)), 0)
