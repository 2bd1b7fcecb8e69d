"""The shipped networks as NIR files: what the compiler simulated is what the file does."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.ir import Graph, Node
from snnir.semantics import evaluate
from snnir_nir import from_nir, interpret, read_metadata, read_nir, signed_spikes

MODELS = Path(__file__).parents[2] / "examples" / "models"


def assert_rebuilt(rebuilt: Graph, graph: Graph) -> None:
    """Check that a graph read back from a file has the nodes of the one that was written."""
    assert {node.name: node.op for node in rebuilt.nodes} == {node.name: node.op for node in graph.nodes}


QUICK = {"calibration": "advanced"}
SQUARE, STRIP = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}, {"x": (0.0, 2 * math.pi), "t": (0.0, 4.0)}


@pytest.mark.accuracy
@pytest.mark.parametrize(
    ("name", "domain", "decisions", "options"),
    [
        ("poisson", SQUARE, 1000 * 32 * 300, {}),
        ("burgers", STRIP, 1000 * 32 * 240, {}),
        ("poisson", SQUARE, 1000 * 32 * 900, {"neurons_per_unit": 3, "calibration": "advanced"}),
        ("burgers", STRIP, 1000 * 32 * 480, {"neurons_per_unit": 2, "calibration": "light", "normalise": False}),
        ("poisson", SQUARE, 1000 * 32 * 300, {"form": "exact"}),
        ("burgers", STRIP, 1000 * 32 * 480, {"form": "exact", "neurons_per_unit": 2, **QUICK}),
        ("poisson", SQUARE, 1000 * 32 * 600, {"reader": "spec", "neurons_per_unit": 2, **QUICK}),
        ("burgers", STRIP, 1000 * 32 * 480, {"reader": "spyx", "neurons_per_unit": 2, **QUICK}),
        ("poisson", SQUARE, 1000 * 32 * 600, {"reader": "sinabs", "neurons_per_unit": 2, **QUICK}),
    ],
)
def test_not_one_spike_differs(
    name: str, domain: dict[str, tuple[float, float]], decisions: int, options: dict[str, Any], tmp_path: Path
) -> None:
    """The file, read by nir and interpreted independently, gives the simulator's spikes in float64: all of them."""
    code = "population" if "neurons_per_unit" in options else "rate"
    compiled = snnir.compile(snnir.load(MODELS / f"{name}.onnx"), domain=domain, steps=32, code=code, **options)
    compiled.save(tmp_path / "net.nir")
    low, high = np.array(list(domain.values())).T
    points = np.random.default_rng(1).uniform(low, high, (1000, 2))
    simulated: dict[str, list[Any]] = {}

    def observe(node: Node, _: slice, spikes: Any) -> None:
        simulated.setdefault(node.name, []).append(spikes.copy())

    values = evaluate(
        compiled.graph, {"points": points}, semantics=replace(compiled.semantics, dtype="float64"), observe=observe
    )
    source = read_nir(tmp_path / "net.nir")
    assert_rebuilt(from_nir(source), compiled.graph)
    result = interpret(source, points, dtype="float64")
    joined = signed_spikes(result, read_metadata(source))
    assert joined.keys() == simulated.keys()
    assert sum(spikes.size for spikes in joined.values()) == decisions
    assert sum(np.count_nonzero(joined[layer] != np.concatenate(simulated[layer], axis=1)) for layer in joined) == 0
    np.testing.assert_allclose(result.outputs["output"], values["u"], rtol=0, atol=1e-12)
