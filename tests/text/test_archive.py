"""Archives: byte-identical, complete, and refused after any damage."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snnir.errors import ModelError, UsageError
from snnir.ir import Tensor
from snnir.text import Archive, pack, print_graph, read_archive, unpack
from snnir.text.container import is_sealed, seal, unseal
from snnir.text.npy import decode_array, encode_array
from snnir.types import DTYPES, Array
from tests.support import failure, spiking_graph

Members = dict[str, bytes]
POINTS = np.arange(6, dtype=np.float64).reshape(3, 2)


def archive() -> Archive:
    """Return an archive with something in every place."""
    graph = spiking_graph()
    return Archive(
        graph,
        setting={"target": "nir", "semantics": {"reset": "subtract", "delay": 0}},
        report={"steps": 32, "conversion": {"rel_l2": 1e-3}, "layers": [{"name": "net.0"}]},
        graphs={"ann": graph, "a/../b \n": graph},
        arrays={"points": POINTS, "x/y": np.array([True, False])},
    )


DATA = pack(archive())
SAVED = encode_array(POINTS)


def damage(data: bytes) -> str:
    """Return the only finding of reading a damaged archive, as text."""
    error = failure(lambda: unpack(data, "u.snnir"), ModelError)
    (finding,) = error.diagnostics
    assert finding.code == "damaged-archive"
    assert finding.where.startswith("u.snnir")
    assert finding.hint
    return f"{finding.where}: {finding.message}"


def resealed(data: bytes) -> bytes:
    """Return an archive whose digest was made anew after a change, as an attacker could."""
    body = data[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


def forged(change: Callable[[Members], object], manifest: Mapping[str, Any] | None = None) -> bytes:
    """Return a well-sealed archive with other members, and a manifest that goes with them."""
    members = unseal(DATA)
    old = json.loads(members.pop("manifest.json"))
    change(members)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    new = {**old, "members": digests, **(manifest or {})}
    text = json.dumps(new, sort_keys=True, indent=2) + "\n"
    return seal({"manifest.json": text.encode(), **members})


def test_what_goes_in_comes_out() -> None:
    """Graphs, tensors, arrays, report and setting come back as they were."""
    given, found = archive(), unpack(DATA, "u.snnir")
    assert found.graph == given.graph
    assert found.graphs == given.graphs
    assert (found.setting, found.report) == (given.setting, given.report)
    assert {name: Tensor(array) for name, array in found.arrays.items()} == {
        name: Tensor(array) for name, array in given.arrays.items()
    }
    assert not found.arrays["points"].flags.writeable


def test_equal_archives_are_equal_bytes() -> None:
    """Packing again gives the same bytes, also after reading and whatever the order of dictionaries."""
    given = archive()
    turned = Archive(
        given.graph,
        dict(reversed(list(given.setting.items()))),
        dict(reversed(list(given.report.items()))),
        dict(reversed(list(given.graphs.items()))),
        dict(reversed(list(given.arrays.items()))),
    )
    assert pack(given) == pack(turned) == pack(unpack(DATA, "u.snnir")) == DATA


def test_members_can_be_read_without_snnir() -> None:
    """Any zip tool finds text, JSON and NumPy files; the text form is that of the printer."""
    with zipfile.ZipFile(io.BytesIO(DATA)) as file:
        assert file.testzip() is None
        names = file.namelist()
        assert names[0] == "manifest.json"
        assert file.read("graph.snn").decode() == print_graph(spiking_graph())
        assert np.array_equal(np.load(io.BytesIO(file.read("arrays/points.npy"))), POINTS)
        assert json.loads(file.read("report.json"))["steps"] == 32
    assert "graphs/a%2F..%2Fb%20%0A.snn" in names


def test_a_small_archive_needs_no_extras(tmp_path: Path) -> None:
    """Without further graphs and arrays an archive holds three members and the large tensors."""
    file = tmp_path / "u.snnir"
    file.write_bytes(pack(Archive(spiking_graph(), {}, {})))
    found = read_archive(file)
    assert found.graph == spiking_graph()
    assert (found.graphs, found.arrays) == ({}, {})
    assert len(unseal(file.read_bytes())) == 4


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    """Reading an archive that is not there is the user's slip, not damage."""
    error = failure(lambda: read_archive(tmp_path / "u.snnir"), UsageError)
    assert error.diagnostics[0].code == "no-such-file"


@pytest.mark.parametrize("content", [{"x": float("nan")}, {"x": {1, 2}}, {"x": np.float32(1)}, {1: 2, "x": 3}])
def test_reports_are_plain_json(content: dict[str, Any]) -> None:
    """NaN, sets, NumPy numbers and mixed keys are refused before anything is written."""
    error = failure(lambda: pack(Archive(spiking_graph(), {}, content)), ModelError)
    assert error.diagnostics[0].code == "not-json"


def test_any_flipped_bit_is_refused() -> None:
    """At every byte of the file, a flipped bit gives one finding that says so."""
    for place in range(len(DATA)):
        changed = bytearray(DATA)
        changed[place] ^= 1 << place % 8
        assert damage(bytes(changed))


def test_a_flipped_bit_names_its_member() -> None:
    """Damage inside a member is reported as that member's."""
    for member, data in unseal(DATA).items():
        changed = bytearray(DATA)
        stored = member.encode() + data
        changed[DATA.index(stored) + len(stored) - len(data) // 2 - 1] ^= 1
        assert damage(bytes(changed)).startswith(f"u.snnir, {member}: ")


def test_a_flipped_bit_under_a_new_seal() -> None:
    """Even with the digest of the whole file forged, the answer is an error or the same content."""
    for place in range(0, len(DATA) - 64, 5):
        changed = bytearray(DATA)
        changed[place] ^= 1 << place % 8
        try:
            found = unpack(resealed(bytes(changed)), "u.snnir")
        except ModelError:
            continue
        assert pack(found) == DATA


@pytest.mark.parametrize("length", [0, 1, 2, 30, 100, len(DATA) // 2, len(DATA) - 65, len(DATA) - 64, len(DATA) - 1])
def test_a_truncated_archive_is_refused(length: int) -> None:
    """A file that was cut short is refused wherever the cut is."""
    assert damage(DATA[:length])


def test_bytes_around_an_archive_are_refused() -> None:
    """Nothing may stand before or after the archive, although zip tools allow it."""
    for data in (b"#!/bin/sh\n" + DATA, DATA + b"\n", b"PK" + DATA, b"", b"hello", b"PK\x03\x04hello"):
        assert damage(data)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../evil", b""),
        ("/etc/passwd", b""),
        ("arrays/../../evil.npy", b""),
        ("tensors/abc.npy", b""),
        ("graphs/a b.snn", b""),
        ("C:\\evil", b""),
        ("extra.txt", b"x"),
    ],
)
def test_names_outside_the_layout_are_refused(name: str, content: bytes) -> None:
    """Members may have the names of the layout only, so none can point out of a folder."""
    assert "no member of an archive may have this name" in damage(
        forged(lambda members: members.update({name: content}))
    )


def test_names_must_be_escaped_one_way() -> None:
    """Two names in the file cannot stand for one name in the archive."""
    text = damage(forged(lambda members: members.update({"arrays/%70oints.npy": encode_array(POINTS)})))
    assert text.startswith("u.snnir, arrays/%70oints.npy: ")


@pytest.mark.parametrize("member", ["graph.snn", "report.json"])
def test_missing_members_are_named(member: str) -> None:
    """Graph and report must be there."""
    assert f"u.snnir, {member}: the archive is damaged: it is missing" in damage(forged(lambda m: m.pop(member)))


def test_a_missing_manifest_is_named() -> None:
    """So must the manifest."""
    members = unseal(DATA)
    del members["manifest.json"]
    assert "u.snnir, manifest.json" in damage(seal(members))


def test_members_must_be_those_of_the_manifest() -> None:
    """A member that the manifest lists must be there, and none besides."""
    members = unseal(DATA)
    assert "the manifest does not list it" in damage(seal({**members, "arrays/more.npy": encode_array(POINTS)}))
    del members["arrays/points.npy"]
    assert "u.snnir, arrays/points.npy: the archive is damaged: it is missing" in damage(seal(members))


def test_doubled_members_are_refused() -> None:
    """A name that occurs twice could mean two things to two readers."""
    buffer = io.BytesIO(DATA)
    with zipfile.ZipFile(buffer, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("report.json", "{}\n")
    assert "u.snnir, report.json: the archive is damaged: it occurs twice" in damage(resealed(buffer.getvalue()))


def test_compressed_members_are_refused() -> None:
    """Nothing is unpacked to more than the file holds, so there are no zip bombs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", b"0" * 10_000_000)
    assert "it is compressed" in damage(buffer.getvalue())


def test_declared_sizes_cannot_exceed_the_file() -> None:
    """Members that share bytes, or that are longer than the file, are refused before they are read."""
    changed = bytearray(DATA)
    entry = DATA.index(b"PK\x01\x02")
    changed[entry + 20 : entry + 28] = (2**31).to_bytes(4, "little") * 2
    assert "larger than the file" in damage(resealed(bytes(changed)))


@pytest.mark.parametrize("found", [0, 3, 1000])
def test_an_unknown_format_version_is_its_own_finding(found: int) -> None:
    """An archive of another format is not called damaged."""
    error = failure(lambda: unpack(forged(dict, {"format": found}), "u.snnir"), ModelError)
    assert [finding.code for finding in error.diagnostics] == ["archive-version"]
    assert f"format {found}" in str(error)


@pytest.mark.parametrize(
    "manifest", [{"format": True}, {"format": "1"}, {"target": "nir"}, {"setting": None}, {"members": []}, {"more": 1}]
)
def test_a_wrong_manifest_is_named(manifest: dict[str, Any]) -> None:
    """The manifest holds exactly what it should, of the right types."""
    assert damage(forged(dict, manifest)).startswith("u.snnir, manifest.json: ")


@pytest.mark.parametrize(
    "report", [b"", b"[]\n", b"{}", b'{\n  "a": NaN\n}\n', b'{\n  "a": 1,\n  "a": 1\n}\n', b"[" * 100_000, b"\xff"]
)
def test_a_wrong_report_is_named(report: bytes) -> None:
    """The report is an object in the one layout that snnir writes: no NaN, no doubled key."""
    text = damage(forged(lambda members: members.update({"report.json": report})))
    assert text.startswith("u.snnir, report.json: ")


def test_a_text_in_another_encoding_is_named() -> None:
    """Graphs are UTF-8."""
    text = damage(forged(lambda members: members.update({"graphs/ann.snn": b"\xff\xfe"})))
    assert text.startswith("u.snnir, graphs/ann.snn: ")


def test_a_malformed_graph_names_member_and_line() -> None:
    """A text error inside an archive says which file and which member it is in."""
    error = failure(lambda: unpack(forged(lambda m: m.update({"graph.snn": b"snnir 1\n"})), "u.snnir"), ModelError)
    assert error.diagnostics[0].where == "u.snnir, graph.snn:2:1"


def test_a_tensor_must_have_the_digest_of_its_name() -> None:
    """A tensor cannot be replaced by another, even with a manifest that agrees."""
    name = next(member for member in unseal(DATA) if member.startswith("tensors/"))
    text = damage(forged(lambda members: members.update({name: encode_array(np.zeros((2, 12), np.float32))})))
    assert text == f"u.snnir, {name}: the archive is damaged: its name is not its digest"


def _saved(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(array), **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an .npy file of version 1.0"),
        (_saved(POINTS, version=(2, 0)), "not an .npy file of version 1.0"),
        (_saved(np.array([{}], dtype=object), version=(1, 0)), "element type '|O'"),
        (_saved(np.array([1j])), "element type '<c16'"),
        (_saved(np.array(["a"])), "element type '<U1'"),
        (_saved(np.zeros(2, dtype=">f4")), "element type '>f4'"),
        (_saved(np.zeros(2, dtype=[("a", "<f4")])), "header is malformed"),
        (_saved(np.asfortranarray(POINTS)), "not stored row by row"),
        (SAVED[:-1], "its size does not go with float64[3, 2]"),
        (SAVED + b"0", "its size does not go with float64[3, 2]"),
        (SAVED.replace(b"(3, 2), }", b"(3,2), } "), "not the one that snnir writes"),
        (SAVED.replace(b"(3, 2), }", b"(9+9,), }"), "header is malformed"),
        (_saved(np.array([1], dtype=np.uint8)).replace(b"|u1", b"|b1")[:-1] + b"\x02", "neither true nor false"),
    ],
)
def test_arrays_are_plain_numbers(content: bytes, message: str) -> None:
    """Pickles, other element types, other orders and other sizes are refused, and the member is named."""
    text = damage(forged(lambda members: members.update({"arrays/points.npy": content})))
    assert text.startswith("u.snnir, arrays/points.npy: ")
    assert message in text


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3)])
def test_arrays_keep_type_shape_and_bits(dtype: str, shape: tuple[int, ...]) -> None:
    """Every element type and shape comes back as it was; columns first or strided makes no difference."""
    array: Array = np.random.default_rng(1).integers(0, 2, (*shape, 2)).astype(dtype)[..., 0]
    found = decode_array(encode_array(array.T))
    assert Tensor(found) == Tensor(array.T)


def test_the_seal_is_the_end() -> None:
    """The last 64 bytes are the SHA-256 of all before them."""
    assert is_sealed(DATA)
    assert DATA[-64:].decode() == hashlib.sha256(DATA[:-64]).hexdigest()
    assert not is_sealed(DATA[:-1] + b"g")
