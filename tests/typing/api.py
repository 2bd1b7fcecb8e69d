"""What users write, for type checkers to read; never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import snnir
from snnir.codes import Population, Rate, spiking_pipeline
from snnir.codes.rate import Thresholds
from snnir.ir import Graph
from snnir.metrics import ConversionErrors
from snnir.passes import Context, Pass, analog_pipeline, run_passes
from snnir.report import Report
from snnir.semantics import Semantics, evaluate


def compile_a_file() -> None:
    """From a file to numbers, as in the README."""
    graph = snnir.load("burgers.onnx")
    assert_type(graph, Graph)
    compiled = snnir.compile(graph, target="nir", domain={"x": (0, 6.283), "t": (0, 4)}, code="rate", steps=32)
    assert_type(compiled, snnir.Compiled)
    points = np.zeros((10, 2))
    _ = compiled.run(points)
    _ = compiled.run({"points": points})
    smooth, kept = compiled.smooth(points, compiled.run(points))
    assert_type(smooth, Any)
    assert_type(kept, dict[str, tuple[float, ...]])
    assert_type(compiled.rel_l2, float)
    assert_type(compiled.over_variation, float)
    _ = compiled.report["conversion"]["rel_l2"]
    assert_type(compiled.report, Report)
    assert_type(compiled.report.conversion.rel_l2, float)
    assert_type(compiled.report.layers[0].rate, float)
    assert_type(compiled.report.energy_pj.parts[0].pj, float)
    assert_type(compiled.report.energy_ratio("loihi"), float)
    assert_type(compiled.save("burgers.snnir"), tuple[Path, ...])
    assert_type(snnir.Compiled.load(Path("burgers.snnir")), snnir.Compiled)
    assert_type(compiled.record(points), dict[str, npt.NDArray[Any]])
    assert_type(compiled.artifacts(), dict[str, bytes])
    assert_type(compiled.error(points), ConversionErrors)
    assert_type(compiled.with_graph(graph), snnir.Compiled)


def ask_for_more(graph: Graph, samples: npt.NDArray[np.float64]) -> snnir.Compiled:
    """Every option."""

    def show(stage: str, part: float) -> None:
        del stage, part

    return snnir.compile(
        graph,
        samples={"x": samples},
        error=1e-2,
        error_of="norm",
        energy_model="loihi",
        calibration="advanced",
        seed=1,
        thresholds=Thresholds(rule="percentile", per="neuron", percentile=99.0),
        normalise=False,
        progress=show,
    )


def choose_a_code(graph: Graph) -> snnir.Compiled:
    """A code with its options is an object, or a name with options beside it."""
    _ = snnir.compile(graph, domain={"x": (-1, 1)}, code="population", neurons_per_unit=4)
    return snnir.compile(graph, domain={"x": (-1, 1)}, code=Population(neurons_per_unit=4, products="spikes"))


def handle_errors() -> str:
    """Errors carry diagnostics."""
    try:
        snnir.load("missing.onnx")
    except snnir.UsageError as error:
        assert_type(error.exit_code, int)
        return error.diagnostics[0].hint
    except snnir.ModelError as error:
        return ", ".join(each.code for each in error.diagnostics)
    return ""


def use_passes(graph: Graph, chosen: list[Pass]) -> Graph:
    """The pipeline by hand."""
    context = Context({"x": np.zeros((100, 2))}, Semantics(compare=">", delay=1, dtype="float64"), steps=8)
    ann = run_passes(analog_pipeline(graph, context), chosen, context)
    values = evaluate(ann, context.points, outputs=["z"])
    assert_type(values, dict[str, npt.NDArray[Any]])
    return spiking_pipeline(ann, context, Rate(), "light").graph


def look_around(graph: Graph, step: Pass) -> str:
    """What there is besides compiling."""
    assert_type(snnir.targets(), tuple[str, ...])
    assert_type(snnir.__version__, str)
    assert_type(snnir.verify("burgers.nir", reader="norse"), snnir.Verification)
    assert_type(snnir.compile(graph, domain={"x": (0, 1)}, passes=(step,)), snnir.Compiled)
    return repr(graph)


def wrong() -> None:
    """What type checkers must refuse; an ignore that is not needed is an error itself."""
    graph = snnir.load("net.onnx")
    snnir.compile(graph, calibration="heavy")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    snnir.compile(graph, domain={"x": 1.0})  # type: ignore[dict-item] # pyright: ignore[reportArgumentType]
    Semantics(reset="zero")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    Semantics().delay = 1  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]
