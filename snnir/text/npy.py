"""Arrays as ``.npy`` files of version 1.0, and nothing else that such files could hold."""

from __future__ import annotations

import io
import math
import re

import numpy as np

from snnir.types import Array, DType, dtype_of

_DESCR: dict[DType, str] = {
    "float16": "<f2",
    "float32": "<f4",
    "float64": "<f8",
    "int8": "|i1",
    "uint8": "|u1",
    "int32": "<i4",
    "int64": "<i8",
    "bool": "|b1",
}
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    rb"\{'descr': '([^']{1,20})', 'fortran_order': False, 'shape': \(((?:[0-9]{1,18}, ?)*(?:[0-9]{1,18})?)\), \} *\n"
)


def encode_array(array: Array) -> bytes:
    """Return an array as the content of an ``.npy`` file, little-endian and row by row.

    Raises:
        TypeError: The IR has no such element type.
    """
    little = np.asarray(array, dtype=_DESCR[dtype_of(array)], order="C")
    file = io.BytesIO()
    np.lib.format.write_array(file, little, version=(1, 0), allow_pickle=False)
    return file.getvalue()


def decode_array(data: bytes) -> Array:
    """Return the array of an ``.npy`` file that `encode_array` wrote, read-only.

    The header is matched, not evaluated, and nothing is allocated that the file does not contain.

    Raises:
        ValueError: The content is anything else.
    """
    if not data.startswith(_MAGIC) or len(data) < 10:
        raise ValueError("it is not an .npy file of version 1.0")
    start = 10 + int.from_bytes(data[8:10], "little")
    header = _HEADER.fullmatch(data[10:start])
    if header is None:
        raise ValueError("its .npy header is malformed, or it is not stored row by row")
    dtype = _dtype(header.group(1).decode("latin-1"))
    shape = tuple(int(size) for size in header.group(2).replace(b" ", b"").split(b",") if size)
    if len(data) - start != math.prod(shape) * np.dtype(dtype).itemsize:
        raise ValueError(f"its size does not go with {dtype}{list(shape)}")
    if dtype == "bool" and not set(data[start:]) <= {0, 1}:
        raise ValueError("it holds bool elements that are neither true nor false")
    array: Array = np.frombuffer(data, dtype=_DESCR[dtype], offset=start)
    native: Array = np.reshape(array.astype(dtype, copy=False), shape)
    if encode_array(native) != data:
        raise ValueError("its .npy header is not the one that snnir writes")
    native.flags.writeable = False
    return native


def _dtype(descr: str) -> DType:
    for name, known in _DESCR.items():
        if known == descr:
            return name
    raise ValueError(f"its element type {descr!r} is none of {', '.join(_DESCR.values())}")
