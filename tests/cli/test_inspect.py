"""``snnir inspect`` and ``snnir targets`` where all is well."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import snnir as api
from snnir.registry import targets
from snnir.text import FORMATS, Format, pack, parse_graph, read_archive, render, tensors_of
from tests.cli.common import QUICK, done, refused, snnir


@pytest.mark.parametrize("kind", FORMATS)
def test_network_in_every_format(net: Path, kind: Format) -> None:
    """A network is shown as `render` shows it."""
    assert done("inspect", net, "--format", kind) == render(api.load(net), kind)


def test_summary_is_the_default(net: Path) -> None:
    """Without a format, there is the summary."""
    assert done("inspect", net) == done("inspect", net, "--format", "summary")


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "summary"])
def test_archive_in_every_format(compiled: Path, kind: Format) -> None:
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


@pytest.fixture
def emitted(net: Path, tmp_path: Path) -> Path:
    """That network as a NIR file."""
    done("compile", net, "-o", tmp_path / "new.nir", *QUICK)
    return tmp_path / "new.nir"


@pytest.mark.parametrize("kind", FORMATS)
def test_emitted_file_in_every_format(emitted: Path, kind: Format) -> None:
    """A NIR file is shown as the spiking graph that it was emitted from."""
    assert done("inspect", emitted, "--format", kind) == render(api.load(emitted), kind)
    if kind == "summary":
        assert "integrate_and_fire" in done("inspect", emitted)


def test_emitted_file_is_not_compiled_again(emitted: Path, tmp_path: Path) -> None:
    """What spikes already is not compiled."""
    text = refused(tmp_path, "compile", emitted, "-o", tmp_path / "out.snnir", *QUICK, exit_code=1)
    assert "compiled already" in text


@pytest.mark.parametrize("part", [0.0, 0.1, 0.9])
def test_truncated_emitted_file(emitted: Path, tmp_path: Path, part: float) -> None:
    """A NIR file that was cut short is refused by name."""
    data = emitted.read_bytes()
    emitted.write_bytes(data[: int(len(data) * part)])
    assert "new.nir" in refused(tmp_path, "inspect", emitted, exit_code=1)


def foreign(compiled: Path, **changes: Any) -> None:
    """Change an archive to one that another program may have written."""
    compiled.write_bytes(pack(replace(read_archive(compiled), **changes)))


@pytest.mark.parametrize("report", [{}, {"conversion": 1, "outputs": 2}, {"outputs": []}])
def test_foreign_report(compiled: Path, tmp_path: Path, report: dict[str, Any]) -> None:
    """An archive whose report is another is refused in the summary, and its graph is still shown on request."""
    foreign(compiled, report=report)
    result = snnir("inspect", compiled)
    assert result.exit_code == 1
    assert "[foreign-report]" in result.stderr
    assert done("inspect", compiled, "--format", "text") == render(read_archive(compiled).graph, "text")
    with pytest.raises(api.ModelError, match="damaged-archive"):
        api.Compiled.load(compiled)


def test_foreign_semantics(compiled: Path, points: Path, tmp_path: Path) -> None:
    """An archive with unknown semantics is not run."""
    foreign(compiled, setting={**read_archive(compiled).setting, "semantics": {"mood": "good"}})
    command = ["run", compiled, "--inputs", points, "--output", tmp_path / "out.npy"]
    assert "semantics" in refused(tmp_path, *command, exit_code=1)


def test_targets_are_listed() -> None:
    """Every target has a row with its files and what its neurons do."""
    rows = done("targets").splitlines()
    assert rows[0].split()[:3] == ["target", "codes", "files"]
    assert [row.split()[0] for row in rows[1 : rows.index("")]] == list(targets())
    (nir,) = (row for row in rows if row.startswith("  nir "))
    assert ".snnir, .nir" in nir
    assert "fire at >= threshold, threshold subtracted, delay 0, float32" in nir
