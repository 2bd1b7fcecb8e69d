"""Arrays as bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import numpy as np

from snnir.types import Array

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time stamp of every member: the same network gives the same bytes."""


def npz(arrays: Mapping[str, Array]) -> bytes:
    """Return a compressed .npz file; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()
