"""``snnir pareto``."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from snnir.analysis.operations import AC_PJ, MAC_PJ
from snnir.cli.output import show
from snnir.cli.places import Collector, check_places, write_results
from snnir.cli.progress import progress
from snnir.cli.tables import files_table, settings_table
from snnir.compiler import load, pareto
from snnir.errors import usage_error
from snnir.files import read_bytes
from snnir.points import Domain, parse_domain, read_points

WRITTEN = {".json", ".png", ".svg"}


@click.command("pareto", context_settings={"show_default": True})
@click.argument("model", type=click.Path(path_type=Path), metavar="MODEL.onnx")
@click.option("--target", default="numpy", metavar="NAME", help="One of `snnir targets`; its codes are tried.")
@click.option("--domain", metavar='"x=-1:1,t=0:1"', help="Draw points from intervals, by input column or input name.")
@click.option(
    "--samples", type=click.Path(path_type=Path), metavar="POINTS.npy|.npz|.csv", help="Take points from a file."
)
@click.option("--seed", default=0, metavar="N", help="The same seed gives the same numbers.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.png|.svg|.json",
    help="A picture (needs matplotlib), or the numbers.",
)
def command(**given: Any) -> None:
    """Show what accuracy costs: error against spikes, for every code.

    A network is compiled with every code that the target allows, from few steps to many. Errors are against the ANN, on
    points that calibration did not see. A star marks settings that no other one beats: less error at no more spikes.
    """
    model, output, samples = given["model"], given["output"], given["samples"]
    domain = _check(model, output, given["domain"], samples)
    with progress("read") as report:
        graph = load(model)
        points = None if samples is None else read_points(samples, graph.inputs)
        rows = pareto(graph, target=given["target"], domain=domain, samples=points, seed=given["seed"], progress=report)
        contents = {} if output is None else {output: _content(output, model.name, rows)}
        write_results(contents)
    title = f"{model.name} for target {given['target']}, seed {given['seed']}"
    notes = (
        "* no other setting has a smaller error at no more spikes.",
        f"Without encoders and first layer, {MAC_PJ / AC_PJ:.1f} spikes per unit take the ANN's energy.",
    )
    show([settings_table(title, rows, notes), *([files_table(contents)] if contents else [])])


def _check(model: Path, output: Path | None, domain: str | None, samples: Path | None) -> Domain | None:
    """Return the domain, once everything that can be found wrong without reading the model is right."""
    collector = Collector()
    found: Domain | None = None
    for path in (model, samples):
        if path is not None and not path.is_file():
            with collector.collecting():
                read_bytes(path)
    if domain is not None:
        with collector.collecting():
            found = parse_domain(domain)
    if output is not None and output.suffix not in WRITTEN:
        hint = f"end it in {', '.join(sorted(WRITTEN))}"
        collector.add("unknown-ending", "that is neither a picture nor numbers", f"--output {output}", hint)
    if output is not None:
        inputs = [path for path in (model, samples) if path is not None]
        collector.found += check_places([("--output", output)], inputs)
    collector.finish()
    return found


def _content(output: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the content of the file that was asked for."""
    if output.suffix == ".json":
        return f"{json.dumps(list(rows), indent=2, allow_nan=False)}\n".encode()
    return _picture(output.suffix[1:], name, rows)


def _picture(kind: str, name: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a picture: error over spikes per unit, and over the steps until the output is there."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise usage_error("no-matplotlib", "pictures need matplotlib", "--output", "pip install matplotlib") from None
    figure: Any = Figure(figsize=(11, 4), layout="constrained")  # its methods are not typed
    codes = tuple(dict.fromkeys(row["code"] for row in rows))
    for place, (key, label) in zip(
        figure.subplots(1, 2, sharey=True), (("per_unit", "spikes per unit"), ("latency", "steps")), strict=True
    ):
        for code in codes:
            shown = [row for row in rows if row["code"] == code]
            place.loglog([row[key] for row in shown], [row["rel_l2"] for row in shown], "o", label=code, markersize=4)
        if key == "per_unit":
            style = {"color": "grey", "linewidth": 1, "linestyle": ":"}
            place.axvline(MAC_PJ / AC_PJ, **style, label="break-even, without encoders")
        place.set_xlabel(label)
        place.grid(visible=True, alpha=0.3)
    figure.axes[0].set_ylabel("conversion error, relative L2")
    figure.axes[0].legend()
    figure.suptitle(name)
    content = io.BytesIO()
    figure.savefig(content, format=kind, dpi=110, metadata={"Date": None} if kind == "svg" else None)
    return content.getvalue()
