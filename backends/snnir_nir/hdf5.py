"""NIR files as trees of plain data; no crash or loop of the HDF5 library gets out of here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from snnir.errors import ModelError, model_error
from snnir.io.files import GIT_LFS_HINT, git_lfs_pointer, read_bytes
from snnir.types import Array
from snnir_nir import hdf5_worker
from snnir_nir.seal import unseal

TIME_LIMIT = 20.0
"""Seconds that the HDF5 library may take."""

HINT = "write it again; was it copied as a whole?"

_START = "import sys, runpy; sys.path[:] = sys.argv[2:]; runpy.run_path(sys.argv[1], run_name='__main__')"
"""What the other process does first: it sees the modules that this one does."""


@dataclass(frozen=True, slots=True)
class Bad:
    """An item that cannot be used.

    Attributes:
        reason: A sentence about "it".
    """

    reason: str


Item: TypeAlias = "Mapping[str, Item] | Array | str | Bad"
"""Of a tree: a group, numbers or texts, a text, or something unusable."""
Tree: TypeAlias = Mapping[str, Item]


def read_tree(path: Path) -> Tree:
    """Return the groups and arrays of an HDF5 file.

    A file with our seal is read here, as it is what we wrote. Any other is read in another process, for `TIME_LIMIT`
    at most.

    Raises:
        UsageError: There is no such file, or it cannot be opened; codes ``no-such-file`` and ``cannot-read``.
        ModelError: It is no whole HDF5 file, code ``damaged-nir``, or one that Git LFS was to fetch, ``lfs-pointer``.
    """
    content = read_bytes(path)
    if git_lfs_pointer(content):
        raise model_error("lfs-pointer", "this is not the file itself but a pointer to it", path.name, GIT_LFS_HINT)
    try:
        inner = unseal(content)
        made = hdf5_worker.convert(inner) if len(inner) < len(content) else _elsewhere(inner)
        return _decoded(made)
    except ValueError as error:
        raise damaged(f"not a readable NIR file: {error}", path.name) from None


def damaged(message: str, where: str) -> ModelError:
    """Return the error of a file that is not what was once written."""
    return model_error("damaged-nir", message, where, HINT)


def _elsewhere(content: bytes) -> bytes:
    """Return the answer of the other process for a content.

    Raises:
        ValueError: It did not survive.
    """
    script = str(Path(hdf5_worker.__file__))
    command = [sys.executable, "-c", _START, script, *sys.path]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONFAULTHANDLER": ""}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and script
            command, input=content, capture_output=True, timeout=TIME_LIMIT, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"the HDF5 library did not come to an end within {TIME_LIMIT:g} seconds") from None
    if done.returncode < 0:
        raise ValueError("the HDF5 library crashed on it")
    if done.returncode > 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise ValueError(f"it cannot be read: {''.join(last) or 'the reading process failed'}")
    return done.stdout


def _decoded(made: bytes) -> Tree:
    """Return the tree that a worker wrote.

    Raises:
        ValueError: The file cannot be read.
    """
    start = 8 + int.from_bytes(made[:8], "little")
    head = json.loads(made[8:start])
    if "error" in head:
        raise ValueError(head["error"])
    blobs = memoryview(made)[start:]
    place = 0

    def item(described: Mapping[str, Any]) -> Item:
        nonlocal place
        if "group" in described:
            return {name: item(inner) for name, inner in described["group"].items()}
        if "array" in described:
            dtype = np.dtype(described["array"])
            count = int(np.prod(described["shape"], dtype=np.int64))
            array: Array = np.frombuffer(blobs, dtype, count, place) if count else np.zeros(0, dtype)
            place += count * dtype.itemsize
            return array.reshape(described["shape"])
        if "texts" in described:
            return np.array(described["texts"], dtype=object).reshape(described["shape"])
        return Bad(described["bad"]) if "bad" in described else str(described["text"])

    tree = item(head)
    assert isinstance(tree, Mapping)  # noqa: S101 - a file is a group
    return tree


def bad_items(tree: Tree, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the place and the reason of everything unusable in a tree."""
    for name, item in tree.items():
        place = f"{path}/{name}"
        if isinstance(item, Bad):
            yield place, item.reason
        elif isinstance(item, Mapping):
            yield from bad_items(item, place)
