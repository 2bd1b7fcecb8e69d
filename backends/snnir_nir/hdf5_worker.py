"""HDF5 to plain data, as a program: the HDF5 library may crash or loop on damaged files, and takes its process along.

Content comes in on the standard input; out go, on the standard output, the length of a JSON text (8 bytes, little
endian), that text, and the bytes of the arrays, one after the other. The text is a tree: ``{"group": {name: item}}``,
``{"text": ...}``, ``{"texts": [...], "shape": [...]}``, ``{"array": dtype, "shape": [...]}`` in the order of the
bytes, ``{"bad": reason}``; or ``{"error": reason}``. Uses nothing of snnir, so that it starts at once.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import suppress
from typing import Any

import h5py
import numpy as np

MAX_BYTES = 2 << 30
"""Content of a file once unpacked; a damaged or hostile file could ask for any amount of memory."""
MAX_ITEMS = 100_000
"""Groups and arrays."""
DEEPEST = 16
"""Nesting of groups; a link that points back up would never end."""
MAX_MEMORY = 8 << 30
"""Of this process, where the system can limit it."""

_H5: Any = h5py

# What h5py raises on damaged content.
_ERRORS = (
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    NotImplementedError,
)


class RefusedError(Exception):
    """The file as a whole is not read further."""


class _Walk:
    """One walk over a file: what was found, and how much of it."""

    def __init__(self) -> None:
        self.blobs: list[bytes] = []
        self.total = 0
        self.items = 0

    def group(self, group: Any, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in group:
            self.items += 1
            if self.items > MAX_ITEMS:
                raise RefusedError(f"it holds more than {MAX_ITEMS} groups and arrays")
            try:
                found[str(name)] = self.item(group, name, depth)
            except _ERRORS as error:
                found[str(name)] = {"bad": sentence(error)}
        return {"group": found}

    def item(self, group: Any, name: str, depth: int) -> dict[str, Any]:
        # Soft and external links could name other parts, or other files of the reader's disk.
        if not isinstance(group.get(name, getlink=True), _H5.HardLink):
            return {"bad": "it is a link to somewhere else"}
        item = group[name]
        if not isinstance(item, _H5.Group):
            return self.dataset(item)
        if depth >= DEEPEST:
            raise RefusedError("its groups are nested too deeply")
        return self.group(item, depth + 1)

    def dataset(self, dataset: Any) -> dict[str, Any]:
        if dataset.shape is None:
            return {"bad": "it is empty"}
        size = int(dataset.nbytes)
        if self.total + size > MAX_BYTES:
            return {"bad": f"its {dataset.size:.3g} elements are more than this reader takes (2 GiB in all)"}
        self.total += size
        kind = dataset.dtype
        if _H5.check_string_dtype(kind) is not None or kind.kind == "S":
            array = np.asarray(dataset[()], dtype=object)
            texts = [each.decode() if isinstance(each, bytes) else str(each) for each in array.flat]
            return {"texts": texts, "shape": list(array.shape)} if array.ndim else {"text": texts[0]}
        if kind.kind not in "biuf" or kind.itemsize > 8:
            return {"bad": f"its elements are of type {kind}, not numbers or text"}
        array = np.asarray(dataset[()])
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
        self.blobs.append(array.tobytes())
        return {"array": array.dtype.str, "shape": list(array.shape)}


def sentence(error: BaseException) -> str:
    """Return the first line of the error of another library."""
    text = str(error).strip().strip("'\"")
    return text.splitlines()[0] if text else type(error).__name__


def convert(content: bytes) -> bytes:
    """Return the content of an HDF5 file as this program writes it."""
    walk = _Walk()
    try:
        with _H5.File(io.BytesIO(content), "r") as file:
            tree = walk.group(file, 0)
    except (RefusedError, *_ERRORS) as error:
        tree = {"error": sentence(error)}
    head = json.dumps(tree).encode()
    return b"".join([len(head).to_bytes(8, "little"), head, *walk.blobs])


def _limit() -> None:
    # Not on every system.
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit()
    sys.stdout.buffer.write(convert(sys.stdin.buffer.read()))
