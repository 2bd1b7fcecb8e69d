"""Errors on points of one's own, and graphs that were changed after they were compiled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import snnir
from snnir.compiler import Compiled
from snnir.errors import UsageError
from snnir.ir import Graph, Tensor
from snnir.ops import Dense
from tests.networks import gated_product, mlp, two_branch, two_outputs
from tests.support import failure

DOMAIN = {"x": (-1.0, 1.0), "t": (0.0, 1.0)}
STREAM = {"x": (-1.0, 1.0), "t": (0.0, 1.0)}


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    """A small network of the rate code."""
    return snnir.compile(mlp(2, 8, 8, 1), target="numpy", domain=DOMAIN, code="rate", steps=8)


def scaled(graph: Graph, factor: float) -> Graph:
    """Return a graph whose readout weights are multiplied."""
    last = graph.of(Dense)
    node = list(last)[-1]
    assert isinstance(node.op, Dense)
    op = replace(node.op, weight=Tensor(node.op.weight.array * np.float32(factor)))
    return graph.with_nodes(tuple(replace(each, op=op) if each is node else each for each in graph.nodes))


def test_error_on_given_points_has_the_keys_of_the_report(compiled: Compiled) -> None:
    """Users' row 8: there was no ``compiled.error(points)``. It is what both networks give, compared by hand."""
    points = np.random.default_rng(0).uniform(0, 1, (300, 2))
    found = compiled.error(points)
    apart = compiled.run(points).astype(float) - compiled.run_ann(points)
    assert found["rel_l2"] == pytest.approx(np.linalg.norm(apart) / np.linalg.norm(compiled.run_ann(points)))
    assert found["max_abs"] == pytest.approx(np.abs(apart).max())
    assert found["points"] == 300
    assert set(found) == {*compiled.report["conversion"], "outputs"}
    assert [set(each) for each in found["outputs"]] == [set(each) for each in compiled.report["outputs"]]


def test_error_of_several_outputs_is_that_of_each() -> None:
    """Each output has its own error, under its name."""
    compiled = snnir.compile(two_outputs(), target="numpy", domain=DOMAIN, code="rate", steps=8)
    points = np.random.default_rng(0).uniform(0, 1, (50, 2))
    spiking, analog = compiled.run(points), compiled.run_ann(points)
    for each in compiled.error(points)["outputs"]:
        apart = np.linalg.norm(spiking[each["name"]].astype(float) - analog[each["name"]])
        assert each["rel_l2"] == pytest.approx(apart / np.linalg.norm(analog[each["name"]]))


def test_points_that_do_not_fit_are_refused(compiled: Compiled) -> None:
    """Errors are of points of the network."""
    assert failure(lambda: compiled.error(np.zeros((4, 3))), UsageError).diagnostics[0].code == "bad-points"


def test_a_changed_graph_is_not_saved_with_the_old_report(compiled: Compiled, tmp_path: Path) -> None:
    """Users' row 8: 5.6e-3 was stated where 7.2e-2 was true. Nothing is written, and the message has the way out."""
    changed = replace(compiled, graph=scaled(compiled.graph, 1.5))
    error = failure(lambda: changed.save(tmp_path / "net.snnir"), UsageError)
    assert [each.code for each in error.diagnostics] == ["stale-report"]
    assert "with_graph" in (error.diagnostics[0].hint or "")
    assert not list(tmp_path.iterdir())


def test_a_changed_graph_is_measured_again_on_the_points_that_are_kept(compiled: Compiled, tmp_path: Path) -> None:
    """``with_graph`` states what is true of the new graph, and on how many points; also after a save and a load."""
    compiled.save(tmp_path / "net.snnir")
    again = Compiled.load(tmp_path / "net.snnir")
    changed = again.with_graph(scaled(again.graph, 1.5))
    assert changed.report["conversion"]["points"] == 256
    assert changed.rel_l2 == pytest.approx(changed.error(compiled.points)["rel_l2"])
    assert changed.rel_l2 > 2 * compiled.rel_l2
    changed.save(tmp_path / "changed.snnir")
    assert Compiled.load(tmp_path / "changed.snnir").report == changed.report
    rows = zip(changed.report["derivatives"]["rows"], compiled.report["derivatives"]["rows"], strict=True)
    assert all(new["value"] > old["value"] for new, old in rows)


@pytest.mark.parametrize("target", ["numpy", "nir", "loihi2"])
def test_a_graph_that_is_the_same_keeps_its_numbers(target: str) -> None:
    """What does not depend on the points stays as it was: nothing is lost but the search."""
    old = snnir.compile(mlp(2, 6, 1), target=target, domain=DOMAIN, code="population", neurons_per_unit=2, steps=8)
    new = old.with_graph(old.graph)
    assert set(new.report) == set(old.report)
    same = ("code", "steps", "units", "neurons", "domain", "derivatives", "graph_sha256", "source", "host", "latency")
    assert {key: new.report[key] for key in same} == {key: old.report[key] for key in same}
    assert new.rel_l2 == pytest.approx(old.rel_l2, rel=0.5)


def test_products_in_spikes_and_streams_are_measured_again() -> None:
    """The form that a network was given before it became spikes is kept, and so is the order of a stream."""
    squared = snnir.compile(
        gated_product(4), target="numpy", domain=DOMAIN, code="population", neurons_per_unit=2, steps=4,
        calibration="advanced", products="spikes",
    )  # fmt: skip
    assert squared.with_graph(squared.graph).rel_l2 == pytest.approx(squared.rel_l2, rel=0.5)
    stream = snnir.compile(two_branch(4), target="numpy", domain=STREAM, code="sigma-delta")
    again = stream.with_graph(stream.graph)
    assert again.report["stream"]["points"] == 256
    assert "search" not in again.report


def test_a_graph_of_another_network_is_refused(compiled: Compiled) -> None:
    """All that makes it another network is named at once."""
    other = snnir.compile(mlp(3, 8, 2), target="numpy", domain={"x": (0, 1)}, code="radix", steps=6)
    error = failure(lambda: compiled.with_graph(other.graph), UsageError)
    assert [each.code for each in error.diagnostics] == ["other-network"] * 3
    bare = replace(compiled, points={})
    assert failure(lambda: bare.with_graph(bare.graph), UsageError).diagnostics[0].code == "no-points"
