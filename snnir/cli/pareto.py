"""``snnir pareto``."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import click
from click.core import ParameterSource

from snnir.cli.energy import energy_model_option
from snnir.cli.output import as_json, files_table, show
from snnir.cli.places import Collector, check_places, write_results
from snnir.cli.progress import progress
from snnir.compiler import TIME_LIMIT, Options, compare, load, pareto
from snnir.data.domain import Domain, parse_domain
from snnir.data.points import read_points
from snnir.errors import usage_error
from snnir.io.files import read_bytes
from snnir.ir import Graph
from snnir.metrics import DEFAULT_ERROR, Compared, Surveyed, Table, goal_words
from snnir.metrics.energy_models import MODELS
from snnir.metrics.setting import compared_table, settings_table

Given: TypeAlias = Mapping[str, Any]
"""Arguments by name, as click has them."""
COMPARING = ("error", "error_of", "time_limit")
"""Options that only --all-targets takes."""
ALWAYS = ("seed", "energy_model")
"""Those that go with one target and with all of them."""
WRITTEN = {".json", ".png", ".svg"}


@click.command("pareto", context_settings={"show_default": True})
@click.argument("model", type=click.Path(path_type=Path), metavar="MODEL.onnx")
@click.option("--target", default="numpy", metavar="NAME", help="One of `snnir targets`; its codes are tried.")
@click.option(
    "--all-targets",
    is_flag=True,
    help="Instead, a table of all targets and codes: the cheapest setting that reaches --error, or why there is none.",
)
@click.option("--error", type=float, default=DEFAULT_ERROR, metavar="EPS", help="With --all-targets: error to reach.")
@click.option(
    "--error-of", default="both", metavar="NAME", help="With --all-targets: both or norm, see `snnir compile --help`."
)
@click.option(
    "--time-limit",
    type=float,
    default=TIME_LIMIT,
    metavar="SECONDS",
    help="With --all-targets: processor time for each code on each target.",
)
@energy_model_option
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
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:
    """Show what accuracy costs: error against spikes, for every code.

    A network is compiled with every code that the target allows, from few steps to many. Errors are against the ANN, on
    points that calibration did not see. A star marks settings that no other one beats: less error at no more spikes.
    """
    model, output, samples = given["model"], given["output"], given["samples"]
    named = {name for name in given if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    domain = _check(given, named)
    with progress("read") as report:
        graph = load(model)
        points = None if samples is None else read_points(samples, graph.inputs)
        common: Given = {
            **{name: given[name] for name in ALWAYS},
            "domain": domain,
            "samples": points,
            "progress": report,
        }
        table, rows = _compared(graph, given, common) if given["all_targets"] else _surveyed(graph, given, common)
        contents = {} if output is None else {output: _content(output, given, rows)}
        write_results(contents)
    show([table, *([files_table(contents)] if contents else [])])


def _surveyed(graph: Graph, given: Given, common: Given) -> tuple[Table, tuple[Surveyed, ...]]:
    """Return what every code of a target does from few steps to many."""
    rows = pareto(graph, target=given["target"], **common)
    title = f"{given['model'].name} for target {given['target']}, seed {given['seed']}"
    model = MODELS[given["energy_model"]]
    left = "encoders and first layer" if model.only_operations else "encoders, first layer and updates of neurons"
    notes = (
        "* no other setting has a smaller error at no more spikes.",
        f"Without {left}, {model.break_even:.1f} spikes per unit take the ANN's energy.",
    )
    return settings_table(title, rows, notes), rows


def _compared(graph: Graph, given: Given, common: Given) -> tuple[Table, tuple[Compared, ...]]:
    """Return what all codes of all targets do about an error."""
    rows = compare(graph, **{name: given[name] for name in COMPARING}, **common)
    goal = goal_words(given["error"], given["error_of"])
    title = f"{given['model'].name} at {goal}, seed {given['seed']}"
    return compared_table(title, rows, given["time_limit"]), rows


def _check(given: Given, named: Collection[str]) -> Domain | None:
    """Return the domain, once everything that can be found wrong without reading the model is right.

    Args:
        given: All arguments.
        named: Those that were on the command line.
    """
    collector = Collector()
    found: Domain | None = None
    model, output, samples = given["model"], given["output"], given["samples"]
    for path in (model, samples):
        if path is not None and not path.is_file():
            with collector.collecting():
                read_bytes(path)
    if given["domain"] is not None:
        with collector.collecting():
            found = parse_domain(given["domain"])
    _check_together(given, named, collector)
    if output is not None:
        inputs = [path for path in (model, samples) if path is not None]
        collector.found += check_places([("--output", output)], inputs)
    collector.finish()
    return found


def _check_together(given: Given, named: Collection[str], collector: Collector) -> None:
    """Find what does not go with all targets, or only with them."""
    output, everywhere = given["output"], given["all_targets"]
    if output is not None and output.suffix not in WRITTEN:
        hint = f"end it in {', '.join(sorted(WRITTEN))}"
        collector.add("unknown-ending", "that is neither a picture nor numbers", f"--output {output}", hint)
    elif output is not None and everywhere and output.suffix != ".json":
        hint = "end it in .json, or leave --all-targets out"
        collector.add("unknown-ending", "there is no picture of all targets", f"--output {output}", hint)
    if everywhere and "target" in named:
        collector.add("all-targets", "all targets are more than one", "--target", "leave it or --all-targets out")
    for name in COMPARING:
        if not everywhere and name in named:
            option = f"--{name.replace('_', '-')}"
            collector.add("all-targets", "the settings of one target aim at no error", option, "add --all-targets")
    with collector.collecting():
        Options(**{name: given[name] for name in (*ALWAYS, *(COMPARING if everywhere else ()))})


def _content(output: Path, given: Given, rows: Sequence[Surveyed | Compared]) -> bytes:
    """Return the content of the file that was asked for."""
    if output.suffix == ".json":
        return as_json([row.to_json() for row in rows])
    return _picture(output.suffix[1:], given["model"].name, rows, MODELS[given["energy_model"]].break_even)


def _picture(kind: str, name: str, rows: Sequence[Surveyed | Compared], break_even: float) -> bytes:
    """Return a picture: error over spikes per unit, and over the steps until the output is there."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise usage_error("no-matplotlib", "pictures need matplotlib", "--output", "pip install matplotlib") from None
    figure: Any = Figure(figsize=(11, 4), layout="constrained")  # its methods are not typed
    codes = tuple(dict.fromkeys(row.code for row in rows))
    for place, (key, label) in zip(
        figure.subplots(1, 2, sharey=True), (("per_unit", "spikes per unit"), ("latency", "steps")), strict=True
    ):
        for code in codes:
            shown = [row for row in rows if row.code == code]
            place.loglog([row[key] for row in shown], [row["rel_l2"] for row in shown], "o", label=code, markersize=4)
        if key == "per_unit":
            style = {"color": "grey", "linewidth": 1, "linestyle": ":"}
            place.axvline(break_even, **style, label="break-even, without encoders")
        place.set_xlabel(label)
        place.grid(visible=True, alpha=0.3)
    figure.axes[0].set_ylabel("conversion error, relative L2")
    figure.axes[0].legend()
    figure.suptitle(name)
    content = io.BytesIO()
    figure.savefig(content, format=kind, dpi=110, metadata={"Date": None} if kind == "svg" else None)
    return content.getvalue()
