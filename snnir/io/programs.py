"""Emitted programs: a ``.py`` that is the same for all networks, and arrays beside it, among them a plan in JSON."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zipfile import BadZipFile

import numpy as np

from snnir.errors import model_error
from snnir.types import Array

HINT = "write it again; was it copied as a whole?"


def differences(
    files: Mapping[str, bytes],
    program: bytes,
    expected: Mapping[str, Array],
    where: str,
    *,
    shape: Callable[[Any], object],
    users: Callable[[str, Any], str] = lambda _name, _plan: "",
) -> tuple[str, ...]:
    """Return what differs between the files of a program and what would be written.

    Args:
        files: By suffix.
        program: What ``.py`` should be.
        expected: Arrays that should be in ``.npz``; ``plan`` is JSON in bytes.
        where: Name of that file.
        shape: What must be the same in both plans for spikes to be compared at all.
        users: Words about what uses an array, from its name and the plan that should be there.

    Raises:
        ModelError: The arrays cannot be read, or are those of another network; codes ``damaged-npz`` and
            ``not-its-archive``.
    """
    try:
        with np.load(io.BytesIO(files[".npz"]), allow_pickle=False) as file:
            found: dict[str, Array] = dict(file)
        plan, wanted = (json.loads(bytes(arrays["plan"])) for arrays in (found, expected))
        other = shape(plan) != shape(wanted)
    except (OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, BadZipFile, zlib.error) as error:
        raise model_error("damaged-npz", f"these are not the arrays of a program: {error}", where, HINT) from None
    if other:
        hint = "the .snnir beside it must be that of the same compile"
        raise model_error("not-its-archive", "it does not hold the network of the archive", where, hint)
    changed = ["the program"] if files[".py"] != program else []
    return (
        *changed,
        *("the plan" if name == "plan" else f"{name}{users(name, wanted)}" for name in _other(found, expected)),
    )


def _other(found: Mapping[str, Array], expected: Mapping[str, Array]) -> Iterator[str]:
    """Yield the names of arrays that are not the same in both."""
    for name in sorted({*found, *expected}):
        if not _same(found.get(name), expected.get(name)):
            yield name


def _same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None:
        return False
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
