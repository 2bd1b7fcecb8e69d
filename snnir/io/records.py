"""Frozen dataclasses as plain JSON, and back, strictly: every key and every type is that of the class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

_Record = TypeVar("_Record")


def to_plain(value: object) -> Any:
    """Return a value as plain JSON: dataclasses and mappings as objects, tuples as lists, all else as it is."""
    if is_dataclass(value):
        return {each.name: to_plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(each) for key, each in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(each) for each in cast("tuple[object, ...]", value)]
    return value


def from_plain(kind: type[_Record], plain: object, what: str = "it") -> _Record:
    """Return the dataclass that `to_plain` made plain.

    Fields may be of the types str, int, float, bool, `Literal`, ``X | None``, ``tuple[X, ...]``, ``Mapping[str, X]``,
    `Any` and of further dataclasses.

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
    given = cast("Mapping[str, object]", plain)
    names = [each.name for each in fields(cast("Any", kind))]
    missing, unknown = sorted(set(names) - given.keys()), sorted(given.keys() - set(names))
    if missing or unknown:
        lacks = [f"lacks {', '.join(map(repr, missing))}"] if missing else []
        has = [f"has {', '.join(map(repr, unknown))}, which no {kind.__name__} has"] if unknown else []
        raise ValueError(f"{what} {' and '.join((*lacks, *has))}")
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], given[name], name) for name in names})


def _value(hint: Any, plain: Any, name: str) -> Any:
    """Return a value of an annotated type; see `from_plain`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return plain
    if origin is Literal and plain in arguments:
        return plain
    if origin in (Union, UnionType):
        (kind,) = (each for each in arguments if each is not NoneType)
        return None if plain is None else _value(kind, plain, name)
    if origin is tuple and isinstance(plain, list):
        return tuple(_value(arguments[0], each, name) for each in cast("list[object]", plain))
    if origin is Mapping and isinstance(plain, Mapping):
        found = cast("Mapping[str, object]", plain)
        return {key: _value(arguments[1], each, name) for key, each in found.items()}
    if is_dataclass(hint):
        return from_plain(cast("type[object]", hint), plain, name)
    if hint is float and type(plain) in (int, float):
        return float(plain)
    if type(plain) is hint:
        return plain
    raise ValueError(f"{name!r} cannot be {plain!r}")


__all__ = ["from_plain", "to_plain"]
