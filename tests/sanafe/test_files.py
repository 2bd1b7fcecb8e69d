"""What is written for SANA-FE, without SANA-FE."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.compiler import Compiled
from snnir.errors import ModelError, UsageError
from snnir.ir import Graph, Tensor
from snnir.ops import Dense
from snnir.registry import backend_for
from snnir.target import conformance
from snnir_sanafe import run
from snnir_sanafe.lower import LOIHI1
from snnir_sanafe.numbers import BELOW, MAX_WEIGHT, SILENCE
from snnir_sanafe.program import described, placed
from tests.networks import concat_skip, mlp, residual
from tests.sanafe.common import CASES, FAKE, plan_of, small, written
from tests.support import failure

NET = mlp(2, 6, 5, 1)


@pytest.fixture(scope="module", params=CASES)
def network(request: pytest.FixtureRequest) -> Compiled:
    """A small network in each of the codes, compiled without SANA-FE."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(run.PYTHON, raising=False)
        patch.setattr(run, "is_installed", lambda _: False)
        return small(NET, request.param)


def test_the_same_bytes_again(network: Compiled, tmp_path: Path) -> None:
    """Files depend on nothing but the network."""
    first = backend_for("sana-fe").emit(network.graph, network.setting)
    network.save(tmp_path / "net.snnir")
    again = Compiled.load(tmp_path / "net.snnir")
    assert backend_for("sana-fe").emit(again.graph, again.setting) == first
    assert sorted(first) == [".npz", ".py"]


def test_numbers_are_exact_on_the_chip(network: Compiled, tmp_path: Path) -> None:
    """Weights are multiples of 1/64 in single precision, thresholds lower by less than membranes can show."""
    plan, arrays = plan_of(written(network, tmp_path))
    (part,) = plan["parts"]
    weights = [arrays[each["weight"]] for each in part["synapses"]]
    beats = [arrays[each["weight"]] for each in part["clocks"]]
    assert {array.dtype for array in (*weights, *beats)} == {np.dtype("float32")}
    for array in (*weights, *beats):
        np.testing.assert_array_equal(array * 64, np.rint(array.astype(float) * 64))
    assert max(np.abs(array).max() for array in weights) <= MAX_WEIGHT
    for group in part["groups"][:-1]:
        threshold = arrays[group["threshold"]].astype(float) + BELOW
        np.testing.assert_array_equal(np.log2(threshold), np.rint(np.log2(threshold)))
    assert part["groups"][-1]["threshold"] is None


def test_layers_take_turns(network: Compiled, tmp_path: Path) -> None:
    """Every layer is silenced when its train has ended; those behind the first one get clocks, a step ahead."""
    plan, arrays = plan_of(written(network, tmp_path))
    (part,) = plan["parts"]
    steps = network.setting.steps
    turn = steps + 1 if network.setting.code == "phase" else 1
    assert [group["sends"] for group in part["groups"][:-1]] == [0, turn]
    ends = [clock["steps"] for clock in part["clocks"] if clock["name"] == "silence"]
    assert ends == [[steps - 1], [turn + steps - 1], [turn + 1 + steps - 1]]
    assert all(np.all(arrays[each["weight"]] == SILENCE) for each in part["clocks"] if each["name"] == "silence")
    assert {each["target"] for each in part["clocks"] if each["name"] != "silence"} == {1}
    assert [bool(group["injections"]) for group in part["groups"]] == [True, False, False]


def test_rounding_costs_nothing(network: Compiled) -> None:
    """The error is that of the same network with the neurons of the simulator."""
    options: dict[str, Any] = {"code": network.setting.code, "steps": network.setting.steps}
    usual = small(NET, "soft" if network.setting.reader is None else "hard", **options)
    assert network.rel_l2 == pytest.approx(usual.rel_l2, rel=0.05)


def test_how_to_install_is_in_the_report(network: Compiled) -> None:
    """Without SANA-FE the files are written, and the report states what is missing."""
    section = network.report["simulated_chip"]
    assert section["parts"] == []
    assert "pip install sanafe==2.2.9" in section["note"]
    assert section["note"].split(":")[0] in str(network.report)


@pytest.mark.parametrize("code", ["rate", "radix", "sigma-delta"])
def test_codes_with_other_spikes_are_refused(code: str) -> None:
    """With the reason."""
    reasons = {"rate": "no spikes of -1", "radix": "no digits of -1", "sigma-delta": "messages have no values"}
    error = failure(
        lambda: snnir.compile(NET, target="sana-fe", domain={"x": (-1, 1), "y": (-1, 1)}, code=code), UsageError
    )
    assert [each.code for each in error.diagnostics] == ["code-not-on-target"]
    assert reasons[code] in str(error)


@pytest.mark.parametrize(("graph", "code"), [(residual(), "delay-range"), (concat_skip(), "mixed-current")])
def test_skip_connections_are_refused(graph: Graph, code: str) -> None:
    """Nothing on the chip holds spikes back, or injects currents later."""
    error = failure(lambda: small(graph, "soft"), ModelError)
    assert code in {each.code for each in error.diagnostics}


def test_numbers_off_the_grid_are_refused() -> None:
    """A changed weight that the chip would round conforms to the target, but is not written."""
    network = small(NET, "soft")
    changed = [
        replace(node, op=replace(node.op, weight=Tensor(node.op.weight.array / 3)))
        if isinstance(node.op, Dense) and node.name.startswith("tanh1")
        else node
        for node in network.graph.nodes
    ]
    graph = network.graph.with_nodes(tuple(changed))
    assert graph != network.graph
    assert not conformance(graph, backend_for("sana-fe").target)
    error = failure(lambda: backend_for("sana-fe").emit(graph, network.setting), ModelError)
    assert [each.code for each in error.diagnostics] == ["off-grid"]


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many neurons, or weights, for the cores that there are."""
    network = small(NET, "soft")
    monkeypatch.setattr("snnir_sanafe.lower.LOIHI1", replace(LOIHI1, cores=2))
    error = failure(lambda: backend_for("sana-fe").emit(network.graph, network.setting), ModelError)
    assert [each.code for each in error.diagnostics] == ["no-room"]


def test_places() -> None:
    """Groups begin on cores of their own, and are spread evenly over as few as do."""
    layers = [(400, 0, 1), (400, 400, 3), (1, 400, 1)]
    found = placed(layers, 128, 1024, 131072, 1024)
    assert found == [(0, 0, 400, 0), (1, 0, 200, 1), (1, 200, 400, 2), (2, 0, 1, 3)]
    assert placed(layers, 3, 1024, 131072, 1024) is None
    assert placed(layers, 128, 1024, 131072, 2) is None
    assert placed([(5, 200_000, 0)], 128, 1024, 131072, 2) is None
    assert placed([(250, 10, 4)], 3, 104, None, 4) == [(0, 0, 83, 0), (0, 83, 166, 1), (0, 166, 250, 2)]


def test_architecture_files() -> None:
    """Units are found by their models, in any order of the file, with ranges and quotes."""
    units = described((FAKE / "sanafe" / "examples" / "loihi.yaml").read_text(encoding="utf-8"))
    assert (units["soma"], len(units["clocks"]), units["clocks"][1], units["neurons"]) == (
        "lif",
        1024,
        "beats[1]",
        1024,
    )
    text = """
        soma: [{name: 'in[2..3]', attributes: {model: input}}, {name: "a", attributes: {model: leaky_integrate_fire}}]
        max_neurons_supported: 20
    """
    assert described(text) == {"soma": "a", "clocks": ["in[2]", "in[3]"], "neurons": 20}
    with pytest.raises(SystemExit, match="no input"):
        described("max_neurons_supported: 1\nname: a\nmodel: leaky_integrate_fire")
