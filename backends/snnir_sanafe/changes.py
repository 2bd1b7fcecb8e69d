"""What in an emitted program is not as it would be written."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any
from zipfile import BadZipFile

import numpy as np

from snnir.errors import model_error
from snnir.types import Array


def differences(
    files: Mapping[str, bytes], program: bytes, expected: Mapping[str, Array], where: str
) -> tuple[str, ...]:
    """Return what differs between the files of a program and what would be written.

    Args:
        files: By suffix.
        program: What ``.py`` should be.
        expected: Arrays that should be in ``.npz``.
        where: Name of that file.

    Raises:
        ModelError: The arrays cannot be read, or are those of another network; codes ``damaged-npz`` and
            ``not-its-archive``.
    """
    try:
        with np.load(io.BytesIO(files[".npz"]), allow_pickle=False) as file:
            found: dict[str, Array] = dict(file)
        same = _shape(found) == _shape(expected)
    except (OSError, EOFError, ValueError, TypeError, LookupError, BadZipFile, zlib.error) as error:
        hint = "write it again; was it copied as a whole?"
        raise model_error("damaged-npz", f"these are not the arrays of a program: {error}", where, hint) from None
    if not same:
        hint = "the .snnir beside it must be that of the same compile"
        raise model_error("not-its-archive", "it does not hold the network of the archive", where, hint)
    changed = ["the program"] if files[".py"] != program else []
    return (*changed, *_changed(found, expected))


def _shape(arrays: Mapping[str, Array]) -> Any:
    """Return what must be the same for spikes to be compared at all."""
    parts = json.loads(bytes(arrays["plan"]))["parts"]
    groups = [[(group["name"], group["neurons"], group["steps"]) for group in part["groups"]] for part in parts]
    return [(part["inputs"], part["outputs"]) for part in parts], groups


def _changed(found: Mapping[str, Array], expected: Mapping[str, Array]) -> Iterator[str]:
    for name in sorted(found.keys() | expected.keys()):
        one, other = found.get(name), expected.get(name)
        if one is None or other is None or (one.dtype, one.tobytes()) != (other.dtype, other.tobytes()):
            yield "the plan" if name == "plan" else name
