"""Every fault that a profile names, seen in the stock reader: when one of these tests fails, a reader was repaired."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest

from snnir_nir.readers import READERS

Found = dict[str, Any]

EVIDENCE: dict[str, tuple[Callable[[Found], bool], ...]] = {
    "nirtorch": (
        lambda found: abs(found["bias"]) < 2 and found["output"] == [found["bias"]],  # 5 was asked for
        lambda found: "RuntimeError" in found["two_inputs"] and "TimeoutError" in found["two_outputs"],
    ),
    "norse": (
        lambda found: found["plain"] == found["odd"] == found["odd_dt"] == [0, 1, 0, 1, 0, 1],
        # A membrane that nears 2 by a quarter in each step is above 1 after three.
        lambda found: found["leaky"] == [0] * 6 and found["leaky_dt"] == [0, 0, 1, 0, 0, 1],
        # By its own semantics the sum is 2, 3, 2.
        lambda found: found["forked"] == [1, 1, 1],
    ),
    "spikingjelly": (
        lambda found: "r must equal 1 / dt" in found["own_dt"],
        lambda found: found["raised"] == [1, 1, 1],  # from zero the first spike comes at the second step
        lambda found: "must be uniform" in found["mixed"],
    ),
    "sinabs": (
        lambda found: "unexpected keyword argument 'v_reset'" in found["nir"],
        lambda found: found["linear"] == found["plain"] == [0, 1, 1, 1],  # 8 times as much was asked for
        lambda found: found["resistance"] == found["plain"],
        lambda found: found["calls"] == [[0], [1], [1], [1]],
        # 0.1 e^3 is two thresholds; doubled, it would reach one after four steps.
        lambda found: found["leak"] == [0, 0, 0, 2, 0],
        # Two spikes of either layer in every step make 2 + 2 x 2.
        lambda found: found["forked"] == [2, 2, 2],
    ),
    "snntorch": (
        lambda found: found["beta"] == pytest.approx(0.9),
        lambda found: found["two_layers"].startswith("TypeError"),
        # 5.5 thresholds should give five spikes and leave half a threshold.
        lambda found: found["stuck"] == [[1, 4.5], [1, 3.5], [1, 2.5], [1, 1.5], *[[0, 1.5]] * 6],
    ),
    "snn-mlir": (
        lambda found: (
            found["dropped"] == ["snn.linear", "snn.lif", "snn.linear"]  # and its output is that of the neurons
            and found["unwritten"] == 1
            and found["passed"] == ["snn.linear", "snn.lif", "snn.linear", "snn.li"]
            and found["forgets"] == 1
        ),
        lambda found: found["toolchain"] is False,
        lambda found: "v_threshold must be uniform" in found["mixed"],
        lambda found: "has 2 successors" in found["forked"],
    ),
    "spyx": (
        lambda found: found["plain"] == [0, 0, 1, 1, 0],  # at once, it is 0, 1, 1, 0, 1
        lambda found: found["odd"] == found["plain"],
        # The first layer's spikes, from the second step on, should add 2.
        lambda found: found["forked"] == [0, 0, 0, 2] and "TimeoutError" in found["looped"],
        lambda found: found["renamed"] == [0.75] * 4,
    ),
}
"""For every fault, in the order of the profile: whether what the reader did shows it."""

FAULTS = [(reader.name, index, fault) for reader in READERS for index, fault in enumerate(reader.faults)]


@pytest.mark.parametrize(("reader", "index"), [each[:2] for each in FAULTS], ids=[f"{a}: {c}" for a, _, c in FAULTS])
def test_the_fault_is_still_there(reader: str, index: int, probe: Any, tmp_path_factory: Any) -> None:
    """What the unmodified program does with a small graph is what the profile says."""
    file = Path(tmp_path_factory.getbasetemp()) / "today.nir"
    if not file.exists():
        ends = {"a": nir.Input({"input": np.array([1])}), "c": nir.Output({"output": np.array([1])})}
        nir.write(file, nir.NIRGraph({**ends, "b": nir.IF(np.ones(1), np.ones(1))}, [("a", "b"), ("b", "c")]))
    found = probe(reader, str(file)) if reader == "sinabs" else probe(reader)
    assert EVIDENCE[reader][index](found), found


def test_every_fault_has_evidence() -> None:
    """No profile names a fault that is not tested here, nor the other way round."""
    named = {reader.name: len(reader.faults) for reader in READERS if reader.faults}
    assert named == {name: len(tests) for name, tests in EVIDENCE.items()}
