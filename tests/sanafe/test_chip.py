"""SANA-FE itself: its neurons are as `snnir_sanafe.numbers` states, and programs send the simulator's spikes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snnir.compiler import verify_file
from snnir.registry import backend_for
from snnir_sanafe.numbers import BELOW, FLOOR, SILENCE
from snnir_sanafe.run import Start
from tests.networks import mlp
from tests.sanafe.common import CASES, FAKE, REAL, needs_sanafe, shipped, small, written

pytestmark = [pytest.mark.sanafe, needs_sanafe]
ENERGIES = ("synapse", "dendrite", "soma", "network")


SCENARIOS: dict[str, tuple[dict[str, Any], list[float]]] = {
    "cut": ({"threshold": 2.0**26}, [0.02, 0.0, -0.04, 0.0, 2.0**24 + 1]),
    **{
        f"leak {leak:g}": (
            {"threshold": 64 - BELOW, "reset_mode": "soft", "leak_decay": leak},
            [64 - 1 / 64, 1 / 64 - (leak - 1) * (64 - 1 / 64), 0.0, 128.0, 0.0],
        )
        for leak in (1.0, 2.0)
    },
    "floor": (
        {"threshold": 1.0, "leak_decay": 2.0, "reverse_threshold": FLOOR, "reverse_reset_mode": "hard"},
        [0.5, SILENCE, -(2.0**22), 0.0, 0.0, 0.0, 0.0],
    ),
}
"""Neurons, and what arrives in every step."""
PROGRAM = f"""
import json, sys, sanafe
chip, network = sanafe.load_loihi(), sanafe.Network()
scenarios = {SCENARIOS!r}
for name, (neuron, _) in scenarios.items():
    made = network.create_neuron_group(name, 1, model_attributes=neuron, soma_hw_name="loihi_lif", log_spikes=True,
                                       log_potential=True)
    made[0].map_to_core(chip.tiles[0].cores[0])
running = sanafe.SpikingChip(chip)
running.load(network)
found = {{name: [] for name in scenarios}}
for step in range(max(len(inputs) for _, inputs in scenarios.values())):
    for name, (_, inputs) in scenarios.items():
        bias = inputs[step] if step < len(inputs) else 0.0
        running.mapped_neuron_groups[name][0].set_attributes(model_attributes={{"bias": bias}})
    run = running.sim(1, spike_trace=True, potential_trace=True)
    fired = [each.group_name for each in run["spike_trace"][0]]
    for name, membrane in zip(sorted(scenarios), run["potential_trace"][0]):
        found[name].append([membrane, name in fired])
json.dump(found, open(sys.argv[1], "w"))
"""


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[float, bool]]]:
    """Membrane and spike of the neuron of every scenario in every step."""
    result = tmp_path_factory.mktemp("neurons") / "found.json"
    subprocess.run([REAL, "-c", PROGRAM, str(result)], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    found = json.loads(result.read_text(encoding="utf-8"))
    return {name: [(*each,) for each in found[name]][: len(inputs)] for name, (_, inputs) in SCENARIOS.items()}


def test_membranes_are_cut_towards_zero_before_the_bias(observed: dict[str, list[tuple[float, bool]]]) -> None:
    """To multiples of 1/64, in the step behind; biases are of single precision."""
    one, other = (float(np.float32(each)) for each in (0.02, -0.04))
    assert [each for each, _ in observed["cut"]] == [one, 1 / 64, 1 / 64 + other, -1 / 64, 2.0**24 - 1 / 64]


@pytest.mark.parametrize("leak", [1, 2])
def test_a_lower_threshold_fires_at_the_threshold(leak: int, observed: dict[str, list[tuple[float, bool]]]) -> None:
    """What is subtracted too little is cut off in the next step."""
    found = observed[f"leak {leak}"]
    assert [fired for _, fired in found] == [False, True, False, True, True]
    assert [each for each, _ in found] == [64 - 1 / 64, BELOW, 0.0, 64 + BELOW, BELOW + 64 * (leak - 1)]


def test_what_is_below_the_floor_is_zero(observed: dict[str, list[tuple[float, bool]]]) -> None:
    """So a layer is silenced; a membrane that doubles on its way down ends there, too."""
    found = observed["floor"]
    assert [each for each, _ in found] == [0.5, 0.0, -(2.0**22), -(2.0**23), -(2.0**24), 0.0, 0.0]
    assert not any(fired for _, fired in found)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["poisson", "burgers"])
def test_64_points(name: str, case: str, tmp_path: Path) -> None:
    """No spike of any layer differs, and the costs add up."""
    network = shipped(name, case)
    result = verify_file(written(network, tmp_path), python=REAL)
    assert result.findings == ()
    report = result.report
    assert report["points"] == {network.graph.inputs[0].name: 64}
    assert report["spikes"]["sent"] > 10_000
    assert report["spikes"]["different"] == 0
    assert report["output"]["max_relative"] < 1e-12
    assert report["reader"]["versions"]["sanafe"] == "2.2.9"
    (part,) = report["simulated_chip"]["parts"]
    energy = part["energy_pj"]
    assert energy["total"] == pytest.approx(sum(energy[kind] for kind in ENERGIES))
    assert energy["synapse"] == pytest.approx(35.5 * part["events"])
    assert part["stray"] == 0
    assert 10 < part["latency_us"] < 10_000


def test_compiles_measure_a_few_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same numbers every time, and those of `verify` on the same points."""
    monkeypatch.setenv("SNNIR_SANAFE_PYTHON", REAL)
    network = small(mlp(2, 6, 5, 1), "phase")
    verified = verify_file(written(network, tmp_path), points=8)
    assert verified.report["simulated_chip"] == network.report["simulated_chip"]


def test_the_stand_in_does_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spikes, values and counts of events: what other tests run in its place is no easier to please."""
    network = small(mlp(2, 6, 5, 1), "phase")
    files = backend_for("sana-fe").emit(network.graph, network.setting)
    name = next(value for value in network.graph.types if value.endswith(".cut"))
    currents = {name: np.rint(np.random.default_rng(0).uniform(-1, 2, (5, 12)) * 2**10) / 2**10}
    real = Start(REAL, 60.0, "net").run(files, currents)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(FAKE), os.environ.get("PYTHONPATH", ""))))
    fake = Start(REAL, 60.0, "net").run(files, currents)
    for one, other in zip(real, fake, strict=True):
        assert one.keys() == other.keys()
        for key in one:
            if not key.startswith("cost/") or key.endswith(("events", "fired", "stray")):
                np.testing.assert_array_equal(one[key], other[key], err_msg=key)


def test_another_chip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that comes with SANA-FE for a small chip: the same spikes, other energies."""
    monkeypatch.setenv("SNNIR_SANAFE_PYTHON", REAL)
    where = "import sanafe, pathlib; print(pathlib.Path(sanafe.__file__).parent / 'examples')"
    folder = subprocess.run([REAL, "-c", where], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    file = written(small(mlp(2, 6, 5, 1), "phase"), tmp_path)
    usual, other = (
        verify_file(file, points=4, architecture=each) for each in (None, Path(folder) / "example_chip.yaml")
    )
    assert usual.findings == other.findings == ()
    first, second = (each.report["simulated_chip"] for each in (usual, other))
    assert (first["architecture"], second["architecture"]) == ("loihi.yaml", "example_chip.yaml")
    assert first["parts"][0]["events"] == second["parts"][0]["events"]
    assert second["parts"][0]["energy_pj"]["synapse"] == pytest.approx(20.0 * second["parts"][0]["events"])
