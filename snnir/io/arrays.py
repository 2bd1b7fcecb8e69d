"""Arrays as ``.npy`` and ``.npz`` files: equal arrays give equal bytes, and nothing is pickled."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import numpy as np

from snnir.types import Array

_DATE = (1980, 1, 1, 0, 0, 0)


def npy(array: Array) -> bytes:
    """Return an array as the content of a ``.npy`` file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def npz(arrays: Mapping[str, Array]) -> bytes:
    """Return arrays by name as the content of a ``.npz`` file, not compressed: that depends on the version of zlib.

    `numpy.savez` would write what `zipfile` records about the system, too.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy", _DATE)
            info.create_system = 3  # always as if written on Unix
            info.external_attr = 0o644 << 16
            archive.writestr(info, npy(array))
    return buffer.getvalue()
