"""Compiling for a reader: its semantics are calibrated for, and what it gets wrong is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import snnir
from snnir.codes.ramps import IntegrateAndFire
from snnir.compiler import Compiled
from snnir.data.sampling import sample
from snnir.errors import ModelError, UsageError
from snnir.registry import backend_for
from snnir.semantics import Semantics, evaluate
from snnir_nir.readers import READERS
from tests.networks import SHAPES, mlp

BOX = {"x": (-1.0, 1.0), "t": (0.0, 1.0)}
USABLE = [reader.name for reader in READERS if not reader.refused]


def compiled(graph: snnir.Graph, **options: Any) -> Compiled:
    """Compile quickly: without tuning, which changes nothing but how accurate the network is."""
    return snnir.compile(
        graph, domain=BOX, steps=8, calibration="advanced", **{"code": "population", "neurons_per_unit": 2, **options}
    )


def content(network: Compiled) -> h5py.File:
    """Return the NIR file of a network."""
    return h5py.File(io.BytesIO(network.artifacts()[".nir"]), "r")


@pytest.mark.parametrize("name", USABLE)
def test_semantics_of_the_reader(name: str, tmp_path: Path) -> None:
    """The network is simulated as the reader runs it, also when it comes from an archive; the report says for whom."""
    network = compiled(mlp(2, 6, 6, 1), reader=name, code="population")
    reader = next(each for each in READERS if each.name == name)
    assert network.semantics == reader.semantics
    assert network.report["reader"] == name
    assert network.report["legacy"] == reader.legacy
    starts = [node.op.initial for node in network.graph.nodes if isinstance(node.op, IntegrateAndFire)]
    assert [start is not None for start in starts] == [reader.semantics.initial] * 2
    network.save(tmp_path / "net.nir")
    again = Compiled.load(tmp_path / "net.snnir")
    assert again == network
    assert again.artifacts() == network.artifacts()
    points = np.random.default_rng(0).uniform(0, 1, (50, 2)).astype(np.float32)
    expected = evaluate(network.graph, {network.graph.inputs[0].name: points}, semantics=reader.semantics)
    np.testing.assert_array_equal(again.run(points), expected[network.graph.outputs[0]])


@pytest.mark.parametrize("name", USABLE)
def test_code_of_who_asks_for_none(name: str) -> None:
    """Without --code all are tried that the reader can carry, or the one that needs least."""
    made = snnir.compile(mlp(2, 4, 1), domain=BOX, steps=8, calibration="advanced", reader=name)
    codes = {"phase"} if name == "nirtorch" else {"population"}
    codes |= {"first-spike"} if name in {"spec", "norse", "spikingjelly"} else set()
    assert {row["code"] for row in made.report["search"]["tried"]} == codes


def test_the_exact_form_is_in_nir_primitives() -> None:
    """It carries signed neurons and initial membranes for readers of NIR as specified, with `>` and no IF."""
    network = compiled(mlp(2, 4, 1), form="exact", code="rate", neurons_per_unit=None)
    assert network.report["reader"] == "spec"
    assert network.report["code"] == "rate"
    assert network.semantics == Semantics(compare=">", dtype="float64")
    started = compiled(mlp(2, 4, 1), form="exact", code="population")
    for each, more in ((network, set[str]()), (started, {"Linear"})):
        with content(each) as tree:
            kinds = {node["type"][()].decode() for node in tree["node/nodes"].values()}
        assert kinds == {"Input", "Output", "Affine", "Scale", "I", "Threshold"} | more


def test_readers_of_chains_get_chains() -> None:
    """Where signals branch, a reader that runs nodes in the wrong order is refused, with every place."""
    graph = SHAPES["residual"]()
    with pytest.raises(ModelError) as caught:
        compiled(graph, reader="norse")
    assert {found.code for found in caught.value.diagnostics} == {"not-in-reader"}
    assert len(caught.value.diagnostics) > 1
    assert compiled(graph, reader="nirtorch", code="population").rel_l2 < 1


def test_readers_of_one_port() -> None:
    """Several spiking parts need several inputs and outputs, which few readers take."""
    graph = SHAPES["separable"]()
    domain = {value.name: (-1.0, 1.0) for value in graph.inputs}
    with pytest.raises(ModelError, match="reads files with one input"):
        snnir.compile(graph, domain=domain, code="population", steps=4, reader="sinabs", neurons_per_unit=2)
    made = snnir.compile(
        graph, domain=domain, code="population", steps=4, reader="spec", neurons_per_unit=2, calibration="advanced"
    )
    assert made.report["reader"] == "spec"


def test_one_threshold_for_a_layer() -> None:
    """A reader that supports one threshold per layer gets no other; for the others encoders add."""
    with pytest.raises(UsageError, match=r"one threshold in reader spikingjelly \[bad-normalise\]"):
        compiled(mlp(2, 6, 1), reader="spikingjelly", normalise=False)
    assert compiled(mlp(2, 6, 1), reader="norse", normalise=False).rel_l2 < 1
    for reader, same in (("spikingjelly", True), ("norse", False)):
        made = compiled(mlp(2, 6, 1), reader=reader, code="population", neurons_per_unit=3)
        (neurons,) = made.graph.of(IntegrateAndFire)
        before = neurons.op.encoder(made.graph, neurons)
        assert before is not None
        weights = before.op.weight.array[before.op.weight.array != 0]
        assert (np.unique(neurons.op.threshold.array).size == 1) is same
        assert bool(np.all(np.abs(weights) == 1)) is not same


def test_files_for_old_readers() -> None:
    """Without v_reset, which nir 1.0.5 cannot read; for a reader that pins such a nir without being asked."""
    graph = mlp(2, 4, 1)
    for options, there in (({}, True), ({"legacy": True}, False), ({"reader": "sinabs"}, False)):
        with content(compiled(graph, code="population", **options)) as tree:
            found = ["v_reset" in node for node in tree["node/nodes"].values() if node["type"][()] == b"IF"]
        assert found == [there]
    with pytest.raises(UsageError, match="writes no file for old readers"):
        compiled(graph, target="numpy", code="population", legacy=True)


def test_points_go_along(tmp_path: Path) -> None:
    """The archive has points that calibration did not see."""
    graph = mlp(2, 4, 1)
    (path,) = compiled(graph, code="population").save(tmp_path / "net.snnir")
    points = Compiled.load(path).points[graph.inputs[0].name]
    drawn = sample(graph, BOX, 0)
    name = graph.inputs[0].name
    np.testing.assert_array_equal(points, drawn.held_out[name][:256])
    assert not {tuple(point) for point in points} & {tuple(point) for point in drawn.calibration[name]}


def test_every_profile_says_where_it_comes_from() -> None:
    """Names are unique, versions and sources are there, and only what is refused carries no code."""
    assert backend_for("nir").target.readers == READERS
    assert len({reader.name for reader in READERS}) == len(READERS)
    for reader in READERS:
        assert reader.observed
        assert reader.source
        assert bool(reader.codes) != bool(reader.refused)
        assert "rate" not in reader.codes or (reader.recurrent and reader.semantics.reset == "subtract")
