"""``snnir inspect`` and ``snnir targets`` where all is well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import snnir as api
from snnir.registry import targets
from snnir.text import FORMATS, parse_graph, render, tensors_of
from tests.cli.common import done


@pytest.mark.parametrize("kind", FORMATS)
def test_network_in_every_format(net: Path, kind: str) -> None:
    """A network is shown as `render` shows it."""
    assert done("inspect", net, "--format", kind) == render(api.load(net), kind)


def test_summary_is_the_default(net: Path) -> None:
    """Without a format, there is the summary."""
    assert done("inspect", net) == done("inspect", net, "--format", "summary")


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "summary"])
def test_archive_in_every_format(compiled: Path, kind: str) -> None:
    """An archive is shown as its spiking graph."""
    assert done("inspect", compiled, "--format", kind) == render(api.Compiled.load(compiled).graph, kind)


def test_archive_with_its_measurements(compiled: Path) -> None:
    """The summary of an archive ends with what was measured."""
    text = done("inspect", compiled)
    network = api.Compiled.load(compiled)
    assert text.startswith(render(network.graph, "summary"))
    assert f"{network.report['conversion']['rel_l2']:.2e}" in text
    assert "times the ANN's energy" in text


def test_text_and_json_can_be_read_back(net: Path) -> None:
    """The text parses, and the JSON is JSON."""
    graph = api.load(net)
    parsed = parse_graph(done("inspect", net, "--format", "text"), tensors_of(graph))
    assert (parsed.nodes, parsed.outputs) == (graph.nodes, graph.outputs)
    assert json.loads(done("inspect", net, "--format", "json"))


def test_targets_are_listed() -> None:
    """Every target has a row with its files and what its neurons do."""
    rows = done("targets").splitlines()
    assert rows[0].split()[:3] == ["target", "codes", "files"]
    assert [row.split()[0] for row in rows[1:]] == list(targets())
    (nir,) = (row for row in rows if row.startswith("  nir "))
    assert ".snnir, .nir" in nir
    assert "fire at >= threshold, threshold subtracted, delay 0, float32" in nir
