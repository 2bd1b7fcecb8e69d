"""Strings, names and numbers as text, both ways; numbers keep every bit."""

from __future__ import annotations

import math
import re
import sys
from typing import Any, cast

import numpy as np

from snnir.types import Array, DType, dtype_of

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
"""Op names, codes and steps that need no quotes."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
"""Value names that need no quotes."""
STRING = re.compile(r'"(?:[^"\\\n]|\\(?:["\\nrt]|u[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4}))*"')
INTEGER = re.compile(r"-?[0-9]+")
NUMBER = re.compile(
    r"nan(?:\(0x[0-9a-f]{1,16}\))?|-?(?:inf(?![A-Za-z0-9_])|[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)", re.ASCII
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(.))")
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONG = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
_BITS: dict[DType, str] = {"float16": "uint16", "float32": "uint32", "float64": "uint64"}
_FLOATS = {"float16": np.float16, "float32": np.float32, "float64": np.float64}


def quote(text: str) -> str:
    """Return `text` as a quoted string on one line; what cannot be seen is escaped."""
    return f'"{"".join(map(_escaped, text))}"'


def unquote(quoted: str) -> str:
    """Return the text of a string that matches `STRING`."""
    return _ESCAPE.sub(_unescaped, quoted[1:-1])


def word(text: str) -> str:
    """Return `text` bare where it is a word, else quoted."""
    return text if WORD.fullmatch(text) else quote(text)


def shown(text: str) -> str:
    """Return `text` for people: as it is where it is visible and unambiguous, else quoted."""
    return text if text and text.isprintable() and text == text.strip() and '"' not in text else quote(text)


def numbers(array: Array) -> list[str]:
    """Return the text of every element, row by row."""
    dtype = dtype_of(array)
    flat = np.frombuffer(array.tobytes(), dtype=dtype)
    values: list[Any] = flat.tolist()
    if dtype not in _BITS:
        return [str(value).lower() for value in values]
    patterns: list[int] = np.frombuffer(flat.tobytes(), dtype=_BITS[dtype]).tolist()
    return [_float_text(value, bits, dtype) for value, bits in zip(values, patterns, strict=True)]


def float_text(value: float) -> str:
    """Return the shortest text of a Python float that reads back as the same bits."""
    return numbers(np.array([value], dtype=np.float64))[0]


def array_of(texts: list[str], dtype: DType) -> Array:
    """Return the flat array whose elements `numbers` writes as `texts`.

    Raises:
        ValueError: One of them is no such number.
    """
    if dtype == "bool":
        return np.array([_bool(text) for text in texts], dtype=np.bool_)
    if dtype not in _BITS:
        return _integers(texts, dtype)
    # A detour over the bit patterns, since assigning a signalling NaN would quieten it.
    patterns = np.array([_float_bits(text, dtype) for text in texts], dtype=_BITS[dtype])
    return np.frombuffer(patterns.tobytes(), dtype=dtype)


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _unescaped(match: re.Match[str]) -> str:
    small, large, short = cast("tuple[str | None, str | None, str]", match.groups())
    code = small or large
    return chr(int(code, 16)) if code else _LONG[short]


def _float_text(value: float, bits: int, dtype: DType) -> str:
    if math.isnan(value):
        return "nan" if bits == _bits(math.nan, dtype) else f"nan({bits:#x})"
    short = str(_FLOATS[dtype](value))
    # The decimal text is read as a float64 first; where rounding twice goes wrong, the float64 itself is written.
    return short if _bits(float(short), dtype) == bits else repr(value)


def _float_bits(text: str, dtype: DType) -> int:
    if text.startswith("nan("):
        bits = int(text[4:-1], 16)
        if bits > np.iinfo(_BITS[dtype]).max or not _is_nan(bits, dtype):
            raise ValueError(f"{text} is not a NaN of {dtype}")
        return bits
    if text in {"true", "false"}:
        raise ValueError(f"{text} is no {dtype}")
    bits = _bits(float(text), dtype)
    if "inf" not in text and bits in {_bits(math.inf, dtype), _bits(-math.inf, dtype)}:
        raise ValueError(f"{text} does not fit into {dtype}")
    return bits


def _bits(value: float, dtype: DType) -> int:
    with np.errstate(over="ignore"):
        stored = np.array(value).astype(dtype).tobytes()
    return int.from_bytes(stored, sys.byteorder)


def _is_nan(bits: int, dtype: DType) -> bool:
    stored = np.array([bits], dtype=_BITS[dtype]).tobytes()
    return bool(np.isnan(np.frombuffer(stored, dtype=dtype))[0])


def _integers(texts: list[str], dtype: DType) -> Array:
    limits = np.iinfo(dtype)
    for text in texts:
        if not INTEGER.fullmatch(text):
            raise ValueError(f"{text} is no {dtype}")
        if not limits.min <= int(text) <= limits.max:
            raise ValueError(f"{text} does not fit into {dtype}")
    return np.array([int(text) for text in texts], dtype=dtype)


def _bool(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"{text} is no bool")
    return text == "true"
