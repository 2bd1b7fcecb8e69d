"""The ``.snnir`` archive: a graph with its tensors, its report and what else belongs to it, in one file.

=========================  ==================================================================
``manifest.json``          versions, the setting, and the SHA-256 of every other member
``graph.snn``              the graph in its text form
``graphs/<name>.snn``      further graphs, e.g. the network that it was made from
``tensors/<digest>.npy``   tensors that the texts do not write out
``arrays/<name>.npy``      further arrays, e.g. points held out
``report.json``            the compile report
=========================  ==================================================================

Archives of format 1 have target and semantics in the manifest, and no setting.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict, TypeVar, cast
from urllib.parse import quote, unquote

from snnir.errors import ModelError, model_error
from snnir.io.files import read_bytes
from snnir.ir import Graph, Tensor
from snnir.text.container import DamageError, seal, unseal
from snnir.text.npy import decode_array, encode_array
from snnir.text.parser import parse_graph
from snnir.text.printer import print_graph, tensors_of
from snnir.types import Array

FORMAT = 2
_INLINE = 16
_MANIFEST = "manifest.json"
_GRAPH = "graph.snn"
_REPORT = "report.json"
_MEMBER = re.compile(
    r"graph\.snn|report\.json|graphs/[A-Za-z0-9_.~%-]*\.snn|arrays/[A-Za-z0-9_.~%-]*\.npy|tensors/[0-9a-f]{64}\.npy"
)
_KEYS: Mapping[int, Mapping[str, type]] = {
    1: {"format": int, "members": dict, "semantics": dict, "snnir": str, "target": str},
    2: {"format": int, "members": dict, "setting": dict, "snnir": str},
}
"""Of the manifest, by its format."""
_Made = TypeVar("_Made")


class _Members(TypedDict):
    format: int
    members: Mapping[str, str]


class _Manifest(_Members, total=False):
    setting: Mapping[str, object]
    semantics: Mapping[str, object]
    target: str


def _no_graphs() -> Mapping[str, Graph]:
    return {}


def _no_arrays() -> Mapping[str, Array]:
    return {}


@dataclass(frozen=True, eq=False)
class Archive:
    """What an archive holds. Archives do not compare; their bytes (`pack`) do.

    Attributes:
        graph: The compiled network.
        setting: What the network was compiled for and with, as plain JSON; of a file of format 1 only the ``target``
            and the ``semantics``.
        report: The compile report, as plain JSON (finite numbers only).
        graphs: Further graphs by name.
        arrays: Further arrays by name.
        format: Of the file that it was read from; what is written has `FORMAT`.
    """

    graph: Graph
    setting: Mapping[str, object]
    report: Mapping[str, object]
    graphs: Mapping[str, Graph] = field(default_factory=_no_graphs)
    arrays: Mapping[str, Array] = field(default_factory=_no_arrays)
    format: int = FORMAT


def pack(archive: Archive) -> bytes:
    """Return the content of a ``.snnir`` file; equal archives give equal bytes, on any system.

    Raises:
        ModelError: The report or the setting is not plain JSON; code ``not-json``.
    """
    named = {f"graphs/{quote(name, safe='')}.snn": graph for name, graph in sorted(archive.graphs.items())}
    texts = {_GRAPH: archive.graph, **named}
    tensors: dict[str, Tensor] = {}
    members: dict[str, bytes] = {}
    for name, graph in texts.items():
        members[name] = print_graph(graph, inline_limit=_INLINE).encode()
        tensors |= tensors_of(graph, above=_INLINE)
    for digest, tensor in sorted(tensors.items()):
        members[f"tensors/{digest}.npy"] = encode_array(tensor.array)
    for name, array in sorted(archive.arrays.items()):
        members[f"arrays/{quote(name, safe='')}.npy"] = encode_array(array)
    members[_REPORT] = _json(archive.report, "the report")
    manifest = {
        "format": FORMAT,
        "members": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
        "setting": archive.setting,
        "snnir": version("snnir"),
    }
    return seal({_MANIFEST: _json(manifest, "the manifest"), **members})


def unpack(data: bytes, name: str) -> Archive:
    """Return what a ``.snnir`` file holds, every byte of it checked.

    Args:
        data: Content of the file.
        name: What messages call it.

    Raises:
        ModelError: It is damaged (code ``damaged-archive``; the message names the member), or of a version
            that this snnir does not support (``archive-version``).
    """
    try:
        return _unpack(data, name)
    except DamageError as damage:
        place = f"{name}, {damage.member}" if damage.member else name
        hint = "copy it again from where it came from, or compile the model again"
        raise model_error("damaged-archive", f"the archive is damaged: {damage}", place, hint) from None


def read_archive(path: Path) -> Archive:
    """Return what a ``.snnir`` file holds.

    Raises:
        UsageError: There is no such file, or it cannot be read.
        ModelError: See `unpack`.
    """
    return unpack(read_bytes(path), path.name)


def archive_target(data: bytes) -> str | None:
    """Return the target that the network in a ``.snnir`` file was compiled for; None where it is no sound archive."""
    try:
        return str(_setting(_manifest(unseal(data), "archive"))["target"])
    except (DamageError, ModelError, KeyError):
        return None


def _unpack(data: bytes, name: str) -> Archive:
    members = unseal(data)
    manifest = _manifest(members, name)
    _check_members(members, manifest["members"])
    tensors = {key: Tensor(array) for key, array in _each(members, "tensors/", ".npy", decode_array).items()}
    for digest, tensor in tensors.items():
        if tensor.digest != digest:
            raise DamageError("its name is not its digest", f"tensors/{digest}.npy")

    def graph(text: bytes, member: str) -> Graph:
        try:
            return parse_graph(text.decode(), tensors, source=f"{name}, {member}")
        except UnicodeDecodeError:
            raise DamageError("it is not text in UTF-8", member) from None

    return Archive(
        graph=graph(members[_GRAPH], _GRAPH),
        setting=_setting(manifest),
        report=_object(members[_REPORT], _REPORT),
        graphs={
            unquote(key): graph(text, f"graphs/{key}.snn")
            for key, text in _each(members, "graphs/", ".snn", bytes).items()
        },
        arrays={unquote(key): array for key, array in _each(members, "arrays/", ".npy", decode_array).items()},
        format=manifest["format"],
    )


def _setting(manifest: _Manifest) -> Mapping[str, object]:
    """Return what a manifest has of the setting."""
    return manifest.get("setting", {key: manifest.get(key) for key in ("target", "semantics")})


def _manifest(members: Mapping[str, bytes], name: str) -> _Manifest:
    if _MANIFEST not in members:
        raise DamageError("it is missing", _MANIFEST)
    manifest = _object(members[_MANIFEST], _MANIFEST)
    found = manifest.get("format")
    if type(found) is int and found not in _KEYS:
        raise _unknown_version(found, name)
    keys = _KEYS[found if type(found) is int else FORMAT]
    if {key: type(value) for key, value in manifest.items()} != keys:
        raise DamageError(f"it must hold {', '.join(keys)} and nothing else", _MANIFEST)
    return cast("_Manifest", manifest)


def _unknown_version(found: int, name: str) -> ModelError:
    message = f"the archive has format {found}, this snnir reads formats up to {FORMAT}"
    return model_error("archive-version", message, name, "read it with the snnir that wrote it, or compile again")


def _check_members(members: Mapping[str, bytes], digests: Mapping[str, str]) -> None:
    """Raise unless the members are those of the manifest, byte for byte, under names that are allowed."""
    for member in dict.fromkeys([_GRAPH, _REPORT, *digests]):
        if member not in members:
            raise DamageError("it is missing", member)
    for member, data in members.items():
        if member == _MANIFEST:
            continue
        if not _MEMBER.fullmatch(member):
            raise DamageError("no member of an archive may have this name", member)
        if member not in digests:
            raise DamageError("the manifest does not list it", member)
        if hashlib.sha256(data).hexdigest() != digests[member]:
            raise DamageError("its content is not what was written", member)


def _each(members: Mapping[str, bytes], prefix: str, suffix: str, decode: Callable[[bytes], _Made]) -> dict[str, _Made]:
    """Return the decoded members of a folder, by their names in it."""
    made: dict[str, _Made] = {}
    for member, data in members.items():
        if not member.startswith(prefix):
            continue
        name = member.removeprefix(prefix).removesuffix(suffix)
        if prefix != "tensors/" and quote(unquote(name), safe="") != name:
            raise DamageError("its name is not escaped as snnir does", member)
        try:
            made[name] = decode(data)
        except ValueError as error:
            raise DamageError(str(error), member) from None
    return made


def _json(content: Mapping[str, object], what: str) -> bytes:
    try:
        return f"{json.dumps(content, sort_keys=True, indent=2, allow_nan=False, default=_plain)}\n".encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise model_error("not-json", f"{what} is not plain JSON: {error}") from None


def _plain(value: object) -> dict[str, object]:
    """Mappings of any kind are objects; everything else that JSON has no form for is refused."""
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    raise TypeError(f"{type(value).__name__} has no place in it")


def _object(data: bytes, member: str) -> dict[str, object]:
    try:
        content = json.loads(data)
        # Written again, it must be the same: so there are no doubled keys, no NaN, no stray blanks.
        same = isinstance(content, dict) and _json(cast("dict[str, object]", content), member) == data
    except (ValueError, RecursionError, ModelError):
        same = False
        content = None
    if not same:
        raise DamageError("it is not JSON as snnir writes it", member)
    return cast("dict[str, object]", content)
