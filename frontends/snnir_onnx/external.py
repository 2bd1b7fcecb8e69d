"""Tensors that live in files beside the model: read only from inside the model's folder."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path, PureWindowsPath
from typing import NoReturn

import numpy as np

from snnir.errors import Diagnostic
from snnir.io.files import GIT_LFS_HINT, git_lfs_pointer
from snnir.semantics.limits import MAX_ELEMENTS
from snnir_onnx.proto import TENSOR, Message, dtype_from, tensors
from snnir_onnx.source import RefusedError

SHOWN = 3
"""Tensors that a message names."""


def embed(model: Message, path: Path) -> list[Diagnostic]:
    """Move the data of all external tensors into the model; return what could not be moved, one finding per cause.

    Args:
        model: Changed in place.
        path: Where it was read from.
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    for tensor in tensors(model):
        if tensor.data_location != TENSOR.EXTERNAL:
            continue
        try:
            _embed(tensor, path)
        except RefusedError as error:
            found.setdefault((error.code, error.message, error.hint), []).append(tensor.name)
    return [
        Diagnostic(code, message, f"{path.name}, {_named(names)}", hint)
        for (code, message, hint), names in found.items()
    ]


def _named(names: list[str]) -> str:
    if len(names) == 1:
        return f"tensor {names[0]!r}"
    shown = ", ".join(map(repr, names[:SHOWN]))
    return f"tensors {shown}" if len(names) <= SHOWN else f"tensors {shown} and {len(names) - SHOWN} more"


def _embed(tensor: Message, path: Path) -> None:
    entries: dict[str, str] = {entry.key: entry.value for entry in tensor.external_data}
    shape = tuple(tensor.dims)
    if min(shape, default=0) < 0 or prod(shape) > MAX_ELEMENTS:
        raise RefusedError("too-large", f"a tensor of shape {list(shape)} is larger than the limit")
    size = prod(shape) * np.dtype(dtype_from(tensor.data_type)).itemsize
    file = _inside(path, entries.get("location", ""))
    offset, length = _number(entries, "offset", 0), _number(entries, "length", size)
    if length != size:
        raise RefusedError("bad-tensor", f"{length} bytes of external data are declared where {size} are needed")
    try:
        with file.open("rb") as stream:
            stream.seek(offset)
            content = stream.read(length)
    except OSError as error:
        raise RefusedError("missing-external-data", f"{file.name} cannot be read: {error.strerror}") from error
    if len(content) != length:
        _refuse_short(file)
    tensor.ClearField("external_data")
    tensor.data_location = TENSOR.DEFAULT
    tensor.raw_data = content


def _refuse_short(file: Path) -> NoReturn:
    with file.open("rb") as stream:
        head = stream.read(1024)
    if git_lfs_pointer(head):
        raise RefusedError("missing-external-data", f"its data file {file.name!r} is only a pointer", GIT_LFS_HINT)
    held = f"its data file {file.name!r} of {file.stat().st_size:,} bytes ends too early"
    raise RefusedError("missing-external-data", held, "the file is incomplete, or belongs to another model")


def _inside(path: Path, location: str) -> Path:
    """Return the file that holds the data, checked before anything is read."""
    hint = "external data must lie in the folder of the model, or below it"
    given = PureWindowsPath(location)
    if not location or "\0" in location or given.is_absolute() or given.drive or location[0] in "/\\":
        raise RefusedError("external-data-outside", f"external data at {location!r}", hint)
    if ".." in given.parts:
        raise RefusedError("external-data-outside", f"external data at {location!r} leave the folder", hint)
    folder = path.parent.resolve()
    try:
        file = (folder / location).resolve()
        readable = file.is_file()
    except (OSError, RuntimeError) as error:
        raise RefusedError("missing-external-data", f"{location!r} cannot be reached: {error}", hint) from error
    if not file.is_relative_to(folder):
        raise RefusedError("external-data-outside", f"external data at {location!r} link to outside the folder", hint)
    if not readable:
        beside = f"copy {location!r} from where the model was exported into the model's folder"
        raise RefusedError("missing-external-data", f"its data file {location!r} is not there", beside)
    return file


def _number(entries: Mapping[str, str], key: str, default: int) -> int:
    text = entries.get(key, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise RefusedError("bad-tensor", f"{key} {text!r} of its external data is not a number of bytes")
    return int(text)
