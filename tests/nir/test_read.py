"""Reading files: ours, those of others, and damaged ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from snnir.errors import ModelError, UsageError
from snnir.ir import Graph
from snnir.setting import Setting
from snnir_nir import BACKEND, from_nir, interpret, read_metadata, read_nir
from tests.support import setting_on


def code_of(action: Any, *arguments: Any) -> str:
    """Return the code of the single finding with which an action fails."""
    with pytest.raises(ModelError) as caught:
        action(*arguments)
    (found,) = caught.value.diagnostics
    return found.code


def foreign() -> Any:
    """Return a graph as another program would write it."""
    nodes = {
        "input": nir.Input({"input": np.array([1])}),
        "fc": nir.Linear(np.ones((2, 1))),
        "if": nir.IF(np.ones(2), np.array([1.0, 2.0]), np.zeros(2)),
        "output": nir.Output({"output": np.array([2])}),
    }
    return nir.NIRGraph(nodes, [("input", "fc"), ("fc", "if"), ("if", "output")])


def test_the_spiking_part_comes_back(host_graph: Graph, emitted: Any) -> None:
    """Of a graph with a host part, the regions come back: equal nodes, fed and read where the host was."""
    graph = from_nir(read_nir(emitted(host_graph)))
    spiking = [node for node in host_graph.nodes if node.op.mnemonic != "tanh"]
    assert list(graph.nodes) == spiking
    assert [value.name for value in graph.inputs] == ["before/out", "between/out"]
    assert graph.outputs == ("decode/out", "decode.0/out")
    again = from_nir(read_nir(emitted(graph, "again.nir")))
    assert again == graph


def test_a_file_cut_short_is_an_error_without_a_traceback(deep_graph: Any, emitted: Any, tmp_path: Path) -> None:
    """Wherever a copy stopped, the reader says that the file is damaged."""
    content = emitted(deep_graph()).read_bytes()
    path = tmp_path / "short.nir"
    for length in (0, 1, 8, 100, 512, *range(1000, len(content), 1 + len(content) // 10), len(content) - 1):
        path.write_bytes(content[:length])
        assert code_of(read_nir, path) == "damaged-nir"


def test_any_flipped_bit_is_noticed(deep_graph: Any, emitted: Any, tmp_path: Path) -> None:
    """Damage is found by the checksum, before HDF5 could loop on it or a name change unnoticed."""
    content = emitted(deep_graph()).read_bytes()
    rng = np.random.default_rng(0)
    path = tmp_path / "flipped.nir"
    for place in [0, len(content) - 1, *rng.integers(0, len(content) - 78, 200)]:
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        assert code_of(read_nir, path) == "damaged-nir"


def test_a_file_without_its_checksum_is_still_read(deep_graph: Any, emitted: Any) -> None:
    """HDF5 programs drop what stands behind the content when they rewrite a file."""
    path = emitted(deep_graph())
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"\nsnnir sha256 ")])
    assert from_nir(read_nir(path)) == deep_graph()


def test_a_file_that_is_no_hdf5_is_an_error(tmp_path: Path) -> None:
    """Text with the right ending is not taken for a NIR file."""
    path = tmp_path / "text.nir"
    path.write_text("hello", encoding="utf-8")
    assert code_of(read_nir, path) == "damaged-nir"


def test_a_missing_file_is_a_wrong_command(tmp_path: Path) -> None:
    """No file is the caller's mistake, not the file's; a folder neither."""
    for path, code in ((tmp_path / "none.nir", "no-such-file"), (tmp_path, "cannot-read")):
        with pytest.raises(UsageError, match=code):
            read_nir(path)


@pytest.mark.parametrize("part", ["node", "node/type", "node/edges", "node/nodes/dense/weight", "node/nodes/if_1/type"])
def test_a_missing_part_is_an_error(deep_graph: Any, emitted: Any, part: str) -> None:
    """HDF5 that lacks any part of a graph is damaged."""
    graph = deep_graph(signed=False)
    path = emitted(graph)
    with h5py.File(path, "r+") as file:
        del file[part]
    assert code_of(read_nir, path) == "damaged-nir"


@pytest.mark.parametrize("link", [h5py.SoftLink("/node"), h5py.ExternalLink("other.nir", "/node")])
def test_links_are_not_followed(deep_graph: Any, emitted: Any, link: Any) -> None:
    """A file cannot make the reader open another one, or walk in circles."""
    path = emitted(deep_graph())
    with h5py.File(path, "r+") as file:
        file["node/nodes/more"] = link
    assert code_of(read_nir, path) == "damaged-nir"


def test_circles_and_bombs_are_refused(deep_graph: Any, emitted: Any) -> None:
    """A group inside itself ends, and a few bytes cannot unpack to all memory."""
    for attack in (
        lambda file: file.__setitem__("node/nodes/loop", file["node"]),
        lambda file: file.create_dataset(
            "node/nodes/bomb", (1 << 20, 1 << 20), "f8", chunks=(1, 1024), compression="gzip"
        ),
    ):
        path = emitted(deep_graph())
        with h5py.File(path, "r+") as file:
            attack(file)
        assert code_of(read_nir, path) == "damaged-nir"


def test_files_of_others_are_refused_by_name(tmp_path: Path) -> None:
    """They can be read and interpreted, but not turned into the graph they never were."""
    path = tmp_path / "foreign.nir"
    nir.write(path, foreign())
    source = read_nir(path)
    assert code_of(from_nir, source) == "foreign-nir"
    assert code_of(read_metadata, source) == "foreign-nir"


def test_unknown_nodes_are_all_named() -> None:
    """Nodes without step-by-step semantics here are refused together."""
    graph = foreign()
    graph.nodes["a"] = nir.CubaLI(*[np.ones(2)] * 4)
    graph.nodes["b"] = nir.Flatten({"input": np.array([1, 2])}, 0, 1)
    with pytest.raises(ModelError) as caught:
        interpret(graph, np.ones((1, 1)), 1)
    assert [found.where for found in caught.value.diagnostics] == ["NIR node 'a'", "NIR node 'b'"]


@pytest.mark.parametrize(
    ("node", "array", "place"),
    [("if_1", "v_threshold", 0), ("if_1_cross", "weight", 1), ("if_1_cross", "bias", 0), ("dense_pair", "weight", -1)],
)
def test_changed_parameters_are_noticed(deep_graph: Any, emitted: Any, node: str, array: str, place: int) -> None:
    """A file whose arrays were edited no longer matches its metadata and is not taken for the original."""
    path = emitted(deep_graph())
    with h5py.File(path, "r+") as file:
        data = file[f"node/nodes/{node}/{array}"]
        content = data[()]
        content.flat[place] += 0.5
        data[...] = content
    source = read_nir(path)
    assert code_of(from_nir, source) == "changed-nir"
    interpret(source, np.zeros((1, 2)))


def test_a_removed_edge_is_noticed(deep_graph: Any, emitted: Any) -> None:
    """The same for the wiring."""
    source: Any = read_nir(emitted(deep_graph()))
    source.edges.remove(("if_1_cross", "if_1"))
    with pytest.raises(ModelError, match=r"edge 'if_1_cross' -> 'if_1'"):
        from_nir(source)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        ({"format": 99}, "nir-format"),
        ({"nodes": None}, "damaged-nir"),
        ({"nodes": [{}]}, "damaged-nir"),
        ({"layers": {}}, "damaged-nir"),
        ({"steps": "8"}, "damaged-nir"),
        ({"reset": "maybe"}, "damaged-nir"),
        ({"inputs": []}, "damaged-nir"),
        ({"interface": {}}, "damaged-nir"),
        ({"dt": 2}, "changed-nir"),
    ],
)
def test_edited_metadata_are_noticed(deep_graph: Any, emitted: Any, edit: dict[str, Any], code: str) -> None:
    """Metadata that do not describe the network are an error with a code, never a traceback."""
    source: Any = read_nir(emitted(deep_graph()))
    source.metadata["snnir"] = json.dumps({**json.loads(source.metadata["snnir"]), **edit})
    assert code_of(from_nir, source) == code


@pytest.mark.parametrize("text", ["{", "[]", "3", '"x"', "{}", "[" * 100000])
def test_metadata_that_are_no_json_object_are_noticed(deep_graph: Any, emitted: Any, text: str) -> None:
    """Neither broken nor other JSON is a surprise."""
    source: Any = read_nir(emitted(deep_graph()))
    source.metadata["snnir"] = text
    assert code_of(from_nir, source) == "damaged-nir"


def test_nothing_of_the_host_is_needed_to_read(host_graph: Graph, emitted: Any) -> None:
    """The setting survives, and does not make the file differ from its graph."""
    setting = setting_on(BACKEND.target, seed=3)
    source = read_nir(emitted(host_graph, setting=setting))
    assert Setting.of(read_metadata(source)["setting"]) == setting
    assert BACKEND.emit(from_nir(source), setting).keys() == {".nir"}


def test_files_from_before_settings_are_read(deep_graph: Any, emitted: Any) -> None:
    """Metadata with an excerpt of the report in the place of the setting describe the same network."""
    source: Any = read_nir(emitted(deep_graph()))
    facts = json.loads(source.metadata["snnir"])
    kept = {key: value for key, value in facts.items() if key not in {"setting", "source"}}
    source.metadata["snnir"] = json.dumps({**kept, "report": {"units": 4, "domain": {"x": [[0.0], [1.0]]}}})
    assert from_nir(source) == from_nir(read_nir(emitted(deep_graph())))
