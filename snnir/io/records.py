"""Frozen dataclasses as plain JSON, and back, strictly: every key and every type is that of the class."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

_Record = TypeVar("_Record")
UNKNOWN = float("nan")
"""Default of numbers that earlier versions did not measure."""
LATER = {"later": True}
"""Metadata of fields that JSON of earlier versions does not have. They need a default."""
OPTIONAL = {"later": True, "left out": True}
"""The same, and JSON does not have them where they are that default: None or `UNKNOWN`."""


def to_plain(value: object) -> Any:
    """Return a value as plain JSON: dataclasses and mappings as objects, tuples as lists, all else as it is."""
    if is_dataclass(value):
        own = {each: getattr(value, each.name) for each in ordered(type(value))}
        return {key_of(each): to_plain(found) for each, found in own.items() if not _left_out(each, found)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(each) for key, each in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(each) for each in cast("tuple[object, ...]", value)]
    return value


def from_plain(kind: type[_Record], plain: object, what: str = "it") -> _Record:
    """Return the dataclass that `to_plain` made plain.

    Fields may be of the types str, int, float, bool, `Literal`, unions of these, ``tuple[X, ...]``, ``tuple[X, Y]``,
    ``Mapping[str, X]``, `object` and of further dataclasses.

    Args:
        kind: The dataclass.
        plain: What was read from JSON.
        what: What messages call it.

    Raises:
        ValueError: Keys are missing or unknown, or a value has no type of its field; all keys at once, values one by
            one.
    """
    if not isinstance(plain, Mapping):
        raise ValueError(f"{what} is no object")  # noqa: TRY004 - one kind of error for all that can be wrong in a file
    given, known = cast("Mapping[str, object]", plain), {key_of(each): each for each in ordered(kind)}
    needed = {key for key, each in known.items() if not each.metadata.get("later")}
    missing, unknown = sorted(needed - given.keys()), sorted(given.keys() - known.keys())
    if missing or unknown:
        lacks = [f"lacks {', '.join(map(repr, missing))}"] if missing else []
        has = [f"has {', '.join(map(repr, unknown))}, which no {kind.__name__} has"] if unknown else []
        raise ValueError(f"{what} {' and '.join((*lacks, *has))}")
    hints = _hints(cast("Hashable", kind))
    inside = "" if what == "it" else f"{what}."
    return kind(
        **{
            each.name: _value(hints[each.name], given[key], f"{inside}{key}")
            for key, each in known.items()
            if key in given
        }
    )


def fits(kind: type[object], key: str, plain: object) -> bool:
    """Whether a field of a dataclass takes a value."""
    (each,) = (each for each in ordered(kind) if key_of(each) == key)
    return _takes(_hints(cast("Hashable", kind))[each.name], plain)


def key_of(each: Field[Any]) -> str:
    """Return the key of a field in JSON: its name, or the ``key`` of its metadata."""
    return str(each.metadata.get("key", each.name))


def ordered(kind: type[object]) -> tuple[Field[Any], ...]:
    """Return the fields of a dataclass in the order of JSON: those named in its ``LEADING`` first."""
    known = {each.name: each for each in fields(cast("Any", kind))}
    leading: Sequence[str] = getattr(kind, "LEADING", ())
    return tuple(known[name] for name in dict.fromkeys((*leading, *known)))


@cache
def _hints(kind: Hashable) -> Mapping[str, object]:
    return get_type_hints(kind)


def _left_out(each: Field[Any], value: object) -> bool:
    return bool(each.metadata.get("left out")) and value is each.default


def _value(hint: Any, plain: object, name: str) -> Any:
    """Return a value of an annotated type; see `from_plain`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is object or (origin is Literal and plain in arguments):
        return plain
    if origin in (Union, UnionType):
        return _either([each for each in arguments if each is not NoneType or plain is None], plain, name)
    if origin is tuple and isinstance(plain, (list, tuple)):
        return _tuple(arguments, cast("Sequence[object]", plain), name)
    if origin is Mapping and isinstance(plain, Mapping):
        found = cast("Mapping[str, object]", plain)
        return {key: _value(arguments[1], each, name) for key, each in found.items()}
    if is_dataclass(hint):
        return from_plain(cast("type[object]", hint), plain, name)
    if type(plain) is hint or (hint is float and type(plain) is int):
        return plain
    raise ValueError(f"{name!r} cannot be {plain!r}")


def _tuple(kinds: Sequence[Any], items: Sequence[object], name: str) -> tuple[Any, ...]:
    each = [kinds[0]] * len(items) if kinds[-1] is ... else kinds
    if len(each) != len(items):
        raise ValueError(f"{name!r} cannot be {items!r}")
    return tuple(_value(kind, item, name) for kind, item in zip(each, items, strict=True))


def _either(kinds: Sequence[Any], plain: object, name: str) -> Any:
    """Return a value of the first type of a union that takes it; what the last one refuses is the error."""
    *others, last = sorted(kinds, key=lambda kind: kind is not NoneType)
    fitting = (kind for kind in others if _takes(kind, plain))
    return _value(next(fitting, last), plain, name)


def _takes(kind: Any, plain: object) -> bool:
    try:
        _value(kind, plain, "")
    except ValueError:
        return False
    return True


__all__ = ["LATER", "OPTIONAL", "UNKNOWN", "fits", "from_plain", "key_of", "ordered", "to_plain"]
