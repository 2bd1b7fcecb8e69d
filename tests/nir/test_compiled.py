"""The spikes of the simulator are those of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.setting import Setting
from snnir_nir import interpret, read_metadata, read_nir, signed_spikes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_compiled_file_spikes_as_the_compiler_measured(new_network: Any, tmp_path: Path, dtype: Any) -> None:
    """A tanh network with a skip, saved as NIR and read again, gives the recorded spikes and outputs."""
    rng = np.random.default_rng(0)
    net = new_network(dtype)
    first = net.tanh(net.dense(net.input(2), rng.normal(0, 1, (2, 10)), rng.normal(0, 0.3, 10)))
    second = net.tanh(net.dense(first, rng.normal(0, 0.3, (10, 10))))
    ann = net.graph(net.dense(net.add(first, second), rng.normal(0, 0.3, (10, 1)), [0.5]))
    points = rng.uniform(-1, 1, (400, 2)).astype(dtype)
    compiled = snnir.compile(ann, target="nir", samples=points, code="rate", steps=16)
    compiled.save(tmp_path / "net.nir")

    source = read_nir(tmp_path / "net.nir")
    facts = read_metadata(source)
    result = interpret(source, points)
    recorded = compiled.record(points)
    joined = signed_spikes(result, facts)
    assert joined.keys() == recorded.keys()
    different = sum(int(np.count_nonzero(joined[name].transpose(1, 0, 2) != recorded[name])) for name in recorded)
    # Sums in another order differ by 1e-7 thresholds, which turns one of the 128 000 decisions in 1 % of such networks.
    assert different == 0
    np.testing.assert_allclose(result.outputs["output"], compiled.run(points), rtol=0, atol=1e-5)
    assert Setting.of(facts["setting"]) == compiled.setting
