"""What attributes, types and lists of the text form are made of, read from a cursor."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from snnir.errors import did_you_mean
from snnir.ir import Tensor
from snnir.text.attributes import Scalar
from snnir.text.cursor import Cursor
from snnir.text.printer import DIM
from snnir.text.scalars import INTEGER, NUMBER, STRING, WORD, array_of, unquote
from snnir.types import (
    ANALOG,
    DTYPES,
    WEIGHTINGS,
    Coding,
    Current,
    Dim,
    DType,
    Estimate,
    Spikes,
    ValueType,
    Weighting,
)

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}(?![0-9a-f])")
_ELEMENT = re.compile(rf"true|false|{NUMBER.pattern}")
_Item = TypeVar("_Item")


def listed(cursor: Cursor, read: Callable[[Cursor], _Item], end: str) -> tuple[_Item, ...]:
    """Read items between commas up to `end`; there may be none."""
    items: list[_Item] = []
    while not cursor.accept(end):
        if items and not cursor.accept(","):
            raise cursor.error(f"expected ',' or {end!r}")
        items.append(read(cursor))
    return tuple(items)


def chained(cursor: Cursor, read: Callable[[Cursor], _Item], separator: str = ",") -> tuple[_Item, ...]:
    """Read one item or more between separators."""
    items = [read(cursor)]
    while cursor.accept(separator):
        items.append(read(cursor))
    return tuple(items)


def read_integer(cursor: Cursor, what: str) -> int:
    """Read digits."""
    place = cursor.skip()
    return int_of(cursor, cursor.read(INTEGER, what), place)


def int_of(cursor: Cursor, text: str, place: int) -> int:
    """Return the integer in a text that was read at a place."""
    try:
        return int(text)
    except ValueError:  # Python refuses numbers of thousands of digits
        raise cursor.error("the number is too long", place) from None


def read_scalar(cursor: Cursor) -> Scalar:
    """Read a truth value, a text or a number."""
    place = cursor.skip()
    if cursor.accept("true"):
        return True
    if cursor.accept("false"):
        return False
    quoted = cursor.match(STRING)
    if quoted is not None:
        return unquote(quoted)
    text = cursor.read(NUMBER, "a value")
    if INTEGER.fullmatch(text):
        return int_of(cursor, text, place)
    return float(elements_of(cursor, [text], "float64", place)[0])


def elements_of(cursor: Cursor, texts: list[str], dtype: DType, place: int) -> Any:
    """Return the numbers in texts as an array."""
    try:
        return array_of(texts, dtype)
    except ValueError as error:
        raise cursor.error(str(error), place) from None


def read_tensor(cursor: Cursor, tensors: Mapping[str, Tensor]) -> Tensor:
    """Read a tensor: its type, and its elements or the digest under which it is given."""
    place = cursor.skip()
    kind = read_type(cursor)
    sizes = tuple(dim for dim in kind.shape if isinstance(dim, int) and dim >= 0)
    if len(sizes) != len(kind.shape) or kind.coding != ANALOG:
        raise cursor.error("a tensor has a fixed shape and no coding", place)
    place = cursor.skip()
    digest = cursor.match(_DIGEST)
    if digest is not None:
        return _looked_up(cursor, digest.removeprefix("sha256:"), kind, tensors, place)
    cursor.expect("[")
    texts = listed(cursor, lambda cursor: cursor.read(_ELEMENT, "a number"), "]")
    if len(texts) != math.prod(sizes):
        raise cursor.error(f"{kind} has {math.prod(sizes)} elements, got {len(texts)}", place)
    array = elements_of(cursor, list(texts), kind.dtype, place)
    return Tensor(array.reshape(sizes))


def _looked_up(cursor: Cursor, digest: str, kind: ValueType, tensors: Mapping[str, Tensor], place: int) -> Tensor:
    tensor = tensors.get(digest)
    if tensor is None:
        hint = "the text leaves large tensors out: read the archive it belongs to"
        raise cursor.error("this tensor was not given", place, hint, code="missing-tensor")
    if tensor.dtype != kind.dtype or tensor.shape != kind.shape:
        raise cursor.error(f"the tensor is {tensor.dtype}{list(tensor.shape)}, declared {kind}", place)
    return tensor


def read_type(cursor: Cursor) -> ValueType:
    """Read a type: how it travels, element type and shape."""
    coding = _coding(cursor)
    place = cursor.skip()
    name = cursor.read(WORD, "an element type")
    for dtype in DTYPES:
        if dtype == name:
            cursor.expect("[")
            return ValueType(dtype, listed(cursor, read_dim, "]"), coding)
    raise cursor.error(f"there is no element type {name!r}", place, did_you_mean(name, DTYPES))


def _coding(cursor: Cursor) -> Coding:
    if cursor.accept("current"):
        cursor.expect("<")
        steps = read_integer(cursor, "a number of steps")
        current = Current(steps, _weighting(cursor) if cursor.accept(",") else "even")
        cursor.expect(">")
        return current
    if cursor.accept("estimate"):
        cursor.expect("<")
        estimate = Estimate(read_integer(cursor, "a number of steps"))
        cursor.expect(">")
        return estimate
    if cursor.accept("spikes"):
        cursor.expect("<")
        code = cursor.word("a code")
        cursor.expect(",")
        spikes = Spikes(code, read_integer(cursor, "a number of steps"))
        cursor.expect(">")
        return spikes
    return ANALOG


def _weighting(cursor: Cursor) -> Weighting:
    place = cursor.skip()
    name = cursor.read(WORD, "a weighting")
    for weighting in WEIGHTINGS:
        if weighting == name:
            return weighting
    raise cursor.error(f"there is no weighting {name!r}", place, did_you_mean(name, WEIGHTINGS))


def read_dim(cursor: Cursor) -> Dim:
    """Read a size: a number or a name."""
    place = cursor.skip()
    quoted = cursor.match(STRING)
    if quoted is not None:
        return unquote(quoted)
    text = cursor.read(DIM, "a size")
    return int_of(cursor, text, place) if INTEGER.fullmatch(text) else text
