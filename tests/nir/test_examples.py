"""The shipped networks as NIR files: what the compiler simulated is what the file does."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.ir import Node
from snnir.semantics import Semantics, evaluate
from snnir_nir import interpret, read_metadata, read_nir, signed_spikes

MODELS = Path(__file__).parents[2] / "examples" / "models"


@pytest.mark.parametrize(
    ("name", "domain", "decisions"),
    [
        ("poisson", {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}, 1000 * 32 * 300),
        ("burgers", {"x": (0.0, 2 * math.pi), "t": (0.0, 4.0)}, 1000 * 32 * 240),
    ],
)
def test_not_one_spike_differs(
    name: str, domain: dict[str, tuple[float, float]], decisions: int, tmp_path: Path
) -> None:
    """The file, read by nir and interpreted independently, gives the simulator's spikes in float64: all of them."""
    compiled = snnir.compile(snnir.load(MODELS / f"{name}.onnx"), domain=domain, steps=32)
    compiled.save(tmp_path / "net.nir")
    low, high = np.array(list(domain.values())).T
    points = np.random.default_rng(1).uniform(low, high, (1000, 2))
    simulated: dict[str, list[Any]] = {}

    def observe(node: Node, _: slice, spikes: Any) -> None:
        simulated.setdefault(node.name, []).append(spikes)

    values = evaluate(compiled.graph, {"points": points}, semantics=Semantics(dtype="float64"), observe=observe)
    source = read_nir(tmp_path / "net.nir")
    result = interpret(source, points, dtype="float64")
    joined = signed_spikes(result, read_metadata(source))
    assert joined.keys() == simulated.keys()
    assert sum(spikes.size for spikes in joined.values()) == decisions
    assert sum(np.count_nonzero(joined[layer] != np.concatenate(simulated[layer], axis=1)) for layer in joined) == 0
    np.testing.assert_allclose(result.outputs["output"], values["u"], rtol=0, atol=1e-12)
