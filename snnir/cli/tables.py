"""The tables that say what a compiled network is, how exact it is and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from snnir.cli.derivatives import derivatives_table
from snnir.cli.energy import break_even, dominating
from snnir.cli.errors import conversion_table
from snnir.cli.host import host_rows
from snnir.cli.output import Table, small
from snnir.cli.settings import search_table
from snnir.compiler import Compiled, Way
from snnir.ir import Graph

USUAL_CHECK = "onnxruntime"
"""What a network is checked by when it is read; only another program is named."""


def result_tables(compiled: Compiled, *, asked: bool, called: Callable[[Way], str]) -> Iterator[Table]:
    """Yield what a user wants to know right after compiling.

    Args:
        compiled: The result.
        asked: The user asked for an error to be reached.
        called: Returns the command that goes another way to the error.
    """
    report = compiled.report
    steps = f"{report['steps']} steps" if report["steps"] > 1 else "1 step"
    yield Table(
        f"{report['source']['file'] or compiled.graph.name} for target {_place(compiled)}: {report['code']} code, "
        f"{steps}, calibration {report['calibration']}, seed {report['seed']}"
    )
    yield Table("network", (*_ends(compiled.ann), *_network(report)))
    yield from report_tables(report)
    if "search" in report:
        yield search_table(report, asked=asked, called=called)


def _place(compiled: Compiled) -> str:
    """Return where a network is meant to run."""
    reader, form = compiled.setting.reader, compiled.setting.form
    by = "" if reader is None else f", read by {reader}"
    return f"{compiled.target}{by}{'' if form == 'portable' else f', {form} form'}"


def report_tables(report: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the measured part of a report: error, cost and layers."""
    yield conversion_table(report)
    if report.get("derivatives", {}).get("rows"):
        yield derivatives_table(report["derivatives"])
    if "a_priori" in report:
        yield _a_priori(report["a_priori"])
    yield _cost(report)
    yield _layers(report["layers"])
    if "ranges" in report:
        yield _ranges(report["ranges"])
    if "chip" in report:
        yield _chip(report["chip"])
    if "bound" in report:  # not in archives of the first days
        yield _bound(report["bound"])


def files_table(contents: Mapping[Path, bytes]) -> Table:
    """Return the files that were written, with their sizes."""
    return Table("files", tuple((str(path), f"{len(content):,} bytes") for path, content in contents.items()))


def _ends(graph: Graph) -> Iterator[tuple[str, str]]:
    yield "inputs", ", ".join(f"{value.name}: {value.type}" for value in graph.inputs)
    yield "outputs", ", ".join(f"{name}: {graph.types[name]}" for name in graph.outputs)


def _network(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    layers = len(report["layers"])
    yield "units", f"{report['units']:,} in {layers} layer{'' if layers == 1 else 's'}"
    yield "neurons", f"{report['neurons']:,}{_per_unit(report)}"
    yield from host_rows(report["host"])
    if report["source"]["sha256"]:
        yield "source", f"{report['source']['file']}, sha256 {report['source']['sha256'][:12]}..."
    if report["source"].get("checked_by", USUAL_CHECK) not in {"", USUAL_CHECK}:
        yield "checked by", report["source"]["checked_by"]
    yield from (("note", note) for note in (*report["source"].get("notes", ()), *report.get("notes", ())))


def _per_unit(report: Mapping[str, Any]) -> str:
    return f", {report['neurons_per_unit']:g} for each unit" if report["neurons_per_unit"] != 1 else ""


def _a_priori(found: Mapping[str, float]) -> Table:
    where = f"on {found['points']:,} of the points measured" if "points" in found else "on the points measured"
    rows = (
        ("bound", f"{small(found['bound'])} {where}, if all rounding errors were as unlucky as they can be"),
        ("expected", f"{small(found['expected'])}, if they are independent"),
    )
    return Table("error that follows from the digits, without simulation", rows)


def _cost(report: Mapping[str, Any]) -> Table:
    spikes, operations, energy = report["spikes"], report["operations"], report["energy_pj"]
    return Table(
        "cost of one inference",
        (
            *_latency(report),
            ("spike rate", f"{spikes['rate']:.4f} of neurons x steps, mean over layers"),
            _sent(report),
            ("operations", f"{operations['ac']:,.0f} accumulates, {operations['mac']:,.0f} multiply-accumulates"),
            *_functions(operations),
            ("of the ANN", f"{operations['ann_mac']:,.0f} multiply-accumulates"),
            ("energy", f"{_nanojoule(energy['snn'])}, of the ANN {_nanojoule(energy['ann'])}"),
        ),
        notes=(
            f"{_verdict(energy)} (45 nm arithmetic only, no memory or routing).",
            *dominating(energy.get("parts", ())),
        ),
    )


def _latency(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the latency where layers do not all work in the same steps."""
    if report.get("latency", report["steps"]) != report["steps"]:
        yield "latency", f"{report['latency']} steps for all layers"


def _functions(operations: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Yield how often neurons evaluate functions, where they do."""
    if operations.get("function_evaluations"):
        yield "in neurons", f"{operations['function_evaluations']:,.0f} evaluations of f, not in the energy"


def _sent(report: Mapping[str, Any]) -> tuple[str, str]:
    """Return what each unit sends: spikes, or graded messages; and how many take the ANN's energy."""
    if "messages" in report:
        messages = f"{report['messages']['per_unit_per_point']:.3f} per unit and point, graded"
        return "messages", f"{messages}{break_even(report)}"
    return "spikes per unit", f"{report['spikes']['per_unit']:.2f}{break_even(report)}"


def _nanojoule(picojoule: float) -> str:
    return f"{picojoule / 1e3:,.3g} nJ" if picojoule < 1e5 else f"{picojoule / 1e3:,.0f} nJ"


def _verdict(energy: Mapping[str, float]) -> str:
    if energy["ann"] <= 0:
        return "The ANN has no multiplications to compare with"
    ratio = energy["snn"] / energy["ann"]
    times = f"{ratio:.3g}" if ratio < 100 else f"{ratio:,.0f}"
    return f"The spikes cost {times} times the ANN's energy"


def _layers(layers: Sequence[Mapping[str, Any]]) -> Table:
    rows = tuple(
        (
            layer["name"],
            f"{layer['neurons']}",
            f"{layer['rate']:.4f}",
            f"{layer['threshold']:.4g}",
        )
        for layer in layers
    )
    return Table("layers", rows, ("layer", "neurons", "rate", "threshold"))


def _ranges(ranges: Sequence[Mapping[str, Any]]) -> Table:
    """Return how much of its range every quantity of every layer takes."""
    layers = dict.fromkeys(row["layer"] for row in ranges)
    quantities = tuple(dict.fromkeys(row["quantity"] for row in ranges))
    use: dict[tuple[str, str], float] = {}
    for row in ranges:
        key = row["layer"], row["quantity"]
        use[key] = max(use.get(key, 0.0), row["value"] / row["limit"])
    rows = tuple((name, *(_part(use.get((name, each))) for each in quantities)) for name in layers)
    notes = ("Currents and membranes were measured on points that calibration did not see.",)
    return Table("integers, in parts of what fits", rows, ("layer", *quantities), notes)


def _part(use: float | None) -> str:
    return "" if use is None else f"{use:.1%}"


def _chip(chip: Mapping[str, Any]) -> Table:
    """Return what the network takes of the chip."""
    use = ", ".join(f"{name} {part:.2%}" for name, part in chip["use"].items())
    busiest = f"{chip['busiest']['messages']:,.0f} of them into core {chip['busiest']['core']}"
    rows = (
        ("neurons", f"{chip['neurons']:,}"),
        ("synapses", f"{chip['synapses']:,}, {chip['weight_bits']:,} bits"),
        ("cores", f"{chip['cores']:,}"),
        ("axons", f"{chip['axons']:,} into a core at most"),
        ("steps", f"{chip['steps']:,} for one inference, every synapse takes one"),
        ("messages", f"{chip['messages']:,.0f} per inference, {busiest}"),
        ("in use", use),
        ("bottleneck", chip["bottleneck"]),
    )
    notes = (f"Not known, so not checked: {', '.join(chip['unknown'])}.",) if chip["unknown"] else ()
    return Table("on the chip", rows, notes=notes)


def _bound(bound: Mapping[str, Any]) -> Table:
    rows = [
        (f"into {name}", small(part["local_error"]), small(part["at_output"]))
        for name, part in zip(_told_apart(bound["parts"]), bound["parts"], strict=True)
    ]
    if bound["replacement"] > 0:
        rows.insert(0, ("limit of the neurons in place of f", "", small(bound["replacement"])))
    notes = (
        f"The sum of the last column, {small(bound['telescoped'])}, bounds the error.",
        f"Theorem 1: {small(bound['gauss_newton'])} with the Gauss-Newton H, {small(bound['identity'])} with H = I.",
    )
    return Table("where the error arises", tuple(rows), ("spikes", "local error", "at the output"), notes)


def _told_apart(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the parts of a bound; of those that several have, with the layers whose spikes come in."""
    counts = Counter(part["name"] for part in parts)
    return [
        part["name"] if counts[part["name"]] == 1 else f"{part['name']} from {', '.join(part['sources'])}"
        for part in parts
    ]
